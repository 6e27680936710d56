// Many operations in one transaction: one wait for the disk for all of them, and each with an answer of its own.
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { ContractError } from './job-table.ts'
import type { JobTable } from './job-table.ts'
import { takeFromOperation, takeFromResult } from './large-texts.ts'
import type { LogFlusher } from './log-flusher.ts'
import type { Answer, Call, Kept, OperationType } from './messages.ts'
import type { Totals } from './room.ts'
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
} as const

export class GroupCommit {
  readonly #database: DatabaseSync
  readonly #table: JobTable
  readonly #file: string
  readonly #log: LogFlusher | null
  readonly #statements: Readonly<Record<keyof typeof STATEMENTS, StatementSync>>

  /** @param log null where there is none, or each commit waits for it. */
  constructor(database: DatabaseSync, table: JobTable, file: string, log: LogFlusher | null = null) {
    this.#database = database
    this.#table = table
    this.#file = file
    this.#log = log
    const prepared = Object.entries(STATEMENTS).map(([name, sql]) => [name, database.prepare(sql)] as const)
    this.#statements = Object.fromEntries(prepared) as Record<keyof typeof STATEMENTS, StatementSync>
  }

  get kept(): Kept {
    const { jobs, bytes } = this.#table.totals
    return { jobs, bytes }
  }

  /**
   * An answer for each of the calls, or for the first of them; they hold once this returns. An operation that fails takes
   * nothing of the others with it: the group is rolled back, and each is done again by itself. Throws when the database is
   * damaged.
   */
  run(calls: readonly Call[]): readonly Answer[] {
    return this.#tryGroup(calls) ?? calls.slice(0, ALONE_CALLS).map((call) => this.#runAlone(call))
  }

  #tryGroup(calls: readonly Call[]): readonly Answer[] | null {
    const isRead = calls.every(({ operation }) => READS.has(operation.type))
    const { totals } = this.#table
    try {
      this.#statements[isRead ? 'read' : 'write'].run()
      const answers: Answer[] = []
      let bytes = 0
      for (const call of calls) {
        if (bytes > GROUP_BYTES) break
        const answer = this.#apply(call)
        answers.push(answer)
        bytes += takeFromOperation(call.operation, []) + answer.bytes
      }
      this.#statements.commit.run()
      if (!isRead) this.#log?.committed()
      return answers
    } catch (error) {
      this.#rollBack(totals)
      if (isDamaged(error)) throw error
      // Another program has it locked: each would wait as long again.
      return resultCode(error) === SQLITE_BUSY ? calls.map((call) => this.#failed(call, error)) : null
    }
  }

  #runAlone(call: Call): Answer {
    const { totals } = this.#table
    try {
      this.#statements.write.run()
      const answer = this.#apply(call)
      this.#statements.commit.run()
      return answer
    } catch (error) {
      this.#rollBack(totals)
      return this.#failed(call, error)
    }
  }

  #apply({ number, now, operation }: Call): Answer & { readonly type: 'done' } {
    const result = this.#table.apply(operation, now)
    return { type: 'done', number, result, bytes: takeFromResult(operation.type, result, []) }
  }

  #failed({ number }: Call, error: unknown): Answer {
    if (isDamaged(error)) throw error
    if (error instanceof ContractError) return { type: 'failed', number, message: error.message, isContract: true }
    return { type: 'failed', number, message: describeFailure(this.#file, error), isContract: false }
  }

  /** Some errors, such as a full disk, have ended the transaction by themselves. */
  #rollBack(totals: Totals): void {
    if (this.#database.isTransaction) this.#statements.rollback.run()
    this.#table.restore(totals)
  }
}
