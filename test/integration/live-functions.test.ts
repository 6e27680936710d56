// Live functions against the real service: every form of source, what they return, and how each failure is told.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ServiceProcess } from '../support/service-process.ts'

let service: ServiceProcess
beforeAll(async () => {
  service = await ServiceProcess.start()
})
afterAll(async () => {
  await service[Symbol.asyncDispose]()
})

const run = (source: string, options: object = {}) => service.client.execute({ source, name: 'f', ...options })

describe('forms of source', () => {
  test.for([
    ['a function declaration', 'function f(a, b) { return a + b }'],
    ['an async function', 'async function f(a, b) { return a + b }'],
    ['an arrow in a const', 'const f = (a, b) => a + b'],
    ['a function in a let', 'let f = function (a, b) { return a + b }'],
    ['a function in a var', 'var f = (a, b) => a + b'],
    ['a property of the global object', 'globalThis.f = (a, b) => a + b'],
    ['an exported function', 'export function f(a, b) { return a + b }'],
    ['an exported const', 'export const f = async (a, b) => a + b'],
    ['a function that a module does not export', 'export const other = 1; const f = (a, b) => a + b'],
    ['an export under another name', 'const inner = (a, b) => a + b; export { inner as f }'],
    ['a named default export', 'export default function f(a, b) { return a + b }'],
    ['a default export of a binding', 'const f = (a, b) => a + b; export default f'],
    ['a module with top-level await', 'const one = await Promise.resolve(1); const f = (a, b) => a + b * one'],
    [
      'a module that waits before it is ready',
      'await new Promise((done) => setTimeout(done, 20)); const f = (a, b) => a + b',
    ],
    ['a module that ends in a comment', 'export {}; const f = (a, b) => a + b // the end'],
    ['a source with a hashbang', '#!/usr/bin/env node\nconst f = (a, b) => a + b'],
    ['a strict script', '"use strict"; function f(a, b) { return a + b }'],
    ['a function with a name outside ASCII', 'const größe = (a, b) => a + b; const f = größe'],
    ['a function that returns a thenable', 'const f = (a, b) => ({ then: (done) => done(a + b) })'],
  ] as const)('%s is called with its arguments', async ([, source]) => {
    expect(await run(source, { args: [2, 3] })).toMatchObject({ value: 5, success: true, code: null })
  })

  test('the default export is called by the name default', async () => {
    expect(await run('export default (a) => a * 2', { name: 'default', args: [4] })).toMatchObject({ value: 8 })
  })

  test('TypeScript is stripped of its types and keeps its positions', async () => {
    const source =
      'interface Point { x: number }\nexport const f = (p: Point): number => {\n  throw new Error(`at ${p.x}`)\n}'
    const answer = await run(source, { args: [{ x: 1 }], language: 'typescript' })
    expect(answer).toMatchObject({ code: 'GUEST_THREW', success: false })
    expect(answer.error).toContain('function.ts:3:9')
  })

  test('a source that only looks like a call of the wrapper cannot complete a statement with the appended clause', async () => {
    expect(await run('export const a = 1\nif (a)')).toMatchObject({ code: 'COMPILE_FAILED' })
  })
})

describe('arguments and results', () => {
  test.for([null, true, 0, -1.5, '', 'text', [], {}, [1, [2, { a: null }]], { ключ: '\u2028', "it's": '"' }])(
    'the value %j comes back as it went',
    async (value) => {
      expect((await run('const f = (x) => x', { args: [value] })).value).toEqual(value)
    },
  )

  test('keyword arguments are bound by the names of the parameters', async () => {
    const source = 'function f(a, b = 10, { c } = {}) { return [a, b, c] }'
    expect((await run(source, { args: [1], kwargs: { b: 2 } })).value).toEqual([1, 2, null])
  })

  test('a keyword that fits nowhere has the text of upstream', async () => {
    const answer = await run('function f(a, b) {}', { args: [1], kwargs: { z: 1, b: 1 } })
    expect(answer.code).toBe('ARGUMENTS_MISMATCH')
    expect(answer.error).toContain("f() got an unexpected keyword argument 'z'")
  })

  test('undefined is null', async () => {
    expect((await run('const f = () => undefined')).value).toBeNull()
  })

  test('a result that JSON cannot carry is an error that names its place', async () => {
    const answer = await run('const f = () => ({ list: [1, NaN] })')
    expect(answer.code).toBe('RESULT_NOT_ENCODABLE')
    expect(answer.error).toContain('list[1]')
  })
})

