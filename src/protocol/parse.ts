// Unknown JSON to a FunctionRequest that is ready to travel on, or a sentence that names what is wrong.
import * as v from 'valibot'
import type { ErrorCode } from '../errors.ts'
import { FunctionRequest } from './function-request.ts'
import { isJsonObject, writeJson } from './json.ts'

/**
 * A FunctionRequest whose arguments are text again: `input` is the JSON object `{"args":[…],"kwargs":{…}}`.
 * The parsed values are gone: as objects they would take many times the room of their text while the request waits.
 */
export interface EncodedRequest extends Omit<
  FunctionRequest,
  'args' | 'kwargs' | 'constructor_args' | 'constructor_kwargs'
> {
  readonly input: string
}

export type ParsedRequest =
  | { readonly ok: true; readonly request: EncodedRequest }
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string }

/** @param mayHaveNegativeZero as `parseJson` said of the text that `value` comes from. */
export function parseFunctionRequest(value: unknown, mayHaveNegativeZero = false): ParsedRequest {
  if (!isJsonObject(value)) {
    return invalid(`FunctionRequest() argument after ** must be a mapping, not ${pythonTypeName(value)}`)
  }
  const parsed = v.safeParse(FunctionRequest, value, { abortEarly: true })
  if (!parsed.success) return invalid(describeIssue(parsed.issues[0]))
  const { args, kwargs, constructor_args: _a, constructor_kwargs: _k, ...rest } = parsed.output
  const input = writeJson({ args, kwargs }, mayHaveNegativeZero)
  return { ok: true, request: { ...rest, input } }
}

/** Code that is present and not empty means live; a request without it asks for a deployment. Null when nothing was asked. */
export function modeOf(parsed: ParsedRequest): 'live' | 'flash' | null {
  if (!parsed.ok) return null
  const { function_code: code } = parsed.request
  return code === null || code === '' ? 'flash' : 'live'
}

/** Characters that a request holds while it waits and runs. */
export function heldCharacters(parsed: ParsedRequest): number {
  return parsed.ok ? parsed.request.input.length + (parsed.request.function_code?.length ?? 0) : 0
}

function invalid(message: string): ParsedRequest {
  return { ok: false, code: 'REQUEST_INVALID', message }
}

/** A longer key is not repeated whole. */
const MAX_KEY_CHARACTERS = 100

/** The layout of pydantic's texts, which is what clients of upstream read: a header, the path, the complaint. */
function describeIssue(issue: v.BaseIssue<unknown>): string {
  const path = issue.path?.map((item) => String(item.key).slice(0, MAX_KEY_CHARACTERS)).join('.')
  const where = path === undefined ? '' : `${path}\n`
  return `1 validation error for FunctionRequest\n${where}  ${issue.message}`
}

function pythonTypeName(value: unknown): string {
  if (value === null) return 'NoneType'
  if (Array.isArray(value)) return 'list'
  if (typeof value === 'string') return 'str'
  if (typeof value === 'boolean') return 'bool'
  return Number.isInteger(value) ? 'int' : 'float'
}
