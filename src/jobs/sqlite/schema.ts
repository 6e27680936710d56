// The tables of the job database, its versions, and how one is made from the one before.

/** Written into the file: "wiJB". */
export const APPLICATION_ID = 0x77694a42

/**
 * `job` has what changes and what is searched; large texts are in tables of their own, because SQLite writes a whole row
 * anew when any of it changes. `seq` is the order of coming. `ends_at` is null for no end; `evict_rank` is null for a job that
 * a full store must keep, 0 for results of /runsync and 1 for those of /run; `due_at` is set while a webhook of a finished job
 * is due. `totals` is kept by triggers. Texts are bytes (text-codec.ts).
 */
const VERSION_1 = `
CREATE TABLE job (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  endpoint TEXT NOT NULL,
  door TEXT NOT NULL,
  status TEXT NOT NULL,
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
  webhook BLOB,
  webhook_tries INTEGER NOT NULL,
  webhook_due_at REAL,
  error BLOB,
  code TEXT,
  ends_at REAL,
  evict_rank INTEGER,
  due_at REAL,
  state_bytes INTEGER NOT NULL,
  input_bytes INTEGER NOT NULL,
  chunk_bytes INTEGER NOT NULL,
  bytes INTEGER GENERATED ALWAYS AS (state_bytes + input_bytes + chunk_bytes) VIRTUAL
) STRICT;
CREATE INDEX job_ends ON job (ends_at) WHERE ends_at IS NOT NULL;
CREATE INDEX job_evict ON job (evict_rank, ends_at) WHERE evict_rank IS NOT NULL;
CREATE INDEX job_due ON job (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX job_unfinished ON job (submitted_at) WHERE status IN ('IN_QUEUE', 'IN_PROGRESS');
CREATE INDEX job_list ON job (endpoint, submitted_at);
CREATE INDEX job_status ON job (endpoint, status, submitted_at);

CREATE TABLE input (seq INTEGER PRIMARY KEY, head BLOB NOT NULL, code BLOB NOT NULL, input BLOB NOT NULL) STRICT;
CREATE TABLE output (seq INTEGER PRIMARY KEY, value BLOB NOT NULL) STRICT;
CREATE TABLE chunk (number INTEGER PRIMARY KEY, seq INTEGER NOT NULL, value BLOB NOT NULL) STRICT;
CREATE INDEX chunk_job ON chunk (seq, number);

CREATE TABLE totals (
  jobs INTEGER NOT NULL, bytes INTEGER NOT NULL, evictable_jobs INTEGER NOT NULL, evictable_bytes INTEGER NOT NULL
) STRICT;
INSERT INTO totals VALUES (0, 0, 0, 0);

CREATE TRIGGER job_added AFTER INSERT ON job BEGIN
  UPDATE totals SET jobs = jobs + 1, bytes = bytes + NEW.bytes,
    evictable_jobs = evictable_jobs + (NEW.evict_rank IS NOT NULL),
    evictable_bytes = evictable_bytes + iif(NEW.evict_rank IS NULL, 0, NEW.bytes);
END;
CREATE TRIGGER job_changed AFTER UPDATE OF evict_rank, state_bytes, input_bytes, chunk_bytes ON job BEGIN
  UPDATE totals SET bytes = bytes + NEW.bytes - OLD.bytes,
    evictable_jobs = evictable_jobs + (NEW.evict_rank IS NOT NULL) - (OLD.evict_rank IS NOT NULL),
    evictable_bytes = evictable_bytes
      + iif(NEW.evict_rank IS NULL, 0, NEW.bytes) - iif(OLD.evict_rank IS NULL, 0, OLD.bytes);
END;
CREATE TRIGGER job_removed AFTER DELETE ON job BEGIN
  DELETE FROM input WHERE seq = OLD.seq;
  DELETE FROM output WHERE seq = OLD.seq;
  DELETE FROM chunk WHERE seq = OLD.seq;
  UPDATE totals SET jobs = jobs - 1, bytes = bytes - OLD.bytes,
    evictable_jobs = evictable_jobs - (OLD.evict_rank IS NOT NULL),
    evictable_bytes = evictable_bytes - iif(OLD.evict_rank IS NULL, 0, OLD.bytes);
END;
`

/** What makes each version from the one before; the first from an empty file. The file knows how many it has. */
export const MIGRATIONS: readonly string[] = [VERSION_1]
