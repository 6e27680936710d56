// The waist: requests in, responses out, over a fake executor.
import { describe, expect, test } from 'vitest'
import { clampLimits } from '../../src/core/limits.ts'
import type { Transpiler } from '../../src/core/transpiler.ts'
import { createExecute } from '../../src/execution/execute.ts'
import type { ExecuteContext, ExecuteOptions } from '../../src/execution/execute.ts'
import { parseFunctionRequest } from '../../src/protocol/parse.ts'
import { FakeExecutor, PICKLED_FIVE, failed, returned } from '../support/fake-executor.ts'
import type { Behaviour } from '../support/fake-executor.ts'
import { TEST_LIMITS, fakeTranspiler } from '../support/test-service.ts'

const LIVE = { function_name: 'f', function_code: 'function f() {}', serialization_format: 'json' }

async function run(
  fields: object,
  {
    behaviour,
    context,
    transpiler = fakeTranspiler,
    options = {},
  }: {
    behaviour?: Behaviour
    context?: Partial<ExecuteContext>
    transpiler?: Transpiler
    options?: Partial<ExecuteOptions>
  } = {},
) {
  const executor = new FakeExecutor(behaviour)
  const limits = TEST_LIMITS
  const looksLikePython = (source: string): boolean => source.startsWith('def ')
  const execute = createExecute({
    executor,
    transpiler,
    limits,
    wallMsMax: 600_000,
    looksLikePython,
    now: () => 0,
    ...options,
  })
  const parsed = parseFunctionRequest({ ...LIVE, ...fields })
  if (!parsed.ok) throw new Error(parsed.message)
  const { signal } = new AbortController()
  const execution = await execute(parsed.request, { id: 'task-1', tenant: 'default', signal, ...context })
  return { ...execution, executor }
}

describe('a request becomes a task', () => {
  test('with its code, its name, its input text and the limits of the operator', async () => {
    const { executor } = await run({ args: [1, -2], kwargs: { k: 'v' } })
    expect(executor.onlyTask).toStrictEqual({
      id: 'task-1',
      tenant: 'default',
      limits: clampLimits({}, TEST_LIMITS),
      isDetailed: true,
      invocation: {
        kind: 'function',
        name: 'f',
        source: { mode: 'live', language: 'javascript', code: 'function f() {}' },
        input: { format: 'json', text: '{"args":[1,-2],"kwargs":{"k":"v"}}' },
      },
    })
  })

  const CLASS = { execution_type: 'class', class_name: 'C', class_code: 'class C {}', function_code: null }

  test('that makes an instance, or calls the one of its id, when it is for a class', async () => {
    const construct = { args: [2], kwargs: { k: 3 } }
    const { executor } = await run({
      ...CLASS,
      args: [1],
      constructor_args: construct.args,
      constructor_kwargs: construct.kwargs,
    })
    expect(executor.onlyTask.invocation).toStrictEqual({
      kind: 'function',
      name: 'C',
      source: { mode: 'live', language: 'javascript', code: 'class C {}' },
      method: { name: '__call__' },
      instance: { id: null, isNew: true },
      input: { format: 'json', text: JSON.stringify({ args: [1], kwargs: {}, construct }) },
    })
    const fields = { ...CLASS, instance_id: 'i', create_new_instance: false, method_name: 'm' }
    const again = await run(fields)
    expect(again.executor.onlyTask.invocation).toMatchObject({
      method: { name: 'm' },
      instance: { id: 'i', isNew: false },
    })
    expect((await run({ ...fields, instance_id: '' })).executor.onlyTask.invocation.instance?.id).toBeNull()
  })

  test.each([
    [{ ...CLASS, class_code: '', function_code: 'class C {}' }, /class_code is empty, and .* is "class"$/],
    [{ class_code: 'function f() {}', function_code: '' }, /function_code is empty, and .* is "function"$/],
    [{ ...CLASS, class_name: 'a-b' }, /class_name must be one JavaScript identifier$/],
    [
      { ...CLASS, instance_id: 'x'.repeat(3_000) },
      /instance_id is too long: it has 3000 characters; the limit is 2048$/,
    ],
  ])('not at all for %o', async (fields, error) => {
    const { response, code, executor } = await run(fields)
    expect(response.error).toMatch(error)
    expect([code, executor.tasks.length]).toEqual(['REQUEST_INVALID', 0])
  })

  test('with lower limits when it asks for lower ones, and no higher ones whatever it asks', async () => {
    const { executor } = await run({ limits: { wallMs: 5, cpuMs: 99_999_999, logBytes: 10 } })
    expect(executor.onlyTask.limits).toEqual({ ...TEST_LIMITS, wallMs: 5, logBytes: 10 })
  })

  test.each([
    [undefined, undefined, 30_000],
    [60_000, undefined, 60_000],
    [100, undefined, 100],
    [9_999_999, undefined, 600_000],
    [60_000, 40_000, 40_000],
    [100, 40_000, 100],
  ])('whose wall is, with policy %j and own limit %j, %j ms', async (policyMs, askedMs, expected) => {
    const limits = askedMs === undefined ? {} : { wallMs: askedMs }
    const { executor } = await run({ limits }, { context: { wallMs: policyMs } })
    expect(executor.onlyTask.limits.wallMs).toBe(expected)
  })

  test('with JavaScript in place of TypeScript, in the language that was submitted', async () => {
    const { executor } = await run({ language: 'typescript' })
    expect(executor.onlyTask.invocation.source).toEqual({
      mode: 'live',
      language: 'typescript',
      code: '/* transpiled */ function f() {}',
    })
  })

  test('and its owner is told when the task goes to the executor, not before', async () => {
    const events: string[] = []
    await run(
      {},
      {
        context: { onStart: () => void events.push('start') },
        behaviour: () => {
          events.push('execute')
          return returned('1')
        },
      },
    )
    await run({ dependencies: ['x'] }, { context: { onStart: () => void events.push('never') } })
    expect(events).toEqual(['start', 'execute'])
  })
})

