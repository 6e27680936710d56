// What a failed operation on an isolate means. Decided by facts that the guest cannot forge, never by a message alone.
import { groupDigits } from '../core/group-digits.ts'
import type { Limits } from '../core/limits.ts'
import { MAX_CHUNK_BYTES } from '../core/limits.ts'
import type { Failure } from '../errors.ts'
import { clip } from './clip.ts'

/** Bystanders of a call that took the isolate along. */
export const LOST: Failure = {
  code: 'EXECUTOR_LOST',
  message: 'Another call of the same module broke a limit and ended the isolate that both ran in.',
}

const BOUNDARY = '\n    at (<isolated-vm boundary>)'
/** What isolated-vm says in place of a thrown object that is not an Error. */
const NOT_AN_ERROR = 'An object was thrown from supplied code within isolated-vm'
const OWN_FRAME = /\n {4}at [^\n]*worker-isolate:[^\n]*/g

export function wallFailure(limits: Limits): Failure {
  const { wallMs } = limits
  return {
    code: 'LIMIT_WALL',
    message: `The code did not finish within its wall limit of ${groupDigits(wallMs)} ms.`,
    limit: wallMs,
    used: wallMs,
  }
}

export function cpuFailure(limits: Limits, usedMs: number): Failure {
  return {
    code: 'LIMIT_CPU',
    message: `The code used ${groupDigits(usedMs)} ms of processor time; the limit is ${groupDigits(limits.cpuMs)} ms.`,
    limit: limits.cpuMs,
    used: Math.round(usedMs),
  }
}

export function memoryFailure(limits: Limits): Failure {
  return {
    code: 'LIMIT_MEMORY',
    message: `The code used more memory than its limit of ${groupDigits(limits.memoryMb)} MB.`,
    limit: limits.memoryMb,
  }
}

export function outputFailure(limits: Limits, usedBytes: number): Failure {
  return {
    code: 'LIMIT_OUTPUT',
    message: `The result is ${groupDigits(usedBytes)} bytes or more; the limit is ${groupDigits(limits.outputBytes)} bytes.`,
    limit: limits.outputBytes,
    used: usedBytes,
  }
}

export function chunkFailure(usedBytes: number): Failure {
  return {
    code: 'LIMIT_OUTPUT',
    message: `A chunk of the stream is ${groupDigits(usedBytes)} bytes or more; the limit is ${groupDigits(MAX_CHUNK_BYTES)} bytes.`,
    limit: MAX_CHUNK_BYTES,
    used: usedBytes,
  }
}

/** What submitted code threw at its top level, as isolated-vm shows it to the host: all of it text of the guest. */
export function thrownFailure(thrown: unknown): Failure {
  if (!(thrown instanceof Error)) return { code: 'GUEST_THREW', message: clip(String(thrown)) }
  if (thrown.message.startsWith(NOT_AN_ERROR))
    return { code: 'GUEST_THREW', message: 'A value was thrown that is not an Error' }
  const stack = thrown.stack ?? ''
  const boundary = stack.indexOf(BOUNDARY)
  return {
    code: 'GUEST_THREW',
    message: clip(thrown.message),
    stack: clip((boundary === -1 ? '' : stack.slice(0, boundary)).replaceAll(OWN_FRAME, '')),
  }
}

/** The payload of `KIND.rejection`. */
export function writeRejection(thrown: unknown): string {
  const { message, stack = '' } = thrownFailure(thrown)
  return JSON.stringify([message, stack, describeStray(thrown)])
}

/** One line for the log about a rejection that nothing handled. */
export function describeStray(thrown: unknown): string {
  const { message, stack } = thrownFailure(thrown)
  return `Uncaught (in promise) ${stack === undefined || stack === '' ? message : stack}\n`
}
