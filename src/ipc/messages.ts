// The two unions that cross between the front process and an executor, and the check of what an executor says.
import * as v from 'valibot'
import type { ValueFormat } from '../core/invocation.ts'
import type { Limits } from '../core/limits.ts'
import { REMOTE_NAME_CHARACTERS } from '../core/remote-call.ts'
import type { RemoteShape } from '../core/remote-call.ts'
import { MAX_NAME_CHARACTERS } from './bounds.ts'
import type { Frame } from './frame.ts'
import { isSettled } from './settled-message.ts'
import type { SettledMessage } from './settled-message.ts'

/** Room for everything in a frame beside the result and the log, such as a value of progress. */
export const FRAME_OVERHEAD_BYTES = 128 * 1024

/** How many chunks of a stream may be on their way to whoever takes them. */
export const STREAM_WINDOW_CHUNKS = 4

/** What the front takes of a task beside its outcome. */
interface AskedEvents {
  /** Whether decoding, encoding and the heap are measured; absent for no. */
  readonly isDetailed?: boolean | undefined
  /** Whether the executor may send chunks; absent for no. */
  readonly mayStream?: boolean | undefined
  /** Whether the value of a stream is the list of its chunks; absent for no value. */
  readonly isStreamAggregated?: boolean | undefined
  /** Whether the executor may send progress; absent for no. */
  readonly tellsProgress?: boolean | undefined
}

/** Parts: the source, the input text, of a bundle its code cache or nothing, and variables as a JSON object where there are some. */
export interface RunMessage extends AskedEvents {
  readonly type: 'run'
  readonly taskId: string
  readonly fileName: string
  /** Set when the source is what the bundler made; `hash` names it in `codeCache`, and null asks for no cache. */
  readonly bundle?: { readonly kind: 'script' | 'module'; readonly hash: string | null }
  readonly name: string
  readonly format: ValueFormat
  readonly limits: Limits
}

/** Parts: the code, a code cache as an executor has sent it or nothing, and variables as a JSON object where there are some. Sent once before the first call of the module. */
export interface LoadMessage {
  readonly type: 'load'
  /** Names the module in calls. */
  readonly hash: string
  /** A bundled script, a bundled ES module, or the source of a request, which may be either. */
  readonly kind: 'script' | 'module' | 'source'
  readonly fileName: string
  /** Of a bundle of source that came with a request: it has nothing that only deployed code has. */
  readonly isSubmitted?: true
  /** Of an instance: what its isolate may have. It is loaded once, and ends with `drop` or by itself. */
  readonly memoryMb?: number
}

/** Parts: the input text. */
export interface CallMessage extends AskedEvents {
  readonly type: 'call'
  readonly taskId: string
  /** Of the module or the instance. */
  readonly hash: string
  readonly name: string
  /** Whether `hash` is that of an instance. */
  readonly isInstance?: true
  readonly method: { readonly name: string } | undefined
  readonly needsAll: boolean
  readonly optional?: readonly string[] | undefined
  readonly format: ValueFormat
  readonly limits: Limits
}

/** What came of a remote call. Parts: the text, for `failure` JSON `[code, message]`. */
export interface RemoteAnswerMessage {
  readonly type: 'remoteAnswer'
  readonly taskId: string
  readonly requestId: number
  readonly shape: RemoteShape | 'failure'
}

/** What came of a request to another host. Parts: the text, as `EXCHANGE_EVENT` of the bridge says; a piece in base64. */
export interface ExchangeEventMessage {
  readonly type: 'exchangeEvent'
  readonly taskId: string
  readonly exchangeId: number
  readonly event: 'head' | 'bodiless' | 'room' | 'closed' | 'piece' | 'end' | 'failure'
}

export type ToExecutor =
  | RunMessage
  | LoadMessage
  | CallMessage
  | RemoteAnswerMessage
  | ExchangeEventMessage
  /** Ends an instance; `retired` answers, or has been sent before. */
  | { readonly type: 'drop'; readonly hash: string }
  | { readonly type: 'cancel'; readonly taskId: string }
  /** So many chunks of the task's stream have been taken: there is room for as many more. */
  | { readonly type: 'pull'; readonly taskId: string; readonly chunks: number }
  /** The last value of progress has been handed on: the next may come. */
  | { readonly type: 'progressTaken'; readonly taskId: string }
  | { readonly type: 'ping'; readonly sequence: number }

