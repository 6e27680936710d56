// What goes out: FunctionResponse, job bodies, error texts.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ERRORS } from '../../src/errors.ts'
import type { ErrorCode } from '../../src/errors.ts'
import { describeFailure } from '../../src/protocol/failure-text.ts'
import { failedResponse, writeFunctionResponse } from '../../src/protocol/function-response.ts'
import { parseJobRequest } from '../../src/protocol/job-request.ts'
import { writeJobResponse } from '../../src/protocol/job-response.ts'
import { notAnObject, writeValidationDetail } from '../../src/protocol/validation-detail.ts'

const CODES = Object.keys(ERRORS).filter((code): code is ErrorCode => code in ERRORS)

describe('a FunctionResponse', () => {
  const response = { success: true, result: null, jsonResult: '{"a":-0}', error: null, stdout: 'é\n' }

  test('is compact JSON with every key in upstream order, nulls included', () => {
    expect(writeFunctionResponse(response, { withoutError: false })).toBe(
      '{"success":true,"result":null,"json_result":{"a":-0},"error":null,"stdout":"é\\n","instance_id":null,"instance_info":null}',
    )
  })

  test('of an instance names it, with times as Python writes them', () => {
    const time = new Date(2026, 0, 2, 3, 4, 5, 6).getTime()
    const instance = { id: 'a"b', className: 'C', createdAt: time, lastUsedAt: time + 1.2345, methodCalls: 7 }
    expect(writeFunctionResponse({ ...response, instance }, { withoutError: true })).toBe(
      '{"success":true,"result":null,"json_result":{"a":-0},"stdout":"é\\n","instance_id":"a\\"b",' +
        '"instance_info":{"class_name":"C","created_at":"2026-01-02T03:04:05.006000","method_calls":7,' +
        '"last_used":"2026-01-02T03:04:05.007234"}}',
    )
  })

  test('of a job has no error key', () => {
    const text = writeFunctionResponse(failedResponse({ code: 'GUEST_THREW', message: 'x' }), { withoutError: true })
    expect(Object.keys(JSON.parse(text))).toEqual([
      'success',
      'result',
      'json_result',
      'stdout',
      'instance_id',
      'instance_info',
    ])
  })

  const anyText = fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)) })

  test('is valid JSON whatever the guest printed or threw', () => {
    fc.assert(
      fc.property(anyText, anyText, (stdout, message) => {
        const failed = failedResponse({ code: 'GUEST_THREW', message }, stdout)
        const parsed = JSON.parse(writeFunctionResponse(failed, { withoutError: false }))
        expect(parsed.stdout).toBe(stdout)
        expect(parsed.success).toBe(false)
      }),
    )
  })
})

describe('the text of a failure', () => {
  test('of the guest is its message and its stack', () => {
    const stack = 'Error: x\n    at f (function.js:1:2)'
    expect(describeFailure({ code: 'GUEST_THREW', message: 'x', stack })).toBe(`x\n${stack}`)
  })

  test('begins with its code for limits, queues and losses', () => {
    expect(describeFailure({ code: 'LIMIT_CPU', message: 'Too much.' })).toBe('LIMIT_CPU: Too much.')
    expect(describeFailure({ code: 'EXECUTOR_LOST', message: 'Gone.' })).toBe('EXECUTOR_LOST: Gone.')
    expect(describeFailure({ code: 'QUEUE_FULL', message: 'Full.' })).toBe('QUEUE_FULL: Full.')
  })

  test('begins as upstream begins it when the handler refused or could not encode', () => {
    expect(describeFailure({ code: 'REQUEST_INVALID', message: 'args' })).toBe('Error in handler: args')
    expect(describeFailure({ code: 'RESULT_NOT_ENCODABLE', message: 'x' })).toBe('Error in handler: x')
  })

  test('is never empty, because an empty error would make a failed job COMPLETED', () => {
    for (const code of CODES) expect(describeFailure({ code, message: '', stack: '' })).not.toBe('')
  })

  test('of a guest never begins like one of the service', () => {
    const forged = fc.tuple(
      fc.constantFrom('', ' ', '\n\t', '\u00a0', '\ufeff'),
      fc.constantFrom(...CODES, 'Error in handler'),
    )
    const guestCodes = fc.constantFrom<ErrorCode>(
      'GUEST_THREW',
      'COMPILE_FAILED',
      'ENTRY_NOT_CALLABLE',
      'INPUT_INVALID',
    )
    fc.assert(
      fc.property(forged, fc.string(), guestCodes, ([space, prefix], rest, code) => {
        const text = describeFailure({ code, message: `${space}${prefix}: ${rest}` })
        expect(text.startsWith('Error: ')).toBe(true)
      }),
    )
  })
})

