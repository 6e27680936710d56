// The failure for work during which its tool process ended: the same for every tool, in the words of each.
import { groupDigits } from '../core/group-digits.ts'
import type { ErrorCode, Failure } from '../errors.ts'
import type { ProcessEnd } from './tool-process.ts'

export interface ToolWords {
  /** The code of work that is more than it may be, and of work that the tool cannot do. */
  readonly codes: { readonly limit: ErrorCode; readonly work: ErrorCode }
  /** What was done, to go on with `took …`. */
  readonly work: string
  /** To go on with `, most likely because …`. */
  readonly killed: string
  /** To go on with `crashed` or `left`, and `tool` behind that. */
  readonly culprit: string
  readonly tool: string
  /** When it was ended because somebody asked for it. */
  readonly asked: Failure
}

export function describeToolEnd(
  { cause, detail, used }: ProcessEnd,
  bounds: { readonly deadlineMs: number; readonly residentMb: number },
  { codes, work, killed, culprit, tool, asked }: ToolWords,
): Failure {
  switch (cause) {
    case 'deadline': {
      const limit = bounds.deadlineMs
      const message = `${work} took longer than the limit of ${groupDigits(limit)} ms.`
      return { code: codes.limit, message, limit, used }
    }
    case 'memory': {
      const limit = bounds.residentMb
      const message = `${work} took ${groupDigits(used)} MB of memory; the limit is ${groupDigits(limit)}.`
      return { code: codes.limit, message, limit, used }
    }
    case 'killed':
      return { code: codes.limit, message: `${killed}, most likely because memory ran out.` }
    case 'crashed':
      return { code: codes.work, message: `${culprit} crashed ${tool} (${detail}).` }
    case 'contract':
      return { code: codes.work, message: `${culprit} left ${tool} unable to answer.` }
    case 'asked':
      return asked
    default:
      return cause satisfies never
  }
}
