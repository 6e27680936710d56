// The executor: takes one task at a time from the socket, runs it in an isolate of its own, and says how it ended.
import type { Frame } from '../ipc/frame.ts'
import { encodeFrame } from '../ipc/frame.ts'
import type { DoomReason, ExchangeMessage, FromExecutor, RunMessage, ToExecutor } from '../ipc/messages.ts'
import { GarbageCollection } from './garbage.ts'
import { IsolatePool } from './isolate-pool.ts'
import type { IsolatePoolOptions } from './isolate-pool.ts'
import { readCache } from './load-module.ts'
import { ModuleHost } from './module-host.ts'
import type { Slot } from './slot.ts'
import { disposeSlot } from './slot.ts'
import type { Settled } from './task-run-options.ts'
import { TaskRun } from './task-run.ts'
import { TierChoice } from './tier-choice.ts'
import { WARMTH } from './warm-isolates.ts'

/** After a thread cannot be stopped or V8 ran out of memory, the parent has this long to end the process itself. */
const SELF_KILL_MS = 500

export interface ExecutorOptions extends Omit<IsolatePoolOptions, 'onCatastrophe' | 'onFailure'> {
  readonly write: (frame: Buffer) => void
  /** Whether quick functions may be entered from this thread. */
  readonly mayEnterNow: boolean
}

export class IsolateExecutor {
  readonly #options: ExecutorOptions
  readonly #isolates: IsolatePool
  readonly #garbage = new GarbageCollection()
  readonly #tiers = new TierChoice()
  #current: { readonly id: string; readonly run: TaskRun } | null = null
  readonly #modules: ModuleHost
  #isDoomed = false
  #owesIdle = false
  /** Isolates that tasks are done with. */
  #used: Slot[] = []

