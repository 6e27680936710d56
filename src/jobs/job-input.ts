// What runs a job, as text that a store can keep: the request without its values, the code, and the values.
import type { ParsedRequest } from '../protocol/parse.ts'
import type { JobInput } from './job-store.ts'

/** Values and code stay apart, so that no large text is written into another one. */
export function toJobInput(parsed: ParsedRequest): JobInput {
  if (!parsed.ok) return { head: JSON.stringify(parsed), code: '', input: '' }
  const { input, ...rest } = parsed.request
  if ('shape' in rest) return { head: JSON.stringify({ ok: true, request: rest }), code: '', input }
  const { function_code: code, ...head } = rest
  return { head: JSON.stringify({ ok: true, request: head, hasCode: code !== null }), code: code ?? '', input }
}

/** What `toJobInput` made. */
export function fromJobInput({ head, code, input }: JobInput): ParsedRequest {
  const { request, hasCode, ...rest } = JSON.parse(head) as { request?: object; hasCode?: boolean }
  if (request === undefined) return rest as ParsedRequest
  const known = hasCode === undefined ? {} : { function_code: hasCode ? code : null }
  return { ...rest, request: { ...request, ...known, input } } as ParsedRequest
}
