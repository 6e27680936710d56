// Room in the job database: how much there is, and which jobs go so that there is some.
import type { StoreBounds } from '../retention.ts'
import { HELD } from './job-rows.ts'
import { allRows, firstRow } from './rows.ts'
import type { Statements } from './statements.ts'

/** One cleaning lets so many jobs go, or so many bytes, whichever comes first: it keeps others waiting. */
const BATCH_JOBS = 128
const BATCH_BYTES = 8 * 1024 * 1024

/** What is in the database, committed or not. */
export interface Totals {
  readonly jobs: number
  readonly bytes: number
  readonly evictableJobs: number
  readonly evictableBytes: number
}

/** What one job adds to the totals. */
export interface Share {
  readonly bytes: number
  readonly isEvictable: boolean
}

/** The totals are counted here, because a row for them would be written with every commit. */
export class Room {
  readonly #statements: Statements
  readonly #bounds: StoreBounds
  #totals: Totals

  /** Reads the whole table of jobs, once. */
  constructor(statements: Statements, bounds: StoreBounds) {
    this.#statements = statements
    this.#bounds = bounds
    this.#totals = readTotals(statements)
  }

  get totals(): Totals {
    return this.#totals
  }

  /** To be called when the transaction was rolled back, with the totals from before it. */
  restore(totals: Totals): void {
    this.#totals = totals
  }

  add(share: Share): void {
    this.#count(share, 1)
  }

  replace(before: Share, after: Share): void {
    this.#count(before, -1)
    this.#count(after, 1)
  }

  drop(seq: number): void {
    const [bytes, rank] = firstRow(this.#statements.drop, seq) ?? []
    this.#count({ bytes: Number(bytes), isEvictable: Number(rank) < HELD }, -1)
  }

  /** Whether a new job fits as it is. */
  hasRoomFor(bytes: number): boolean {
    return this.#totals.jobs + 1 <= this.#bounds.maxJobs && this.#totals.bytes + bytes <= this.#bounds.maxBytes
  }

  /** Whether there is room for a new job, or would be without the finished ones. Nobody goes unless that helps. */
  makeForJob(bytes: number, now: number): boolean {
    while (!this.hasRoomFor(bytes) && this.clean(now));
    const { jobs, bytes: kept, evictableJobs, evictableBytes } = this.#totals
    const { maxJobs, maxBytes } = this.#bounds
    if (jobs - evictableJobs + 1 > maxJobs || kept - evictableBytes + bytes > maxBytes) return false
    while (!this.hasRoomFor(bytes) && this.#evict());
    return true
  }

  /** For what is not refused: lets jobs go until there is room for so many bytes more, or none is left that may. */
  makeForBytes(bytes: number, now: number): void {
    if (bytes <= 0) return
    const fits = (): boolean => this.#totals.bytes + bytes <= this.#bounds.maxBytes
    while (!fits() && this.clean(now));
    while (!fits() && this.#evict());
  }

  /** Lets a few jobs go whose time is over; whether there may be more of them. */
  clean(now: number): boolean {
    let bytes = 0
    const rows = allRows(this.#statements.expired, now, BATCH_JOBS)
    for (const [seq, size] of rows) {
      this.drop(Number(seq))
      bytes += Number(size)
      if (bytes > BATCH_BYTES) return true
    }
    return rows.length === BATCH_JOBS
  }

  #evict(): boolean {
    const row = firstRow(this.#statements.evict)
    if (row === null) return false
    this.drop(Number(row[0]))
    return true
  }

  #count({ bytes, isEvictable }: Share, sign: 1 | -1): void {
    const { jobs, bytes: kept, evictableJobs, evictableBytes } = this.#totals
    this.#totals = {
      jobs: jobs + sign,
      bytes: kept + sign * bytes,
      evictableJobs: evictableJobs + (isEvictable ? sign : 0),
      evictableBytes: evictableBytes + (isEvictable ? sign * bytes : 0),
    }
  }
}

function readTotals(statements: Statements): Totals {
  const [jobs, bytes, evictableJobs, evictableBytes] = firstRow(statements.totals) ?? []
  return {
    jobs: Number(jobs),
    bytes: Number(bytes),
    evictableJobs: Number(evictableJobs),
    evictableBytes: Number(evictableBytes),
  }
}
