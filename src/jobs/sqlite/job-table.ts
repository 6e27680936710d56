// What each operation of the store does in the database; the transaction around it is its caller's.
import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import { JOB_STATUSES, isUnfinished } from '../../protocol/job-status.ts'
import type { JobStatus } from '../../protocol/job-status.ts'
import type { JobDoor } from '../job-state.ts'
import type { ListOptions } from '../job-store.ts'
import { toListedError } from '../listed-error.ts'
import { CHUNK_BYTES, JOB_BYTES, RETENTION_MS, WEBHOOK_ANSWER_BYTES, canRunAgain, isEvictable } from '../retention.ts'
import type { StoreBounds } from '../retention.ts'
import { HELD, bytesOf, compareNewest, toCells, toDerivedCells, toJob } from './job-rows.ts'
import type { Cells } from './job-rows.ts'
import type { InputTexts, JobAndOutput, JobState, Operation, OperationType, Results } from './messages.ts'
import { Room } from './room.ts'
import type { Share, Totals } from './room.ts'
import { allRows, eachRow, firstRow } from './rows.ts'
import { prepareStatements } from './statements.ts'
import type { Statements } from './statements.ts'
import { decodeText, packBytes, toBytes } from './text-codec.ts'
import type { Text } from './text-codec.ts'

function toListed(row: Cells): JobState {
  const job = toJob(row)
  return { ...job, error: toListedError(job.error) }
}

/** A mistake of the caller. */
export class ContractError extends Error {}

interface Found extends Share {
  readonly seq: number
  readonly status: JobStatus
  readonly door: JobDoor
  readonly finishedAt: number | null
  readonly retries: number
  readonly stateBytes: number
  readonly inputBytes: number
  readonly chunkBytes: number
}

interface State {
  readonly cells: readonly SQLInputValue[]
  readonly bytes: number
  readonly output: Uint8Array | null
}

/** What a job takes beside its state. */
type Beside = Pick<Found, 'inputBytes' | 'chunkBytes'>

export class JobTable {
  readonly #statements: Statements
  readonly #retentionMs: Readonly<Record<JobDoor, number>>
  readonly #room: Room

  constructor(database: DatabaseSync, bounds: StoreBounds) {
    this.#statements = prepareStatements(database)
    this.#retentionMs = bounds.retentionMs ?? RETENTION_MS
    this.#room = new Room(this.#statements, bounds)
  }

  get totals(): Totals {
    return this.#room.totals
  }

  /** To be called when the transaction was rolled back, with the totals from before it. */
  restore(totals: Totals): void {
    this.#room.restore(totals)
  }

