// The modules of one deployment in this process, or the instances of one tenant: sources, warm isolates, calls in progress.
import type { Tier } from '../../sandbox/src/bridge.ts'
import { CANCELLED } from '../core/failures.ts'
import type { ValueFormat } from '../core/invocation.ts'
import type { Failure } from '../errors.ts'
import type {
  CallMessage,
  ExchangeEventMessage,
  LoadMessage,
  RemoteAnswerMessage,
  RetireReason,
} from '../ipc/messages.ts'
import { CallProgress } from './call-progress.ts'
import type { Ending } from './endings.ts'
import { EntryTurns } from './entry-turns.ts'
import { isInstance, readCache } from './load-module.ts'
import type { LoadedSource } from './load-module.ts'
import { ABORT_GRACE_MS, ModuleCall } from './module-call.ts'
import { RemoteRequests } from './remote-requests.ts'
import type { SendRemote } from './remote-requests.ts'
import type { Slot } from './slot.ts'
import type { SendExchange } from './task-exchanges.ts'
import type { Settled } from './task-run-options.ts'
import { WarmIsolate } from './warm-isolate.ts'
import { WarmIsolates } from './warm-isolates.ts'
import type { Warmth } from './warm-isolates.ts'

/** An entry that still runs this long after its isolate was taken away will not stop at all. */
const ZOMBIE_MS = 150
const POLL_MS = 10
/** How long a call that is cancelled may go on with what it had begun, or with loading, while others need its isolate. */
const CANCEL_GRACE_MS = 300
/** The same while nobody else does: short, and long enough for most of what ends by itself to leave the isolate behind. */
const ALONE_GRACE_MS = 50
/** How long listeners of a call that has been cancelled may compute on after its end, before they cost the isolate. */
const LISTENERS_MS = 100

export interface ModuleHostOptions {
  readonly memoryMb: number
  /** Whether quick functions may be entered from this thread. */
  readonly mayEnterNow: boolean
  /** What the isolates of modules that are not called may be. */
  readonly warmth: Warmth
  readonly takeIsolate: (memoryMb: number, format: ValueFormat, source: LoadedSource) => Slot
  /** When an isolate takes no more calls: the tier that has what its code has used. */
  readonly onUsed: (code: string, tier: Tier) => void
  readonly onSettled: (taskId: string, settled: Settled) => void
  readonly onChunk: (taskId: string, chunk: string) => void
  readonly onProgress: (taskId: string, value: string) => void
  /** After calls that were answered while something of them still ran: nothing does any more. */
  readonly onFree: () => void
  readonly onZombie: () => void
  /** The cache as `readCache` takes it. */
  readonly onCache: (hash: string, cache: string) => void
  readonly onRetired: (hash: string, reason: RetireReason) => void
  readonly onRemote: SendRemote
  readonly onExchange: SendExchange
  /** What a call has to end by itself when it is cancelled. */
  readonly graceMs?: number
}

const UNKNOWN_MODULE: Failure = { code: 'INTERNAL', message: 'The module was never sent to the executor.' }
/** The front process knows why. */
const INSTANCE_ENDED: Failure = { code: 'INSTANCE_LOST', message: 'The instance has ended.' }

export class ModuleHost {
  readonly #options: ModuleHostOptions
  readonly #sources = new Map<string, LoadedSource>()
  readonly #isolates: WarmIsolates
  /** Those that hold an instance: they end when the front process says so, or when they break a limit. */
  readonly #instances = new Map<string, WarmIsolate>()
  readonly #calls = new Map<string, { readonly call: ModuleCall; readonly isolate: WarmIsolate }>()
  readonly #turns = new EntryTurns((call, usedMs) => this.#stop(call, () => call.failCpu(usedMs)))
  readonly #remote: RemoteRequests
  #lastId = 0
  /** Whether an isolate was taken away from an entry that has not come back yet. */
  #isClearing = false

  constructor(options: ModuleHostOptions) {
    this.#options = options
    this.#isolates = new WarmIsolates(options.warmth)
    this.#remote = new RemoteRequests(options.onRemote)
  }

