// Writes the write-ahead log to the disk while the thread of the database goes on, so that a checkpoint finds little to wait for.
import { fdatasync, openSync } from 'node:fs'

/** Some 100 pages of the log; what is committed while they are written goes with the next ones. */
const GROUPS = 16

/**
 * A checkpoint has to see the log on the disk before it copies the pages to their places, and nobody commits meanwhile. This
 * changes only how much of that is left to do then, not what a commit outlives: errors are left to the checkpoint, which
 * meets them too.
 */
export class LogFlusher {
  readonly #path: string
  /** SQLite takes no lock on the log, which another descriptor could undo. Node.js closes it with the thread. */
  #descriptor: number | null = null
  #groups = 0
  #isFlushing = false

  /** @param file the database, which has its log beside it. */
  constructor(file: string) {
    this.#path = `${file}-wal`
  }

  /** To be called after a group that writes. */
  committed(): void {
    this.#groups += 1
    if (this.#groups < GROUPS || this.#isFlushing) return
    this.#groups = 0
    try {
      this.#descriptor ??= openSync(this.#path, 'r')
    } catch {
      return
    }
    this.#isFlushing = true
    fdatasync(this.#descriptor, () => {
      this.#isFlushing = false
    })
  }
}
