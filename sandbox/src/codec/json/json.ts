// Strict JSON: what it cannot carry is an error with the path of the value, never a silent change.
import { jsonParse, jsonStringify } from '../../intrinsics.ts'
import { decodeError, outputTooLarge } from '../codec-error.ts'
import { utf8Length } from '../utf8.ts'
import { isPlainJson } from './is-plain-json.ts'
import { createWriteJson } from './write-json.ts'
import type { WriteJson } from './write-json.ts'

/** Made for the first result that is not plain. */
let writeJson: WriteJson | undefined

/** The value of a JSON text. Throws a `decode` error; a key `__proto__` is an own property like any other. */
export function decodeJson(text: string): unknown {
  try {
    return jsonParse(text)
  } catch {
    throw decodeError('The input is not JSON')
  }
}

/**
 * JSON text of a value of at most `maxBytes` bytes of UTF-8. Like `JSON.stringify` it honours `toJSON`, leaves out members that
 * are undefined, and writes null for undefined in an array; but also for undefined alone. It refuses what `JSON.stringify`
 * changes or loses: NaN, infinities, functions, symbols, maps, sets, bytes, errors. -0 is written as `-0.0`.
 * Throws codec errors only; getters and traps of the guest run, and what they throw becomes an `encode` error.
 */
export function encodeJson(value: unknown, maxBytes: number): string {
  const text =
    (isPlainJson(value, maxBytes) ? stringify(value) : undefined) ?? (writeJson ??= createWriteJson())(value, maxBytes)
  // No unit of UTF-16 takes more than three bytes.
  if (text.length * 3 > maxBytes) {
    const bytes = utf8Length(text, maxBytes)
    if (bytes > maxBytes) throw outputTooLarge(bytes, maxBytes)
  }
  return text
}

/** Undefined for undefined, and when a getter throws: the slow way then finds out where. */
function stringify(value: unknown): string | undefined {
  try {
    return jsonStringify(value)
  } catch {
    return undefined
  }
}
