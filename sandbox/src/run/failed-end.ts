// How a call ends in which something was thrown: by a codec, which decides the op, or by the guest.
import { OP } from '../bridge.ts'
import { codecFailure } from '../codec/formats.ts'
import { toText } from '../intrinsics.ts'
import { describeError, describeFailure } from './describe-error.ts'

export interface FailedEnd {
  readonly op: number
  readonly payload: string
}

/** Runs code of the guest (getters of what it threw), and never throws. */
export function failedEnd(thrown: unknown): FailedEnd {
  const failure = codecFailure(thrown)
  if (failure === undefined) return endOf(OP.threw, describeError(thrown))
  const { op, bytes, message } = failure
  return endOf(op, op === OP.outputTooLarge ? toText(bytes) : describeFailure(message))
}

function endOf(op: number, payload: string): FailedEnd {
  return { __proto__: null, op, payload } as FailedEnd
}
