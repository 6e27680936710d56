// The remote calls of the tasks of one executor: believed for tasks that it was given only, counted, and ended with their task.
import { groupDigits } from '../core/group-digits.ts'
import { REMOTE_ARGUMENT_BYTES, REMOTE_ASKED_MAX, REMOTE_PENDING_MAX } from '../core/remote-call.ts'
import type { CallRemote, RemoteAnswer } from '../core/remote-call.ts'
import type { Task } from '../core/task.ts'
import type { Failure } from '../errors.ts'
import { encodeFrame } from '../ipc/frame.ts'
import type { RemoteAnswerMessage, RemoteCallMessage } from '../ipc/messages.ts'

export interface RemoteBounds {
  readonly call: CallRemote
  /** Calls of one task. */
  readonly callsMax: number
  /** Arguments and answers of one task, all together. */
  readonly bytesMax: number
}

export interface RemoteCallsOptions {
  /** Absent for no calls at all. */
  readonly bounds: RemoteBounds | undefined
  readonly send: (frame: Buffer) => void
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number
}

/** A task that the executor has. */
export interface RemoteCaller {
  readonly task: Task
  readonly startedAt: number
}

const SWITCHED_OFF: Failure = { code: 'EGRESS_DENIED', message: 'This service lets no code call other resources.' }

interface TaskCalls {
  readonly caller: RemoteCaller
  readonly abort: AbortController
  readonly pending: Set<number>
  lastId: number
  asked: number
  calls: number
  bytes: number
}

export class RemoteCalls {
  readonly #options: RemoteCallsOptions
  readonly #tasks = new Map<string, TaskCalls>()

  constructor(options: RemoteCallsOptions) {
    this.#options = options
  }

  /**
   * @param caller whom the message names. Throws on what an honest executor never says: the bounds that it holds by itself
   * are held here again.
   */
  receive({ requestId, name }: RemoteCallMessage, [text, ...others]: readonly string[], caller: RemoteCaller): void {
    if (caller.task.invocation.source.mode === 'live') throw new Error('frame: a remote call of a task that has none')
    if (text === undefined || others.length > 0) throw new Error('frame: a remote call has one part')
    const calls = this.#callsOf(caller)
    if (requestId <= calls.lastId) throw new Error('frame: a remote call has the number of another')
    if (calls.pending.size >= REMOTE_PENDING_MAX) throw new Error('frame: too many remote calls at once')
    if (calls.asked >= REMOTE_ASKED_MAX) throw new Error('frame: too many remote calls')
    const bytes = Buffer.byteLength(text)
    if (bytes > Math.min(REMOTE_ARGUMENT_BYTES, caller.task.limits.outputBytes)) {
      throw new Error('frame: the arguments of a remote call are too long')
    }
    calls.lastId = requestId
    calls.asked++
    calls.pending.add(requestId)
    void this.#call(calls, requestId, { name, text, bytes })
  }

  /** The task is to stop: what it waits for is given up, and what it asks for from now on is not done. */
  cancel(taskId: string): void {
    this.#tasks.get(taskId)?.abort.abort()
  }

  /** The executor does not have the task any more. */
  end(taskId: string): void {
    this.cancel(taskId)
    this.#tasks.delete(taskId)
  }

  endAll(): void {
    for (const taskId of [...this.#tasks.keys()]) this.end(taskId)
  }

  #callsOf(caller: RemoteCaller): TaskCalls {
    const { id } = caller.task
    const known = this.#tasks.get(id)
    if (known !== undefined) return known
    const abort = new AbortController()
    const made = { caller, abort, pending: new Set<number>(), lastId: 0, asked: 0, calls: 0, bytes: 0 }
    this.#tasks.set(id, made)
    return made
  }

  async #call(calls: TaskCalls, requestId: number, asked: AskedCall): Promise<void> {
    const answer = calls.abort.signal.aborted ? failed(SWITCHED_OFF) : await this.#ask(calls, asked)
    calls.pending.delete(requestId)
    if (calls.abort.signal.aborted) return
    const shape = answer.ok ? answer.shape : 'failure'
    const text = answer.ok ? answer.text : JSON.stringify([answer.failure.code, answer.failure.message.toWellFormed()])
    const message: RemoteAnswerMessage = { type: 'remoteAnswer', taskId: calls.caller.task.id, requestId, shape }
    this.#options.send(encodeFrame(message, [text]))
  }

  async #ask(calls: TaskCalls, { name, text, bytes }: AskedCall): Promise<RemoteAnswer> {
    const { bounds, now } = this.#options
    const { task, startedAt } = calls.caller
    const { limits, invocation } = task
    const { source } = invocation
    if (bounds === undefined || source.mode !== 'flash' || source.origin === undefined) return failed(SWITCHED_OFF)
    const { callsMax, bytesMax } = bounds
    if (calls.calls >= callsMax) return failed(tooMuch('Calls of other resources', calls.calls + 1, callsMax))
    calls.calls++
    const takeBytes = (more: number): boolean => {
      if (calls.bytes + more > bytesMax) return false
      calls.bytes += more
      return true
    }
    if (!takeBytes(bytes)) return failed(tooMuch('Bytes to and from other resources', calls.bytes + bytes, bytesMax))
    return bounds.call({
      origin: source.origin,
      tenant: task.tenant,
      name,
      argumentsText: text,
      answerBytes: limits.inputBytes,
      deadlineMs: Math.max(1, Math.ceil(startedAt + limits.wallMs - now())),
      takeBytes,
      signal: calls.abort.signal,
    })
  }
}

interface AskedCall {
  readonly name: string
  readonly text: string
  readonly bytes: number
}

function tooMuch(what: string, used: number, limit: number): Failure {
  const message = `${what} of this task would be ${groupDigits(used)}; the limit is ${groupDigits(limit)}.`
  return { code: 'LIMIT_EGRESS', message, limit, used }
}

function failed(failure: Failure): RemoteAnswer {
  return { ok: false, failure }
}
