// The queue shape that is nothing but keyword arguments: what is one, and what of it are arguments.
import { describe, expect, test } from 'vitest'
import { isFunctionRequest, parsePlainRequest } from '../../src/protocol/plain-request.ts'

const OF_FUNCTION = { isClass: false, mayHaveRareNumbers: false }
const OF_CLASS = { isClass: true, mayHaveRareNumbers: false }
const kwargsOf = (input: object, options = OF_FUNCTION): unknown =>
  (JSON.parse(parsePlainRequest(input as Record<string, unknown>, options).input) as { kwargs: unknown }).kwargs

describe('the arguments', () => {
  test('are all keys but __empty', () => {
    expect(kwargsOf({ a: 1, __empty: true, b: null })).toEqual({ a: 1, b: null })
    expect(kwargsOf({})).toEqual({})
  })

  test('of a function include a key method, which of a class they do not', () => {
    expect(kwargsOf({ method: 'm', a: 1 })).toEqual({ method: 'm', a: 1 })
    expect(kwargsOf({ method: 'm', a: 1 }, OF_CLASS)).toEqual({ a: 1 })
    expect(parsePlainRequest({ method: 'm' }, OF_CLASS).method).toBe('m')
    expect(parsePlainRequest({ method: 'm' }, OF_FUNCTION).method).toBeNull()
  })

  test('name no method with what is no text', () => {
    expect(parsePlainRequest({ method: 5 }, OF_CLASS)).toMatchObject({ method: null })
    expect(kwargsOf({ method: 5 }, OF_CLASS)).toEqual({})
  })

  test('may have any name', () => {
    const input = JSON.parse('{"__proto__":{"x":1},"constructor":2}') as object
    expect(parsePlainRequest(input as Record<string, unknown>, OF_FUNCTION).input).toBe(
      '{"args":[],"kwargs":{"__proto__":{"x":1},"constructor":2}}',
    )
  })

  test('keep a zero with a sign, and a number beyond a double, where the text had one', () => {
    const { input } = parsePlainRequest({ a: -0, b: [-Infinity] }, { isClass: false, mayHaveRareNumbers: true })
    expect(input).toBe('{"args":[],"kwargs":{"a":-0,"b":[-1e999]}}')
  })
})

describe('a FunctionRequest', () => {
  test.for([
    [{ function_code: 'x' }, true],
    [{ class_code: 'x' }, true],
    [{ function_name: 'f', a: 1 }, true],
    [{ class_name: 'C' }, true],
    [{ function_code: '' }, false],
    [{ function_name: null }, false],
    [{ function_name: 5 }, false],
    [{ method: 'f' }, false],
    [{}, false],
  ] as const)('%j: %s', ([input, expected]) => {
    expect(isFunctionRequest(input)).toBe(expected)
  })

  test('is not what only inherits the names of one', () => {
    expect(isFunctionRequest(Object.create({ function_name: 'f' }) as Record<string, unknown>)).toBe(false)
  })
})
