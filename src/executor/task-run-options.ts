// What the life of a task in an executor is given, and what comes of it.
import type { Usage } from '../core/outcome.ts'
import type { Failure } from '../errors.ts'
import type { RunMessage } from '../ipc/messages.ts'
import type { CodeCache } from './load-module.ts'
import type { PhaseLedger } from './phase-ledger.ts'
import type { Slot } from './slot.ts'
import type { SendExchange } from './task-exchanges.ts'

export interface Settled {
  /** Whether nothing of the task runs any more; if not, `onFree` or `onZombie` follows. */
  readonly isFree: boolean
  readonly ran: boolean
  readonly log: string
  readonly value: string | null
  /** Of a stream. */
  readonly chunks?: number
  readonly failure: Failure | null
  /** Of a call that made the instance that it is of. */
  readonly madeInstance?: true
  readonly cpuMs: number
  readonly wallMs: number
  readonly phases: PhaseLedger['phases']
  readonly takenUpAtMs: number
  readonly isolate?: Usage['isolate']
  readonly codeCache?: Usage['codeCache']
  readonly heapBytes?: number
}

export interface TaskRunOptions {
  readonly message: RunMessage
  readonly code: string
  readonly input: string
  /** What V8 made of a bundle before. */
  readonly cache: CodeCache | null
  /** The cache as `readCache` takes it. */
  readonly onCache: (hash: string, cache: string) => void
  /** Variables as a JSON object, or nothing. */
  readonly environment?: string
  readonly takeIsolate: (memoryMb: number) => Slot
  readonly onChunk: (chunk: string) => void
  readonly onProgress: (value: string) => void
  readonly onExchange: SendExchange
  /** Called once, when the task has ended. */
  readonly onSettled: (settled: Settled) => void
  /** Called once, when nothing of the task runs any more: with the isolate, if it is still to be disposed of. */
  readonly onFree: (used: Slot | null) => void
  /** Called when a thread of the task cannot be stopped: only the end of the process stops it. */
  readonly onZombie: () => void
  /** What the code has to end by itself when it is cancelled. */
  readonly graceMs?: number
}