describe('stdout', () => {
  test('is what the code printed, top level included', async () => {
    const answer = await run(
      'console.log("loaded"); const f = (x) => { console.log("got", x); console.error("two") }',
      { args: [1] },
    )
    expect(answer.stdout).toBe('loaded\ngot 1\ntwo\n')
  })

  test('of concurrent requests is never mixed', async () => {
    const source =
      'const f = async (n) => { for (let i = 0; i < 5; i++) { console.log(n); await new Promise((done) => setTimeout(done, 3)) } }'
    const answers = await Promise.all(Array.from({ length: 8 }, (_, n) => run(source, { args: [n] })))
    expect(answers.map(({ stdout }) => stdout)).toEqual(answers.map((_, n) => `${n}\n`.repeat(5)))
  })

  test('is there although the code was stopped', async () => {
    const answer = await run('const f = () => { console.log("before"); for (;;); }', { limits: { cpuMs: 100 } })
    expect(answer).toMatchObject({ code: 'LIMIT_CPU', stdout: 'before\n' })
  })

  test('says that it was cut, and where the limit is', async () => {
    const answer = await run('const f = () => { for (let i = 0; i < 1000; i++) console.log("0123456789") }', {
      limits: { logBytes: 100 },
    })
    expect(answer.stdout.length).toBeLessThan(200)
    expect(answer.stdout).toContain('the limit is 100 bytes')
  })

  test('is null when nothing ran and empty when it ran in silence', async () => {
    expect(JSON.parse((await run('const f = () => 1')).text)).toMatchObject({ stdout: '' })
    expect(JSON.parse((await run('const f = ')).text)).toMatchObject({ stdout: null })
  })

  test('tells of a rejection that nothing handled', async () => {
    const answer = await run('const f = () => { Promise.reject(new Error("stray")); return 1 }')
    expect(answer.value).toBe(1)
    expect(answer.stdout).toContain('Uncaught (in promise) Error: stray')
  })
})

describe('failures', () => {
  test('a source that does not compile has line and column of the submitted text', async () => {
    const answer = await run('const f = () => {\n  return ]\n}')
    expect(answer).toMatchObject({ code: 'COMPILE_FAILED', status: 200 })
    expect(answer.error).toContain('line 2, column 10')
  })

  test('a module that does not compile has the error of the module', async () => {
    const answer = await run('export const a = 1\nexport const a = 2')
    expect(answer.code).toBe('COMPILE_FAILED')
    expect(answer.error).toMatch(/already been declared at line 2/)
  })

  test('Python is recognised', async () => {
    const answer = await run('def f(x):\n    return x + 1\n')
    expect(answer.code).toBe('COMPILE_FAILED')
    expect(answer.error).toContain('looks like Python')
  })

  test('an import is refused by its name', async () => {
    const answer = await run('import lodash from "lodash"; export const f = () => lodash')
    expect(answer.code).toBe('COMPILE_FAILED')
    expect(answer.error).toContain("'lodash'")
  })

  test('a missing function has the body of upstream and a code in the header', async () => {
    const answer = await run('const g = 1')
    expect(answer).toMatchObject({ code: 'ENTRY_NOT_FOUND', success: false })
    expect(JSON.parse(answer.text)).toMatchObject({ error: null, result: expect.stringContaining("'f'") as unknown })
  })

  test.for(['parseInt', 'Array', 'setTimeout', 'eval', 'globalThis', 'undefined'])(
    'the built-in %s is not a function of the source',
    async (name) => {
      expect(await run('const g = 1', { name })).toMatchObject({ code: 'ENTRY_NOT_FOUND' })
    },
  )

  test.for(['constructor', '__proto__', 'toString', 'hasOwnProperty', '__defineGetter__'])(
    'what the global object inherits as %s is not a function of the source',
    async (name) => {
      expect(await run('const g = 1', { name })).toMatchObject({ code: 'ENTRY_NOT_FOUND' })
      expect(await run('export const g = 1', { name })).toMatchObject({ code: 'ENTRY_NOT_FOUND' })
    },
  )

  test.for([
    ['toString', 'const toString = () => "mine"'],
    ['constructor', 'function constructor() { return "mine" }'],
    ['__proto__', 'export function __proto__() { return "mine" }'],
    ['valueOf', 'class Base {}; let valueOf = () => "mine"'],
  ] as const)('%s is one where the source declares it', async ([name, source]) => {
    expect(await run(source, { name })).toMatchObject({ value: 'mine' })
  })

  test('a built-in that the source declares anew is a function of the source', async () => {
    expect(await run('function parseInt() { return "mine" }', { name: 'parseInt' })).toMatchObject({ value: 'mine' })
  })

  test('a name that is not a function says what it is', async () => {
    const answer = await run('const f = 5')
    expect(answer.code).toBe('ENTRY_NOT_CALLABLE')
    expect(answer.error).toContain('a number')
  })

  test('what the code throws comes back as message and stack that point into the source', async () => {
    const answer = await run('function inner() { throw new TypeError("bad input") }\nfunction f() { inner() }')
    expect(answer.code).toBe('GUEST_THREW')
    expect(answer.error).toMatch(
      /^bad input\nTypeError: bad input\n {4}at inner \(function\.js:1:26\)\n {4}at f \(function\.js:2:16\)/,
    )
    expect(answer.error).not.toMatch(/worker-isolate:|node:|\.mjs|isolated-vm|\/work|\/app/)
  })

  test('what the top level throws is told the same way', async () => {
    const answer = await run('\nthrow new RangeError("too far")')
    expect(answer).toMatchObject({ code: 'GUEST_THREW' })
    expect(answer.error).toMatch(/^too far\nRangeError: too far\n {4}at function\.js:2:7/)
  })

  test('a script that throws a SyntaxError of its own is not taken for one that does not compile', async () => {
    expect(await run('JSON.parse("{")\nfunction f() {}')).toMatchObject({ code: 'GUEST_THREW' })
  })

  test('a module that throws after it waited is told', async () => {
    const source =
      'await new Promise((done) => setTimeout(done, 10)); throw new Error("late"); export const f = () => 1'
    const answer = await run(source)
    expect(answer).toMatchObject({ code: 'GUEST_THREW' })
    expect(answer.error).toContain('late')
  })

  test('a timer whose callback throws ends the request with that error', async () => {
    const answer = await run('const f = () => new Promise(() => setTimeout(() => { throw new Error("tick") }, 5))')
    expect(answer).toMatchObject({ code: 'GUEST_THREW' })
    expect(answer.error).toContain('tick')
  })

  test.for([
    'undefined',
    'null',
    '"text"',
    '42n',
    'Symbol("s")',
    '({ a: 1 })',
    'Object.create(null)',
    'new Proxy({}, { get() { throw 1 } })',
  ])('throwing %s is a failure of the code, not of the service', async (value) => {
    expect(await run(`const f = () => { throw ${value} }`)).toMatchObject({ code: 'GUEST_THREW', status: 200 })
  })
})

