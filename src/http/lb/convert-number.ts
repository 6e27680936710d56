// Integers and numbers as pydantic's lax mode reads them: from numbers, from text in Python's spelling, and from booleans.
import { writeJson } from '../../protocol/write-json.ts'
import { json, wrong } from './converted.ts'
import type { Converted } from './converted.ts'

/** Longer text is no number. It bounds what the patterns below look at. */
const MAX_NUMBER_CHARACTERS = 8_192
/** Python's bound for the digits of an integer. */
const MAX_DIGITS = 4_300

const INTEGER = /^([+-]?)(\d+(?:_\d+)*)(?:\.0+)?$/
const FLOAT = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i
const NOT_FINITE = /^[+-]?(?:inf|infinity|nan)$/i
const MISPLACED_UNDERSCORE = /^_|__|_$/

const ERRORS = {
  integerType: wrong('int_type', 'Input should be a valid integer'),
  integerText: wrong('int_parsing', 'Input should be a valid integer, unable to parse string as an integer'),
  integerSize: wrong('int_parsing_size', 'Unable to parse input string as an integer, exceeded maximum size'),
  fraction: wrong('int_from_float', 'Input should be a valid integer, got a number with a fractional part'),
  numberType: wrong('float_type', 'Input should be a valid number'),
  numberText: wrong('float_parsing', 'Input should be a valid number, unable to parse string as a number'),
  // JSON has no infinities and no NaN, so these are refused where pydantic would let them through.
  notFinite: wrong('finite_number', 'Input should be a finite number'),
}

export function toInteger(value: unknown): Converted {
  if (typeof value === 'boolean') return json(value ? '1' : '0')
  if (typeof value === 'string') return integerOf(value)
  if (typeof value !== 'number') return ERRORS.integerType
  if (!Number.isFinite(value)) return ERRORS.notFinite
  return Number.isInteger(value) ? json(JSON.stringify(value)) : ERRORS.fraction
}

function integerOf(text: string): Converted {
  if (text.length > MAX_NUMBER_CHARACTERS) return ERRORS.integerSize
  const [, sign = '', grouped] = INTEGER.exec(trimmed(text)) ?? []
  if (grouped === undefined) return ERRORS.integerText
  const digits = grouped.replaceAll('_', '').replace(/^0+(?=\d)/, '')
  if (digits.length > MAX_DIGITS || !Number.isFinite(Number(digits))) return ERRORS.integerSize
  return json(sign === '-' && digits !== '0' ? `-${digits}` : digits)
}

export function toNumber(value: unknown): Converted {
  if (typeof value === 'boolean') return json(value ? '1' : '0')
  if (typeof value === 'string') return numberOf(value)
  if (typeof value !== 'number') return ERRORS.numberType
  return Number.isFinite(value) ? json(writeJson(value, true)) : ERRORS.notFinite
}

function numberOf(text: string): Converted {
  const grouped = text.length > MAX_NUMBER_CHARACTERS ? '' : trimmed(text)
  if (MISPLACED_UNDERSCORE.test(grouped)) return ERRORS.numberText
  const digits = grouped.replaceAll('_', '')
  if (NOT_FINITE.test(digits)) return ERRORS.notFinite
  return FLOAT.test(digits) ? toNumber(Number(digits)) : ERRORS.numberText
}

/** `trim` takes a byte order mark for a space, and pydantic does not. */
function trimmed(text: string): string {
  return text.includes('\uFEFF') ? text : text.trim()
}
