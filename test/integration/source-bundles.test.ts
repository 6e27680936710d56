// Submitted source with modules, packages and TypeScript that needs code: from the request to the answer, in real processes.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PackageInstaller } from '../../src/core/package-installer.ts'
import { createExecute } from '../../src/execution/execute.ts'
import type { Execute, Execution } from '../../src/execution/execute.ts'
import { writeFunctionResponse } from '../../src/protocol/function-response.ts'
import { parseFunctionRequest } from '../../src/protocol/parse.ts'
import { ToolSourceBundler } from '../../src/tool-client/source-bundler.ts'
import { StripTranspiler } from '../../src/tool-client/strip-transpiler.ts'
import { FolderInstaller, PackageFolder } from '../support/package-folder.ts'
import { RealPool } from '../support/real-pool.ts'
import { TEST_LIMITS } from '../support/test-service.ts'

const BIG = `export const big = "${'x'.repeat(20_000)}"`

const PACKAGES = {
  'left/package.json': '{"name":"left","version":"1.2.3","main":"main.js"}',
  'left/main.js':
    'const { deep } = require("./lib/deep")\nmodule.exports = { pad: (text) => "<" + text, fail: () => deep() }\n',
  'left/lib/deep.js': 'exports.deep = () => {\n  throw new RangeError("from the depth")\n}\n',
  '@s/esm/package.json':
    '{"name":"@s/esm","version":"2.0.0","type":"module","exports":{".":{"node":"./node.js","worker":"./worker.js","default":"./other.js"},"./big":"./big.js"}}',
  '@s/esm/worker.js': 'export const where = "worker"; export default class Kept { static label = "kept" }',
  '@s/esm/node.js': 'export const where = "node"',
  '@s/esm/other.js': 'export const where = "other"',
  '@s/esm/big.js': BIG,
  'optional/package.json': '{"name":"optional","version":"1.0.0","browser":{"fs":false}}',
  'optional/index.js':
    'let extra\ntry { extra = require("not-there") } catch { extra = "none" }\nmodule.exports = [extra, typeof require("fs").readFileSync, process.env.NODE_ENV, typeof global]',
  'react/package.json': '{"name":"react","version":"19.0.0","exports":{"./jsx-runtime":"./jsx-runtime.js"}}',
  'react/jsx-runtime.js': 'exports.jsx = (type, props) => [type, props]; exports.Fragment = "fragment"',
}

const packages = new PackageFolder(PACKAGES)
const installer = new FolderInstaller({
  ok: true,
  folder: packages.folder,
  hash: 'one',
  lock: 'the lock',
  log: 'added left@1.2.3\n',
})
const bundler = new ToolSourceBundler()
const transpiler = new StripTranspiler()
let pool: RealPool
let execute: Execute

function createWith(given: PackageInstaller): Execute {
  const options = { executor: pool.executor, transpiler, bundler, installer: given, limits: TEST_LIMITS }
  return createExecute({
    ...options,
    wallMsMax: 20_000,
    looksLikePython: () => false,
    now: () => performance.now(),
  })
}

beforeAll(async () => {
  pool = await RealPool.start({ codeCacheCharacters: 10_000_000 })
  execute = createWith(installer)
})
afterAll(async () => {
  await Promise.all([pool, bundler, transpiler].map((one) => one[Symbol.asyncDispose]()))
  packages[Symbol.dispose]()
})

let requests = 0
async function run(code: string, fields: object = {}, with_ = execute): Promise<Execution> {
  const parsed = parseFunctionRequest({
    function_name: 'f',
    function_code: code,
    serialization_format: 'json',
    ...fields,
  })
  if (!parsed.ok) throw new Error(parsed.message)
  const { signal } = new AbortController()
  return with_(parsed.request, { id: `request-${++requests}`, tenant: 'default', signal })
}

async function valueOf(code: string, fields: object = {}): Promise<unknown> {
  const { response } = await run(code, fields)
  expect(response.error, code).toBeNull()
  return response.jsonResult === null ? response.result : (JSON.parse(response.jsonResult) as unknown)
}

async function errorOf(code: string, fields: object = {}): Promise<string> {
  return (await run(code, fields)).response.error ?? ''
}

