// One argument to its declared type, as pydantic's lax mode does it: the same values accepted, the same texts for the others.
import type { ParameterType } from '../../core/deployment.ts'
import { writeJson } from '../../protocol/write-json.ts'
import { toInteger, toNumber } from './convert-number.ts'
import { json, wrong } from './converted.ts'
import type { Converted } from './converted.ts'

const BOOLEANS: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  ...['1', 'on', 't', 'true', 'y', 'yes', 1].map((value) => [value, 'true'] as const),
  ...['0', 'off', 'f', 'false', 'n', 'no', 0].map((value) => [value, 'false'] as const),
])
const MAX_BOOLEAN_CHARACTERS = 5

const ERRORS = {
  string: wrong('string_type', 'Input should be a valid string'),
  bytes: wrong('bytes_type', 'Input should be a valid bytes'),
  booleanType: wrong('bool_type', 'Input should be a valid boolean'),
  booleanText: wrong('bool_parsing', 'Input should be a valid boolean, unable to interpret input'),
}

/** `value` is a JSON value; text of a path, a query or a form is a string here. */
export function convertValue(type: ParameterType, value: unknown, mayHaveRareNumbers: boolean): Converted {
  switch (type) {
    case 'any':
      return json(writeJson(value, mayHaveRareNumbers))
    case 'string':
      return typeof value === 'string' ? json(JSON.stringify(value)) : ERRORS.string
    case 'bytes':
      return typeof value === 'string' ? bytesOf(Buffer.from(value, 'utf8')) : ERRORS.bytes
    case 'integer':
      return toInteger(value)
    case 'number':
      return toNumber(value)
    case 'boolean':
      return toBoolean(value)
    default:
      return type satisfies never
  }
}

export function bytesOf(bytes: Buffer): Converted {
  return { ok: true, kind: 'bytes', base64: bytes.toString('base64') }
}

/** A file where text is needed; what it holds is not looked at. */
export function convertFile(type: ParameterType, bytes: Buffer): Converted {
  return type === 'bytes' || type === 'any' ? bytesOf(bytes) : convertValue(type, null, false)
}

function toBoolean(value: unknown): Converted {
  if (typeof value === 'boolean') return json(value ? 'true' : 'false')
  const isText = typeof value === 'string'
  const text = BOOLEANS.get(isText && value.length <= MAX_BOOLEAN_CHARACTERS ? value.toLowerCase() : value)
  if (text !== undefined) return json(text)
  return isText || Number.isInteger(value) ? ERRORS.booleanText : ERRORS.booleanType
}
