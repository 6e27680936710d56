// The tables of the job database, its versions, and how one is made from the one before.

/** Written into the file: "wiJB". */
export const APPLICATION_ID = 0x77694a42

/**
 * `job` has what changes and what is searched; large texts are in tables of their own, because SQLite writes a whole row
 * anew when any of it changes. `seq` is the order of coming. `ends_at` is null for no end; `evict_rank` says who goes first
 * when the store is full (job-rows.ts); `due_at` is set while a webhook of a finished job is due. `bytes` is all that the job
 * takes of the room, chunks included. Texts are bytes (text-codec.ts).
 *
 * Every index is one page more that each commit writes, so there are few: `job_status` serves lists and the start of the
 * service, `job_ends` serves what is over and what a full store lets go.
 */
const VERSION_1 = `
CREATE TABLE job (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  endpoint TEXT NOT NULL,
  door TEXT NOT NULL,
  status TEXT NOT NULL,
  ends_at REAL,
  evict_rank INTEGER NOT NULL,
  due_at REAL,
  state_bytes INTEGER NOT NULL,
  input_bytes INTEGER NOT NULL,
  chunk_bytes INTEGER NOT NULL,
  bytes INTEGER GENERATED ALWAYS AS (state_bytes + input_bytes + chunk_bytes) VIRTUAL,
  submitted_at REAL NOT NULL,
  started_at REAL,
  finished_at REAL,
  expires_at REAL,
  delay_ms REAL NOT NULL,
  execution_ms REAL NOT NULL,
  execution_timeout_ms REAL,
  is_low_priority INTEGER NOT NULL,
  is_stream_aggregated INTEGER NOT NULL,
  retries INTEGER NOT NULL,
  webhook_tries INTEGER NOT NULL,
  webhook_due_at REAL,
  code TEXT,
  webhook BLOB,
  error BLOB
) STRICT;
CREATE INDEX job_status ON job (status, endpoint, submitted_at);
CREATE INDEX job_ends ON job (evict_rank, ends_at);
CREATE INDEX job_due ON job (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE input (seq INTEGER PRIMARY KEY, head BLOB NOT NULL, code BLOB NOT NULL, input BLOB NOT NULL) STRICT;
CREATE TABLE output (seq INTEGER PRIMARY KEY, value BLOB NOT NULL) STRICT;
CREATE TABLE chunk (number INTEGER PRIMARY KEY, seq INTEGER NOT NULL, value BLOB NOT NULL) STRICT;
CREATE INDEX chunk_job ON chunk (seq, number);

CREATE TRIGGER job_removed AFTER DELETE ON job BEGIN
  DELETE FROM input WHERE seq = OLD.seq;
  DELETE FROM output WHERE seq = OLD.seq;
  DELETE FROM chunk WHERE seq = OLD.seq;
END;
`

/** What makes each version from the one before; the first from an empty file. The file knows how many it has. */
export const MIGRATIONS: readonly string[] = [VERSION_1]
