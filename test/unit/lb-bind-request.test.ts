// Arguments of load-balanced routes: conversion and 422 details, with what FastAPI 0.142 and pydantic 2.13 answer as the yardstick.
import { describe, expect, test } from 'vitest'
import type { DeployedFunction, DeployedParameter, HttpMethod, ParameterType } from '../../src/core/deployment.ts'
import { argumentSourceOf, needsMultipart } from '../../src/http/lb/argument-source.ts'
import { bindRequest } from '../../src/http/lb/bind-request.ts'
import type { LbBody } from '../../src/http/lb/bind-request.ts'
import { parseJson } from '../../src/protocol/json.ts'
import { routedFunction } from '../support/routed-function.ts'

const INT_TEXT = ['int_parsing', 'Input should be a valid integer, unable to parse string as an integer']
const INT_SIZE = ['int_parsing_size', 'Unable to parse input string as an integer, exceeded maximum size']
const INT_TYPE = ['int_type', 'Input should be a valid integer']
const FLOAT_TEXT = ['float_parsing', 'Input should be a valid number, unable to parse string as a number']
const FLOAT_TYPE = ['float_type', 'Input should be a valid number']
const FINITE = ['finite_number', 'Input should be a finite number']
const BOOL_TEXT = ['bool_parsing', 'Input should be a valid boolean, unable to interpret input']
const BOOL_TYPE = ['bool_type', 'Input should be a valid boolean']
const STRING_TYPE = ['string_type', 'Input should be a valid string']

/** `x:integer` is required, `x?:integer` is not. */
function fnOf(method: HttpMethod, path: string, declared: readonly string[] | null): DeployedFunction {
  const parameters = declared?.map((text): DeployedParameter => {
    const [name = '', type = ''] = text.split(':')
    return { name: name.replace('?', ''), type: type as ParameterType, isRequired: !name.endsWith('?') }
  })
  return routedFunction(method, path, { parameters: parameters ?? null })
}

function jsonBody(text: string): LbBody {
  const parsed = parseJson(text)
  if (!parsed.ok) throw new Error(`not JSON: ${text}`)
  return { kind: 'json', length: text.length, ...parsed }
}

interface Asked {
  readonly path?: Readonly<Record<string, string>>
  readonly query?: string
  readonly body?: LbBody | string
}

/** Arguments as `name=text`, or the details. */
function bind(fn: DeployedFunction, { path = {}, query = '', body = { kind: 'none' } }: Asked): unknown {
  const bound = bindRequest(fn, {
    pathValues: new Map(Object.entries(path)),
    query: new URLSearchParams(query),
    body: typeof body === 'string' ? jsonBody(body) : body,
  })
  if (!bound.ok) return bound.details
  return bound.kwargs.map((one) => `${one.name}=${one.kind === 'json' ? one.text : `base64 ${one.base64}`}`)
}

