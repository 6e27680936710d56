// What a request means: which code to run, which name to call, values in which form. Pure; reads nothing but the request.
import type { Failure } from '../errors.ts'
import type { EncodedRequest } from '../protocol/parse.ts'
import type { Invocation, Language } from './invocation.ts'

export type Resolved =
  | { readonly ok: true; readonly invocation: Invocation }
  | { readonly ok: false; readonly failure: Failure }

const MAX_NAME_CHARACTERS = 1_024
const IDENTIFIER = /^[$_\p{ID_Start}][$\u200c\u200d\p{ID_Continue}]*$/u

/** @param language what `request.language` says, once it is known to be one that this build runs. */
export function resolveInvocation(request: EncodedRequest, language: Language): Resolved {
  const { function_code: code, function_name: name } = request
  if (code === null || code === '') {
    return failed('ENTRY_NOT_FOUND', `Function '${name ?? 'None'}' not found in flash_manifest.json`)
  }
  if (name === null || name.length > MAX_NAME_CHARACTERS || !IDENTIFIER.test(name)) {
    return failed('REQUEST_INVALID', 'function_name must be one JavaScript identifier')
  }
  return {
    ok: true,
    invocation: {
      kind: 'function',
      source: { mode: 'live', language, code },
      name,
      input: { format: request.serialization_format, text: request.input },
    },
  }
}

function failed(code: Failure['code'], message: string): Resolved {
  return { ok: false, failure: { code, message } }
}
