// What a load-balanced route answers when its execution has ended, for every code of the table.
import { describe, expect, test } from 'vitest'
import type { DeployedFunction, HttpMethod } from '../../src/core/deployment.ts'
import { notRun } from '../../src/core/outcome.ts'
import type { Outcome } from '../../src/core/outcome.ts'
import { ERRORS } from '../../src/errors.ts'
import type { ErrorCode } from '../../src/errors.ts'
import type { LbBody } from '../../src/http/lb/bind-request.ts'
import { answerDetails, answerOutcome } from '../../src/http/lb/lb-answer.ts'
import type { LbAnswer } from '../../src/http/lb/lb-answer.ts'
import { routedFunction } from '../support/routed-function.ts'

const NO_BODY: LbBody = { kind: 'none' }

const fnOf = (method: HttpMethod): DeployedFunction => routedFunction(method, '/')

function detailsOf(answer: LbAnswer): unknown {
  expect(answer).toMatchObject({ status: 422, contentType: 'application/json' })
  return JSON.parse(answer.body ?? '').detail
}

function mismatch(message: string, method: HttpMethod = 'POST', body: LbBody = NO_BODY): unknown {
  const answer = answerOutcome(notRun({ code: 'ARGUMENTS_MISMATCH', message }), fnOf(method), body)
  expect(answer.code).toBe('ARGUMENTS_MISMATCH')
  return detailsOf(answer)
}

describe('the answer of a load-balanced route', () => {
  test('a result goes out as it is', () => {
    const usage = { cpuMs: 1, wallMs: 2, phases: {} }
    const outcome: Outcome = { ok: true, value: '{"a": -0.0}', stdout: 'printed', usage }
    expect(answerOutcome(outcome, fnOf('POST'), NO_BODY)).toEqual({
      status: 200,
      body: '{"a": -0.0}',
      code: null,
      contentType: 'application/json',
      usage,
    })
  })

  test.each([
    ["f() missing 1 required positional argument: 'x'", ['x']],
    ["f() missing 2 required positional arguments: 'x' and 'y'", ['x', 'y']],
    ["a.b() missing 3 required positional arguments: 'x', '__proto__', and 'z'", ['x', '__proto__', 'z']],
    ["f() missing 1 required positional argument: '{ a, b }'", ['{ a, b }']],
  ])('%s: a detail for each', (message, names) => {
    for (const [method, place] of [
      ['POST', 'body'],
      ['GET', 'query'],
    ] as const) {
      expect(mismatch(message, method)).toEqual(
        names.map((name) => ({ type: 'missing', loc: [place, name], msg: 'Field required', input: null })),
      )
    }
  })

  test('a missing argument repeats a short body', () => {
    const body: LbBody = { kind: 'json', length: 7, value: { y: 1 }, mayHaveRareNumbers: false }
    const message = "f() missing 1 required positional argument: 'x'"
    expect(mismatch(message, 'PUT', body)).toMatchObject([{ input: { y: 1 } }])
    expect(mismatch(message, 'PUT', { ...body, length: 1_001 })).toMatchObject([{ input: null }])
  })

  test('other misfits are details too', () => {
    expect(mismatch("f() got an unexpected keyword argument 'z'")).toEqual([
      { type: 'extra_forbidden', loc: ['body', 'z'], msg: 'Extra inputs are not permitted', input: null },
    ])
    expect(mismatch('odd')).toEqual([
      { type: 'value_error', loc: ['body'], msg: 'Value error, odd', input: null, ctx: { error: 'odd' } },
    ])
  })

  test('details keep their negative zeros and say whose fault it is', () => {
    const answer = answerDetails([{ type: 't', loc: ['body', 'x'], msg: 'm', input: -0 }])
    expect(answer).toEqual({
      status: 422,
      body: '{"detail":[{"type":"t","loc":["body","x"],"msg":"m","input":-0}]}',
      code: 'REQUEST_INVALID',
      contentType: 'application/json',
    })
  })

  test.each([
    'GUEST_THREW',
    'COMPILE_FAILED',
    'ENTRY_NOT_FOUND',
    'ENTRY_NOT_CALLABLE',
    'RESULT_NOT_ENCODABLE',
  ] as const)('%s tells the caller nothing but its code', (code) => {
    const failure = { code, message: 'secret', stack: 'at secret' }
    expect(answerOutcome(notRun(failure), fnOf('POST'), NO_BODY)).toMatchObject({
      status: 500,
      body: 'Internal Server Error',
      code,
      contentType: 'text/plain; charset=utf-8',
    })
  })

  test.each<[ErrorCode, number]>([
    ['LIMIT_CPU', 500],
    ['LIMIT_WALL', 504],
    ['LIMIT_MEMORY', 500],
    ['LIMIT_OUTPUT', 500],
    ['QUEUE_FULL', 429],
    ['QUEUE_TIMEOUT', 503],
    ['DRAINING', 503],
    ['EXECUTOR_LOST', 500],
    ['INPUT_INVALID', 422],
    ['CANCELLED', 499],
  ])('%s is %d with an error that has its numbers', (code, status) => {
    const failure = { code, message: 'Told.', stack: 'at secret', limit: 5, used: 6 }
    const answer = answerOutcome(notRun(failure), fnOf('POST'), NO_BODY)
    expect(answer).toMatchObject({ status, code, contentType: 'application/json' })
    const { blame, retryable } = ERRORS[code]
    expect(JSON.parse(answer.body ?? '')).toEqual({
      error: { code, message: 'Told.', blame, retryable, limit: 5, used: 6 },
    })
  })

  test('no failure is a success', () => {
    for (const code of Object.keys(ERRORS) as ErrorCode[]) {
      const answer = answerOutcome(notRun({ code, message: 'Told.' }), fnOf('POST'), NO_BODY)
      expect([code, answer.status >= 400, answer.code]).toEqual([code, true, code])
    }
  })
})