describe('text in a path or a query', () => {
  test.each<[string, string, string | string[]]>([
    ['integer', '5', '5'],
    ['integer', ' +5 ', '5'],
    ['integer', '-5.00', '-5'],
    ['integer', '-0', '0'],
    ['integer', '007', '7'],
    ['integer', '1_000', '1000'],
    ['integer', '99999999999999999999', '99999999999999999999'],
    ['integer', '5.5', INT_TEXT],
    ['integer', '5.', INT_TEXT],
    ['integer', '1e3', INT_TEXT],
    ['integer', '1__0', INT_TEXT],
    ['integer', '0x10', INT_TEXT],
    ['integer', '', INT_TEXT],
    ['integer', '٥', INT_TEXT],
    ['integer', '\uFEFF5', INT_TEXT],
    ['integer', '9'.repeat(400), INT_SIZE],
    ['integer', '9'.repeat(5_000), INT_SIZE],
    ['integer', '0'.repeat(5_000), '0'],
    ['number', '1e3', '1000'],
    ['number', '.5', '0.5'],
    ['number', '5.', '5'],
    ['number', '-0', '-0'],
    ['number', '-0.0', '-0'],
    ['number', '1_0.5_0', '10.5'],
    ['number', 'abc', FLOAT_TEXT],
    ['number', '', FLOAT_TEXT],
    ['number', '.', FLOAT_TEXT],
    ['number', '0x10', FLOAT_TEXT],
    ['number', '1_', FLOAT_TEXT],
    ['number', '1'.repeat(8_193), FLOAT_TEXT],
    ['number', 'NaN', FINITE],
    ['number', '-Infinity', FINITE],
    ['number', '1e400', FINITE],
    ['boolean', 'True', 'true'],
    ['boolean', 'on', 'true'],
    ['boolean', '1', 'true'],
    ['boolean', 'N', 'false'],
    ['boolean', 'off', 'false'],
    ['boolean', '0', 'false'],
    ['boolean', '', BOOL_TEXT],
    ['boolean', ' true', BOOL_TEXT],
    ['boolean', '2', BOOL_TEXT],
    ['string', '', '""'],
    ['string', '5', '"5"'],
    ['string', 'a"\u0000é', '"a\\"\\u0000é"'],
    ['any', '5', '"5"'],
    ['bytes', 'é', 'base64 w6k='],
  ])('%s %j becomes %j', (type, value, expected) => {
    const input = value.length > 1_000 ? null : value
    for (const place of ['path', 'query'] as const) {
      const fn = fnOf('GET', place === 'path' ? '/{x}' : '/', [`x:${type}`])
      const bound = bind(
        fn,
        place === 'path' ? { path: { x: value } } : { query: String(new URLSearchParams({ x: value })) },
      )
      const [wrong, msg] = expected
      expect(bound).toEqual(
        typeof expected === 'string' ? [`x=${expected}`] : [{ type: wrong, loc: [place, 'x'], msg, input }],
      )
    }
  })
})

describe('a value of a JSON body', () => {
  test.each<[string, string, string | string[]]>([
    ['integer', '5', '5'],
    ['integer', '"5"', '5'],
    ['integer', '5.0', '5'],
    ['integer', '-0.0', '0'],
    ['integer', 'true', '1'],
    ['integer', '5.5', ['int_from_float', 'Input should be a valid integer, got a number with a fractional part']],
    ['integer', 'null', INT_TYPE],
    ['integer', '[1]', INT_TYPE],
    ['integer', '"a"', INT_TEXT],
    ['number', '5', '5'],
    ['number', '-0.0', '-0'],
    ['number', '"1e3"', '1000'],
    ['number', 'false', '0'],
    ['number', 'null', FLOAT_TYPE],
    ['number', '{}', FLOAT_TYPE],
    ['boolean', 'true', 'true'],
    ['boolean', '1', 'true'],
    ['boolean', '0', 'false'],
    ['boolean', '-0', 'false'],
    ['boolean', '"yes"', 'true'],
    ['boolean', '2', BOOL_TEXT],
    ['boolean', '0.5', BOOL_TYPE],
    ['boolean', 'null', BOOL_TYPE],
    ['string', '"a"', '"a"'],
    ['string', '5', STRING_TYPE],
    ['string', 'null', STRING_TYPE],
    ['string', '["a"]', STRING_TYPE],
    ['any', 'null', 'null'],
    ['any', '"5"', '"5"'],
    ['any', '-0', '-0'],
    ['any', '[-0.0,{"__proto__":1}]', '[-0,{"__proto__":1}]'],
  ])('%s %s becomes %j', (type, value, expected) => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'] as const) {
      const [wrong, msg] = expected
      expect(bind(fnOf(method, '/', [`x:${type}`]), { body: `{"x":${value}}` })).toEqual(
        typeof expected === 'string'
          ? [`x=${expected}`]
          : [{ type: wrong, loc: ['body', 'x'], msg, input: JSON.parse(value) }],
      )
    }
  })
})

