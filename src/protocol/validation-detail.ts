// The body of a 422 in the shape that FastAPI gives it.
import { writeJson } from './write-json.ts'

export interface ValidationDetail {
  readonly type: string
  readonly loc: readonly (string | number)[]
  readonly msg: string
  /** What was found there. */
  readonly input: unknown
  readonly ctx?: { readonly error: string }
}

/** A body longer than this is not quoted back. */
const QUOTED_CHARACTERS = 1_000

/** `{"detail":[…]}`; `bodyLength` is the length of the text that `input` comes from, and bounds what is repeated. */
export function writeValidationDetail(detail: ValidationDetail, bodyLength: number): string {
  const quoted = bodyLength <= QUOTED_CHARACTERS ? detail : { ...detail, input: null }
  return writeJson({ detail: [quoted] }, true)
}

/** A body that is not JSON. */
export function jsonInvalid(position: number, reason: string): ValidationDetail {
  return {
    type: 'json_invalid',
    loc: ['body', position],
    msg: 'JSON decode error',
    input: {},
    ctx: { error: reason },
  }
}

/** As pydantic says it of an enumeration. */
export function notOneOf(loc: readonly string[], allowed: readonly string[], input: string): ValidationDetail {
  const names = allowed.map((one) => `'${one}'`)
  const msg = `Input should be ${names.slice(0, -1).join(', ')} or ${names.at(-1)}`
  return { type: 'enum', loc, msg, input }
}

export function notAnObject(loc: readonly string[], input: unknown): ValidationDetail {
  return { type: 'dict_type', loc, msg: 'Input should be a valid dictionary', input }
}

export function missing(loc: readonly string[], input: unknown): ValidationDetail {
  return { type: 'missing', loc, msg: 'Field required', input }
}
