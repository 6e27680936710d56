// What a task ends with whose process is gone, and why an instance is.
import { CANCELLED } from '../core/failures.ts'
import type { Failure } from '../errors.ts'
import type { RetireReason } from '../ipc/messages.ts'
import type { Assignment } from './assignment.ts'

const KIND_OF_EXIT = /^(?:signal SIG[A-Z]+|exit code \d+)/
/** A reason in the pool's own words, or one of those that an executor can choose from. */
const OWN_WORDS = /^(?:its? |an? |another |the |V8 )[A-Za-z ]+$/

/** Why the pool killed a process. */
export interface Killed {
  readonly failure: Failure
  /** Whose doing it was; null when nobody can tell. */
  readonly guilty: Assignment | null
  /** Whether none of the others can have begun. */
  readonly areOthersUnbegun: boolean
}

/** What a task ends with whose process is gone; null when another process can have it. */
export function failureOf(assignment: Assignment, killed: Killed | null, reason: string): Failure | null {
  if (killed?.guilty === assignment) return killed.failure
  if (killed?.areOthersUnbegun !== true) return lostFailure(reason)
  if (assignment.isCancelled) return CANCELLED
  return assignment.giveBack === null ? lostFailure(reason) : null
}

export function lostFailure(reason: string): Failure {
  const message = `The process that ran the code died before it answered (${describeExit(reason)}).`
  return { code: 'EXECUTOR_LOST', message }
}

/** Only the kind of exit: what the process said last may hold paths of the host. */
function describeExit(reason: string): string {
  return KIND_OF_EXIT.exec(reason)?.[0] ?? 'it was ended'
}

/** Why the instances of a process are gone, as the end of a sentence. */
export function describeEnd(reason: string): string {
  const exit = KIND_OF_EXIT.exec(reason)?.[0]
  if (exit !== undefined) return `its process ended with ${exit}`
  return OWN_WORDS.test(reason) ? `its process was ended because ${reason}` : 'its process was ended'
}

/** One of a bounded set, for counting. */
export function labelOfEnd(reason: string): string {
  const exit = KIND_OF_EXIT.exec(reason)?.[0]
  if (exit !== undefined) return exit
  if (reason.startsWith('frame:')) return 'it broke the protocol'
  return OWN_WORDS.test(reason) ? reason : 'other'
}

/** How an instance ended without its process having been asked for that. */
export interface InstanceEnd {
  /** The end of a sentence. */
  readonly why: string
  /** Whether its last call is what ended it. */
  readonly isByCall: boolean
}

const RETIRED_BECAUSE: Readonly<Record<RetireReason, string>> = {
  limit: 'a call of it had to be stopped',
  memory: 'it used more memory than it may',
  calls: 'it had too many calls',
  heap: 'it kept too much',
  'built-ins': 'it changed the built-ins of the language',
  'load failed': 'its source could not be evaluated',
  idle: 'it was not called',
  dropped: 'it was ended',
}

/** Why an executor ended an instance. */
export function describeRetired(reason: RetireReason): InstanceEnd {
  return { why: RETIRED_BECAUSE[reason], isByCall: reason === 'limit' || reason === 'memory' }
}
