// Room in the job database: how much there is, and which jobs go so that there is some.
import type { StoreBounds } from '../retention.ts'
import { allRows, firstRow } from './rows.ts'
import type { Statements } from './statements.ts'

/** One cleaning lets so many jobs go, or so many bytes, whichever comes first: it keeps others waiting. */
const BATCH_JOBS = 128
const BATCH_BYTES = 8 * 1024 * 1024

interface Totals {
  readonly jobs: number
  readonly bytes: number
  readonly evictableJobs: number
  readonly evictableBytes: number
}

export class Room {
  readonly #statements: Statements
  readonly #bounds: StoreBounds

  constructor(statements: Statements, bounds: StoreBounds) {
    this.#statements = statements
    this.#bounds = bounds
  }

  /** Whether there is room for a new job, or would be without the finished ones. Nobody goes unless that helps. */
  makeForJob(bytes: number, now: number): boolean {
    const fits = ({ jobs, bytes: kept }: Totals): boolean =>
      jobs + 1 <= this.#bounds.maxJobs && kept + bytes <= this.#bounds.maxBytes
    const couldFit = ({ jobs, bytes: kept, evictableJobs, evictableBytes }: Totals): boolean =>
      jobs - evictableJobs + 1 <= this.#bounds.maxJobs && kept - evictableBytes + bytes <= this.#bounds.maxBytes
    while (!fits(this.#totals()) && this.clean(now));
    if (!couldFit(this.#totals())) return false
    while (!fits(this.#totals()) && this.#evict());
    return true
  }

  /** For what is not refused: lets jobs go until there is room for so many bytes more, or none is left that may. */
  makeForBytes(bytes: number, now: number): void {
    if (bytes <= 0) return
    const fits = (): boolean => this.#totals().bytes + bytes <= this.#bounds.maxBytes
    while (!fits() && this.clean(now));
    while (!fits() && this.#evict());
  }

  /** Lets a few jobs go whose time is over; whether there may be more of them. */
  clean(now: number): boolean {
    let bytes = 0
    const rows = allRows(this.#statements.expired, now, BATCH_JOBS)
    for (const [seq, size] of rows) {
      this.#statements.drop.run(Number(seq))
      bytes += Number(size)
      if (bytes > BATCH_BYTES) return true
    }
    return rows.length === BATCH_JOBS
  }

  #evict(): boolean {
    const row = firstRow(this.#statements.evict)
    if (row === null) return false
    this.#statements.drop.run(Number(row[0]))
    return true
  }

  #totals(): Totals {
    const [jobs, bytes, evictableJobs, evictableBytes] = firstRow(this.#statements.totals) ?? []
    return {
      jobs: Number(jobs),
      bytes: Number(bytes),
      evictableJobs: Number(evictableJobs),
      evictableBytes: Number(evictableBytes),
    }
  }
}