  constructor(options: ExecutorOptions) {
    this.#options = options
    this.#isolates = new IsolatePool({
      ...options,
      onCatastrophe: (reason) => {
        if (reason.includes('memory')) {
          this.#current?.run.outOfMemory()
          this.#modules.outOfMemory()
        }
        this.#doom(reason.includes('memory') ? 'V8 ran out of memory' : 'a thread does not stop')
      },
      onFailure: (error) => {
        process.stderr.write(`${String(error)}\n`)
        this.#doom('an isolate cannot be made')
      },
    })
    this.#modules = this.#createModuleHost()
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
      case 'load':
        this.#modules.load(message, frame.parts)
        break
      case 'call':
        this.#isolates.pause()
        this.#modules.call(message, frame.parts[0] ?? '')
        break
      case 'drop':
        this.#modules.drop(message.hash)
        break
      case 'remoteAnswer':
        this.#modules.answerRemote(message, frame.parts[0] ?? '')
        break
      case 'exchangeEvent':
        if (this.#current?.id === message.taskId) this.#current.run.exchangeEvent(message, frame.parts[0] ?? '')
        else this.#modules.exchangeEvent(message, frame.parts[0] ?? '')
        break
      case 'cancel':
        if (this.#current?.id === message.taskId) this.#current.run.cancel()
        else this.#modules.cancel(message.taskId)
        break
      case 'pull':
        if (this.#current?.id === message.taskId) this.#current.run.pull(message.chunks)
        else this.#modules.pull(message.taskId, message.chunks)
        break
      case 'progressTaken':
        if (this.#current?.id === message.taskId) this.#current.run.progressTaken()
        else this.#modules.progressTaken(message.taskId)
        break
      case 'ping':
        this.#send({ type: 'pong', sequence: message.sequence })
        break
      default:
        message satisfies never
    }
  }

  #createModuleHost(): ModuleHost {
    const { memoryMb, mayEnterNow } = this.#options
    return new ModuleHost({
      memoryMb,
      mayEnterNow,
      warmth: WARMTH,
      takeIsolate: (isolateMb, format, { code, cache }) => {
        this.#garbage.taskStarts()
        const tier = this.#tiers.choose(code, cache?.tier)
        return this.#isolates.take({ memoryMb: isolateMb, format, tier, isExact: true })
      },
      onUsed: (code, tier) => this.#tiers.learn(code, tier),
      onSettled: (taskId, settled) => {
        this.#settled(taskId, settled)
        this.#rest()
      },
      onChunk: (taskId, chunk) => this.#sendEvent('chunk', taskId, chunk),
      onProgress: (taskId, value) => this.#sendEvent('progress', taskId, value),
      onFree: () => {
        if (!this.#isDoomed) this.#send({ type: 'idle' })
      },
      onZombie: () => this.#doom('a thread does not stop'),
      onCache: (hash, cache) => this.#sendCache(hash, cache),
      onRetired: (hash, reason) => this.#send({ type: 'retired', hash, reason }),
      onRemote: (message, argumentsText) => this.#options.write(encodeFrame(message, [argumentsText])),
      onExchange: (message, text) => this.#sendExchange(message, text),
    })
  }

  #run(message: RunMessage, [code = '', input = '', cache = '', environment = '']: readonly string[]): void {
    this.#isolates.pause()
    this.#garbage.taskStarts()
    const { format } = message
    const cached = readCache(cache)
    // V8 takes a code cache in an isolate of the tier only that it was made in.
    const tier = cached?.tier ?? this.#tiers.choose(code)
    let slot: Slot | undefined
    const run = new TaskRun({
      message,
      code,
      input,
      environment,
      cache: cached,
      onCache: (hash, made) => this.#sendCache(hash, made),
      takeIsolate: (memoryMb) => (slot = this.#isolates.take({ memoryMb, format, tier, isExact: cached !== null })),
      onChunk: (chunk) => this.#sendEvent('chunk', message.taskId, chunk),
      onProgress: (value) => this.#sendEvent('progress', message.taskId, value),
      onExchange: (exchange, text) => this.#sendExchange(exchange, text),
      onSettled: (settled) => {
        this.#settled(message.taskId, settled)
        // One that failed may have had no time for what it uses.
        if (slot !== undefined && settled.failure === null) this.#tiers.learn(code, slot.usedTier)
      },
      onFree: (used) => this.#freed(used),
      onZombie: () => this.#doom('a thread does not stop'),
    })
    this.#current = { id: message.taskId, run }
    void run.run()
  }

  #sendExchange(message: ExchangeMessage, text?: string): void {
    this.#options.write(encodeFrame(message, text === undefined ? [] : [text]))
  }

  #sendCache(hash: string, cache: string): void {
    this.#options.write(encodeFrame({ type: 'codeCache', hash }, [cache]))
  }

  #sendEvent(type: 'chunk' | 'progress', taskId: string, value: string): void {
    this.#options.write(encodeFrame({ type, taskId }, [value.toWellFormed()]))
  }

  #settled(taskId: string, { log, value, ...rest }: Settled): void {
    this.#owesIdle = !rest.isFree
    const parts = value === null ? [log.toWellFormed()] : [log.toWellFormed(), value.toWellFormed()]
    this.#options.write(encodeFrame({ type: 'settled', taskId, ok: value !== null, ...rest }, parts))
  }

  #freed(used: Slot | null): void {
    this.#current = null
    if (used !== null) this.#used.push(used)
    // A task that was answered while something of it still ran: the parent waits for the end of that.
    if (this.#owesIdle && !this.#isDoomed) this.#send({ type: 'idle' })
    this.#owesIdle = false
    this.#rest()
  }

  /** The answer leaves first: old isolates and new ones wait for the next turn of the event loop. */
  #rest(): void {
    setImmediate(() => {
      this.#disposeUsed()
      if (this.#current !== null || this.#isDoomed || !this.#modules.isIdle) return
      this.#garbage.taskIsOver()
      void this.#isolates.resume()
    })
  }

  /** On this thread: to have a pool thread do it costs as much again, and a second core that the next answer needs. */
  #disposeUsed(): void {
    for (const slot of this.#used) disposeSlot(slot, false)
    this.#used = []
  }

  #doom(reason: DoomReason): void {
    if (this.#isDoomed) return
    this.#isDoomed = true
    this.#send({ type: 'doomed', reason })
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), SELF_KILL_MS)
  }

  #send(message: FromExecutor): void {
    this.#options.write(encodeFrame(message))
  }
}
