// The life of one task in an executor: take an isolate, run the code under its limits, settle exactly once, clean up.
import { KIND, OP } from '../../sandbox/src/bridge.ts'
import { CANCELLED } from '../core/failures.ts'
import type { Failure } from '../errors.ts'
import type { ExchangeEventMessage, RunMessage } from '../ipc/messages.ts'
import { evaluateBundle } from './bundle.ts'
import { writeCallHeader } from './call-header.ts'
import { CallProgress } from './call-progress.ts'
import { CallStream } from './call-stream.ts'
import {
  cpuFailure,
  describeStray,
  memoryFailure,
  thrownFailure,
  wallFailure,
  writeRejection,
} from './classify-failure.ts'
import { compileBundle, compileSource, isCompileError } from './compile.ts'
import { readEnding } from './endings.ts'
import type { Ending } from './endings.ts'
import { evaluateModule, evaluateScript } from './evaluate.ts'
import { GuestTimer } from './guest-timer.ts'
import { ABORT_GRACE_MS } from './module-call.ts'
import { NativeLane } from './native/native-lane.ts'
import { isNativeOp } from './native/native-work.ts'
import { PhaseLedger } from './phase-ledger.ts'
import { ProcessorTime } from './processor-time.ts'
import type { Slot } from './slot.ts'
import { disposeSlot } from './slot.ts'
import { isExchangeOp, TaskExchanges } from './task-exchanges.ts'
import { TaskLog } from './task-log.ts'
import type { TaskRunOptions } from './task-run-options.ts'

const CPU_POLL_MS = 20
/** How long an answered guest may go on with what it had begun before it is cut off. */
const FINISH_MS = 5
/** An isolate that still runs this long after it was disposed of will not stop at all. */
const ZOMBIE_MS = 150

