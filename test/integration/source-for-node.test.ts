// Submitted source that was written for Node.js and imports nothing: a CommonJS module, or one that names its globals.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createExecute } from '../../src/execution/execute.ts'
import type { Execute } from '../../src/execution/execute.ts'
import { writeFunctionResponse } from '../../src/protocol/function-response.ts'
import { parseFunctionRequest } from '../../src/protocol/parse.ts'
import { ToolSourceBundler } from '../../src/tool-client/source-bundler.ts'
import { StripTranspiler } from '../../src/tool-client/strip-transpiler.ts'
import { RealPool } from '../support/real-pool.ts'
import { TEST_LIMITS } from '../support/test-service.ts'

const bundler = new ToolSourceBundler()
const transpiler = new StripTranspiler()
let pool: RealPool
let execute: Execute

beforeAll(async () => {
  pool = await RealPool.start()
  execute = createExecute({
    executor: pool.executor,
    transpiler,
    bundler,
    limits: TEST_LIMITS,
    wallMsMax: 20_000,
    looksLikePython: () => false,
    now: () => performance.now(),
  })
})
afterAll(async () => {
  await Promise.all([pool, bundler, transpiler].map((one) => one[Symbol.asyncDispose]()))
})

let requests = 0
interface Answer {
  readonly json_result: unknown
  readonly stdout: string
  readonly error: string | null
}

async function answerTo(code: string, fields: object = {}): Promise<Answer> {
  const parsed = parseFunctionRequest({
    function_name: 'f',
    function_code: code,
    serialization_format: 'json',
    ...fields,
  })
  if (!parsed.ok) throw new Error(parsed.message)
  const { signal } = new AbortController()
  const { response } = await execute(parsed.request, { id: `request-${++requests}`, tenant: 'default', signal })
  const answer = JSON.parse(writeFunctionResponse(response, { withoutError: false })) as Answer
  return { ...answer, error: response.error }
}

async function valueOf(code: string, fields: object = {}): Promise<unknown> {
  const answer = await answerTo(code, fields)
  if (answer.error !== null) throw new Error(answer.error)
  return answer.json_result
}

describe('a CommonJS module that requires nothing', () => {
  test.each([
    [
      'exports its functions one by one',
      'exports.f = async (x) => ({ statusCode: 200, x })',
      { statusCode: 200, x: 2 },
    ],
    ['exports an object of them', 'const f = (x) => x + 1\nmodule.exports = { f }', 3],
    ['is one function', 'module.exports = function f(x) { return x * 4 }', 8],
    ['declares the function beside its exports', 'exports.g = () => 7\nfunction f(x) { return x + exports.g() }', 9],
    [
      'exports only where there are modules',
      'function f() { return 5 }\nif (typeof module === "object") module.exports = f',
      5,
    ],
  ])('%s', async (_, code, expected) => {
    expect(await valueOf(code, { args: [2] })).toEqual(expected)
  })

  test('has errors that point into it', async () => {
    const { error } = await answerTo('exports.f = () => {\n  throw new RangeError("no")\n}')
    expect(error).toContain('function.js:2:9')
  })
})

describe('node:util', () => {
  test('shows values in an isolate as it does in Node.js, and leaves no global behind', async () => {
    const code = `import util from 'node:util'
      class Point { x = 1 }
      export const f = () => [util.inspect({ m: new Map([[1, new Set(['a'])]]), n: -0, p: new Point(), b: 5n }), util.format('%i %o', '7', [1]), typeof Atomics, 'Atomics' in globalThis]`
    expect(await valueOf(code)).toEqual([
      "{ m: Map(1) { 1 => Set(1) { 'a' } }, n: -0, p: Point { x: 1 }, b: 5n }",
      '7 [ 1, [length]: 1 ]',
      'undefined',
      false,
    ])
  })
})

describe('a global of Node.js', () => {
  test.each([
    ['Buffer', 'const f = () => Buffer.from("ab").toString("base64")', 'YWI='],
    ['process.nextTick', 'const f = () => new Promise((done) => process.nextTick(done, 6))', 6],
    ['process.cwd', 'const f = () => process.cwd()', '/'],
    ['setImmediate', 'const f = () => new Promise((done) => setImmediate(done, 8))', 8],
  ])('%s is there for source that names it and imports nothing', async (_, code, expected) => {
    expect(await valueOf(code)).toBe(expected)
    expect(await valueOf(code, { language: 'typescript' })).toBe(expected)
  })

  test('writes to the log through process.stdout', async () => {
    const { stdout } = await answerTo('function f() { process.stdout.write("hello") }')
    expect(stdout).toBe('hello\n')
  })

  test('that the source declares itself, or only speaks of, leaves the source as it was sent', async () => {
    const own = 'class Buffer {}\nfunction f() { return f.toString() }'
    expect(await valueOf(own)).toBe('function f() { return f.toString() }')
    const spoken = '// like process.nextTick\nfunction f() { return f.toString() }'
    expect(await valueOf(spoken)).toBe('function f() { return f.toString() }')
  })
})
