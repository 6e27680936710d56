// The field rules of a FunctionRequest: defaults, leniency and refusals that name the field.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { heldCharacters, modeOf, parseFunctionRequest } from '../../src/protocol/parse.ts'
import type { EncodedRequest } from '../../src/protocol/parse.ts'

function accepted(value: object): EncodedRequest {
  const parsed = parseFunctionRequest(value)
  if (!parsed.ok) throw new Error(parsed.message)
  return parsed.request
}

function refusal(value: unknown): string {
  const parsed = parseFunctionRequest(value)
  if (parsed.ok) throw new Error('the request was accepted')
  return parsed.message
}

const MINIMAL = { function_name: 'f', function_code: 'function f() {}' }

describe('a FunctionRequest', () => {
  test('has the defaults of upstream, and unknown keys are dropped', () => {
    expect(accepted({ ...MINIMAL, hf_models_to_cache: ['x'], extra: { deep: [1] } })).toStrictEqual({
      ...MINIMAL,
      input: '{"args":[],"kwargs":{}}',
      dependencies: null,
      dependency_lock: null,
      system_dependencies: null,
      modules: {},
      execution_type: 'function',
      class_name: null,
      class_code: null,
      method_name: '__call__',
      instance_id: null,
      create_new_instance: true,
      accelerate_downloads: true,
      serialization_format: 'cloudpickle',
      language: 'javascript',
      return_aggregate_stream: false,
      limits: {},
      usage: false,
    })
  })

  test('accepts what the queue client and the load-balancer client send', () => {
    const queue = { ...MINIMAL, args: ['gAVLBS4='], kwargs: { k: 'gAVLBS4=' }, modules: {}, execution_type: 'function' }
    const balancer = { ...MINIMAL, dependencies: [], system_dependencies: [], accelerate_downloads: true, modules: {} }
    expect(accepted({ ...queue, constructor_args: [], constructor_kwargs: {} }).input).toBe(
      '{"args":["gAVLBS4="],"kwargs":{"k":"gAVLBS4="}}',
    )
    expect(accepted(balancer).input).toBe('{"args":[],"kwargs":{}}')
  })

  test.each([
    [true, true],
    ['yes', true],
    ['TRUE', true],
    ['1', true],
    [1, true],
    [false, false],
    ['Off', false],
    ['n', false],
    [0, false],
  ])('reads %j as the boolean %j', (given, meant) => {
    expect(accepted({ ...MINIMAL, create_new_instance: given }).create_new_instance).toBe(meant)
  })

  test.each([
    ['function_name', 5],
    ['function_code', ['x']],
    ['args', null],
    ['args', {}],
    ['args', 'gAVLBS4='],
    ['kwargs', null],
    ['kwargs', []],
    ['method_name', null],
    ['create_new_instance', null],
    ['create_new_instance', 2],
    ['accelerate_downloads', 'perhaps'],
    ['dependencies', 'numpy'],
    ['system_dependencies', { curl: 1 }],
    ['modules', ['a']],
    ['modules', { a: 1 }],
    ['constructor_args', 1],
    ['constructor_kwargs', 'x'],
    ['execution_type', 3],
    ['serialization_format', 'xml'],
    ['language', 'ruby'],
    ['limits', null],
    ['limits', [1]],
    ['limits', 5],
  ])('refuses %s: %j and names the key', (key, value) => {
    expect(refusal({ ...MINIMAL, [key]: value })).toMatch(
      new RegExp(`^1 validation error for FunctionRequest\n${key}\n  \\S`),
    )
  })

  test.each([0, -1, 1.5, '100', null, true, 2 ** 53, [], Number.NaN])('refuses %j as a limit and names it', (value) => {
    for (const key of ['wallMs', 'cpuMs', 'memoryMb', 'inputBytes', 'outputBytes', 'logBytes']) {
      expect(refusal({ ...MINIMAL, limits: { [key]: value } })).toContain(`limits.${key}\n`)
    }
  })

  test('refuses a limit that does not exist: a misspelt one would protect nobody', () => {
    expect(refusal({ ...MINIMAL, limits: { wallMS: 5 } })).toContain('limits.wallMS\n')
  })

  test('names the position of a bad item in a list', () => {
    expect(refusal({ ...MINIMAL, dependencies: ['numpy', 5] })).toContain('dependencies.1\n')
  })

  test('needs a function_name for a function and a class_name for a class, in the words of upstream', () => {
    expect(refusal({ function_code: 'x' })).toContain('function_name is required when execution_type is "function"')
    expect(refusal({ execution_type: 'class' })).toContain('class_name is required when execution_type is "class"')
    expect(accepted({ execution_type: 'weird' }).function_name).toBeNull()
  })

  test.each([
    [null, 'NoneType'],
    [[1], 'list'],
    ['x', 'str'],
    [1, 'int'],
    [1.5, 'float'],
    [true, 'bool'],
  ])('%j in its place is refused in the words of upstream', (value, name) => {
    expect(refusal(value)).toContain(`argument after ** must be a mapping, not ${name}`)
  })

  test('keyword arguments keep every name, __proto__ and constructor included', () => {
    const kwargs = '{"__proto__":{"x":1},"constructor":2,"toString":3,"prototype":4,"hasOwnProperty":5}'
    const request = accepted(JSON.parse(`{"function_name":"f","function_code":"x","kwargs":${kwargs}}`))
    expect(request.input).toBe(`{"args":[],"kwargs":${kwargs}}`)
  })

  test('a __proto__ key cannot stand in for a missing field', () => {
    const value = JSON.parse('{"__proto__":{"function_name":"f","function_code":"x"}}')
    expect(refusal(value)).toContain('function_name is required')
  })

  test('never throws, whatever JSON comes', () => {
    const keys = ['function_name', 'args', 'kwargs', 'limits', 'modules', 'dependencies', 'language', '__proto__']
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...keys), fc.jsonValue()), (value) => {
        expect(parseFunctionRequest(value).ok).toBeTypeOf('boolean')
      }),
    )
  })

  test('is live exactly when it brings code that is not empty', () => {
    const mode = (code: string | null) => modeOf(parseFunctionRequest({ function_name: 'f', function_code: code }))
    expect([mode('x'), mode(''), mode(null), modeOf(parseFunctionRequest(null))]).toEqual([
      'live',
      'flash',
      'flash',
      null,
    ])
  })
})

describe('what a request holds', () => {
  const holds = (more: object): number => heldCharacters(parseFunctionRequest({ function_name: 'f', ...more }))

  test('is every text in it, and the entries of its lists', () => {
    const nothing = holds({})
    for (const key of ['function_code', 'class_code', 'class_name', 'method_name', 'instance_id', 'dependency_lock']) {
      expect(holds({ [key]: 'x'.repeat(5_000) })).toBeGreaterThanOrEqual(nothing + 4_900)
    }
    expect(holds({ modules: { [`${'a'.repeat(50)}.js`]: 'x'.repeat(50) } })).toBe(nothing + 103)
    expect(holds({ dependencies: ['a'.repeat(50)] })).toBe(nothing + 58)
    expect(holds({ system_dependencies: Array<string>(1_000).fill('') })).toBe(nothing + 8_000)
  })
})