const MODULES = {
  'lib/math.ts': 'export enum Factor { Two = 2 }\nexport const twice = (x: number): number => x * Factor.Two\n',
  'lib/index.js': "export * from './math.js'\nexport { default as data } from '../data.json'\n",
  'lib/old.cjs': 'exports.old = () => typeof module.exports.old\n',
  'data.json': '{"__proto__":{"a":1},"b":[2]}',
  'note.txt': 'a note',
  'a.js': "import { b } from './b.js'\nexport const a = () => b\nexport const fromB = () => 1\n",
  'b.js': "import { fromB } from './a.js'\nexport const b = 'b'\nexport const viaA = () => fromB()\n",
  '__proto__.js': 'export const key = "proto"',
  'constructor.js': 'export default "constructor"',
}

describe('modules of a request', () => {
  test.for([
    ['an import', 'import { twice } from "./lib/math.ts"; function f(x) { return twice(x) }', 6],
    [
      'an import by the name that it has when it is compiled',
      'import { twice } from "./lib/math.js"; export function f(x) { return twice(x) }',
      6,
    ],
    ['an import without an ending', 'import { twice } from "./lib/math"; const f = (x) => twice(x)', 6],
    ['an import of a folder', 'import { twice, data } from "./lib"; let f = async (x) => twice(x) + data.b[0]', 8],
    ['require', 'const { twice } = require("./lib/math"); function f(x) { return twice(x) }', 6],
    [
      'require of CommonJS, which exports',
      'const { old } = require("./lib/old.cjs"); exports.f = () => old()',
      'function',
    ],
    [
      'require beside an own declaration',
      'const { old } = require("./lib/old.cjs"); exports.g = 1; class A {}; const f = () => old() + A.name',
      'functionA',
    ],
    [
      'a function that is module.exports',
      'const { twice } = require("./lib/math"); module.exports = function f(x) { return twice(x) + f.length }',
      7,
    ],
    ['import()', 'const f = async (x) => (await import("./lib/math.js")).twice(x)', 6],
    [
      'top-level await',
      'import text from "./note.txt"; const late = await Promise.resolve(1); const f = () => text + late',
      'a note1',
    ],
    ['export … from', 'export { twice as f } from "./lib/math.js"', 6],
    ['a circle', 'import { a } from "./a.js"; import { viaA } from "./b.js"; const f = () => [a(), viaA()]', ['b', 1]],
    ['an import of itself', 'import * as self from "./function.js"; export const f = () => Object.keys(self)', ['f']],
    [
      'names that objects have',
      'import { key } from "./__proto__.js"; import c from "./constructor.js"; const f = () => [key, c]',
      ['proto', 'constructor'],
    ],
    [
      'JSON as it is',
      'import data from "./data.json"; const f = () => Object.getPrototypeOf(data) === Object.prototype',
      true,
    ],
    [
      'a function with the name of another one',
      'import * as m from "./a.js"; function a() { return 5 } const f = () => [a(), m.a()]',
      [5, 'b'],
    ],
  ] as const)('are found by %s', async ([, code, expected]) => {
    expect(await valueOf(code, { args: [3], modules: MODULES })).toEqual(expected)
  })

  test('are found by the default export, whatever kind of module has it', async () => {
    const fields = { function_name: 'default', modules: MODULES, args: [4] }
    expect(await valueOf('import { twice } from "./lib"; export default (x) => twice(x)', fields)).toBe(8)
    expect(await valueOf('const { twice } = require("./lib"); module.exports = (x) => twice(x)', fields)).toBe(8)
    expect(await valueOf('import { twice } from "./lib"; await 0; export default (x) => twice(x)', fields)).toBe(8)
  })

  test('have arguments bound by name, and a missing function is told as ever', async () => {
    const code =
      'import { twice } from "./lib"; function f(first, { second = 1 } = {}) { return twice(first) + second }'
    expect(await valueOf(code, { kwargs: { first: 2 }, modules: MODULES })).toBe(5)
    expect(await errorOf(code, { kwargs: { third: 2 }, modules: MODULES, function_name: 'g' })).toBe('')
    const missing = await run(code, { function_name: 'g', modules: MODULES })
    expect(missing).toMatchObject({ code: 'ENTRY_NOT_FOUND', response: { error: null } })
  })

  test.for([
    [
      'import "./nowhere.js"',
      "function.js:1:8: './nowhere.js' is not among the modules of the request, which are 'lib/math.ts', ",
    ],
    [
      '\nimport a from "left"',
      "function.js:2:15: 'left' cannot be found: it is neither among the modules nor the dependencies",
    ],
    ['import fs from "fs"', "function.js:1:16: 'fs' is a module of Node.js, which there is not"],
    ['import fs from "node:fs"', "'node:fs' is a module of Node.js, which there is not"],
    ['import "../a.js"', "'../a.js' leads out of the modules of the request"],
    ['import "./lib/../../a.js"', "'./lib/../../a.js' leads out of the modules"],
    ['import "/etc/passwd"', "'/etc/passwd' is an absolute path"],
    ['const a = require("/etc/passwd")', "'/etc/passwd' is an absolute path"],
    ['import "./lib\\\\math.js"', 'has a backslash'],
    ['import "./a\\0.js"', 'has a NUL character'],
    ['import "file:///etc/passwd"', "'file:///etc/passwd' is an address"],
    ['import "data:text/javascript,export default 1"', 'is an address'],
    ['const f = () => import("https://example.com/a.js")', "'https://example.com/a.js' is an address"],
    ['import "#internal"', "'#internal' cannot be found"],
  ] as const)('are all that there is: %j', async ([code, expected]) => {
    const { response, code: errorCode } = await run(code, { modules: MODULES })
    expect([errorCode, response.stdout]).toEqual(['COMPILE_FAILED', null])
    expect(response.error).toContain(expected)
    expect(response.error).not.toMatch(/\/(?:work|tmp|src|home)\//u)
  })

  test('may be absent where the code expects it', async () => {
    const code = 'const f = async () => { try { return require("left") } catch (error) { return error.name } }'
    expect(await valueOf(code)).toBe('ReferenceError')
    expect(await valueOf('const f = () => import("worker-isolate:gate").catch(() => 5)')).toBe(5)
    expect(await valueOf('const f = () => import("left").catch((error) => error.constructor === Error)')).toBe(true)
  })

  test('that nothing imports change nothing: the source runs as it was sent', async () => {
    const code = 'function f() { return f.toString() + String(this === globalThis) } // no import'
    expect(await valueOf(code, { modules: MODULES })).toBe(`${code.slice(0, code.indexOf(' //'))}true`)
  })
})

describe('TypeScript that needs code', () => {
  const typescript = { language: 'typescript' }

  test('has enums, namespaces, parameter properties, import = and decorators', async () => {
    const code = `
      import data = require('./data.json')
      enum Kind { A = 'a', B = 'b' }
      const enum Fast { One = 1 }
      namespace Tools { export const twice = (x: number) => x * 2 }
      const seen: string[] = []
      function noted(value: unknown, { kind, name }: { kind: string, name: string }) { seen.push(kind + ':' + name) }
      @noted class Point { constructor(private readonly x: number, public y = Fast.One) {} @noted sum() { return this.x + this.y } }
      function f(x: number) { return [Kind.B, Tools.twice(x), new Point(x).sum(), seen, data.b] }`
    expect(await valueOf(code, { ...typescript, args: [2], modules: MODULES })).toEqual([
      'b',
      4,
      3,
      ['method:sum', 'class:Point'],
      [2],
    ])
  })

  test('without any import is bundled only when stripping its types does not do', async () => {
    const plain = 'type A = number\nfunction f(this: unknown) { return f.toString() }'
    expect(await valueOf(plain, typescript)).toBe('function f(             ) { return f.toString() }')
    expect(await valueOf('enum A { B = 7 }\nconst f = () => A.B', typescript)).toBe(7)
    expect(await valueOf('@((c: any) => void (c.x = 5)) class A {}\nconst f = () => (A as any).x', typescript)).toBe(5)
    expect(await valueOf('import type { A } from "./nowhere"\nconst f = (a: A) => 1', typescript)).toBe(1)
  })

  test('has JSX: classic without a runtime, automatic with one, and as its pragmas say', async () => {
    const own = 'const React = { createElement: (...all: unknown[]) => all, Fragment: "F" }\n'
    expect(await valueOf(`${own}const f = (x: string) => <a b={x}>c</a>`, { ...typescript, args: ['x'] })).toEqual([
      'a',
      { b: 'x' },
      'c',
    ])
    const h = '/** @jsx h */\nconst h = (type: string) => type + "!"\nexport const f = <T,>() => <div/>'
    expect(await valueOf(h, typescript)).toBe('div!')
    const automatic = { ...typescript, dependencies: ['react'] }
    expect(await valueOf('const f = () => <a b="1">c</a>', automatic)).toEqual(['a', { b: '1', children: 'c' }])
    const tsx = { 'view.tsx': 'export const view = (x: number) => <p>{x}</p>' }
    const code = 'import { view } from "./view"\nconst f = () => view(1)'
    expect(await valueOf(code, { ...automatic, modules: tsx })).toEqual(['p', { children: 1 }])
  })

  test('is refused where it is wrong', async () => {
    expect(await errorOf('enum A { B = 1 }\nconst f = () => {\n  return ]\n}', typescript)).toBe(
      'line 3, column 10: Expression expected\nfunction.ts:3:10\n  2 | const f = () => {\n> 3 |   return ]\n    |          ^\n  4 | }',
    )
    expect(await errorOf('const f = () => <a>\n  {]}\n</a>', typescript)).toMatch(
      /^function\.ts:2:4: Expected identifier but found/,
    )
  })
})

describe('errors', () => {
  test('of a module point into it, and show its lines', async () => {
    const modules = {
      'lib/check.ts':
        'enum A { B }\n\nexport function check(x: number): void {\n\tif (x > A.B) throw new TypeError(`too ${x}`)\n}\n',
    }
    const code = 'import { check } from "./lib/check"\n\nfunction f(x) {\n  check(x)\n}'
    expect(await errorOf(code, { args: [1], modules })).toBe(
      [
        'too 1',
        'TypeError: too 1',
        '    at check (lib/check.ts:4:21)',
        '    at f (function.js:4:3)',
        '',
        'lib/check.ts:4:21',
        '  3 | export function check(x: number): void {',
        '> 4 | \tif (x > A.B) throw new TypeError(`too ${x}`)',
        '    | \t                   ^',
        '  5 | }',
      ].join('\n'),
    )
  })

  test('of a package show where they were called from, and no path of the machine', async () => {
    const error = await errorOf('import left from "left"\nconst f = () => left.fail()', { dependencies: ['left'] })
    expect(error).toBe(
      [
        'from the depth',
        'RangeError: from the depth',
        '    at exports.deep (left@1.2.3/lib/deep.js:2:9)',
        '    at Object.fail (left@1.2.3/main.js:2:59)',
        '    at f (function.js:2:22)',
        '',
        'function.js:2:22',
        '  1 | import left from "left"',
        '> 2 | const f = () => left.fail()',
        '    |                      ^',
      ].join('\n'),
    )
  })

  test('of a large bundle have lines of packages without their columns, and point home all the same', async () => {
    const lines = Array.from(
      { length: 22_000 },
      (_, index) => `export const n${index} = (x, y) => x + y * ${index} - y`,
    )
    const large = {
      'large/index.js': `${lines.join('\n')}\nexport const fail = (x) => x + null.y\n`,
      'large/package.json': '{"name":"large","version":"3.0.0","type":"module"}',
    }
    using folder = new PackageFolder(large)
    const given = createWith(new FolderInstaller({ ok: true, folder: folder.folder, hash: 'large', lock: '', log: '' }))
    const code = 'import * as all from "large"\nconst f = (x) => {\n  globalThis.all = all; return 1 + all.fail(x)\n}'
    const { response } = await run(code, { dependencies: ['large'] }, given)
    expect(response.error).toContain('    at fail (large@3.0.0/index.js:22001:')
    expect(response.error).toContain('    at f (function.js:3:40)\n\nfunction.js:3:40\n')
  })

  test('at the top level, in a module that waits, and behind an await are mapped as well', async () => {
    const modules = { 'a.js': 'export const a = () => {\n  throw new Error("a")\n}' }
    const top = await errorOf('import { a } from "./a.js"\na()\nconst f = () => 1', { modules })
    expect(top).toContain('at a (a.js:2:9)\n    at function.js:2:1\n\na.js:2:9\n')
    const late = await errorOf('import { a } from "./a.js"\nawait 0\na()\nconst f = () => 1', { modules })
    expect(late).toContain('at a (a.js:2:9)\n    at function.js:3:1')
    const async = await errorOf('import { a } from "./a.js"\nconst f = async () => {\n  await 0\n  a()\n}', { modules })
    expect(async).toContain('at f (function.js:4:3)')
  })

  test('of a package that throws when it is loaded show where it is imported, and nothing behind the source', async () => {
    using folder = new PackageFolder({
      'bad/index.js': 'throw new RangeError("not here")\n',
      'bad/package.json': '{"name":"bad","version":"1.0.0"}',
    })
    const given = createWith(new FolderInstaller({ ok: true, folder: folder.folder, hash: 'bad', lock: '', log: '' }))
    const sources = [
      'import bad from "bad"\nconst f = () => bad\n// the end',
      'import bad from "bad"\nexport const f = () => bad, text = `\n`',
    ]
    for (const code of sources) {
      const { response } = await run(code, { dependencies: ['bad'] }, given)
      expect(response.error).toMatch(
        /^not here\nRangeError: not here\n.*bad@1\.0\.0\/index\.js:1:7\)\n {4}at function\.js:1:17\n\nfunction\.js:1:17\n> 1 \|/u,
      )
    }
  })

  test('of V8 about what the bundler let pass point into the source', async () => {
    const code = 'import "./note.txt"\nconst f = () => {\n  return /(?<a>.)(?<a>.)/\n}'
    const { response, code: errorCode } = await run(code, { modules: MODULES })
    expect(errorCode).toBe('COMPILE_FAILED')
    expect(response.error).toMatch(
      /^SyntaxError: Invalid regular expression.* at line 3, column \d+ \(function\.js:3:\d+\)\nfunction\.js:3:/u,
    )
  })

  test('of source that ran as it was sent show its lines, the submitted ones of TypeScript', async () => {
    expect(await errorOf('const f = () => {\n  null.x\n}')).toContain('> 2 |   null.x\n    |        ^\n')
    const stripped = await errorOf('const f = (x: number) => {\n  (x as any).y.z\n}', {
      language: 'typescript',
      args: [1],
    })
    expect(stripped).toContain('function.ts:2:16\n  1 | const f = (x: number) => {\n> 2 |   (x as any).y.z\n')
  })

  test('that a program makes up end as its own text', async () => {
    const forge =
      'const f = () => { const e = new Error(""); e.stack = "    at x (bundle-00000000.js:1:1)\\nLIMIT_CPU: no"; throw e }'
    expect(await errorOf(forge)).not.toMatch(/^LIMIT_CPU/u)
    const long = `import "./note.txt"\nconst f = () => { const e = new Error(); e.stack = ("    at (" + /bundle-\\w+\\.js/.exec(new Error().stack)[0] + ":1:9)\\n").repeat(200); throw e }`
    expect((await errorOf(long, { modules: MODULES })).length).toBeLessThan(20_000)
  })
})

