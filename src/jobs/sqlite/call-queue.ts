// The operations on their way to the thread of the database: in order, bounded, and none of them long for the event loop.
import { Fifo } from '../fifo.ts'
import { JobStoreError } from '../job-store.ts'
import { writeCalls } from './flat-messages.ts'
import { takeFromOperation } from './large-texts.ts'
import type { Answer, Call, Operation, OperationType, Results, ToThread } from './messages.ts'

/** Operations that the thread has and has not answered, and the large texts in them. */
const SENT_CALLS = 1_024
const SENT_BYTES = 32 * 1024 * 1024
/** Operations that wait for that here; further ones are refused, unless they say what became of a job. */
const WAITING_CALLS = 16_384
/** Large texts that one turn of the event loop packs or unpacks: the next one waits for the next turn. */
const TURN_BYTES = 1024 * 1024

/** Those are as many as there are jobs that run, and what they say would be lost. */
const NEVER_REFUSED: ReadonlySet<OperationType> = new Set<OperationType>(['update', 'restart', 'remove', 'close'])

interface Waiting {
  /** Packs its texts, which takes its time, so not before its turn. */
  readonly toOperation: () => Operation
  readonly now: number
  readonly settle: (answer: Answer) => void
  readonly reject: (error: Error) => void
}

interface Sent extends Pick<Waiting, 'settle' | 'reject'> {
  readonly bytes: number
}

export interface CallQueueOptions {
  readonly now: () => number
  readonly post: (message: ToThread, buffers: ArrayBuffer[]) => void
  /** Told what went wrong with the database, or that too much waits for it. */
  readonly onFailed: (message: string) => void
}

export class CallQueue {
  readonly #options: CallQueueOptions
  readonly #waiting = new Fifo<Waiting>()
  readonly #sent = new Map<number, Sent>()
  /** Answers with large texts. */
  readonly #arrived = new Fifo<Answer & { readonly type: 'done' }>()
  #sentBytes = 0
  #number = 0
  #turn: NodeJS.Immediate | null = null
  #failure: JobStoreError | null = null

  constructor(options: CallQueueOptions) {
    this.#options = options
  }

  /** Rejects with a JobStoreError, or with an Error that says what the caller did wrong. */
  call<Type extends OperationType, Value>(
    type: Type,
    toOperation: () => Extract<Operation, { readonly type: Type }>,
    read: (result: Results[Type]) => Value,
  ): Promise<Value> {
    if (this.#failure !== null) return Promise.reject(this.#failure)
    if (this.#waiting.length >= WAITING_CALLS && !NEVER_REFUSED.has(type)) {
      return Promise.reject(this.#failed(`${WAITING_CALLS} operations wait for the job store already.`))
    }
    const { promise, resolve, reject } = Promise.withResolvers<Value>()
    const settle = (answer: Answer): void => {
      if (answer.type === 'done') resolve(read(answer.result as Results[Type]))
      else reject(answer.isContract ? new Error(answer.message) : this.#failed(answer.message))
    }
    this.#waiting.push({ toOperation, now: this.#options.now(), settle, reject })
    // A thread that has nothing to do begins with it while the rest of this turn goes on.
    if (this.#sent.size === 0) this.#send()
    this.#schedule()
    return promise
  }

  hear(answers: readonly Answer[]): void {
    for (const answer of answers) {
      if (answer.type === 'done' && answer.bytes > 0) this.#arrived.push(answer)
      else this.#settle(answer)
    }
    this.#schedule()
  }

  /** Rejects everything, now and later. */
  fail(error: JobStoreError): void {
    this.#failure ??= error
    for (const { reject } of this.#sent.values()) reject(error)
    for (let one = this.#waiting.shift(); one !== undefined; one = this.#waiting.shift()) one.reject(error)
    this.#sent.clear()
    while (this.#arrived.shift() !== undefined);
    if (this.#turn !== null) clearImmediate(this.#turn)
    this.#turn = null
  }

  #failed(message: string): JobStoreError {
    this.#options.onFailed(message)
    return new JobStoreError(message)
  }

  #schedule(): void {
    const canSend = this.#waiting.length > 0 && this.#hasRoom()
    if (this.#turn === null && (canSend || this.#arrived.length > 0)) this.#turn = setImmediate(() => this.#work())
  }

  #hasRoom(): boolean {
    return this.#sent.size < SENT_CALLS && this.#sentBytes < SENT_BYTES
  }

  #work(): void {
    this.#turn = null
    this.#unpack()
    this.#send()
    this.#schedule()
  }

  #unpack(): void {
    let bytes = 0
    while (bytes < TURN_BYTES) {
      const answer = this.#arrived.shift()
      if (answer === undefined) break
      bytes += answer.bytes
      this.#settle(answer)
    }
    if (bytes > 0) this.#options.post({ type: 'taken', bytes }, [])
  }

  #send(): void {
    const calls: Call[] = []
    const buffers: ArrayBuffer[] = []
    let turnBytes = 0
    while (turnBytes < TURN_BYTES && this.#hasRoom()) {
      const one = this.#waiting.shift()
      if (one === undefined) break
      const { now, settle, reject } = one
      const operation = one.toOperation()
      const bytes = takeFromOperation(operation, buffers)
      this.#number += 1
      this.#sent.set(this.#number, { settle, reject, bytes })
      this.#sentBytes += bytes
      turnBytes += bytes
      calls.push({ number: this.#number, now, operation })
    }
    if (calls.length > 0) this.#options.post({ type: 'calls', calls: writeCalls(calls) }, buffers)
  }

  #settle(answer: Answer): void {
    const sent = this.#sent.get(answer.number)
    if (sent === undefined) return
    this.#sent.delete(answer.number)
    this.#sentBytes -= sent.bytes
    sent.settle(answer)
  }
}
