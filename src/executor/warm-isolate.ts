// An isolate in which a deployed module, or the code of one instance, has been evaluated once: it serves calls until it retires.
import { KIND, OP, REMOTE_GLOBAL } from '../../sandbox/src/bridge.ts'
import type { RetireReason } from '../ipc/messages.ts'
import { writeCallHeader } from './call-header.ts'
import { CallStream } from './call-stream.ts'
import { describeStray, LOST, thrownFailure, writeRejection } from './classify-failure.ts'
import { readEnding } from './endings.ts'
import type { Ending } from './endings.ts'
import type { Turn } from './entry-turns.ts'
import { GuestTimer } from './guest-timer.ts'
import { isInstance, loadScript, startModule } from './load-module.ts'
import { loadSource, NotCompiled } from './load-source.ts'
import type { ModuleCall } from './module-call.ts'
import { NativeTurns } from './native/native-turns.ts'
import { isNativeOp } from './native/native-work.ts'
import { Pace } from './pace.ts'
import { disposeSlot } from './slot.ts'
import { isExchangeOp, NO_CALL } from './task-exchanges.ts'
import type { WarmIsolateOptions } from './warm-isolate-options.ts'

/** After so many calls an isolate is replaced whatever its state: what nobody notices does not pile up for ever. */
const MAX_CALLS = 20_000
/** The heap is looked at after each so many calls. */
const HEAP_CHECK_CALLS = 128
/** Above this share of its limit a module's heap is so full that the next call may be the one that runs out. */
const MAX_HEAP_SHARE = 0.6
/** How long the iterator of a call that is over may take to return, before its isolate is taken away. */
const RETURN_MS = 100
const BYTES_PER_MB = 1024 * 1024

export class WarmIsolate {
  readonly #options: WarmIsolateOptions
  readonly #calls = new Map<number, ModuleCall>()
  readonly #timer = new GuestTimer(() => this.#runTimer())
  readonly #pace = new Pace()
  readonly #native: NativeTurns
  #timerOwner = 0
  /** The call whose coming made the isolate: it pays for the loading, and prints what the module prints meanwhile. */
  #loader: ModuleCall | null = null
  #loaded: Promise<boolean> | null = null
  #isLoaded = false
  #onModuleReady: (() => void) | null = null
  #served = 0
  /** Whether its code wants to know of rejections that nothing handles. */
  #hearsRejections = false
  #isRetired = false
  #isGone = false
  #endedAt = 0