describe('a job body', () => {
  const job = {
    id: 'a-u1',
    status: 'COMPLETED',
    output: '{"success":true}',
    error: null,
    delayTime: 1.4,
    executionTime: 2.6,
    workerId: 'w',
  } as const

  test('of a finished job always has whole delayTime and executionTime and a workerId', () => {
    expect(writeJobResponse(job)).toBe(
      '{"id":"a-u1","status":"COMPLETED","output":{"success":true},"delayTime":1,"executionTime":3,"workerId":"w"}',
    )
  })

  test('of a failed job has its error beside its output', () => {
    expect(JSON.parse(writeJobResponse({ ...job, status: 'FAILED', error: 'x' }))).toMatchObject({
      error: 'x',
      output: { success: true },
    })
  })

  test('of an unfinished job is its id and status', () => {
    expect(writeJobResponse({ ...job, status: 'IN_QUEUE' })).toBe('{"id":"a-u1","status":"IN_QUEUE"}')
  })
})

test('a 422 repeats numbers as they came', () => {
  const detail = notAnObject(['body'], [-0, Infinity])
  expect(writeValidationDetail(detail, 10)).toContain('"input":[-0,1e999]')
})

describe('a job request', () => {
  test.each([
    [[1], 'dict_type', ['body']],
    [{}, 'missing', ['body', 'input']],
    [{ input: null }, 'dict_type', ['body', 'input']],
    [{ input: [1] }, 'dict_type', ['body', 'input']],
    [{ input: 'x' }, 'dict_type', ['body', 'input']],
    [{ input: {}, policy: 5 }, 'dict_type', ['body', 'policy']],
    [{ input: {}, policy: { executionTimeout: -1 } }, 'value_error', ['body', 'policy', 'executionTimeout']],
    [{ input: {}, policy: { ttl: '5' } }, 'value_error', ['body', 'policy', 'ttl']],
    [{ input: {}, webhook: 'x' }, 'value_error', ['body', 'webhook']],
  ])('%j is refused as %s at %j', (body, type, loc) => {
    expect(parseJobRequest(body)).toMatchObject({ ok: false, detail: { type, loc } })
  })

  test('may come without an envelope', () => {
    expect(parseJobRequest({ function_name: 'f' })).toMatchObject({ ok: true, input: { function_name: 'f' } })
  })

  test('an empty policy, a null webhook and unknown keys change nothing', () => {
    const body = { id: 'mine', input: { x: 1 }, policy: null, webhook: null, s3Config: {} }
    expect(parseJobRequest(body)).toStrictEqual({ ok: true, input: { x: 1 }, policy: {}, webhook: null })
  })
})

describe('the webhook of a job request', () => {
  const parse = (webhook: unknown, more: object = {}) => parseJobRequest({ input: {}, webhook, ...more })

  test.each(['https://example.com/hook?a=b#c', 'http://[::1]:8080/', null])('%j is passed on as it is', (webhook) => {
    expect(parse(webhook)).toMatchObject({ ok: true, webhook })
  })

  test.each([
    ['x', 'a valid URL'],
    ['', 'a valid URL'],
    [5, 'a valid string'],
    [['https://example.com'], 'a valid string'],
    ['ftp://example.com/', 'http or https'],
    ['file:///etc/passwd', 'http or https'],
    ['javascript:alert(1)', 'http or https'],
    ['https://user@example.com/', 'user name'],
    ['https://:secret@example.com/', 'user name'],
    [`https://example.com/${'a'.repeat(2_029)}`, '2049 characters; the limit is 2048'],
  ])('%j is refused, because it should be or have %s', (webhook, problem) => {
    expect(parse(webhook)).toMatchObject({
      ok: false,
      code: 'REQUEST_INVALID',
      detail: { loc: ['body', 'webhook'], msg: expect.stringContaining(problem) },
    })
  })

  test('of exactly the limit is taken', () => {
    expect(parse(`https://example.com/${'a'.repeat(2_028)}`)).toMatchObject({ ok: true })
  })

  test('of the second kind is refused by name', () => {
    const refused = { ok: false, code: 'FEATURE_UNAVAILABLE', detail: { loc: ['body', 'webhookV2'] } }
    expect(parse(null, { webhookV2: 'https://example.com/' })).toMatchObject(refused)
  })
})

test('a validation detail quotes short bodies only', () => {
  const detail = { type: 't', loc: ['body'], msg: 'm', input: 'x' }
  expect(JSON.parse(writeValidationDetail(detail, 10))).toEqual({ detail: [detail] })
  expect(JSON.parse(writeValidationDetail(detail, 10_000))).toEqual({ detail: [{ ...detail, input: null }] })
})
