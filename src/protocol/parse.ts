// Unknown JSON to a FunctionRequest that is ready to travel on, or a sentence that names what is wrong.
import * as v from 'valibot'
import type { ErrorCode } from '../errors.ts'
import { FunctionRequestKeys, withDefaults } from './function-request.ts'
import type { FunctionRequest } from './function-request.ts'
import { isJsonObject } from './json.ts'
import type { PlainRequest } from './plain-request.ts'
import { writeJson } from './write-json.ts'

/**
 * A FunctionRequest whose arguments are text again: `input` is the JSON object `{"args":[…],"kwargs":{…}}`, for a class with
 * a member `construct` of the same shape.
 * The parsed values are gone: as objects they would take many times the room of their text while the request waits.
 */
export interface EncodedRequest extends FunctionRequest {
  readonly input: string
}

interface Parsed<Request> {
  readonly ok: true
  readonly request: Request
}

export type ParsedFunctionRequest = Parsed<EncodedRequest> | InvalidRequest
export type ParsedRequest = Parsed<EncodedRequest | PlainRequest> | InvalidRequest

type InvalidRequest = { readonly ok: false; readonly code: ErrorCode; readonly message: string }

/** @param mayHaveRareNumbers as `parseJson` said of the text that `value` comes from. */
export function parseFunctionRequest(value: unknown, mayHaveRareNumbers = false): ParsedFunctionRequest {
  if (!isJsonObject(value)) {
    return invalid(`FunctionRequest() argument after ** must be a mapping, not ${pythonTypeName(value)}`)
  }
  const parsed = v.safeParse(FunctionRequestKeys, value, { abortEarly: true })
  if (!parsed.success) return invalid(describeIssue(parsed.issues[0]))
  const { output } = parsed
  const input = writeJson(valuesOf(output), mayHaveRareNumbers)
  return { ok: true, request: Object.assign(withDefaults(output), { input }) }
}

const NO_ARGS: readonly unknown[] = []
const NO_KWARGS: Readonly<Record<string, unknown>> = {}

function valuesOf(given: v.InferOutput<typeof FunctionRequestKeys>): object {
  const values = { args: given.args ?? NO_ARGS, kwargs: given.kwargs ?? NO_KWARGS }
  if (given.execution_type !== 'class') return values
  const construct = { args: given.constructor_args ?? NO_ARGS, kwargs: given.constructor_kwargs ?? NO_KWARGS }
  return { ...values, construct }
}

/** Code that is present and not empty means live; a request without it asks for a deployment. Null when nothing was asked. */
export function modeOf(parsed: ParsedRequest): 'live' | 'flash' | null {
  if (!parsed.ok) return null
  return 'shape' in parsed.request || !hasCode(parsed.request) ? 'flash' : 'live'
}

/** An empty text counts as no code (protocol.md §1.1). */
export function hasCode({ function_code: functionCode, class_code: classCode }: EncodedRequest): boolean {
  return (functionCode ?? '') !== '' || (classCode ?? '') !== ''
}

/** What an entry of a list takes beside its text. */
const ITEM_CHARACTERS = 8

/** Characters that a request holds while it waits and runs: of every text in it, whether anything comes of that text or not. */
export function heldCharacters(parsed: ParsedRequest): number {
  if (!parsed.ok) return 0
  const { request } = parsed
  let characters = 0
  for (const key in request) characters += charactersOf(request[key as keyof typeof request])
  return characters
}

function charactersOf(value: unknown): number {
  if (typeof value === 'string') return value.length
  if (Array.isArray(value)) return value.reduce<number>((sum, one) => sum + ITEM_CHARACTERS + charactersOf(one), 0)
  if (!isJsonObject(value)) return 0
  let characters = 0
  // No list of the entries is made: there may be many.
  for (const key in value) if (Object.hasOwn(value, key)) characters += key.length + charactersOf(value[key])
  return characters
}

function invalid(message: string): InvalidRequest {
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