/** Lists, since what an executor says of itself is logged, and a guest may be what speaks. */
const RETIRE_REASONS = ['limit', 'memory', 'calls', 'heap', 'built-ins', 'load failed', 'idle', 'dropped'] as const
export type RetireReason = (typeof RETIRE_REASONS)[number]
const DOOM_REASONS = ['a thread does not stop', 'V8 ran out of memory', 'an isolate cannot be made'] as const
export type DoomReason = (typeof DOOM_REASONS)[number]

const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const taskId = v.pipe(v.string(), v.maxLength(MAX_NAME_CHARACTERS))
const hash = taskId

/** A deployed function calls one of another resource. Parts: the arguments. */
const RemoteCall = v.strictObject({
  type: v.literal('remoteCall'),
  taskId,
  /** Above those of all earlier calls of the task. */
  requestId: count,
  name: v.pipe(v.string(), v.maxLength(REMOTE_NAME_CHARACTERS)),
  parts: v.array(v.unknown()),
})
export type RemoteCallMessage = Omit<v.InferOutput<typeof RemoteCall>, 'parts'>

/** A task makes a request to another host, or goes on with one. Parts: of `open` the head, of `write` bytes in base64. */
const Exchange = v.strictObject({
  type: v.literal('exchange'),
  taskId,
  /** Of `open`, above those of all earlier ones of the task. */
  exchangeId: count,
  /** `took`: the guest has the last piece of the answer. */
  verb: v.picklist(['open', 'write', 'end', 'took', 'read', 'cancel']),
  /** Of `read`: how many bytes of the answer, above those that were said before. */
  bytes: v.optional(count),
  parts: v.optional(v.array(v.unknown())),
})
export type ExchangeMessage = Omit<v.InferOutput<typeof Exchange>, 'parts'>

/** All but `settled`. */
const OtherFromExecutor = v.variant('type', [
  v.strictObject({
    type: v.literal('ready'),
    /** The layers of confinement that took hold, for the start log. */
    confinement: v.pipe(v.array(v.pipe(v.string(), v.maxLength(64))), v.maxLength(16)),
  }),
  /** After a `settled` that was not free: the executor can take the next task. */
  v.strictObject({ type: v.literal('idle') }),
  v.strictObject({ type: v.literal('pong'), sequence: count }),
  /** Parts: one chunk of the result of a task that may stream. */
  v.strictObject({ type: v.literal('chunk'), taskId, parts: v.array(v.unknown()) }),
  /** What the code of a task says of it. Parts: a JSON text on one line. */
  v.strictObject({ type: v.literal('progress'), taskId, parts: v.array(v.unknown()) }),
  /** A module or a bundle that was loaded without a code cache has one now. Parts: the cache, in a text that executors read. */
  v.strictObject({ type: v.literal('codeCache'), hash, parts: v.array(v.unknown()) }),
  /** An isolate of a module takes no further calls, or an instance has ended: of each hash of one it is said once. */
  v.strictObject({ type: v.literal('retired'), hash, reason: v.picklist(RETIRE_REASONS) }),
  RemoteCall,
  Exchange,
  /** The executor cannot go on (a thread that nothing stops, a V8 heap out of memory) and asks to be replaced. */
  v.strictObject({ type: v.literal('doomed'), reason: v.picklist(DOOM_REASONS) }),
])
export type FromExecutor = v.InferOutput<typeof OtherFromExecutor> | SettledMessage

/** What an executor says, checked; throws when it broke the contract. Parts are counted here and read from the frame. */
export function parseFromExecutor({ header }: Frame): FromExecutor {
  if (isSettled(header)) return header
  const result = v.safeParse(OtherFromExecutor, header)
  // What was said instead stays out of the message, which is logged.
  if (!result.success) throw new Error('frame: a message that executors do not send')
  return result.output
}
