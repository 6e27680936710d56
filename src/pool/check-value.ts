// What an executor says is a value goes into an envelope as it is, so it has to be what it claims to be.
import type { ValueFormat } from '../core/invocation.ts'
import { isJson, STEP_CHARACTERS } from './check-json.ts'

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/
export const NOT_JSON = 'frame: a result that is not JSON'
const LINE_BREAK = /[\n\r]/

/** Whether it is long work to see that a text is JSON: it is then done in turns, see `JsonTurns`. */
export function isLongJson(value: string, format: ValueFormat): boolean {
  return format === 'json' && value.length > STEP_CHARACTERS
}

/** Throws an Error when the executor broke the contract; its process is then killed. Long JSON is left to `JsonTurns`. */
export function checkValue(value: string, format: ValueFormat, maxBytes: number): void {
  if (Buffer.byteLength(value) > maxBytes) throw new Error('frame: a result over its limit')
  if (format === 'json') {
    if (!isLongJson(value, format) && !isJson(value)) throw new Error(NOT_JSON)
  } else if (!BASE64.test(value)) throw new Error('frame: a pickle that is not base64')
}

/** The same for a chunk, which clients find by its line. */
export function checkChunk(chunk: string, format: ValueFormat, maxBytes: number): void {
  checkValue(chunk, format, maxBytes)
  if (LINE_BREAK.test(chunk)) throw new Error('frame: a chunk of more than one line')
}
