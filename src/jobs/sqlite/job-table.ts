// What each operation of the store does in the database; the transaction around it is its caller's.
import type { DatabaseSync } from 'node:sqlite'
import { isUnfinished } from '../../protocol/job-status.ts'
import type { JobStatus } from '../../protocol/job-status.ts'
import type { JobDoor } from '../job-state.ts'
import type { ListOptions } from '../job-store.ts'
import { CHUNK_BYTES, JOB_BYTES, RETENTION_MS, WEBHOOK_ANSWER_BYTES, canRunAgain } from '../retention.ts'
import type { StoreBounds } from '../retention.ts'
import { bytesOf, toCells, toDerivedCells, toJob } from './job-rows.ts'
import type { InputTexts, JobAndOutput, JobState, Operation, OperationType, Results } from './messages.ts'
import { Room } from './room.ts'
import { allRows, eachRow, firstRow } from './rows.ts'
import { prepareStatements } from './statements.ts'
import type { Statements } from './statements.ts'
import { decodeText, packBytes, toBytes } from './text-codec.ts'
import type { Text } from './text-codec.ts'

/** A mistake of the caller. */
export class ContractError extends Error {}

interface Found {
  readonly seq: number
  readonly status: JobStatus
  readonly door: JobDoor
  readonly finishedAt: number | null
  readonly stateBytes: number
  readonly inputBytes: number
  readonly chunkBytes: number
}

export class JobTable {
  readonly #statements: Statements
  readonly #retentionMs: Readonly<Record<JobDoor, number>>
  readonly #room: Room

  constructor(database: DatabaseSync, bounds: StoreBounds) {
    this.#statements = prepareStatements(database)
    this.#retentionMs = bounds.retentionMs ?? RETENTION_MS
    this.#room = new Room(this.#statements, bounds)
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
    const same = firstRow(this.#statements.findAny, job.id)
    if (same !== null) {
      if (this.#find(job.id, now) !== null) throw new ContractError(`A job ${job.id} is kept already.`)
      this.#statements.drop.run(Number(same[0]))
    }
    const state = this.#toState(job, output)
    const texts = [toBytes(input.head), toBytes(input.code), toBytes(input.input)]
    const inputBytes = texts.reduce((sum, text) => sum + text.byteLength, 0)
    if (!this.#room.makeForJob(state.bytes + inputBytes, now)) return false
    const { lastInsertRowid } = this.#statements.add.run(...state.cells, state.bytes, inputBytes)
    this.#statements.addInput.run(lastInsertRowid, ...texts)
    this.#setOutput(Number(lastInsertRowid), state.output)
    return true
  }

  #update({ job, output }: JobAndOutput, now: number): null {
    const found = this.#find(job.id, now)
    if (found === null) return null
    if (!isUnfinished(found.status)) {
      if (!isUnfinished(job.status)) this.#updateFinished(found, job)
      return null
    }
    const state = this.#toState(job, output)
    const inputBytes = canRunAgain(job) ? found.inputBytes : 0
    this.#room.makeForBytes(state.bytes + inputBytes - found.stateBytes - found.inputBytes, now)
    const { replace, dropInput } = this.#statements
    replace.run(...state.cells, state.bytes, inputBytes, found.chunkBytes, found.seq)
    if (!canRunAgain(job)) dropInput.run(found.seq)
    this.#setOutput(found.seq, state.output)
    return null
  }

  /** The result stays as it was at the end of the job. */
  #updateFinished({ seq, status, door, finishedAt }: Found, later: JobState): void {
    const { expiresAt, webhookTries, webhookDueAt } = later
    const derived = toDerivedCells({ status, door, finishedAt, expiresAt, webhookDueAt }, this.#retentionMs)
    this.#statements.afterEnd.run(expiresAt, webhookTries, webhookDueAt, ...derived, seq)
  }

  #restart(job: JobState, now: number): boolean {
    const found = this.#find(job.id, now)
    if (found === null || !canRunAgain(found)) return false
    const { cells, bytes } = this.#toState(job, null)
    const { replace, dropChunksTo } = this.#statements
    replace.run(...cells, bytes, found.inputBytes, 0, found.seq)
    dropChunksTo.run(found.seq, Number.MAX_SAFE_INTEGER)
    this.#setOutput(found.seq, null)
    return true
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
    if (row !== null) this.#statements.drop.run(Number(row[0]))
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
    const { list, listStatus } = this.#statements
    // To SQLite a negative limit is none.
    const most = Math.max(0, Math.trunc(limit))
    const until = before ?? Number.MAX_SAFE_INTEGER
    const rows =
      status === null
        ? allRows(list, endpoint, until, now, most)
        : allRows(listStatus, endpoint, until, now, status, most)
    return rows.map(toJob)
  }

  #addChunk(id: string, value: Text, now: number): null {
    const found = this.#find(id, now)
    if (found === null || !isUnfinished(found.status)) return null
    const bytes = toBytes(value)
    const added = CHUNK_BYTES + bytes.byteLength
    this.#room.makeForBytes(added, now)
    this.#statements.addChunk.run(found.seq, bytes)
    this.#statements.addChunkBytes.run(added, found.seq)
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
    this.#statements.addChunkBytes.run(-bytes, found.seq)
    return taken
  }

  #find(id: string, now: number): Found | null {
    const row = firstRow(this.#statements.find, id, now)
    if (row === null) return null
    const [seq, status, door, finishedAt, stateBytes, inputBytes, chunkBytes] = row
    return {
      seq: Number(seq),
      status: status as JobStatus,
      door: door as JobDoor,
      finishedAt: finishedAt as number | null,
      stateBytes: Number(stateBytes),
      inputBytes: Number(inputBytes),
      chunkBytes: Number(chunkBytes),
    }
  }

  #output(seq: number): Text | null {
    const row = firstRow(this.#statements.output, seq)
    return row === null ? null : packBytes(bytesOf(row, 0))
  }

  #setOutput(seq: number, value: Uint8Array | null): void {
    if (value === null) this.#statements.dropOutput.run(seq)
    else this.#statements.setOutput.run(seq, value)
  }

  /** The cells of the row, and what the job takes of the room. */
  #toState(job: JobState, output: Text | null) {
    const value = output === null ? null : toBytes(output)
    const own = toCells(job)
    const texts = [value, ...own].reduce<number>(
      (sum, cell) => sum + (cell instanceof Uint8Array ? cell.byteLength : 0),
      0,
    )
    return { cells: [...own, ...toDerivedCells(job, this.#retentionMs)], bytes: JOB_BYTES + texts, output: value }
  }
}