describe('an outcome becomes a response', () => {
  test('with JSON in json_result and pickles in result, never both', async () => {
    const json = await run({}, { behaviour: () => returned('{"a":1}', 'out') })
    expect(json.response).toEqual({ success: true, result: null, jsonResult: '{"a":1}', error: null, stdout: 'out' })
    const pickle = await run({ serialization_format: 'cloudpickle' }, { behaviour: () => returned(PICKLED_FIVE) })
    expect(pickle.response).toEqual({ success: true, result: PICKLED_FIVE, jsonResult: null, error: null, stdout: '' })
    expect([json.code, pickle.code]).toEqual([null, null])
  })

  test('of a stream has its list where it asked for one, and no value where it did not', async () => {
    const onEvent = async (): Promise<void> => undefined
    const stream =
      (value: string): Behaviour =>
      () => ({ ...returned(value), ok: true, value, chunks: 2 })
    const asked = { mayStream: true, isStreamAggregated: true, onEvent }
    const listed = await run({}, { behaviour: stream('[1,2]'), context: asked })
    expect(listed).toMatchObject({
      response: { success: true, result: null, jsonResult: '[1,2]' },
      chunks: 2,
      code: null,
    })
    expect(listed.executor.onlyTask.invocation).toMatchObject({ mayStream: true, isStreamAggregated: true })
    for (const format of ['json', 'cloudpickle']) {
      const behaviour = stream('')
      const { response } = await run(
        { serialization_format: format },
        { behaviour, context: { mayStream: true, onEvent } },
      )
      expect(response).toMatchObject({ success: true, result: null, jsonResult: null, error: null })
    }
  })

  test('in which a missing function is a sentence in result and no error', async () => {
    const behaviour: Behaviour = () => failed({ code: 'ENTRY_NOT_FOUND', message: 'whatever' })
    const { response, code } = await run({ function_name: 'g' }, { behaviour })
    expect(response).toEqual({
      success: false,
      result: "Function 'g' not found in the provided code",
      jsonResult: null,
      error: null,
      stdout: null,
    })
    expect(code).toBe('ENTRY_NOT_FOUND')
  })

  test('that keeps what was printed before the failure', async () => {
    const { response } = await run({}, { behaviour: () => failed({ code: 'LIMIT_CPU', message: 'x' }, 'so far') })
    expect(response).toMatchObject({ success: false, stdout: 'so far', error: 'LIMIT_CPU: x' })
  })

  test('that says which class is not there, and keeps the sentence about a method', async () => {
    const fields = { execution_type: 'class', class_name: 'C', class_code: 'x', function_code: null }
    const missing = async (message: string): Promise<string | null> =>
      (await run(fields, { behaviour: () => failed({ code: 'ENTRY_NOT_FOUND', message }) })).response.error
    expect(await missing('C')).toBe("Class 'C' not found in the provided code")
    expect(await missing("Method 'm' not found in class 'C'")).toBe("Method 'm' not found in class 'C'")
  })

  test('that suspects Python or TypeScript when source does not compile and looks like it', async () => {
    const behaviour: Behaviour = () => failed({ code: 'COMPILE_FAILED', message: 'SyntaxError: Unexpected identifier' })
    const python = await run({ function_code: 'def f(): pass' }, { behaviour })
    expect(python.response.error).toMatch(/^SyntaxError: .*\nThe source looks like Python/)
    const typed = { function_code: 'function f(x: number) { return x }' }
    expect((await run(typed, { behaviour })).response.error).toContain('send it with "language": "typescript"')
    const told = await run({ ...typed, language: 'typescript' }, { behaviour })
    expect(told.response.error).not.toContain('language')
    const other = await run({ function_code: 'function f( {' }, { behaviour })
    expect(other.response.error).not.toContain('Python')
  })
})

