// The two unions that cross between the front process and an executor, and the check of what an executor says.
import * as v from 'valibot'
import type { ValueFormat } from '../core/invocation.ts'
import type { Limits } from '../core/limits.ts'
import { ERRORS } from '../errors.ts'
import type { ErrorCode } from '../errors.ts'
import type { Frame } from './frame.ts'

/** Room for everything in a frame beside the result and the log. */
export const FRAME_OVERHEAD_BYTES = 64 * 1024

/** Parts: the source, the input text. */
export interface RunMessage {
  readonly type: 'run'
  readonly taskId: string
  readonly fileName: string
  readonly name: string
  readonly format: ValueFormat
  readonly limits: Limits
}

export type ToExecutor =
  | RunMessage
  | { readonly type: 'cancel'; readonly taskId: string }
  | { readonly type: 'ping'; readonly sequence: number }

const milliseconds = v.pipe(v.number(), v.minValue(0))
const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const taskId = v.pipe(v.string(), v.maxLength(128))
const codes = Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]

/** Parts of `settled`: the log, then the value if `ok`. */
const FromExecutor = v.variant('type', [
  v.strictObject({
    type: v.literal('ready'),
    /** The layers of confinement that took hold, for the start log. */
    confinement: v.pipe(v.array(v.pipe(v.string(), v.maxLength(64))), v.maxLength(16)),
  }),
  /** After a `settled` that was not free: the executor can take the next task. */
  v.strictObject({ type: v.literal('idle') }),
  v.strictObject({ type: v.literal('pong'), sequence: count }),
  v.strictObject({
    type: v.literal('settled'),
    taskId,
    ok: v.boolean(),
    /** Whether the executor can take the next task at once; otherwise `idle` or `doomed` follows. */
    isFree: v.boolean(),
    /** Whether any of the submitted code ran: decides between a null and an empty stdout. */
    ran: v.boolean(),
    failure: v.nullable(
      v.strictObject({
        code: v.picklist(codes),
        message: v.string(),
        stack: v.optional(v.string()),
        limit: v.optional(v.number()),
        used: v.optional(v.number()),
      }),
    ),
    cpuMs: milliseconds,
    wallMs: milliseconds,
    phases: v.strictObject({
      isolateMs: v.optional(milliseconds),
      compileMs: v.optional(milliseconds),
      evaluateMs: v.optional(milliseconds),
      callMs: v.optional(milliseconds),
    }),
    parts: v.array(v.unknown()),
  }),
  /** The executor cannot go on (a thread that nothing stops, a V8 heap out of memory) and asks to be replaced. */
  v.strictObject({ type: v.literal('doomed'), reason: v.pipe(v.string(), v.maxLength(256)) }),
])
export type FromExecutor = v.InferOutput<typeof FromExecutor>

/** What an executor says, checked; throws when it broke the contract. Parts are counted here and read from the frame. */
export function parseFromExecutor({ header }: Frame): FromExecutor {
  return v.parse(FromExecutor, header)
}