  /** Throws what SQLite throws, and a ContractError. */
  apply(operation: Operation, now: number): Results[OperationType] {
    switch (operation.type) {
      case 'add':
        return this.#add(operation, operation.input, now)
      case 'update':
        return this.#update(operation, now)
      case 'restart':
        return this.#restart(operation.job, now)
      case 'get':
        return this.#get(operation.id, now)
      case 'input':
        return this.#input(operation.id, now)
      case 'remove':
        return this.#remove(operation.id)
      case 'unfinished':
        return allRows(this.#statements.unfinished, now).map(toJob)
      case 'dueWebhooks':
        return this.#dueWebhooks(operation.until, operation.limit, now)
      case 'list':
        return this.#list(operation.endpoint, operation, now)
      case 'addChunk':
        return this.#addChunk(operation.id, operation.value, now)
      case 'takeChunks':
        return this.#takeChunks(operation.id, operation.maxCharacters, now)
      case 'clean':
        return this.#room.clean(now)
      case 'close':
        return null
      default:
        return operation satisfies never
    }
  }

  #add({ job, output }: JobAndOutput, input: InputTexts, now: number): boolean {
    const state = this.#toState(job, output)
    const texts = [toBytes(input.head), toBytes(input.code), toBytes(input.input)]
    const inputBytes = texts.reduce((sum, text) => sum + text.byteLength, 0)
    const bytes = state.bytes + inputBytes
    const insert = (): number | null => {
      const { changes, lastInsertRowid } = this.#statements.add.run(...state.cells, state.bytes, inputBytes)
      return changes === 0 ? null : Number(lastInsertRowid)
    }
    let seq = this.#room.hasRoomFor(bytes) ? insert() : null
    if (seq === null) {
      this.#refuseKept(job.id, now)
      if (!this.#room.makeForJob(bytes, now)) return false
      seq = insert()
    }
    if (seq === null) throw new Error(`The job ${job.id} was neither kept nor added.`)
    this.#statements.addInput.run(seq, ...texts)
    if (state.output !== null) this.#statements.setOutput.run(seq, state.output)
    this.#room.add({ bytes, isEvictable: isEvictable(job) })
    return true
  }

  /** One whose time is over makes way. */
  #refuseKept(id: string, now: number): void {
    if (this.#find(id, now) !== null) throw new ContractError(`A job ${id} is kept already.`)
    this.#remove(id)
  }

  #update({ job, output }: JobAndOutput, now: number): null {
    const found = this.#find(job.id, now)
    if (found === null || found.retries !== job.retries) return null
    if (!isUnfinished(found.status)) {
      if (!isUnfinished(job.status)) this.#updateFinished(found, job)
      return null
    }
    const state = this.#toState(job, output)
    const inputBytes = canRunAgain(job) ? found.inputBytes : 0
    this.#room.makeForBytes(state.bytes + inputBytes - found.stateBytes - found.inputBytes, now)
    this.#replace(found, job, state, { inputBytes, chunkBytes: found.chunkBytes })
    if (!canRunAgain(job)) this.#statements.dropInput.run(found.seq)
    return null
  }

  /** The result stays as it was at the end of the job. */
  #updateFinished(found: Found, later: JobState): void {
    const { seq, status, door, finishedAt } = found
    const { expiresAt, webhookTries, webhookDueAt } = later
    const derived = toDerivedCells({ status, door, finishedAt, expiresAt, webhookDueAt }, this.#retentionMs)
    this.#statements.afterEnd.run(expiresAt, webhookTries, webhookDueAt, ...derived, seq)
    this.#room.replace(found, { bytes: found.bytes, isEvictable: isEvictable({ status, webhookDueAt }) })
  }