describe('a request with declared parameters', () => {
  const post = fnOf('POST', '/item/{i}', ['x:integer', 'i:integer', 's?:string'])
  const missingBody = { type: 'missing', loc: ['body'], msg: 'Field required', input: null }

  test('takes its arguments from the path and the body, ignores the rest, and leaves defaults alone', () => {
    expect(bind(post, { path: { i: '3' }, query: 'x=9&s=no', body: '{"x":"5","more":1,"i":8}' })).toEqual([
      'i=3',
      'x=5',
    ])
  })

  test('says everything that is wrong, the path first', () => {
    expect(bind(post, { path: { i: 'abc' }, body: '{"s":5}' })).toEqual([
      { type: INT_TEXT[0], loc: ['path', 'i'], msg: INT_TEXT[1], input: 'abc' },
      { type: 'missing', loc: ['body', 'x'], msg: 'Field required', input: { s: 5 } },
      { type: 'string_type', loc: ['body', 's'], msg: STRING_TYPE[1], input: 5 },
    ])
  })

  test('the queue envelope is not unwrapped', () => {
    expect(bind(post, { path: { i: '1' }, body: '{"input":{"x":3}}' })).toEqual([
      { type: 'missing', loc: ['body', 'x'], msg: 'Field required', input: { input: { x: 3 } } },
    ])
  })

  test('no body and a body of null are missing, unless nothing is required', () => {
    expect(bind(post, { path: { i: '1' } })).toEqual([missingBody])
    expect(bind(post, { path: { i: '1' }, body: 'null' })).toEqual([missingBody])
    expect(bind(fnOf('POST', '/', ['x?:integer']), {})).toEqual([])
  })

  test.each(['[1]', '5', '"text"', 'true'])('a body of %s is no object', (text) => {
    expect(bind(post, { path: { i: '1' }, body: text })).toEqual([
      {
        type: 'model_attributes_type',
        loc: ['body'],
        msg: 'Input should be a valid dictionary or object to extract fields from',
        input: JSON.parse(text),
      },
    ])
  })

  test('a long body is not repeated in every detail', () => {
    const fn = fnOf('POST', '/', ['x:integer', 'y:string', 'z:integer'])
    const details = bind(fn, { body: JSON.stringify({ y: [1], z: 'z'.repeat(2_000) }) })
    expect(details).toMatchObject([{ input: null }, { input: null }, { input: null }])
  })

  test('missing query parameters are missing one by one, and the last of several values counts', () => {
    const fn = fnOf('GET', '/', ['x:integer', 'y:string', 'z?:number'])
    expect(bind(fn, { query: 'y=a&y=b' })).toEqual([
      { type: 'missing', loc: ['query', 'x'], msg: 'Field required', input: null },
    ])
    expect(bind(fn, { query: 'y=a&x=1&y=b%20c' })).toEqual(['x=1', 'y="b c"'])
  })

  test('names of Object.prototype are neither found by accident nor lost', () => {
    const fn = fnOf('POST', '/', ['__proto__:any', 'constructor?:any', 'toString?:any'])
    expect(bind(fn, { body: '{}' })).toMatchObject([{ type: 'missing', loc: ['body', '__proto__'] }])
    expect(bind(fn, { body: '{"__proto__":{"a":1}}' })).toEqual(['__proto__={"a":1}'])
    expect(bind(fnOf('GET', '/', ['__proto__:string']), { query: '__proto__=1' })).toEqual(['__proto__="1"'])
  })
})

