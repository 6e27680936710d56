// What runs a job, as text that a store can keep: the request without its values, the code, and the values.
import type { ParsedRequest } from '../protocol/parse.ts'
import type { JobInput } from './job-store.ts'

/** Values and code stay apart, so that no large text is written into another one. */
export function toJobInput(parsed: ParsedRequest): JobInput {
  if (!parsed.ok) return { head: JSON.stringify(parsed), code: '', input: '' }
  const { request } = parsed
  const { input } = request
  // JSON has no undefined members; a copy without a member takes far longer than one with all of them.
  if ('shape' in request) return { head: writeHead({ request: { ...request, input: undefined } }), code: '', input }
  const { function_code: code } = request
  const head = { ...request, input: undefined, function_code: undefined }
  return { head: writeHead({ request: head, hasCode: code !== null }), code: code ?? '', input }
}

function writeHead(head: { readonly request: object; readonly hasCode?: boolean }): string {
  return JSON.stringify({ ok: true, ...head })
}

/** What `toJobInput` made. */
export function fromJobInput({ head, code, input }: JobInput): ParsedRequest {
  const { request, hasCode, ...rest } = JSON.parse(head) as { request?: object; hasCode?: boolean }
  if (request === undefined) return rest as ParsedRequest
  const known = hasCode === undefined ? {} : { function_code: hasCode ? code : null }
  return { ...rest, request: { ...request, ...known, input } } as ParsedRequest
}
