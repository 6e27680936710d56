// Many operations in one transaction: one wait for the disk for all of them, and each with an answer of its own.
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { ContractError } from './job-table.ts'
import type { JobTable } from './job-table.ts'
import { largeBytes } from './large-texts.ts'
import type { Answer, Call, OperationType } from './messages.ts'
import { SQLITE_BUSY, describeFailure, isDamaged, resultCode } from './sqlite-failure.ts'

/** A group ends when its large texts, of operations and results, are more. */
const GROUP_BYTES = 8 * 1024 * 1024
/** Of a group that failed as a whole, before others are heard. */
const ALONE_CALLS = 16

const READS: ReadonlySet<OperationType> = new Set<OperationType>([
  'get',
  'input',
  'unfinished',
  'dueWebhooks',
  'list',
  'close',
])

const STATEMENTS = {
  read: 'BEGIN',
  write: 'BEGIN IMMEDIATE',
  commit: 'COMMIT',
  rollback: 'ROLLBACK',
  mark: 'SAVEPOINT operation',
  undo: 'ROLLBACK TO operation',
  release: 'RELEASE operation',
} as const

export class GroupCommit {
  readonly #database: DatabaseSync
  readonly #table: JobTable
  readonly #file: string
  readonly #statements: Readonly<Record<keyof typeof STATEMENTS, StatementSync>>

  constructor(database: DatabaseSync, table: JobTable, file: string) {
    this.#database = database
    this.#table = table
    this.#file = file
    const prepared = Object.entries(STATEMENTS).map(([name, sql]) => [name, database.prepare(sql)] as const)
    this.#statements = Object.fromEntries(prepared) as Record<keyof typeof STATEMENTS, StatementSync>
  }

  /**
   * An answer for each of the calls, or for the first of them where texts are large; they hold once this returns. An operation that fails takes nothing of the others with it; when
   * the transaction as a whole fails, such as on a full disk, each is done again by itself. Throws when the database is
   * damaged.
   */
  run(calls: readonly Call[]): readonly Answer[] {
    const answers = this.#tryGroup(calls)
    if (answers !== null) return answers
    return calls.slice(0, ALONE_CALLS).map((call) => this.#runAlone(call))
  }

  #tryGroup(calls: readonly Call[]): readonly Answer[] | null {
    const isRead = calls.every(({ operation }) => READS.has(operation.type))
    try {
      this.#statements[isRead ? 'read' : 'write'].run()
      const answers: Answer[] = []
      let bytes = 0
      for (const call of calls) {
        if (bytes > GROUP_BYTES) break
        const answer = READS.has(call.operation.type) ? this.#read(call) : this.#tryWrite(call)
        if (answer === null) return null
        answers.push(answer)
        bytes += largeBytes(call.operation) + (answer.type === 'done' ? answer.bytes : 0)
      }
      this.#statements.commit.run()
      return answers
    } catch (error) {
      if (isDamaged(error)) throw error
      // Another program has it locked: each would wait as long again.
      if (resultCode(error) === SQLITE_BUSY) return calls.map((call) => this.#failed(call, error))
      return null
    } finally {
      this.#abandon()
    }
  }

  #read(call: Call): Answer | null {
    try {
      return this.#apply(call)
    } catch (error) {
      return this.#database.isTransaction ? this.#failed(call, error) : null
    }
  }

  /** Null when the error took the whole transaction with it, as some do. */
  #tryWrite(call: Call): Answer | null {
    this.#statements.mark.run()
    try {
      const answer = this.#apply(call)
      this.#statements.release.run()
      return answer
    } catch (error) {
      if (!this.#database.isTransaction) return null
      this.#statements.undo.run()
      this.#statements.release.run()
      return this.#failed(call, error)
    }
  }

  #runAlone(call: Call): Answer {
    try {
      this.#statements.write.run()
      const answer = this.#apply(call)
      this.#statements.commit.run()
      return answer
    } catch (error) {
      return this.#failed(call, error)
    } finally {
      this.#abandon()
    }
  }

  #apply({ number, now, operation }: Call): Answer {
    const result = this.#table.apply(operation, now)
    return { type: 'done', number, result, bytes: largeBytes(result) }
  }

  #failed({ number }: Call, error: unknown): Answer {
    if (isDamaged(error)) throw error
    if (error instanceof ContractError) return { type: 'failed', number, message: error.message, isContract: true }
    return { type: 'failed', number, message: describeFailure(this.#file, error), isContract: false }
  }

  /** What is still open was not committed. */
  #abandon(): void {
    if (this.#database.isTransaction) this.#statements.rollback.run()
  }
}