export class TaskRun {
  readonly #options: TaskRunOptions
  readonly #startedAt = performance.now()
  readonly #processorTime = new ProcessorTime()
  readonly #wallTimer: NodeJS.Timeout
  #cpuTimer: NodeJS.Timeout | undefined
  readonly #guestTimer = new GuestTimer(() => this.#enter(KIND.timer, ''))
  readonly #native = new NativeLane({
    isOver: () => this.#ending !== null,
    onBegin: () => this.#operationBegins(),
    onAnswer: (kind, answer) => this.#enter(kind, answer),
    onDone: () => this.#operationDone(),
  })
  readonly #ledger: PhaseLedger
  #slot: Slot | null = null
  #operations = 0
  #ending: Ending | null = null
  /** What the call said before the evaluation was known to have succeeded. */
  #heldAnswer: Ending | null = null
  #holdsAnswer = true
  #isLoadingModule = false
  /** Once the function has returned an iterator. */
  #stream: CallStream | null = null
  readonly #progress: CallProgress | null
  readonly #exchanges: TaskExchanges
  /** Whether its code has asked for its signal. */
  #hasSignal = false
  /** Whether its code wants to know of rejections that nothing handles. */
  #hearsRejections = false
  /** It ends as cancelled, whatever its code does in the moment that it has. */
  #isCancelled = false
  #isSettled = false
  #ran = true
  readonly #log: TaskLog
  #onModuleReady: (() => void) | null = null

  constructor(options: TaskRunOptions) {
    this.#options = options
    this.#log = new TaskLog(this.#limits.logBytes)
    this.#ledger = new PhaseLedger({ first: 'isolateMs', isDetailed: options.message.isDetailed === true })
    this.#progress = options.message.tellsProgress === true ? new CallProgress(options.onProgress) : null
    this.#exchanges = new TaskExchanges(options.message.taskId, options.onExchange)
    this.#wallTimer = setTimeout(() => this.#stop(wallFailure(this.#limits)), this.#limits.wallMs)
  }

  get #limits(): RunMessage['limits'] {
    return this.#options.message.limits
  }

  /** Runs the task; resolves when nothing of it is left to do. Never rejects. */
  async run(): Promise<void> {
    try {
      this.#slot = this.#options.takeIsolate(this.#limits.memoryMb)
      this.#ledger.isolate = this.#slot.isolateKind
      await this.#load(this.#slot)
    } catch (error) {
      this.#operationFailed(error, true)
    }
  }

  /** So many chunks of its stream have been taken. */
  pull(chunks: number): void {
    this.#stream?.grant(chunks)
  }

  /** The last that it said of itself has been taken. */
  progressTaken(): void {
    this.#progress?.taken()
  }

  /** What came of a request of its. */
  exchangeEvent(message: ExchangeEventMessage, text: string): void {
    const payload = this.#exchanges.take(message, text)
    if (payload !== null) this.#enter(KIND.exchange, payload, 0, () => this.#exchanges.told(message))
  }

  /** Code that holds its signal, or an iterator, has a moment to end by itself. */
  cancel(): void {
    if (this.#ending !== null || this.#isCancelled) return
    if (!this.#hasSignal && this.#stream === null) {
      this.#stop(CANCELLED)
      return
    }
    this.#isCancelled = true
    setTimeout(() => this.#stop(CANCELLED), this.#options.graceMs ?? ABORT_GRACE_MS)
    this.#enter(KIND.cancel, '')
  }

  /** V8 gave up on the isolate, or on the process, while this task was the only one. */
  outOfMemory(): void {
    this.#stop(memoryFailure(this.#limits))
  }

  /**
   * Nearly all sources are scripts: evaluation and call are queued together, so that the pool thread goes from one to the
   * other without waiting for this thread. What the call answers counts once the evaluation is known to have succeeded.
   */
  async #load(slot: Slot): Promise<void> {
    const { message, environment = '' } = this.#options
    slot.onSend = (op, id, payload) => this.#hear(op, id, payload)
    this.#ledger.begin('evaluateMs')
    if (this.#limits.logBytes !== slot.logBytes) this.#enter(KIND.configure, '', this.#limits.logBytes)
    if (environment !== '') this.#enter(KIND.environment, environment)
    if (message.bundle?.kind === 'module') return this.#loadModule(slot, null)
    const evaluated = this.#evaluate(slot)
    try {
      await this.#track(evaluated)
    } catch (error) {
      if (this.#ending === null && isCompileError(error)) return this.#loadModule(slot, error)
      throw error
    }
    this.#takeAnswer()
  }

  async #evaluate(slot: Slot): Promise<void> {
    const { code, message, cache, onCache } = this.#options
    const { fileName, bundle } = message
    const hash = bundle?.hash ?? null
    if (hash === null) {
      const evaluated = evaluateScript(code, fileName, slot, this.#remainingMs())
      this.#enterCall()
      return evaluated
    }
    this.#ledger.begin('compileMs')
    return evaluateBundle(
      {
        code,
        fileName,
        cache,
        timeoutMs: () => this.#remainingMs(),
        onQueued: (codeCache) => {
          this.#ledger.compiled(codeCache)
          this.#enterCall()
        },
        onCache: (made) => this.#ending === null && onCache(hash, made),
      },
      slot,
    )
  }

  /** The source is a module, or no program at all, or a script that threw a SyntaxError when it ran. */
  async #loadModule(slot: Slot, scriptError: unknown): Promise<void> {
    const source = { ...this.#options.message, code: this.#options.code }
    this.#ledger.begin('compileMs')
    const isBundle = source.bundle?.kind === 'module'
    const compiled = await this.#track((isBundle ? compileBundle : compileSource)(slot.isolate, source))
    // The call that was queued with the script is over by now, since an isolate does one thing after the other.
    this.#heldAnswer = null
    this.#stream = null
    if (this.#ending !== null) return
    if (compiled.kind === 'script') throw scriptError
    if (compiled.kind === 'failed') {
      this.#ran = false
      return this.#end({ failure: compiled.failure })
    }
    this.#ledger.begin('evaluateMs')
    this.#holdsAnswer = false
    const ready = new Promise<void>((resolve) => (this.#onModuleReady = resolve))
    this.#isLoadingModule = true
    await this.#track(evaluateModule(compiled.module, slot, () => this.#remainingMs()))
    await ready
    this.#isLoadingModule = false
    this.#ledger.beginCall()
    this.#enterCall()
  }

  #takeAnswer(): void {
    this.#holdsAnswer = false
    if (this.#ending !== null) return
    this.#ledger.beginCall()
    if (this.#heldAnswer !== null) this.#end(this.#heldAnswer)
    else this.#stream?.grant(0)
  }

  #enterCall(): void {
    this.#enter(KIND.call, `${writeCallHeader(this.#options.message)}\n${this.#options.input}`)
  }

  /** Enters the guest. What the entry function rejects with is never its answer: only limits and stray rejections. */
  #enter(kind: number, payload: string, id = 0, onOver?: () => void): void {
    const slot = this.#slot
    if (slot === null || this.#ending !== null) return
    this.#operationBegins()
    slot
      .enter(kind, id, payload, this.#remainingMs())
      .catch((error: unknown) => this.#operationFailed(error, this.#isLoadingModule))
      .finally(() => {
        if (this.#ending === null) onOver?.()
        this.#operationDone()
      })
  }

  #remainingMs(): number {
    return Math.max(1, Math.ceil(this.#limits.wallMs - (performance.now() - this.#startedAt)))
  }

  async #track<T>(operation: Promise<T>): Promise<T> {
    this.#operationBegins()
    try {
      return await operation
    } finally {
      this.#operationDone()
    }
  }

  #operationBegins(): void {
    this.#operations++
    if (this.#operations > 1) return
    this.#processorTime.start()
    this.#cpuTimer = setInterval(() => this.#checkCpu(), CPU_POLL_MS)
  }

  #operationDone(): void {
    this.#operations--
    if (this.#operations > 0) return
    this.#processorTime.stop()
    clearInterval(this.#cpuTimer)
    // Many short entries are as much as a long one, and the clock never sees them.
    if (this.#ending === null) this.#checkCpu()
    else if (this.#isSettled) this.#options.onFree(null)
    else this.#settle()
  }

  #hear(op: number, id: number, payload: string): string {
    if (this.#ending !== null || this.#ledger.hear(op)) return ''
    if (op === OP.log) this.#log.add(payload)
    else if (op === OP.armTimer) this.#guestTimer.arm(id)
    else if (op === OP.moduleReady) this.#onModuleReady?.()
    else if (op === OP.stream) this.#startStream()
    else if (op === OP.chunk) return this.#takeChunk(payload)
    else if (op === OP.progress) this.#saysProgress(payload)
    else if (op === OP.signal) this.#hasSignal = true
    else if (isExchangeOp(op)) return this.#exchanges.hear(op, payload)
    else if (isNativeOp(op)) return this.#native.ask(op, payload)
    else if (op === OP.hearsRejections) this.#hearsRejections = true
    else {
      const ending = readEnding(op, payload, this.#limits, this.#stream)
      if (ending !== null) this.#answer(ending)
    }
    return ''
  }

  /** Nothing of it is asked for before the evaluation is known to have succeeded. */
  #startStream(): void {
    const { message, onChunk } = this.#options
    if (this.#stream !== null || message.mayStream !== true) return
    this.#stream = new CallStream({
      limits: this.#limits,
      pull: (maxBytes) => this.#enter(KIND.pull, String(maxBytes)),
      send: onChunk,
      mayGoOn: () => true,
    })
    if (!this.#holdsAnswer) this.#stream.grant(0)
  }

  /** What the guest program is told. */
  #takeChunk(chunk: string): string {
    const taken = this.#isCancelled ? null : (this.#stream?.take(chunk) ?? null)
    if (typeof taken === 'number') return String(taken)
    if (taken !== null) this.#end({ failure: taken })
    return ''
  }

  #saysProgress(value: string): void {
    if (!this.#isCancelled) this.#progress?.say(value)
  }

  #answer(ending: Ending): void {
    if (this.#holdsAnswer) this.#heldAnswer ??= ending
    else this.#end(ending)
  }

  #operationFailed(error: unknown, isLoading: boolean): void {
    if (this.#ending !== null) {
      // The isolate was taken away from it, or a rejection came too late to matter more than a line in the log.
      if (!this.#isSettled && this.#slot?.isolate.isDisposed === false) this.#log.add(describeStray(error))
    } else if (this.#slot === null) this.#options.onZombie()
    else if (this.#slot.isolate.isDisposed) this.#stop(memoryFailure(this.#limits))
    else if (this.#remainingMs() <= 1) this.#stop(wallFailure(this.#limits))
    else if (isLoading) this.#end({ failure: thrownFailure(error) })
    else if (this.#hearsRejections) this.#enter(KIND.rejection, writeRejection(error))
    else this.#log.add(describeStray(error))
  }

  #checkCpu(): void {
    const { usedMs } = this.#processorTime
    if (usedMs >= this.#limits.cpuMs) this.#stop(cpuFailure(this.#limits, usedMs))
  }

  /** The guest is done: what is already running may come to its end, for a moment. */
  #end(ending: Ending): void {
    this.#ending = this.#isCancelled ? { failure: CANCELLED } : ending
    this.#stopClocks()
    if (this.#operations === 0) this.#settle()
    else setTimeout(() => this.#settle(), FINISH_MS)
  }

  /** The guest is stopped: its isolate is taken away at once. */
  #stop(failure: Failure): void {
    if (this.#ending !== null) return
    this.#ending = { failure: this.#isCancelled ? CANCELLED : failure }
    this.#stopClocks()
    this.#settle()
  }

  #stopClocks(): void {
    clearTimeout(this.#wallTimer)
    clearInterval(this.#cpuTimer)
    this.#guestTimer.arm(-1)
  }

  #settle(): void {
    if (this.#isSettled || this.#ending === null) return
    this.#isSettled = true
    this.#ledger.close()
    this.#native.close()
    const isFree = this.#operations === 0
    if (this.#slot !== null && !isFree) disposeSlot(this.#slot, false)
    this.#options.onSettled({
      isFree,
      ran: this.#ran,
      log: this.#log.text,
      value: 'value' in this.#ending ? this.#ending.value : null,
      ...('chunks' in this.#ending ? { chunks: this.#ending.chunks } : {}),
      failure: 'failure' in this.#ending ? this.#ending.failure : null,
      cpuMs: this.#processorTime.usedMs,
      wallMs: performance.now() - this.#startedAt,
      ...this.#ledger.facts(isFree ? this.#slot : null),
    })
    if (isFree) {
      this.#options.onFree(this.#slot)
    } else setTimeout(() => this.#operations > 0 && this.#options.onZombie(), ZOMBIE_MS)
  }
}
