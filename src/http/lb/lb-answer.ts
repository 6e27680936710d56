// How an execution ended, as the answer of a load-balanced route: statuses and texts of FastAPI where it has them.
import type { DeployedFunction } from '../../core/deployment.ts'
import type { Outcome } from '../../core/outcome.ts'
import { ERRORS } from '../../errors.ts'
import type { ErrorCode, Failure } from '../../errors.ts'
import { missing } from '../../protocol/validation-detail.ts'
import type { ValidationDetail } from '../../protocol/validation-detail.ts'
import { writeJson } from '../../protocol/write-json.ts'
import type { Answer } from '../answer.ts'
import { errorBody, INTERNAL_SERVER_ERROR } from '../error-body.ts'
import { argumentSourceOf } from './argument-source.ts'
import type { LbBody } from './bind-request.ts'
import { quoteInput } from './quote-input.ts'

export interface LbAnswer extends Answer {
  readonly contentType: 'application/json' | 'text/plain; charset=utf-8'
}

/** `body` is what the arguments came from; a 422 repeats it when it is short. */
export function answerOutcome(outcome: Outcome, fn: DeployedFunction, body: LbBody): LbAnswer {
  const { usage } = outcome
  if (outcome.ok) return { status: 200, body: outcome.value, code: null, contentType: 'application/json', usage }
  return { ...answerFailure(outcome.failure, fn, body), usage }
}

/** The 422 of a request that does not bind, or of arguments that do not fit. */
export function answerDetails(details: readonly ValidationDetail[], code: ErrorCode = 'REQUEST_INVALID'): LbAnswer {
  return { status: 422, body: writeJson({ detail: details }, true), code, contentType: 'application/json' }
}

function answerFailure(failure: Failure, fn: DeployedFunction, body: LbBody): LbAnswer {
  const { code } = failure
  if (code === 'ARGUMENTS_MISMATCH') return answerDetails(mismatchDetails(failure.message, fn, body), code)
  if (ERRORS[code].blame !== 'guest') return answerError(failure)
  return { status: 500, body: INTERNAL_SERVER_ERROR, code, contentType: 'text/plain; charset=utf-8' }
}

/** What FastAPI has no text for, in our own format. */
function answerError(failure: Failure): LbAnswer {
  const { code } = failure
  return { status: statusOf(code), body: errorBody(failure), code, contentType: 'application/json' }
}

/** The table's 200 is for wires whose envelope tells the failure. */
function statusOf(code: ErrorCode): number {
  if (code === 'LIMIT_WALL') return 504
  if (code === 'CANCELLED') return 499
  const { status } = ERRORS[code]
  return status === 200 ? 500 : status
}

/** Python's sentences, which the guest program imitates; a name in them can be the source text of a pattern. */
const MISSING = /\(\) missing \d+ required positional arguments?: '([^]*)'$/
const UNEXPECTED = /\(\) got an unexpected keyword argument '([^]*)'$/
const BETWEEN_NAMES = /', and '|' and '|', '/

function mismatchDetails(message: string, fn: DeployedFunction, body: LbBody): readonly ValidationDetail[] {
  const place = argumentSourceOf(fn) === 'query' ? 'query' : 'body'
  const names = MISSING.exec(message)?.[1]?.split(BETWEEN_NAMES)
  if (names !== undefined) {
    const input = body.kind === 'json' ? quoteInput(body.value, body.length) : null
    return names.map((name) => missing([place, name], input))
  }
  const extra = UNEXPECTED.exec(message)?.[1]
  if (extra !== undefined) {
    return [{ type: 'extra_forbidden', loc: [place, extra], msg: 'Extra inputs are not permitted', input: null }]
  }
  return [{ type: 'value_error', loc: [place], msg: `Value error, ${message}`, input: null, ctx: { error: message } }]
}