describe('nothing runs', () => {
  test.each([
    [{ dependencies: ['numpy'] }, 'dependencies'],
    [{ modules: { 'a.js': 'x' } }, 'modules'],
    [{ language: 'python' }, 'language "python"'],
  ])('for %j, and the sentence names it', async (fields, name) => {
    const { response, code, executor } = await run(fields)
    expect(response.error).toBe(`Error in handler: ${name} is not available in this build`)
    expect([code, response.stdout, executor.tasks.length]).toEqual(['FEATURE_UNAVAILABLE', null, 0])
  })

  test('for packages of an operating system, unless they are ignored, which the answer says', async () => {
    const fields = { system_dependencies: ['curl', 'git'] }
    const { response, code, executor } = await run(fields)
    expect(response.error).toMatch(/^Error in handler: system_dependencies \(curl, git\) cannot be installed: /)
    expect([code, response.stdout, executor.tasks.length]).toEqual(['FEATURE_UNAVAILABLE', null, 0])
    const ignored = await run(fields, { options: { ignoresSystemDependencies: true } })
    expect(ignored.response.stdout).toBe('system_dependencies are ignored here: curl, git\n')
    expect(ignored.code).toBeNull()
  })

  test('but empty values ask for nothing', async () => {
    const empty = {
      dependencies: [],
      system_dependencies: [],
      modules: {},
      class_code: '',
      accelerate_downloads: false,
    }
    expect((await run(empty)).code).toBeNull()
  })

  test.each([null, ''])('without code (%j): no deployment is loaded', async (code) => {
    const { response, code: errorCode, executor } = await run({ function_code: code, function_name: 'x' })
    expect(response.error).toBe("Function 'x' not found in flash_manifest.json")
    expect([errorCode, executor.tasks.length]).toEqual(['ENTRY_NOT_FOUND', 0])
  })

  test.each(['a b', 'a.b', '', '1a', 'f(', 'f}', 'x'.repeat(1_025), 'a\nb'])(
    'for the function name %j',
    async (name) => {
      const { response, code, executor } = await run({ function_name: name })
      expect(response.error).toMatch(/^Error in handler: function_name /)
      expect([code, executor.tasks.length]).toEqual(['REQUEST_INVALID', 0])
    },
  )

  test.each(['f', '$', '_a1', 'größe', '変数', 'default'])('is wrong with the function name %j', async (name) => {
    expect((await run({ function_name: name })).code).toBeNull()
  })

  test('for input over its limit, counted in bytes of UTF-8', async () => {
    const used = Buffer.byteLength('{"args":["ééé"],"kwargs":{}}')
    const over = await run({ args: ['ééé'], limits: { inputBytes: used - 1 } })
    expect(over.response.error).toBe(`PAYLOAD_TOO_LARGE: The input is ${used} bytes; the limit is ${used - 1} bytes.`)
    expect(over.executor.tasks.length).toBe(0)
    expect((await run({ args: ['ééé'], limits: { inputBytes: used } })).code).toBeNull()
  })

  test('when TypeScript does not strip, and the time it took is kept', async () => {
    const transpiler: Transpiler = {
      ...fakeTranspiler,
      transpile: async () => ({ ok: false, failure: { code: 'LIMIT_TRANSPILE', message: 'x' } }),
    }
    const { response, code, usage, executor } = await run({ language: 'typescript' }, { transpiler })
    expect([response.error, code, executor.tasks.length]).toEqual(['LIMIT_TRANSPILE: x', 'LIMIT_TRANSPILE', 0])
    expect(usage.phases).toEqual({ transpileMs: 0 })
  })
})
