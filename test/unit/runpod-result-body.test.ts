// The end of a job as text: the table of what a handler returns and what the platform gets (protocol.md §2.1).
import { describe, expect, test } from 'vitest'
import { failedPlainResponse, failedResponse } from '../../src/protocol/function-response.ts'
import type { FunctionResponse } from '../../src/protocol/function-response.ts'
import { liftError } from '../../src/protocol/lift-error.ts'
import { writeInternalError, writeRefused, writeResult, writeStreamEnd } from '../../src/runpod/result-body.ts'

const RETURNED: FunctionResponse = { success: true, result: null, jsonResult: '5', error: null, stdout: '' }

/** What a deployed function returned, as `execute` makes a response of it. */
function plain(value: string): { response: FunctionResponse } {
  const { error, ...lifted } = liftError(value)
  return { response: { ...RETURNED, error, plain: lifted } }
}

describe('what a deployed function returns', () => {
  test.each([
    ['{"a":1}', '{"output":{"a":1}}'],
    ['{"a":1,"error":"no"}', '{"output":{"a":1},"error":"no"}'],
    ['{"error":"no"}', '{"error":"no"}'],
    ['{"error":""}', '{}'],
    ['{}', '{}'],
    ['[]', '{"output":[]}'],
    ['"text"', '{"output":"text"}'],
    ['0', '{"output":0}'],
    ['null', '{"output":null}'],
    ['false', '{"output":false}'],
    ['{"a":1,"refresh_worker":true}', '{"output":{"a":1}}'],
  ])('%s is posted as %s', (value, body) => {
    expect(writeResult(plain(value), { honorsRefresh: false })).toBe(body)
  })

  test.each([
    ['{"a":1,"refresh_worker":true}', '{"output":{"a":1},"stopPod":true}'],
    ['{"refresh_worker":true}', '{"stopPod":true}'],
    ['{"error":"no","refresh_worker":1}', '{"error":"no","stopPod":true}'],
    ['{"a":1,"refresh_worker":false}', '{"output":{"a":1}}'],
    ['{"a":{"refresh_worker":true}}', '{"output":{"a":{"refresh_worker":true}}}'],
  ])('%s is posted as %s where it may ask for another worker', (value, body) => {
    expect(writeResult(plain(value), { honorsRefresh: true })).toBe(body)
  })

  test('is beside its error what upstream leaves there', () => {
    const response = failedPlainResponse({ code: 'GUEST_THREW', message: 'no "way"' }, 'trace')
    expect(writeResult({ response }, { honorsRefresh: true })).toBe(
      '{"output":{"success":false,"traceback":"trace"},"error":"no \\"way\\""}',
    )
  })
})

describe('a FunctionResponse', () => {
  test('has its error beside itself', () => {
    const response = failedResponse({ code: 'LIMIT_CPU', message: 'Too long.' }, 'said')
    expect(JSON.parse(writeResult({ response }, { honorsRefresh: false }))).toEqual({
      output: {
        success: false,
        result: null,
        json_result: null,
        stdout: 'said',
        instance_id: null,
        instance_info: null,
      },
      error: 'LIMIT_CPU: Too long.',
    })
  })

  test('cannot ask for another worker', () => {
    const response = { ...RETURNED, jsonResult: '{"refresh_worker":true}' }
    expect(writeResult({ response }, { honorsRefresh: true })).not.toContain('stopPod')
  })
})

describe('the end of a stream', () => {
  test('has an empty list, or the list of all that it gave', () => {
    const none = { ...RETURNED, jsonResult: null }
    for (const response of [none, { ...none, plain: { output: '[]' } }]) {
      expect(writeStreamEnd({ response }, null)).toBe('{"output":[]}')
    }
    expect(writeStreamEnd({ response: { ...none, jsonResult: '[1,2]' } }, null)).toBe('{"output":[1,2]}')
    expect(writeStreamEnd({ response: { ...none, plain: { output: '[1,2]' } } }, null)).toBe('{"output":[1,2]}')
    expect(writeStreamEnd({ response: { ...none, result: 'gAVdlC4=' } }, null)).toBe('{"output":"gAVdlC4="}')
  })

  test('that failed has the error only', () => {
    const response = failedPlainResponse({ code: 'GUEST_THREW', message: 'late' })
    expect(writeStreamEnd({ response }, null)).toBe('{"error":"late"}')
    expect(writeStreamEnd({ response }, 'given')).toBe('{"error":"given"}')
  })
})

test('a refused result is told by its size, the status and the limits', () => {
  expect(JSON.parse(writeRefused(12_345_678, 413))).toEqual({
    error:
      'LIMIT_OUTPUT: The result is 12,345,678 bytes, and the platform refused it with status 413; ' +
      'its limit is 10 MB for /run and 20 MB for /runsync.',
  })
})

test('a defect of the service has the keys of an exception of upstream, and no path of the host', () => {
  const { error } = JSON.parse(writeInternalError({ workerId: 'w', hostname: 'h', version: '1' })) as { error: string }
  expect(JSON.parse(error)).toEqual({
    error_type: 'INTERNAL',
    error_message: 'The service failed; its log has the details.',
    error_traceback: '',
    hostname: 'h',
    worker_id: 'w',
    runpod_version: '1',
  })
})