  constructor(options: WarmIsolateOptions) {
    this.#options = options
    this.#native = new NativeTurns({
      turns: options.turns,
      isGone: () => this.#isGone,
      onAnswer: (call, { kind, text }, onOver) =>
        this.#enter(call, () => options.slot.enter(kind, call.id, text, call.remainingMs), onOver),
      onStuck: options.onStuck,
    })
    options.slot.onSend = (op, id, payload) => this.#hear(op, id, payload)
  }

  get isRetired(): boolean {
    return this.#isRetired
  }

  get slot(): WarmIsolateOptions['slot'] {
    return this.#options.slot
  }

  /** When its last call ended, in the time of `performance.now`; null while it has calls or takes no more. */
  get idleSince(): number | null {
    return this.#isRetired || this.#calls.size > 0 ? null : this.#endedAt
  }

  /** Whether the call has begun the loading, which is not over. */
  isLoadedBy(call: ModuleCall): boolean {
    return this.#loader === call
  }

  /** Whether more than `call` would be lost with the isolate: what others have begun, or an instance. */
  isNeededBeside(call: ModuleCall): boolean {
    return (
      isInstance(this.#options.source) || [...this.#calls.values()].some((other) => other !== call && other.hasBegun)
    )
  }

  /** Settles when the module is loaded, or failed to. */
  get loaded(): Promise<unknown> {
    return this.#loaded ?? Promise.resolve()
  }

  /** Never rejects; the call ends by itself. */
  async start(call: ModuleCall): Promise<void> {
    this.#calls.set(call.id, call)
    if (isInstance(this.#options.source)) call.ledger.isolate = 'instance'
    this.#served++
    if (!this.#isLoaded) {
      this.#loaded ??= this.#load(call)
      if (!(await this.#loaded)) return
    }
    if (call.isOver || this.#isGone) return
    this.#enterCall(call)
    if (this.#served >= MAX_CALLS) this.#wear('calls')
    else if (this.#served % HEAP_CHECK_CALLS === 0) void this.#checkHeap()
  }

  /** Told by the owner of the call when it has ended, however it did. */
  ended(call: ModuleCall): void {
    if (!this.#calls.delete(call.id)) return
    this.#endedAt = performance.now()
    this.#options.remote.ended(call)
    this.#native.ended(call)
    if (this.#isRetired && this.#calls.size === 0) this.#dispose()
  }

  /** What another resource answered to a call that waits for it. */
  answerRemote(call: ModuleCall, requestId: number, shape: string, text: string): void {
    if (!this.#options.remote.take(call, requestId)) return
    const payload = `${requestId}\n${shape}\n${text}`
    this.#enter(call, () => this.#options.slot.enter(KIND.remoteAnswer, call.id, payload, call.remainingMs))
  }

  /** What came of a request that the call has made to another host. */
  tellExchange(call: ModuleCall, payload: string, onTold: () => void): void {
    const { slot } = this.#options
    this.#enter(call, () => slot.enter(KIND.exchange, call.id, payload, call.remainingMs), onTold)
  }

  /**
   * Stops a call that has not ended by itself: one that waits is forgotten, one that runs takes the isolate along.
   * A module that breaks a limit while it is loaded would break it for all that wait for it, too.
   */
  stop(call: ModuleCall, isLimit: boolean): void {
    if (this.#options.turns.runningCall === call || this.#loader === call) this.#takeAway(this.#isLoaded || !isLimit)
    else if (this.#isLoaded && !this.#isGone) this.forget(call)
  }

  /** Tells the guest program that the call is over. Nobody pays for what an iterator does when it is told to return, and nobody waits for it: so it gets little time. */
  forget(call: ModuleCall): void {
    const { slot, turns } = this.#options
    // Behind the timer: it is the end of the isolate that stops an iterator, never an isolate that goes on without its end.
    const timeoutMs = call.stream === null ? call.remainingMs : 2 * RETURN_MS
    let timer: NodeJS.Timeout | undefined
    turns.take({
      call: null,
      begin: () => {
        if (this.#isGone) return null
        if (call.stream !== null) timer = setTimeout(() => this.#takeAway(), RETURN_MS)
        return slot.enter(KIND.forget, call.id, '', timeoutMs)
      },
      onDone: () => clearTimeout(timer),
    })
  }

  /** Tells the code of a call that is cancelled, which then has a moment. */
  askToEnd(call: ModuleCall): void {
    this.#enter(call, () => {
      call.isAborting = true
      return this.#options.slot.enter(KIND.cancel, call.id, '', call.remainingMs)
    })
  }

  /** No further calls; those in progress end, then it goes. */
  retire(reason: RetireReason): void {
    if (this.#isRetired) return
    this.#isRetired = true
    this.#options.onRetired(reason)
    if (this.#calls.size === 0) this.#dispose()
  }

  /** A module is evaluated anew; an instance would be lost, and goes on until it breaks a limit. */
  #wear(reason: RetireReason): void {
    if (!isInstance(this.#options.source)) this.retire(reason)
  }

  /** Takes the isolate away from whatever runs in it. */
  #takeAway(mayMove = this.#isLoaded): void {
    if (this.#isGone) return
    this.#isGone = true
    this.#timer.arm(-1)
    disposeSlot(this.#options.slot, false)
    this.retire('limit')
    this.#options.onStopped()
    for (const call of [...this.#calls.values()]) {
      if (mayMove && !call.hasBegun && this.#loader !== call) {
        this.#calls.delete(call.id)
        this.#options.onUnbegun(call)
      } else call.fail(LOST)
    }
  }

  #dispose(): void {
    if (this.#isGone) return
    this.#isGone = true
    this.#timer.arm(-1)
    disposeSlot(this.#options.slot, true)
  }

  async #load(call: ModuleCall): Promise<boolean> {
    const { source, slot, onCache } = this.#options
    const { ledger } = call
    ledger.isolate = slot.isolateKind
    ledger.begin(source.message.kind === 'script' ? 'compileMs' : 'evaluateMs')
    this.#loader = call
    const timeoutMs = (): number => call.remainingMs
    const { environment = '' } = source
    if (environment !== '')
      await this.#inTurn(call, () => slot.enter(KIND.environment, 0, environment, call.remainingMs))
    const isDeployed = source.message.kind !== 'source'
    if (isDeployed && source.message.isSubmitted !== true && source.code.includes(REMOTE_GLOBAL)) {
      await this.#inTurn(call, () => slot.enter(KIND.deployed, 0, '', call.remainingMs))
    }
    const error =
      source.message.kind === 'script'
        ? await this.#inTurn(call, () => loadScript(source, slot, { timeoutMs, onCache, ledger }))
        : await this.#loadModule(call)
    // What the module has begun is a part of it, such as a key that its functions use.
    if (error === null) await this.#native.whenEmpty()
    if (error === null)
      await this.#inTurn(call, () => slot.enter(KIND.loaded, isDeployed ? 0 : 1, '', call.remainingMs))
    this.#loader = null
    ledger.begin('executorMs')
    if (this.#isGone) return false
    if (error === null) {
      this.#isLoaded = true
      return true
    }
    this.#failLoading(error)
    return false
  }

  async #loadModule(call: ModuleCall): Promise<unknown> {
    const { source, slot } = this.#options
    const ready = new Promise<void>((resolve) => (this.#onModuleReady = resolve))
    const timeoutMs = (): number => call.remainingMs
    if (source.message.kind === 'source') {
      const inTurn = async (begin: () => Promise<unknown>): Promise<unknown> => this.#inTurn(call, begin)
      return loadSource({ source, slot, name: call.message.name, timeoutMs, inTurn, ready })
    }
    const error = await this.#inTurn(call, () => startModule(source, slot, timeoutMs))
    if (error === null) await ready
    return error
  }

  /** What every call that waits for the module ends with. */
  #failLoading(error: unknown): void {
    const { slot } = this.#options
    const isMemory = slot.isolate.isDisposed
    this.retire(isMemory ? 'memory' : 'load failed')
    for (const call of [...this.#calls.values()]) {
      if (isMemory) call.failMemory()
      else if (call.remainingMs <= 1) call.failWall()
      else call.fail(error instanceof NotCompiled ? error.failure : thrownFailure(error))
    }
    this.#dispose()
  }

  async #inTurn(call: ModuleCall, begin: () => Promise<unknown>): Promise<unknown> {
    return new Promise((resolve) => {
      this.#options.turns.take({ call, begin: () => (this.#isGone ? null : begin()), onDone: resolve })
    })
  }

  #enterCall(call: ModuleCall): void {
    const { name } = call.message
    const payload = `${writeCallHeader(call.message)}\n${call.input}`
    const { slot, mayEnterNow } = this.#options
    let startedAt = 0
    this.#enter(
      call,
      () => {
        call.hasBegun = true
        call.ledger.beginCall()
        startedAt = performance.now()
        if (!mayEnterNow() || !this.#pace.isQuick(name, call.input))
          return slot.enter(KIND.call, call.id, payload, call.remainingMs)
        slot.enterNow(KIND.callNow, call.id, payload, call.remainingMs)
        return 'over'
      },
      () => call.hasBegun && this.#pace.entryTook(name, performance.now() - startedAt),
    )
  }

  #startStream(call: ModuleCall): void {
    if (call.stream !== null || call.message.mayStream !== true) return
    const { slot, turns, onChunk } = this.#options
    call.stream = new CallStream({
      limits: call.limits,
      pull: (maxBytes) => this.#enter(call, () => slot.enter(KIND.pull, call.id, String(maxBytes), call.remainingMs)),
      send: (chunk) => onChunk(call, chunk),
      // What it does in the entry of another call, that one pays for.
      mayGoOn: () => turns.runningCall === call && !turns.isWanted,
    })
    call.stream.grant(0)
  }

  /** What the guest program is told. */
  #takeChunk(call: ModuleCall, chunk: string): string {
    const taken = call.isEnding ? null : (call.stream?.take(chunk) ?? null)
    if (typeof taken === 'number') return String(taken)
    if (taken !== null) this.#answered(call, { failure: taken })
    return ''
  }

  /** @param onOver told before it is known what failed. */
  #enter(call: ModuleCall | null, begin: Turn['begin'], onOver?: () => void): void {
    this.#options.turns.take({
      call,
      begin: () => (this.#isGone || call?.isOver === true ? null : begin()),
      onDone: (error) => {
        onOver?.()
        if (error !== null) this.#entryFailed(call, error)
      },
    })
  }

  /** The timer's owner pays for what it does; a timer of a call that has ended does not exist. */
  #runTimer(): void {
    const call = this.#calls.get(this.#timerOwner) ?? this.#loader
    if (call !== null) this.#enter(call, () => this.#options.slot.enter(KIND.timer, 0, '', call.remainingMs))
  }

  /** Never an answer: a limit, or a rejection that nothing handled. */
  #entryFailed(call: ModuleCall | null, error: unknown): void {
    if (this.#isGone) return
    if (this.#options.slot.isolate.isDisposed) {
      call?.failMemory()
      this.retire('memory')
      this.#takeAway()
    } else if (call !== null && call.remainingMs <= 1) {
      call.failWall()
      this.#takeAway()
    } else if (this.#hearsRejections && call !== null && !call.isOver) {
      this.#enter(call, () =>
        this.#options.slot.enter(KIND.rejection, call.id, writeRejection(error), call.remainingMs),
      )
    } else call?.log.add(describeStray(error))
  }

  #hear(op: number, id: number, payload: string): string {
    const call = id === 0 ? this.#loader : this.#calls.get(id)
    if (call?.ledger.hear(op) === true) return ''
    if (op === OP.hearsRejections) this.#hearsRejections = true
    if (isNativeOp(op)) return this.#native.ask(op, call, payload)
    if (op === OP.remote) return this.#askRemote(id, payload)
    if (isExchangeOp(op)) return this.#hearExchange(op, id, payload)
    if (op === OP.armTimer) {
      this.#timerOwner = Number(payload) || 0
      this.#timer.arm(id)
    } else if (op === OP.moduleReady) this.#onModuleReady?.()
    else if (op === OP.builtInChanged) this.#wear('built-ins')
    else if (op === OP.log) call?.log.add(payload)
    else if (call !== null && call !== undefined) {
      if (op === OP.instanceMade) call.madeInstance = true
      else if (op === OP.stream) this.#startStream(call)
      else if (op === OP.progress) call.say(payload)
      else if (op === OP.signal) call.hasSignal = true
      else if (op === OP.chunk) return this.#takeChunk(call, payload)
      else this.#hearEnding(call, op, payload)
    }
    return ''
  }

  #hearEnding(call: ModuleCall, op: number, payload: string): void {
    const ending = readEnding(op, payload, call.limits, call.stream)
    if (ending !== null) this.#answered(call, ending)
  }

  /** Only a call that goes on has something to wait for. */
  #askRemote(id: number, payload: string): string {
    const call = this.#calls.get(id)
    return call === undefined || call.isEnding ? '' : this.#options.remote.ask(call, payload)
  }

  #hearExchange(op: number, id: number, payload: string): string {
    const call = this.#calls.get(id)
    if (call === undefined) return id === 0 ? NO_CALL : ''
    return call.isEnding ? '' : call.exchanges.hear(op, payload)
  }

  /** The answer may come in an entry of another call, which then pays for it. */
  #answered(call: ModuleCall, ending: Ending): void {
    if (this.#options.turns.runningCall === call) call.answer(ending)
    else call.end(ending)
  }

  async #checkHeap(): Promise<void> {
    try {
      const { used_heap_size: usedBytes } = await this.#options.slot.isolate.getHeapStatistics()
      if (usedBytes > MAX_HEAP_SHARE * this.#options.memoryMb * BYTES_PER_MB) this.#wear('heap')
    } catch {
      // The isolate is gone, which somebody else has noticed.
    }
  }
}
