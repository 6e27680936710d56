// The envelope of /run and /runsync: `{"input":{…},"policy"?}`, or a FunctionRequest without an envelope.
import * as v from 'valibot'
import type { ErrorCode } from '../errors.ts'
import { LaxBoolean, PositiveInteger } from './function-request.ts'
import { isJsonObject } from './json.ts'
import { missing, notAnObject } from './validation-detail.ts'
import type { ValidationDetail } from './validation-detail.ts'
import { parseWebhook } from './webhook-url.ts'

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
      /** Where the end of the job is posted; null for nowhere. */
      readonly webhook: string | null
    }
  | { readonly ok: false; readonly code: ErrorCode; readonly detail: ValidationDetail }

const UNAVAILABLE = 'webhookV2'

/** A parsed body to the job that it asks for. What would be lost silently, at the cost of a result, is refused by name. */
export function parseJobRequest(body: unknown): JobRequest {
  if (!isJsonObject(body)) return invalid(notAnObject(['body'], body))
  if (Object.hasOwn(body, UNAVAILABLE) && body[UNAVAILABLE] !== null) {
    const msg = `${UNAVAILABLE} is not available in this build`
    const detail = { type: 'value_error', loc: ['body', UNAVAILABLE], msg, input: body[UNAVAILABLE] }
    return { ok: false, code: 'FEATURE_UNAVAILABLE', detail }
  }
  const asked = Object.hasOwn(body, 'webhook') ? body['webhook'] : null
  const webhook = parseWebhook(asked)
  if (!webhook.ok) return invalid({ type: 'value_error', loc: ['body', 'webhook'], msg: webhook.problem, input: asked })
  const input = Object.hasOwn(body, 'input') ? body['input'] : unwrapped(body)
  if (input === undefined) return invalid(missing(['body', 'input'], body))
  if (!isJsonObject(input)) return invalid(notAnObject(['body', 'input'], input))
  const policy = parsePolicy(Object.hasOwn(body, 'policy') ? body['policy'] : null)
  return policy.ok ? { ok: true, input, policy: policy.policy, webhook: webhook.url } : invalid(policy.detail)
}

export type ParsedPolicy =
  | { readonly ok: true; readonly policy: JobPolicy }
  | { readonly ok: false; readonly detail: ValidationDetail }

/** @param asked null for none. */
export function parsePolicy(asked: unknown): ParsedPolicy {
  if (asked === null) return { ok: true, policy: {} }
  if (!isJsonObject(asked)) return { ok: false, detail: notAnObject(['body', 'policy'], asked) }
  const policy = v.safeParse(JobPolicy, asked, { abortEarly: true })
  if (policy.success) return { ok: true, policy: policy.output }
  const [issue] = policy.issues
  const path = issue.path?.map((item) => String(item.key)) ?? []
  const loc = ['body', 'policy', ...path]
  return { ok: false, detail: { type: 'value_error', loc, msg: issue.message, input: issue.input } }
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
