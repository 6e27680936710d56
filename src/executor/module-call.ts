// One call of a deployed module: its limits, what it has used, what it printed, and its one end.
import { CANCELLED } from '../core/failures.ts'
import type { Failure } from '../errors.ts'
import type { CallMessage } from '../ipc/messages.ts'
import type { CallProgress } from './call-progress.ts'
import type { CallStream } from './call-stream.ts'
import { cpuFailure, memoryFailure, wallFailure } from './classify-failure.ts'
import type { Ending } from './endings.ts'
import { PhaseLedger } from './phase-ledger.ts'
import { TaskExchanges } from './task-exchanges.ts'
import type { SendExchange } from './task-exchanges.ts'
import { TaskLog } from './task-log.ts'

export interface ModuleCallOptions {
  /** Its number inside the isolate; above 0, never used twice. */
  readonly id: number
  readonly message: CallMessage
  readonly input: string
  readonly onExchange: SendExchange
  readonly onWallLimit: (call: ModuleCall) => void
  /** It has answered, and goes on nevertheless. */
  readonly onOverrun: (call: ModuleCall) => void
  readonly onEnd: (call: ModuleCall, ending: Ending) => void
}

/** How long a guest that has answered may go on with what it had begun. */
const FINISH_MS = 100

/** How long a call that is cancelled has to end by itself, once its code knows of it. */
export const ABORT_GRACE_MS = 50

export class ModuleCall {
  readonly id: number
  readonly message: CallMessage
  readonly input: string
  readonly log: TaskLog
  /** Once the function has returned an iterator. */
  stream: CallStream | null = null
  /** What it says of itself; null when nobody wants to hear that. */
  progress: CallProgress | null = null
  /** Its requests to other hosts. */
  readonly exchanges: TaskExchanges
  /** Whether its code has asked for its signal. */
  hasSignal = false
  /** Whether its code has been told that it is cancelled. */
  isAborting = false
  /** Whether the function may have been called. */
  hasBegun = false
  /** Whether an instance has been made for it, which the isolate keeps. */
  madeInstance = false
  readonly ledger: PhaseLedger
  readonly #onEnd: ModuleCallOptions['onEnd']
  readonly #onOverrun: ModuleCallOptions['onOverrun']
  readonly #startedAt = performance.now()
  readonly #wallTimer: NodeJS.Timeout
  #usedCpuMs = 0
  #isOver = false
  /** What it said, until the entry in which it said so is over: only then is known what it used and printed. */
  #answer: Ending | null = null
  #finishTimer: NodeJS.Timeout | undefined
  #isCancelled = false

  constructor({ id, message, input, onExchange, onWallLimit, onOverrun, onEnd }: ModuleCallOptions) {
    this.id = id
    this.message = message
    this.input = input
    this.log = new TaskLog(message.limits.logBytes)
    this.ledger = new PhaseLedger({ first: 'executorMs', isDetailed: message.isDetailed === true })
    this.exchanges = new TaskExchanges(message.taskId, onExchange)
    this.#onEnd = onEnd
    this.#onOverrun = onOverrun
    this.#wallTimer = setTimeout(() => onWallLimit(this), message.limits.wallMs)
  }

  get limits(): CallMessage['limits'] {
    return this.message.limits
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** Whether it has ended, or its end is known. */
  get isEnding(): boolean {
    return this.#isOver || this.#answer !== null || this.#isCancelled
  }

  /** True when its code is to have a moment before it is stopped; it ends as cancelled from now on, whatever comes of that. */
  beginCancel(): boolean {
    if (this.isEnding || (!this.hasSignal && this.stream === null)) return false
    this.#isCancelled = true
    return true
  }

  get usedCpuMs(): number {
    return this.#usedCpuMs
  }

  get wallMs(): number {
    return performance.now() - this.#startedAt
  }

  get remainingMs(): number {
    return Math.max(1, Math.ceil(this.limits.wallMs - this.wallMs))
  }

  charge(cpuMs: number): void {
    this.#usedCpuMs += cpuMs
  }

  /** What it says of itself. */
  say(progress: string): void {
    if (!this.isEnding) this.progress?.say(progress)
  }

  /** It is known how the call ends, and what it has begun may go on for a moment. */
  answer(ending: Ending, finishMs = FINISH_MS): void {
    if (this.#isOver || this.#answer !== null) return
    this.#answer = ending
    this.#finishTimer = setTimeout(() => this.#onOverrun(this), finishMs)
  }

  entryIsOver(): void {
    if (this.#answer !== null) this.end(this.#answer)
  }

  /** The first end counts, and what the guest has answered counts more than what it broke afterwards. */
  end(ending: Ending): void {
    if (this.#isOver) return
    this.#isOver = true
    clearTimeout(this.#wallTimer)
    clearTimeout(this.#finishTimer)
    this.ledger.close()
    this.#onEnd(this, this.#isCancelled ? { failure: CANCELLED } : (this.#answer ?? ending))
  }

  fail(failure: Failure): void {
    this.end({ failure })
  }

  failWall(): void {
    this.fail(wallFailure(this.limits))
  }

  failCpu(usedMs: number): void {
    this.#usedCpuMs = usedMs
    this.fail(cpuFailure(this.limits, usedMs))
  }

  failMemory(): void {
    this.fail(memoryFailure(this.limits))
  }
}
