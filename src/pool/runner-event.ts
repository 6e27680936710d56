// What the pool tells of its executors, for the log.
import type { RetireReason } from '../ipc/messages.ts'

/** A reason of an end that is nobody's failure, even before the executor was ready. */
export const SERVICE_STOPS = 'the service stops'

export type RunnerEvent =
  | { readonly type: 'ready'; readonly pid: number | null; readonly confinement: readonly string[] }
  | { readonly type: 'retired'; readonly pid: number | null; readonly module: string; readonly reason: RetireReason }
  | {
      readonly type: 'dead'
      readonly pid: number | null
      readonly reason: string
      /** On its standard error: not to be trusted once it was ready. */
      readonly saidLast: string
      readonly wasReady: boolean
    }