  get isIdle(): boolean {
    return this.#calls.size === 0 && this.#turns.running === null
  }

  /** @param parts as the message says. */
  load(message: LoadMessage, [code = '', cache = '', environment = '']: readonly string[]): void {
    this.#sources.set(message.hash, { message, code, environment, cache: readCache(cache) })
  }

  /** Ends an instance that has no call. One that has ended by itself is gone already. */
  drop(hash: string): void {
    this.#instances.get(hash)?.retire('dropped')
  }

  call(message: CallMessage, input: string): void {
    const call = new ModuleCall({
      id: ++this.#lastId,
      message,
      input,
      onExchange: this.#options.onExchange,
      onWallLimit: (late) => this.#stop(late, () => late.failWall()),
      onOverrun: (busy) => this.#stop(busy, () => busy.entryIsOver()),
      onEnd: (ended, ending) => this.#ended(ended, ending),
    })
    const { taskId, tellsProgress } = message
    if (tellsProgress === true) call.progress = new CallProgress((value) => this.#options.onProgress(taskId, value))
    this.#start(call)
  }

  /** For a call that has ended it comes too late. */
  answerRemote({ taskId, requestId, shape }: RemoteAnswerMessage, text: string): void {
    const waiting = this.#calls.get(taskId)
    waiting?.isolate.answerRemote(waiting.call, requestId, shape, text)
  }

  /** What came of a request of a call; for one that has ended it comes too late. */
  exchangeEvent(message: ExchangeEventMessage, text: string): void {
    const waiting = this.#calls.get(message.taskId)
    const payload = waiting?.call.exchanges.take(message, text) ?? null
    if (payload !== null)
      waiting?.isolate.tellExchange(waiting.call, payload, () => {
        // Behind its end nothing is said of a call.
        if (!waiting.call.isOver) waiting.call.exchanges.told(message)
      })
  }

  cancel(taskId: string): void {
    const running = this.#calls.get(taskId)
    if (running === undefined) return
    const { call, isolate } = running
    if (isolate.isLoadedBy(call)) {
      // Others wait for the module as well.
      const timer = setTimeout(() => this.#stop(call, () => call.fail(CANCELLED), false), CANCEL_GRACE_MS)
      void isolate.loaded.finally(() => clearTimeout(timer)).then(() => this.cancel(taskId))
    } else if (call.beginCancel()) {
      isolate.askToEnd(call)
      setTimeout(() => this.#cancelNow(call, isolate), this.#options.graceMs ?? ABORT_GRACE_MS)
    } else this.#cancelNow(call, isolate)
  }

  /** Whoever only goes away does not take along what the others of the isolate run. */
  #cancelNow(call: ModuleCall, isolate: WarmIsolate): void {
    if (call.isOver) return
    if (this.#turns.runningCall !== call) {
      this.#stop(call, () => call.fail(CANCELLED), false)
      return
    }
    if (call.isAborting) {
      this.#isClearing = true
      call.fail(CANCELLED)
      this.#awaitEnd(LISTENERS_MS, () => isolate.stop(call, false))
    } else call.answer({ failure: CANCELLED }, isolate.isNeededBeside(call) ? CANCEL_GRACE_MS : ALONE_GRACE_MS)
    isolate.forget(call)
  }

  /** The last that the call said of itself has been taken. */
  progressTaken(taskId: string): void {
    this.#calls.get(taskId)?.call.progress?.taken()
  }

  /** So many chunks of its stream have been taken. */
  pull(taskId: string, chunks: number): void {
    this.#calls.get(taskId)?.call.stream?.grant(chunks)
  }

  /** V8 cannot go on with the isolate that runs now. */
  outOfMemory(): void {
    const call = this.#turns.runningCall
    if (call !== null) this.#stop(call, () => call.failMemory())
  }

  #start(call: ModuleCall): void {
    const { taskId, isInstance: isOfInstance } = call.message
    const isolate = this.#isolateOf(call)
    if (isolate === null) {
      call.fail(isOfInstance === true ? INSTANCE_ENDED : UNKNOWN_MODULE)
      return
    }
    this.#calls.set(taskId, { call, isolate })
    void isolate.start(call)
  }

  #isolateOf(call: ModuleCall): WarmIsolate | null {
    const { hash, format } = call.message
    const known = this.#instances.get(hash) ?? this.#isolates.get(hash)
    if (known !== null) return known
    const source = this.#sources.get(hash)
    if (source === undefined) return null
    const { mayEnterNow, takeIsolate, onUsed, onChunk, onCache, onRetired } = this.#options
    const keepsInstance = isInstance(source)
    const { memoryMb = this.#options.memoryMb } = source.message
    call.ledger.begin('isolateMs')
    const slot = takeIsolate(memoryMb, keepsInstance ? format : 'json', source)
    const made = new WarmIsolate({
      source,
      slot,
      memoryMb,
      turns: this.#turns,
      // What keeps this thread can be stopped by the end of the process only, which other instances live in.
      mayEnterNow: () => mayEnterNow && !keepsInstance && this.#calls.size === 1,
      onChunk: ({ message: { taskId } }, chunk) => onChunk(taskId, chunk),
      remote: this.#remote,
      onCache: (cache) => onCache(hash, cache),
      onRetired: (reason) => {
        this.#instances.delete(hash)
        onUsed(source.code, slot.usedTier)
        onRetired(hash, reason)
      },
      onStopped: () => this.#awaitEnd(),
      onStuck: () => this.#options.onZombie(),
      onUnbegun: (unbegun) => this.#start(unbegun),
    })
    if (keepsInstance) {
      // Made once: the next one under its name is another one, and has a hash of its own.
      this.#sources.delete(hash)
      this.#instances.set(hash, made)
    } else this.#isolates.add(hash, made)
    return made
  }

  /** Ends the call; what it was doing goes with its isolate, and a broken limit retires that in any case. */
  #stop(call: ModuleCall, end: () => void, isLimit = true): void {
    const running = this.#calls.get(call.message.taskId)
    if (running === undefined || call.isOver) return
    const isRunning = this.#turns.runningCall === call
    this.#isClearing ||= isRunning
    end()
    running.isolate.stop(call, isLimit)
    // An instance is not lost for a call that waited for its turn until its time was over.
    if (isLimit && (call.hasBegun || call.message.isInstance !== true)) running.isolate.retire('limit')
    if (isRunning) this.#awaitEnd()
  }

