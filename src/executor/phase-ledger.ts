// Where the time of a task goes while an executor has it: every moment is in one phase, and the phases are what it took.
import { OP } from '../../sandbox/src/bridge.ts'
import type { CodeCacheUse, IsolateKind } from '../core/outcome.ts'
import { monotonicMs } from '../ipc/monotonic-clock.ts'
import type { SettledPhases } from '../ipc/settled-message.ts'
import type { Slot } from './slot.ts'
import type { Settled } from './task-run-options.ts'

export type ExecutorPhase = keyof SettledPhases

export interface PhaseLedgerOptions {
  readonly first: ExecutorPhase
  /** Whether the guest program says when it has the arguments and when the function has returned. */
  readonly isDetailed: boolean
}

export class PhaseLedger {
  /** Of `monotonicMs`. */
  readonly takenUpAtMs = monotonicMs()
  /** In milliseconds. */
  readonly phases: { -readonly [P in ExecutorPhase]?: number } = {}
  isolate: IsolateKind = 'warm'
  codeCache: CodeCacheUse | undefined
  readonly #isDetailed: boolean
  #phase: ExecutorPhase
  #since = performance.now()

  constructor({ first, isDetailed }: PhaseLedgerOptions) {
    this.#phase = first
    this.#isDetailed = isDetailed
  }

  /** The phase so far is over; one that comes again adds up. */
  begin(next: ExecutorPhase): void {
    const now = performance.now()
    this.phases[this.#phase] = (this.phases[this.#phase] ?? 0) + now - this.#since
    this.#phase = next
    this.#since = now
  }

  /** A bundled script is compiled. */
  compiled(codeCache: CodeCacheUse): void {
    this.codeCache = codeCache
    this.begin('evaluateMs')
  }

  /** The call itself begins; of a call that was entered together with its source the guest program has told more already. */
  beginCall(): void {
    if (this.#phase !== 'callMs' && this.#phase !== 'encodeMs') this.begin(this.#isDetailed ? 'decodeMs' : 'callMs')
  }

  /** Takes what the guest program says of its own progress; false for any other op. */
  hear(op: number): boolean {
    if (op === OP.decoded) this.begin('callMs')
    else if (op === OP.returned) this.begin('encodeMs')
    else return false
    return true
  }

  close(): void {
    this.begin(this.#phase)
  }

  /** What there is to say when the task has ended. @param slot an isolate that runs nothing, whose heap is looked at. */
  facts(slot: Slot | null): Pick<Settled, 'phases' | 'takenUpAtMs' | 'isolate' | 'codeCache' | 'heapBytes'> {
    const { phases, takenUpAtMs, isolate, codeCache } = this
    const heapBytes = this.#isDetailed && slot !== null ? usedHeapBytes(slot) : undefined
    return {
      phases,
      takenUpAtMs,
      isolate,
      ...(codeCache === undefined ? {} : { codeCache }),
      ...(heapBytes === undefined ? {} : { heapBytes }),
    }
  }
}

/** Undefined when the isolate is gone. */
function usedHeapBytes({ isolate }: Slot): number | undefined {
  try {
    return isolate.isDisposed ? undefined : isolate.getHeapStatisticsSync().used_heap_size
  } catch {
    return undefined
  }
}
