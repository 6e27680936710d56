// The executor: takes one task at a time from the socket, runs it in an isolate of its own, and says how it ended.
import type { Frame } from '../ipc/frame.ts'
import { encodeFrame } from '../ipc/frame.ts'
import type { FromExecutor, RunMessage, ToExecutor } from '../ipc/messages.ts'
import { IsolatePool } from './isolate-pool.ts'
import type { IsolatePoolOptions } from './isolate-pool.ts'
import type { Settled } from './task-run.ts'
import { TaskRun } from './task-run.ts'

/** After a thread cannot be stopped or V8 ran out of memory, the parent has this long to end the process itself. */
const SELF_KILL_MS = 500

export interface ExecutorOptions extends Omit<IsolatePoolOptions, 'onCatastrophe' | 'onFailure'> {
  readonly write: (frame: Buffer) => void
}

export class IsolateExecutor {
  readonly #options: ExecutorOptions
  readonly #isolates: IsolatePool
  #current: { readonly id: string; readonly run: TaskRun } | null = null
  #isDoomed = false
  #owesIdle = false

  constructor(options: ExecutorOptions) {
    this.#options = options
    this.#isolates = new IsolatePool({
      ...options,
      onCatastrophe: (reason) => {
        if (reason.includes('memory')) this.#current?.run.outOfMemory()
        this.#doom(reason)
      },
      onFailure: (error) => this.#doom(`an isolate cannot be made: ${String(error)}`),
    })
  }

  /** Makes the first isolates; the executor is ready when it resolves. */
  async prepare(): Promise<void> {
    await this.#isolates.resume()
  }

  announceReady(confinement: readonly string[]): void {
    this.#send({ type: 'ready', confinement: [...confinement] })
  }

  handle(frame: Frame): void {
    const message = frame.header as ToExecutor
    switch (message.type) {
      case 'run':
        this.#run(message, frame.parts)
        break
      case 'cancel':
        if (this.#current?.id === message.taskId) this.#current.run.cancel()
        break
      case 'ping':
        this.#send({ type: 'pong', sequence: message.sequence })
        break
      default:
        message satisfies never
    }
  }

  #run(message: RunMessage, [code = '', input = '']: readonly string[]): void {
    this.#isolates.pause()
    const run = new TaskRun({
      message,
      code,
      input,
      takeIsolate: (memoryMb) => this.#isolates.take(memoryMb),
      onSettled: (settled) => this.#settled(message.taskId, settled),
      onFree: () => this.#freed(),
      onZombie: () => this.#doom('a thread does not stop'),
    })
    this.#current = { id: message.taskId, run }
    void run.run()
  }

  #settled(taskId: string, { log, value, ...rest }: Settled): void {
    this.#owesIdle = !rest.isFree
    const parts = value === null ? [log.toWellFormed()] : [log.toWellFormed(), value]
    this.#options.write(encodeFrame({ type: 'settled', taskId, ok: value !== null, ...rest }, parts))
  }

  #freed(): void {
    this.#current = null
    // A task that was answered while something of it still ran: the parent waits for the end of that.
    if (this.#owesIdle && !this.#isDoomed) this.#send({ type: 'idle' })
    this.#owesIdle = false
    // The answer leaves first: new isolates wait for the next turn of the event loop.
    setImmediate(() => {
      if (this.#current === null && !this.#isDoomed) void this.#isolates.resume()
    })
  }

  #doom(reason: string): void {
    if (this.#isDoomed) return
    this.#isDoomed = true
    this.#send({ type: 'doomed', reason: reason.slice(0, 256) })
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), SELF_KILL_MS)
  }

  #send(message: FromExecutor): void {
    this.#options.write(encodeFrame(message))
  }
}
