// One entry into a guest at a time in the whole process: the growth of its processor time is then that of one known call.
import type { ModuleCall } from './module-call.ts'
import { cpuMsSince } from './processor-time.ts'

const CPU_POLL_MS = 20

export interface Turn {
  /** Who pays; null for work that no call waits for. */
  readonly call: ModuleCall | null
  /** Whether it is native code that runs, and no isolate: nothing stops it. */
  readonly isNative?: true
  /** Starts the entry; null when there is no reason for it any more, `over` when this thread has made it meanwhile. */
  readonly begin: () => Promise<unknown> | 'over' | null
  /** Told when the entry is over, with what it rejected with, or null; also when it never began. */
  readonly onDone: (error: unknown) => void
}

export class EntryTurns {
  readonly #onCpuLimit: (call: ModuleCall, usedMs: number) => void
  readonly #waiting: Turn[] = []
  #running: Turn | null = null
  #isEntered = false
  #startedCpu = process.cpuUsage()
  #poll: NodeJS.Timeout | undefined

  /** @param onCpuLimit told while the entry of a call that has used up its processor time goes on. */
  constructor(onCpuLimit: (call: ModuleCall, usedMs: number) => void) {
    this.#onCpuLimit = onCpuLimit
  }

  /** The turn that goes on; compare it to know whether it is over. */
  get running(): Turn | null {
    return this.#running
  }

  /** The call whose code runs in its isolate. */
  get runningCall(): ModuleCall | null {
    return this.#running?.isNative === true ? null : (this.#running?.call ?? null)
  }

  /** Whether an isolate may be running now; to look into one would wait for its end. */
  get isEntered(): boolean {
    return this.#isEntered
  }

  /** Whether another turn waits for the end of the one that goes on. */
  get isWanted(): boolean {
    return this.#waiting.length > 0
  }

  /** Begins at once when nothing else runs. */
  take(turn: Turn): void {
    this.#waiting.push(turn)
    if (this.#running === null) this.#next()
  }

  /** Whether the entry goes on; one without a reason is over at once. */
  #begin(turn: Turn): boolean {
    this.#running = turn
    this.#startedCpu = process.cpuUsage()
    this.#isEntered = true
    const entry = begin(turn)
    if (entry === null) {
      this.#isEntered = false
      turn.onDone(null)
      return false
    }
    if (entry === 'over') {
      this.#end(turn, null)
      return false
    }
    this.#poll ??= setInterval(() => this.#check(), CPU_POLL_MS)
    entry.then(
      () => this.#done(turn, null),
      (error: unknown) => this.#done(turn, error),
    )
    return true
  }

  #done(turn: Turn, error: unknown): void {
    this.#end(turn, error)
    this.#next()
  }

  #end(turn: Turn, error: unknown): void {
    const { call } = turn
    this.#isEntered = false
    call?.charge(cpuMsSince(this.#startedCpu))
    turn.onDone(error)
    call?.entryIsOver()
    if (call !== null && !call.isOver && call.usedCpuMs >= call.limits.cpuMs) this.#onCpuLimit(call, call.usedCpuMs)
  }

  #next(): void {
    for (let turn = this.#waiting.shift(); turn !== undefined; turn = this.#waiting.shift()) {
      if (this.#begin(turn)) return
    }
    this.#running = null
    clearInterval(this.#poll)
    this.#poll = undefined
  }

  #check(): void {
    const call = this.#running?.call ?? null
    if (call === null || call.isOver) return
    const usedMs = call.usedCpuMs + cpuMsSince(this.#startedCpu)
    if (usedMs >= call.limits.cpuMs) this.#onCpuLimit(call, usedMs)
  }
}

/** An isolate that is gone throws at once instead of rejecting. */
function begin(turn: Turn): ReturnType<Turn['begin']> {
  try {
    return turn.begin()
  } catch (error) {
    return Promise.reject(error)
  }
}
