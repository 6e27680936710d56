// The `endpoints` literal and the manifest that is made of it: what is read, what is refused and where.
import { describe, expect, it } from 'vitest'
import { checkProject, createManifest } from '../../src/builder/manifest.ts'
import type { BuiltModule } from '../../src/builder/manifest.ts'
import { readEndpoints } from '../../src/builder/read-endpoints.ts'
import { scanModule } from '../../src/builder/scan-module.ts'
import { parseModule } from '../../src/builder/syntax.ts'

interface Read {
  readonly modules: readonly BuiltModule[]
  readonly problems: readonly string[]
}

function read(files: Readonly<Record<string, string>>): Read {
  const problems: string[] = []
  const report = (problem: string): void => void problems.push(problem)
  const modules = Object.entries(files).flatMap(([file, text]): BuiltModule[] => {
    const parsed = parseModule(file, text, report)
    if (parsed === null) return []
    const scanned = scanModule(parsed)
    const endpoints = readEndpoints(parsed, scanned, report)
    return [{ ...scanned, name: file.replace('.ts', ''), parsed, endpoints }]
  })
  checkProject(modules, report)
  return { modules, problems }
}

const FUNCTION = 'export function f(id: string, n: number) {}\nexport function g() {}\n'

/** The problems of a module with the functions `f` and `g`, and this literal on line 3 from column 26 on. */
const problemsOf = (literal: string): readonly string[] =>
  read({ 'a.ts': `${FUNCTION}export const endpoints = ${literal}` }).problems

describe('the manifest', () => {
  it('has a load-balanced resource for a module with routes, and a queue for another', () => {
    const { modules, problems } = read({
      'api.ts': `
        export const endpoints = {
          process: { method: 'POST', path: '/process/{item_id}', maxConcurrency: 4, returnAggregateStream: true, limits: { cpuMs: 500 } },
          'list': { method: \`GET\`, path: '/', egress: ['api.example.com', '*.example.com:8443'] },
        } as const satisfies Endpoints
        export async function process(item_id: string, data?: Uint8Array) {}
        export function list() {}`,
      'jobs.ts': 'export class Model { run() {} }\nexport function one({ a }: A) {}',
    })
    expect(problems).toEqual([])
    const bundle = { file: 'bundles/api.00000000.js', kind: 'script', hash: '0', source: 'api.ts' } as const
    expect(
      createManifest({ projectName: 'demo', modules, bundled: { api: bundle }, callers: new Set(['jobs']) }),
    ).toEqual({
      version: '1.0',
      generated_at: '1970-01-01T00:00:00.000Z',
      project_name: 'demo',
      resources: {
        api: {
          functions: [
            {
              name: 'process',
              module: 'api',
              is_async: true,
              is_class: false,
              http_method: 'POST',
              http_path: '/process/{item_id}',
              parameters: [
                { name: 'item_id', type: 'string', required: true },
                { name: 'data', type: 'bytes', required: false },
              ],
              limits: { cpuMs: 500 },
              max_concurrency: 4,
              return_aggregate_stream: true,
            },
            {
              name: 'list',
              module: 'api',
              is_async: false,
              is_class: false,
              http_method: 'GET',
              http_path: '/',
              parameters: [],
              egress: ['api.example.com', '*.example.com:8443'],
            },
          ],
          is_load_balanced: true,
          is_live_resource: false,
          makes_remote_calls: false,
        },
        jobs: {
          functions: [
            { name: 'Model', module: 'jobs', is_async: false, is_class: true, class_methods: ['run'] },
            { name: 'one', module: 'jobs', is_async: false, is_class: false },
          ],
          is_load_balanced: false,
          is_live_resource: false,
          makes_remote_calls: true,
        },
      },
      function_registry: { process: 'api', list: 'api', Model: 'jobs', one: 'jobs' },
      routes: { api: { 'POST /process/{item_id}': 'process', 'GET /': 'list' } },
      bundled: { api: bundle },
    })
  })
})