describe('timers', () => {
  test('run in the order of their times, microtasks between them', async () => {
    const source = `const f = () => new Promise((done) => {
      const seen = []
      setTimeout(() => { seen.push('b'); Promise.resolve().then(() => seen.push('after b')) }, 10)
      setTimeout(() => seen.push('c'), 10)
      setTimeout(() => seen.push('a'), 1)
      queueMicrotask(() => seen.push('micro'))
      const cleared = setTimeout(() => seen.push('never'), 5)
      clearTimeout(cleared)
      let count = 0
      const every = setInterval((x) => { seen.push(x); if (++count === 2) { clearInterval(every); done(seen) } }, 20, 'tick')
    })`
    expect((await run(source)).value).toEqual(['micro', 'a', 'b', 'after b', 'c', 'tick', 'tick'])
  })

  test('are bounded in number', async () => {
    const answer = await run('const f = () => { for (let i = 0; i <= 10000; i++) setTimeout(() => {}, 60000) }')
    expect(answer.error).toContain('10000 timers')
  })
})

describe('isolation', () => {
  test('nothing that a request leaves is there for the next', async () => {
    const source = `const f = () => { const was = [typeof globalThis.leak, typeof Array.prototype.leak]
      globalThis.leak = 1; Array.prototype.leak = 1; return was }`
    for (let round = 0; round < 12; round++) {
      // oxlint-disable-next-line no-await-in-loop -- one request after the other is what the test is about
      expect((await run(source)).value).toEqual(['undefined', 'undefined'])
    }
  })

  test('what counts no memory is not there', async () => {
    const source =
      'const f = () => ["WebAssembly", "SharedArrayBuffer", "Atomics"].map((name) => typeof globalThis[name])'
    expect((await run(source)).value).toEqual(['undefined', 'undefined', 'undefined'])
    expect(await run('const f = () => new ArrayBuffer(0, { maxByteLength: 9 })')).toMatchObject({ code: 'GUEST_THREW' })
  })

  test('the global object shows nothing of the service but what code asks of its call', async () => {
    const source =
      'const f = () => Object.getOwnPropertyNames(globalThis).filter((name) => /worker|isolate/i.test(name))'
    expect((await run(source)).value).toEqual(['workerIsolate'])
    expect((await run(`export {}; ${source}`)).value).toEqual(['workerIsolate'])
  })
})
