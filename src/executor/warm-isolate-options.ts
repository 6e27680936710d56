// What a warm isolate is given, and whom it tells what.
import type { RetireReason } from '../ipc/messages.ts'
import type { EntryTurns } from './entry-turns.ts'
import type { LoadedSource } from './load-module.ts'
import type { ModuleCall } from './module-call.ts'
import type { RemoteRequests } from './remote-requests.ts'
import type { Slot } from './slot.ts'

export interface WarmIsolateOptions {
  readonly source: LoadedSource
  readonly slot: Slot
  readonly memoryMb: number
  readonly turns: EntryTurns
  /** Whether a call may keep the thread of the executor: nobody else has one that has begun. */
  readonly mayEnterNow: () => boolean
  readonly onChunk: (call: ModuleCall, chunk: string) => void
  readonly remote: RemoteRequests
  readonly onCache: (cache: string) => void
  /** Called once: it takes no further calls. */
  readonly onRetired: (reason: RetireReason) => void
  /** Called when it was taken away while something of it ran. */
  readonly onStopped: () => void
  /** Called when something of it comes to no end. */
  readonly onStuck: () => void
  /** Called for what had not begun when it was taken away: another isolate can have it. */
  readonly onUnbegun: (call: ModuleCall) => void
}