describe('the endpoints literal', () => {
  it.each([
    ['make()', "a.ts:3:26: 'endpoints' must be an object literal."],
    ['{ ...others }', "a.ts:3:28: 'endpoints' must hold only plain entries: 'key: literal'."],
    ['{ [f]: {} }', "a.ts:3:28: 'endpoints' must hold only plain entries: 'key: literal'."],
    ['{ f }', "a.ts:3:28: 'endpoints' must hold only plain entries: 'key: literal'."],
    ['{ f: {}, f: {} }', "a.ts:3:35: 'endpoints' has 'f' twice."],
    ['{ h: {} }', "a.ts:3:28: 'endpoints' has 'h', which is no exported function or class of this module."],
    ['{ f: settings }', "a.ts:3:31: The endpoint 'f' must be an object literal."],
    [
      '{ f: { verb: 1 } }',
      "a.ts:3:33: The endpoint 'f' has the unknown key 'verb'; it can have method, path, maxConcurrency, returnAggregateStream, limits, egress.",
    ],
    ['{ f: { maxConcurrency: N } }', "a.ts:3:49: 'maxConcurrency' of 'f' must be a literal whole number above 0."],
    ['{ f: { returnAggregateStream: 1 } }', "a.ts:3:56: 'returnAggregateStream' of 'f' must be true or false."],
    ['{ f: { maxConcurrency: 0 } }', "a.ts:3:49: 'maxConcurrency' of 'f' must be a literal whole number above 0."],
    ['{ f: { limits: { cpuMs: 1.5 } } }', "a.ts:3:50: 'cpuMs' of 'f' must be a literal whole number above 0."],
    [
      '{ f: { limits: { cpu: 1 } } }',
      "a.ts:3:43: 'limits' of 'f' has the unknown key 'cpu'; it can have wallMs, cpuMs, memoryMb, inputBytes, outputBytes, logBytes.",
    ],
    ['{ f: { limits: { memoryMb: 4 } } }', "a.ts:3:53: 'memoryMb' of 'f' must be at least 8."],
    ['{ f: { egress: [host] } }', "a.ts:3:41: 'egress' of 'f' must be a list of string literals."],
    [
      "{ f: { egress: ['ftp://x'] } }",
      "a.ts:3:41: 'egress' of 'f' has 'ftp://x', which is no host such as 'api.example.com:443'.",
    ],
  ])('is refused as %s', (literal, problem) => {
    expect(problemsOf(literal)).toEqual([problem])
  })

  it('is read to its end: every problem is told', () => {
    expect(problemsOf('{ f: { verb: 1, limits: { cpuMs: -1, a: 1 } }, h: {} }')).toHaveLength(4)
  })
})

describe('a route', () => {
  const g = "g: { method: 'GET', path: '/g' }"

  it.each([
    ["{ method: 'POST' }", "has only one of 'method' and 'path'"],
    ["{ path: '/x' }", "has only one of 'method' and 'path'"],
    ["{ method: 'HEAD', path: '/x' }", "The method 'HEAD' is none of GET, POST, PUT, DELETE, PATCH."],
    ["{ method: 'POST', path: base + '/x' }", "'path' of 'f' must be a string literal."],
    ["{ method: 'POST', path: `/${x}` }", "'path' of 'f' must be a string literal."],
    ["{ method: 'POST', path: 'x' }", "The path 'x' does not begin with '/'."],
    ["{ method: 'POST', path: '/x/' }", "has the segment ''"],
    ["{ method: 'POST', path: '/a/../b' }", "has the segment '..'"],
    ["{ method: 'POST', path: '/x/{id' }", "has the segment '{id'"],
    ["{ method: 'POST', path: '/x/{id}/{id}' }", "has '{id}' twice"],
    ["{ method: 'POST', path: '/x/{other}' }", "has '{other}', which is no parameter of the function"],
    ["{ method: 'GET', path: '/g' }", "a.ts:3:28: The route 'GET /g' is already that of a.ts:3:62."],
  ])('is refused as %s', (route, problem) => {
    expect(problemsOf(`{ ${g}, f: ${route} }`).join('\n')).toContain(problem)
  })

  it.each(['execute', 'ping', 'run', 'runsync', 'status', 'health', 'admin', 'v2', 'Status'])(
    'cannot be one of the service: /%s',
    (segment) => {
      for (const path of [`/${segment}`, `/${segment}/{id}`]) {
        expect(problemsOf(`{ ${g}, f: { method: 'POST', path: '${path}' } }`).join('\n')).toContain(
          `The path '${path}' is taken: '/${segment}' is the service's own.`,
        )
      }
    },
  )

  it('is the same whatever the names in its path are, over all modules', () => {
    const text = (name: string, parameter: string): string =>
      `export const endpoints = { ${name}: { method: 'GET', path: '/x/{${parameter}}' } }\nexport function ${name}(${parameter}: string) {}`
    expect(read({ 'a.ts': text('f', 'a'), 'b.ts': text('g', 'b') }).problems).toEqual([
      "b.ts:1:28: The route 'GET /x/{b}' is already that of a.ts:1:28.",
    ])
  })

  it('is needed by all functions of a module or by none', () => {
    expect(problemsOf(`{ ${g} }`)).toEqual([
      "a.ts:1:8: 'f' has no route, but others of its module have; give it one or move it elsewhere.",
    ])
  })

  it('is refused for a class, and for a function with a parameter without a name', () => {
    const text =
      "export class C {}\nexport function f({ a }: A) {}\nexport const endpoints = { C: { method: 'GET', path: '/c' }, f: { method: 'GET', path: '/f' } }"
    expect(read({ 'a.ts': text }).problems).toEqual([
      "a.ts:3:28: 'C' is a class; only functions can have a route.",
      "a.ts:2:8: 'f' has a route, so that each of its parameters needs a name.",
    ])
  })
})

it('refuses a function name and a module name that are there twice', () => {
  const { problems } = read({ 'a.ts': 'export function f() {}', 'b.ts': 'export class f {}' })
  expect(problems).toEqual(["b.ts:1:8: The function name 'f' is already that of a.ts:1:8."])
})

it('refuses a path that cannot be the name of a module', () => {
  expect(read({ 'my file.ts': 'export function f() {}' }).problems).toEqual([
    "my file.ts: The path of a module can have letters, digits and '_$-' only, not as in 'my file'.",
  ])
})
