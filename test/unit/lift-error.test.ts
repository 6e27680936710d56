// The two keys of a returned object that are for the platform: read from text, against what runpod-python does to a dict.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { liftError } from '../../src/protocol/lift-error.ts'

describe('an error in a result', () => {
  test.for([
    ['{"error":"no"}', 'no', null],
    ['{"error":"no","left":1}', 'no', '{"left":1}'],
    [
      '{"left":{"error":"deep"},"error":"no","more":[{"error":1}]}',
      'no',
      '{"left":{"error":"deep"},"more":[{"error":1}]}',
    ],
    ['{"error":"a \\"quoted\\" one, with } and \\\\","x":"]"}', 'a "quoted" one, with } and \\', '{"x":"]"}'],
    ['{"error":{"why":"x"},"a":1}', '{"why":"x"}', '{"a":1}'],
    ['{"error":["x"]}', '["x"]', null],
    ['{"error":true}', 'true', null],
    ['{"error":4.5}', '4.5', null],
    ['{"refresh_worker":true,"a":1,"error":"no"}', 'no', '{"a":1}'],
    ['{"error":"first","error":"last"}', 'last', null],
  ] as const)('%s is %j, and %j is left', ([result, error, output]) => {
    expect(liftError(result)).toMatchObject({ error, output })
  })

  test.for(['""', 'null', 'false', '0', '-0', '0.0', '0e5', '[]', '{}'])('that is %s is none, and goes', (json) => {
    expect(liftError(`{"error":${json},"a":1}`)).toMatchObject({ error: null, output: '{"a":1}' })
  })
})

test('a long error is cut off, which it says, and what is left of the object stays whole', () => {
  const long = 'x'.repeat(100_000)
  expect(liftError(`{"error":"${long}","a":"${long}"}`)).toMatchObject({
    error: `${long.slice(0, 65_536)}… (100000 characters; the limit is 65536)`,
    output: `{"a":"${long}"}`,
  })
})

test.for([
  ['{"refresh_worker":false,"a":1}', false],
  ['{"a":1,"refresh_worker":true}', true],
  ['{"refresh_worker":"","a":1}', false],
  ['{"refresh_worker":{"why":"old"},"a":1}', true],
  ['{"refresh_worker":true,"a":1,"refresh_worker":0}', false],
] as const)('refresh_worker goes from %s, is no error, and asks for another worker: %j', ([result, asksRefresh]) => {
  expect(liftError(result)).toEqual({ error: null, output: '{"a":1}', asksRefresh })
})

test.for([
  '"error"',
  '["error",1]',
  'null',
  '{}',
  '{"errors":"x"}',
  '{"a":{"error":"x"}}',
  '{"a":"\\"error\\":"}',
  '{"a":"error"}',
  '{"error"',
  '{"error":"x',
  '{"error":"x"',
  '{error:"error"}',
  '{"a":[}],"error":1}',
])('%s stays as it is', (result) => {
  expect(liftError(result)).toEqual({ error: null, output: result, asksRefresh: false })
})

test('agrees with taking the keys out of the value, whatever else there is', () => {
  const object = fc.dictionary(
    fc.oneof(fc.constant('error'), fc.constant('refresh_worker'), fc.string()),
    fc.jsonValue(),
  )
  fc.assert(
    fc.property(object, (value) => {
      const { error, refresh_worker: refresh, ...rest } = value
      const isFalsy = (one: unknown): boolean =>
        [undefined, null, false, 0, ''].includes(one as never) || ['[]', '{}'].includes(JSON.stringify(one))
      const text = JSON.stringify(value)
      const isUntouched = !Object.hasOwn(value, 'error') && !Object.hasOwn(value, 'refresh_worker')
      expect(liftError(text)).toEqual({
        error: isFalsy(error) ? null : typeof error === 'string' ? error : JSON.stringify(error),
        output: isUntouched ? text : Object.keys(rest).length === 0 ? null : JSON.stringify(rest),
        asksRefresh: !isFalsy(refresh),
      })
    }),
  )
})