describe('a request whose parameters the manifest does not tell', () => {
  test('has the numbers of its body as they are', () => {
    const body = '{"a":1e999,"b":[-0,-1e999],"c":-0}'
    const numbers = ['a=1e999', 'b=[-0,-1e999]', 'c=-0']
    expect(bind(fnOf('POST', '/x', null), { body })).toEqual(numbers)
    expect(bind(fnOf('POST', '/x', ['a:any', 'b:any', 'c:any']), { body })).toEqual(numbers)
  })

  test('is refused where a declared number is none that JSON could bring back', () => {
    expect(bind(fnOf('POST', '/x', ['a:number', 'b:integer']), { body: '{"a":1e999,"b":-1e999}' })).toMatchObject([
      { type: 'finite_number', loc: ['body', 'a'] },
      { type: 'finite_number', loc: ['body', 'b'] },
    ])
  })

  test('passes all keys of its body by name, and the path wins', () => {
    const fn = fnOf('POST', '/{id}', null)
    const body = '{"id":1,"x":-0.0,"__proto__":{"a":[null]},"":""}'
    expect(bind(fn, { path: { id: 'a' }, query: 'q=1', body })).toEqual([
      'id="a"',
      'x=-0',
      '__proto__={"a":[null]}',
      '=""',
    ])
  })

  test('passes all keys of its query as text', () => {
    expect(bind(fnOf('GET', '/', null), { query: 'x=1&y=&x=2&__proto__=p' })).toEqual([
      'x="2"',
      'y=""',
      '__proto__="p"',
    ])
  })

  test('needs no body, but none that is not an object', () => {
    const fn = fnOf('POST', '/', null)
    expect(bind(fn, {})).toEqual([])
    expect(bind(fn, { body: 'null' })).toEqual([])
    expect(bind(fn, { body: '[]' })).toMatchObject([{ type: 'model_attributes_type', loc: ['body'], input: [] }])
  })
})

describe('where arguments come from', () => {
  test.each<[HttpMethod, string, string[] | null, string]>([
    ['GET', '/', null, 'query'],
    ['POST', '/', null, 'json'],
    ['GET', '/', ['x:bytes'], 'query'],
    ['POST', '/', [], 'none'],
    ['POST', '/{x}', ['x:bytes'], 'none'],
    ['DELETE', '/', ['x:any'], 'json'],
    ['PUT', '/{y}', ['x?:bytes', 'y:any'], 'form'],
  ])('%s %s with %j: %s', (method, path, declared, expected) => {
    const fn = fnOf(method, path, declared)
    expect(argumentSourceOf(fn)).toBe(expected)
    expect(needsMultipart(fn)).toBe(expected === 'form')
  })

  test('a function without parameters of its own ignores body and query', () => {
    expect(bind(fnOf('POST', '/', []), { query: 'x=1', body: '[1]' })).toEqual([])
  })
})

describe('fields of a form', () => {
  const fn = fnOf('POST', '/{id}', ['id:integer', 'f:bytes', 'n:integer', 's?:string', 'a?:any'])
  const form = (fields: Readonly<Record<string, string | Buffer>>): Asked => ({
    path: { id: '1' },
    body: { kind: 'form', fields: new Map(Object.entries(fields)) },
  })

  test('files go as base64, text is converted', () => {
    const file = Buffer.from([0, 255])
    expect(bind(fn, form({ f: file, n: '5', s: 'x', more: 'y' }))).toEqual(['id=1', 'f=base64 AP8=', 'n=5', 's="x"'])
    expect(bind(fn, form({ f: Buffer.alloc(0), n: '5', a: file }))).toEqual([
      'id=1',
      'f=base64 ',
      'n=5',
      'a=base64 AP8=',
    ])
    expect(bind(fn, form({ f: 'text', n: '5' }))).toEqual(['id=1', 'f=base64 dGV4dA==', 'n=5'])
  })

  test('what is not there or empty text is missing', () => {
    const wanted = ['f', 'n'].map((name) => ({
      type: 'missing',
      loc: ['body', name],
      msg: 'Field required',
      input: null,
    }))
    expect(bind(fn, form({}))).toEqual(wanted)
    expect(bind(fn, form({ f: '', n: '', s: '' }))).toEqual(wanted)
    expect(bind(fn, { path: { id: '1' } })).toEqual(wanted)
  })

  test('a file is no text', () => {
    expect(bind(fn, form({ f: 'x', n: Buffer.from('6') }))).toEqual([
      { type: 'int_type', loc: ['body', 'n'], msg: INT_TYPE[1], input: null },
    ])
  })
})
