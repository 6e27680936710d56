// Opens the database of the jobs for this process alone: makes it, locks it, and refuses what it does not know.
import { chmodSync, closeSync, constants, existsSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { MEMORY_FILE } from './messages.ts'
import type { ThreadOptions } from './messages.ts'
import { APPLICATION_ID, MIGRATIONS } from './schema.ts'
import { isDamaged, numberOf, resultCode, SQLITE_BUSY } from './sqlite-failure.ts'

/** For a service that is just ending. */
const LOCK_MS = 1_000
const BUSY_MS = 5_000
const PAGE_BYTES = 4_096
const CACHE_KIB = 16_384
/** Of the write-ahead log, between two checkpoints: most pages of jobs change more than once meanwhile. */
const LOG_PAGES = 4_000
/** What the write-ahead log keeps of the disk after it was larger. */
const LOG_BYTES = 64 * 1024 * 1024

/**
 * The folder may be searched by others, but not listed: archives of deployments are unpacked below it and read by a process
 * with a user of its own. The files are the service's own.
 */
const FOLDER_MODE = 0o711
const FILE_MODE = 0o600

export interface OpenDatabase extends Disposable {
  readonly database: DatabaseSync
}

export type Opened =
  | { readonly ok: true; readonly opened: OpenDatabase }
  | { readonly ok: false; readonly message: string }

export function openDatabase(options: Pick<ThreadOptions, 'file' | 'sync' | 'maxFileBytes'>): Opened {
  const { file } = options
  using resources = new DisposableStack()
  try {
    if (file !== MEMORY_FILE) {
      makeFolder(dirname(file))
      const lock = lockFile(`${file}-lock`)
      if (lock === null) return { ok: false, message: inUse(file) }
      resources.defer(() => lock.close())
      createPrivate(file)
    }
    const database = new DatabaseSync(file, { timeout: BUSY_MS })
    resources.defer(() => database.close())
    const problem = prepareDatabase(database, options)
    if (problem !== null) return { ok: false, message: problem }
    const kept = resources.move()
    return { ok: true, opened: { database, [Symbol.dispose]: () => kept.dispose() } }
  } catch (error) {
    return { ok: false, message: describeRefusal(file, error) }
  }
}

/** With those above it. Step by step: where nobody can make a folder, such as in /proc, Node.js would try for ever. */
function makeFolder(path: string): void {
  if (existsSync(path)) return
  const above = dirname(path)
  if (above !== path) makeFolder(above)
  try {
    mkdirSync(path, { mode: FOLDER_MODE })
  } catch (error) {
    if (!existsSync(path)) throw error
  }
}

/**
 * A lock of the kernel on a file of its own, which goes with its process however that ends, and leaves the database open for
 * others to read, such as for a backup. Null when another process has it.
 */
function lockFile(path: string): DatabaseSync | null {
  createPrivate(path)
  const lock = new DatabaseSync(path, { timeout: LOCK_MS })
  try {
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    return lock
  } catch (error) {
    lock.close()
    if (resultCode(error) === SQLITE_BUSY) return null
    throw error
  }
}

/** Made by us, so that there is no moment at which others may read it; its journals get the same mode from SQLite. */
function createPrivate(path: string): void {
  try {
    closeSync(openSync(path, constants.O_CREAT | constants.O_EXCL | constants.O_RDWR, FILE_MODE))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    chmodSync(path, FILE_MODE)
  }
}

function prepareDatabase(
  database: DatabaseSync,
  { file, sync, maxFileBytes }: Pick<ThreadOptions, 'file' | 'sync' | 'maxFileBytes'>,
): string | null {
  const version = numberOf(database, 'PRAGMA user_version')
  const application = numberOf(database, 'PRAGMA application_id')
  const tables = numberOf(database, 'SELECT count(*) FROM sqlite_schema')
  if (application !== APPLICATION_ID && tables + version + application > 0) return foreign(file)
  if (version > MIGRATIONS.length) return newer(file, version)
  database.enableDefensive(true)
  database.exec(`
    PRAGMA page_size = ${PAGE_BYTES};
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = ${sync};
    PRAGMA cache_size = -${CACHE_KIB};
    PRAGMA temp_store = MEMORY;
    PRAGMA trusted_schema = OFF;
    PRAGMA wal_autocheckpoint = ${LOG_PAGES};
    PRAGMA journal_size_limit = ${LOG_BYTES};
  `)
  const pageBytes = numberOf(database, 'PRAGMA page_size')
  database.exec(`PRAGMA max_page_count = ${Math.ceil(maxFileBytes / pageBytes)}`)
  if (version < MIGRATIONS.length) {
    const steps = MIGRATIONS.slice(version).join('')
    database.exec(`BEGIN IMMEDIATE;
      ${steps}
      PRAGMA application_id = ${APPLICATION_ID};
      PRAGMA user_version = ${MIGRATIONS.length};
      COMMIT`)
  }
  return null
}

function inUse(file: string): string {
  return `${file} is in use by another service that is running; end that one, or give this one a data folder of its own (DATA_DIR).`
}

function foreign(file: string): string {
  return `${file} is a database of another program; move it away, or name another data folder (DATA_DIR).`
}

function newer(file: string, version: number): string {
  return (
    `${file} was written by a newer release (its version is ${version}, this release knows ${MIGRATIONS.length}); ` +
    'run that release, or move the file away and start without its jobs.'
  )
}

/** Also what is said of damage that shows later. */
export function damaged(file: string, error: unknown): string {
  return (
    `${file} is damaged (${describe(error)}); restore it from a backup, ` +
    'or move it away together with its -wal and -shm and start without its jobs.'
  )
}

/** Of a file that cannot be used. */
export function describeRefusal(file: string, error: unknown): string {
  return isDamaged(error) ? damaged(file, error) : cannotOpen(file, error)
}

function cannotOpen(file: string, error: unknown): string {
  return (
    `${file} cannot be opened (${describe(error)}); let this user write to its folder, ` +
    'name another one (DATA_DIR), or keep jobs in memory (JOB_STORE=memory).'
  )
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