describe('dependencies', () => {
  test('are bundled as a worker has them, and the answer has lock and log', async () => {
    const code =
      'import Kept, { where } from "@s/esm"\nimport left from "left"\nconst f = (x) => { console.log("ran"); return [left.pad(x), where, Kept.label] }'
    const fields = { args: ['a'], dependencies: ['left@1', '@s/esm'], dependency_lock: 'sent' }
    const { response, usage } = await run(code, fields)
    expect(response).toEqual({
      success: true,
      result: null,
      jsonResult: '["<a","worker","kept"]',
      error: null,
      stdout: 'added left@1.2.3\nran\n',
      dependencyLock: 'the lock',
    })
    expect(writeFunctionResponse(response, { withoutError: false })).toMatch(
      /"instance_info":null,"dependency_lock":"the lock"\}$/u,
    )
    expect(usage.phases).toHaveProperty('installMs')
    expect(installer.requests.at(-1)).toEqual({ tenant: 'default', specs: ['left@1', '@s/esm'], lock: 'sent' })
  })

  test('are required too, may miss what they can do without, and are installed though nothing imports them', async () => {
    const fields = { dependencies: ['optional'] }
    const code = 'const all = require("optional"); const f = () => all'
    expect(await valueOf(code, fields)).toEqual(['none', 'undefined', 'production', 'object'])
    const { response } = await run('const f = () => 1', fields)
    expect(response).toMatchObject({ jsonResult: '1', stdout: 'added left@1.2.3\n', dependencyLock: 'the lock' })
  })

  test('that cannot be installed stop the execution, with what was said of it', async () => {
    const failure = { code: 'GUEST_THREW', message: 'Failed tasks: left' } as const
    const failing = createWith(new FolderInstaller({ ok: false, failure, log: 'asking for left\n' }))
    const { response, code } = await run('const f = () => 1', { dependencies: ['left'] }, failing)
    expect(code).toBe('GUEST_THREW')
    expect(response).toEqual({
      success: false,
      result: null,
      jsonResult: null,
      error: 'Failed tasks: left',
      stdout: 'asking for left\n',
    })
  })

  test('that are large are compiled from the cache of the first time, and give the same', async () => {
    const code = 'import { big } from "@s/esm/big"\nconst f = () => big.length'
    const fields = { dependencies: ['@s/esm'] }
    const values: unknown[] = []
    // oxlint-disable-next-line no-await-in-loop -- the second finds what the first has left
    for (let round = 0; round < 3; round++) values.push(await valueOf(code, fields))
    expect([values, pool.deaths]).toEqual([[20_000, 20_000, 20_000], 0])
  })
})
