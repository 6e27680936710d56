// What a task ends with whose process is gone.
import type { Failure } from '../errors.ts'

export function lostFailure(reason: string): Failure {
  const message = `The process that ran the code died before it answered (${describeExit(reason)}).`
  return { code: 'EXECUTOR_LOST', message }
}

/** Only the kind of exit: what the process said last may hold paths of the host. */
function describeExit(reason: string): string {
  return /^(?:signal SIG[A-Z]+|exit code \d+)/.exec(reason)?.[0] ?? 'it was ended'
}
