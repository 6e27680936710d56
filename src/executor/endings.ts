// How a call ended, as the guest program says it: an op that is a number, so that no text of the guest decides a code.
import { OP } from '../../sandbox/src/bridge.ts'
import type { Limits } from '../core/limits.ts'
import type { ErrorCode, Failure } from '../errors.ts'
import type { CallStream } from './call-stream.ts'
import { outputFailure } from './classify-failure.ts'
import { clip } from './clip.ts'

/** A stream has a number of chunks, and as its value nothing or the list of them. */
export type Ending = { readonly value: string; readonly chunks?: number } | { readonly failure: Failure }

const FAILURE_OF_OP = new Map<number, ErrorCode>([
  [OP.threw, 'GUEST_THREW'],
  [OP.entryNotFound, 'ENTRY_NOT_FOUND'],
  [OP.entryNotCallable, 'ENTRY_NOT_CALLABLE'],
  [OP.inputInvalid, 'INPUT_INVALID'],
  [OP.argumentsMismatch, 'ARGUMENTS_MISMATCH'],
  [OP.resultNotEncodable, 'RESULT_NOT_ENCODABLE'],
])

/** Null for an op that ends nothing, or a stream that is none. */
export function readEnding(
  op: number,
  payload: string,
  limits: Limits,
  stream: CallStream | null = null,
): Ending | null {
  if (stream !== null) {
    if (op === OP.streamed) return readStreamed(payload, limits, stream)
    if (op === OP.outputTooLarge) return { failure: stream.tooLarge(Number(payload) || 0) }
    if (op === OP.aggregateTooLarge) return { failure: outputFailure(limits, Number(payload) || limits.outputBytes) }
  }
  if (op === OP.result) {
    const bytes = Buffer.byteLength(payload)
    return bytes <= limits.outputBytes ? { value: payload } : { failure: outputFailure(limits, bytes) }
  }
  if (op === OP.outputTooLarge) return { failure: outputFailure(limits, Number(payload) || limits.outputBytes) }
  const code = FAILURE_OF_OP.get(op)
  return code === undefined ? null : { failure: readFailure(code, payload) }
}

function readStreamed(list: string, limits: Limits, { chunks }: CallStream): Ending {
  const bytes = Buffer.byteLength(list)
  return bytes <= limits.outputBytes ? { value: list, chunks } : { failure: outputFailure(limits, bytes) }
}

/** The guest program wrote this text, so its shape holds; a guest that broke the program gets what it wrote. */
function readFailure(code: ErrorCode, payload: string): Failure {
  try {
    const [message, stack] = JSON.parse(payload) as [unknown, unknown]
    return { code, message: clip(String(message)), ...(stack === '' ? {} : { stack: clip(String(stack)) }) }
  } catch {
    return { code, message: clip(payload) }
  }
}