  #restart(job: JobState, now: number): boolean {
    const found = this.#find(job.id, now)
    if (found === null || !canRunAgain(found)) return false
    this.#replace(found, job, this.#toState(job, null), { inputBytes: found.inputBytes, chunkBytes: 0 })
    if (found.chunkBytes > 0) this.#statements.dropChunksTo.run(found.seq, Number.MAX_SAFE_INTEGER)
    return true
  }

  #replace(found: Found, job: JobState, state: State, { inputBytes, chunkBytes }: Beside): void {
    const { replace, setOutput, dropOutput } = this.#statements
    replace.run(...state.cells.slice(1), state.bytes, inputBytes, chunkBytes, found.seq)
    if (state.output === null) dropOutput.run(found.seq)
    else setOutput.run(found.seq, state.output)
    this.#room.replace(found, { bytes: state.bytes + inputBytes + chunkBytes, isEvictable: isEvictable(job) })
  }

  #get(id: string, now: number): JobAndOutput | null {
    const row = firstRow(this.#statements.job, id, now)
    return row === null ? null : { job: toJob(row), output: this.#output(Number(row.at(-1))) }
  }

  #input(id: string, now: number): InputTexts | null {
    const found = this.#find(id, now)
    const row = found === null ? null : firstRow(this.#statements.input, found.seq)
    if (row === null) return null
    const [head, code, input] = [bytesOf(row, 0), bytesOf(row, 1), bytesOf(row, 2)]
    return { head: packBytes(head), code: packBytes(code), input: packBytes(input) }
  }

  #remove(id: string): null {
    const row = firstRow(this.#statements.findAny, id)
    if (row !== null) this.#room.drop(Number(row[0]))
    return null
  }

  #dueWebhooks(until: number, limit: number, now: number): readonly JobAndOutput[] {
    const due: JobAndOutput[] = []
    let bytes = 0
    for (const row of allRows(this.#statements.due, until, now, Math.max(0, Math.trunc(limit)))) {
      const output = firstRow(this.#statements.output, Number(row.at(-1)))
      const value = output === null ? null : bytesOf(output, 0)
      bytes += value?.byteLength ?? 0
      if (due.length > 0 && bytes > WEBHOOK_ANSWER_BYTES) break
      due.push({ job: toJob(row), output: value === null ? null : packBytes(value) })
    }
    return due
  }

  #list(endpoint: string, { limit, before, status }: ListOptions, now: number): readonly JobState[] {
    // To SQLite a negative limit is none.
    const most = Math.max(0, Math.trunc(limit))
    const until = before ?? Number.MAX_SAFE_INTEGER
    const statuses = status === null ? JOB_STATUSES : [status]
    const rows = statuses.flatMap((one) => allRows(this.#statements.list, one, endpoint, until, now, most))
    return rows.toSorted(compareNewest).slice(0, most).map(toListed)
  }

  #addChunk(id: string, value: Text, now: number): null {
    const found = this.#find(id, now)
    if (found === null || !isUnfinished(found.status)) return null
    const bytes = toBytes(value)
    const added = CHUNK_BYTES + bytes.byteLength
    this.#room.makeForBytes(added, now)
    this.#statements.addChunk.run(found.seq, bytes)
    this.#changeChunkBytes(found, added)
    return null
  }

  #takeChunks(id: string, maxCharacters: number, now: number): readonly Text[] {
    const found = this.#find(id, now)
    if (found === null) return []
    const taken: Text[] = []
    let characters = 0
    let bytes = 0
    let last = -1
    for (const row of eachRow(this.#statements.chunks, found.seq)) {
      const value = bytesOf(row, 1)
      characters += decodeText(value).length
      if (taken.length > 0 && characters > maxCharacters) break
      taken.push(packBytes(value))
      bytes += CHUNK_BYTES + value.byteLength
      last = Number(row[0])
    }
    if (taken.length === 0) return taken
    this.#statements.dropChunksTo.run(found.seq, last)
    this.#changeChunkBytes(found, -bytes)
    return taken
  }

  #changeChunkBytes(found: Found, by: number): void {
    this.#statements.addChunkBytes.run(by, found.seq)
    this.#room.replace(found, { ...found, bytes: found.bytes + by })
  }

  #find(id: string, now: number): Found | null {
    const row = firstRow(this.#statements.find, id, now)
    if (row === null) return null
    const [seq, status, door, finishedAt, retries, stateBytes, inputBytes, chunkBytes, evictRank] = row
    return {
      seq: Number(seq),
      status: status as JobStatus,
      door: door as JobDoor,
      finishedAt: finishedAt as number | null,
      retries: Number(retries),
      stateBytes: Number(stateBytes),
      inputBytes: Number(inputBytes),
      chunkBytes: Number(chunkBytes),
      bytes: Number(stateBytes) + Number(inputBytes) + Number(chunkBytes),
      isEvictable: Number(evictRank) < HELD,
    }
  }

  #output(seq: number): Text | null {
    const row = firstRow(this.#statements.output, seq)
    return row === null ? null : packBytes(bytesOf(row, 0))
  }

  /** The cells of the row, and what the job takes of the room. */
  #toState(job: JobState, output: Text | null): State {
    const value = output === null ? null : toBytes(output)
    const own = toCells(job)
    const texts = [value, ...own].reduce<number>(
      (sum, cell) => sum + (cell instanceof Uint8Array ? cell.byteLength : 0),
      0,
    )
    return { cells: [...own, ...toDerivedCells(job, this.#retentionMs)], bytes: JOB_BYTES + texts, output: value }
  }
}
