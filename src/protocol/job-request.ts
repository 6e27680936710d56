// The envelope of /run and /runsync: `{"input":{…},"policy"?}`, or a FunctionRequest without an envelope.
import * as v from 'valibot'
import type { ErrorCode } from '../errors.ts'
import { LaxBoolean, PositiveInteger } from './function-request.ts'
import { isJsonObject } from './json.ts'
import { missing, notAnObject } from './validation-detail.ts'
import type { ValidationDetail } from './validation-detail.ts'

/** Milliseconds; both count from the submission of the job or the start of the code, as protocol.md §2.2 says. */
export const JobPolicy = v.object({
  executionTimeout: v.optional(PositiveInteger),
  ttl: v.optional(PositiveInteger),
  lowPriority: v.optional(LaxBoolean),
})
export type JobPolicy = v.InferOutput<typeof JobPolicy>

export type JobRequest =
  | {
      readonly ok: true
      readonly input: Readonly<Record<string, unknown>>
      readonly policy: JobPolicy
    }
  | { readonly ok: false; readonly code: ErrorCode; readonly detail: ValidationDetail }

/** Keys whose silent loss would cost a client its result. */
const UNAVAILABLE = ['webhook', 'webhookV2'] as const

/** A parsed body to the job that it asks for. */
export function parseJobRequest(body: unknown): JobRequest {
  if (!isJsonObject(body)) return invalid(notAnObject(['body'], body))
  for (const key of UNAVAILABLE) {
    if (Object.hasOwn(body, key) && body[key] !== null) {
      const msg = `${key} is not available in this build`
      const detail = { type: 'value_error', loc: ['body', key], msg, input: body[key] }
      return { ok: false, code: 'FEATURE_UNAVAILABLE', detail }
    }
  }
  const input = Object.hasOwn(body, 'input') ? body['input'] : unwrapped(body)
  if (input === undefined) return invalid(missing(['body', 'input'], body))
  if (!isJsonObject(input)) return invalid(notAnObject(['body', 'input'], input))
  const asked = Object.hasOwn(body, 'policy') ? (body['policy'] ?? {}) : {}
  if (!isJsonObject(asked)) return invalid(notAnObject(['body', 'policy'], asked))
  const policy = v.safeParse(JobPolicy, asked, { abortEarly: true })
  if (policy.success) return { ok: true, input, policy: policy.output }
  const [issue] = policy.issues
  const path = issue.path?.map((item) => String(item.key)) ?? []
  return invalid({
    type: 'value_error',
    loc: ['body', 'policy', ...path],
    msg: issue.message,
    input: issue.input,
  })
}

const UNWRAPPED = ['function_name', 'function_code', 'class_name', 'class_code'] as const

/** Flash's own `/runsync` call has no envelope (protocol.md §10.3). */
function unwrapped(body: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> | undefined {
  const isRequest = UNWRAPPED.some((key) => Object.hasOwn(body, key))
  return isRequest ? body : undefined
}

function invalid(detail: ValidationDetail): JobRequest {
  return { ok: false, code: 'REQUEST_INVALID', detail }
}