  #ended(call: ModuleCall, ending: Ending): void {
    const { taskId } = call.message
    const isolate = this.#calls.get(taskId)?.isolate
    this.#calls.delete(taskId)
    this.#options.onSettled(taskId, {
      isFree: !this.#isClearing,
      // A source that is no program is told as one of which nothing ran.
      ran: !('failure' in ending && ending.failure.code === 'COMPILE_FAILED'),
      log: call.log.text,
      value: 'value' in ending ? ending.value : null,
      ...('chunks' in ending ? { chunks: ending.chunks } : {}),
      failure: 'failure' in ending ? ending.failure : null,
      ...(call.madeInstance ? { madeInstance: true } : {}),
      cpuMs: call.usedCpuMs,
      wallMs: call.wallMs,
      ...call.ledger.facts(this.#turns.isEntered ? null : (isolate?.slot ?? null)),
    })
    isolate?.ended(call)
  }

  /**
   * Waits for the end of an entry. Usually its isolate is gone, and the process is given up when it does not come.
   * @param giveUp done in its place after so many milliseconds.
   */
  #awaitEnd(patienceMs = ZOMBIE_MS, giveUp = this.#options.onZombie): void {
    const stopped = this.#turns.running
    if (stopped === null) {
      this.#freed()
      return
    }
    const startedAt = performance.now()
    const poll = setInterval(() => {
      if (this.#turns.running !== stopped) this.#freed()
      else if (performance.now() - startedAt >= patienceMs) giveUp()
      else return
      clearInterval(poll)
    }, POLL_MS)
  }

  #freed(): void {
    if (!this.#isClearing) return
    this.#isClearing = false
    this.#options.onFree()
  }
}
