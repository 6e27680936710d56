// Who may import whom, and the other rules of the source that a linter does not know.
import { describe, expect, test } from 'vitest'
import { freeNames } from '../support/free-names.ts'
import { COMPOSERS, findForbiddenImports, LAYERS, layerOf } from '../support/layers.ts'
import { parseSource, placeOf, readSources, walk } from '../support/source-tree.ts'
import type { SourceFile, SyntaxNode } from '../support/source-tree.ts'

const src = readSources('src/**/*.ts')
const sandbox = readSources('sandbox/src/**/*.ts')
const builders = readSources('sandbox/*.ts')

const MAX_LINES = 400
const MAX_MEDIAN_LINES = 120

/** Each node of the files that is at fault, as `file:line`. */
function findNodes(files: readonly SourceFile[], isAtFault: (node: SyntaxNode) => boolean): readonly string[] {
  return files.flatMap((file) => [...walk(file.program)].filter(isAtFault).map((node) => placeOf(file, node)))
}

function isNamed(value: unknown, ...names: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { type, name, value: text } = value as SyntaxNode
  return (type === 'Identifier' && names.includes(String(name))) || (type === 'Literal' && names.includes(String(text)))
}

/** `process.env`, `globalThis.process['env']`, `const { env } = process`, `import { env } from 'node:process'`, `loadEnvFile`. */
function readsEnvironment(node: SyntaxNode): boolean {
  const isProcess = (value: unknown): boolean =>
    isNamed(value, 'process') || isNamed((value as SyntaxNode)['property'], 'process')
  switch (node.type) {
    case 'MemberExpression':
      return isNamed(node['property'], 'loadEnvFile') || (isNamed(node['property'], 'env') && isProcess(node['object']))
    case 'ImportSpecifier':
      return isNamed(node['imported'], 'env', 'loadEnvFile')
    case 'VariableDeclarator': {
      const { id, init } = node as SyntaxNode & { readonly id: SyntaxNode; readonly init: SyntaxNode | null }
      if (id.type !== 'ObjectPattern' || init === null || !isProcess(init)) return false
      return (id['properties'] as readonly SyntaxNode[]).some((one) => isNamed(one['key'], 'env', 'loadEnvFile'))
    }
    default:
      return false
  }
}

describe('layers', () => {
  test('no file imports what its layer may not', () => {
    expect([...src, ...sandbox].flatMap(findForbiddenImports)).toEqual([])
  })

  test('every folder has a row in the table, and every row a folder', () => {
    const layers = new Set([...src, ...sandbox].map(({ path }) => layerOf(path)))
    expect([...layers].toSorted()).toEqual([...Object.keys(LAYERS), ...COMPOSERS].toSorted())
  })

  test('no two layers may import each other, not even through a third', () => {
    const reaches = (from: string, to: string, depth = 0): boolean => {
      const { imports = [], types = [] } = LAYERS[from] ?? {}
      if (depth > Object.keys(LAYERS).length) return true
      return [...imports, ...types].some((next) => next === to || reaches(next, to, depth + 1))
    }
    expect(Object.keys(LAYERS).filter((layer) => reaches(layer, layer))).toEqual([])
  })

  test('isolated-vm is imported in src/executor and where the snapshot is built, and nowhere else', () => {
    const users = [...src, ...sandbox, ...builders].filter(({ imports }) =>
      imports.some(({ specifier }) => specifier.startsWith('isolated-vm')),
    )
    expect(users.map(({ path }) => path).filter((path) => !path.startsWith('src/executor/'))).toEqual([
      'sandbox/build.ts',
    ])
  })

  test('only main.ts reads the environment', () => {
    expect(
      findNodes([...src, ...sandbox], readsEnvironment).filter((place) => !place.startsWith('src/main.ts:')),
    ).toEqual([])
    const inMain = src.filter(({ path }) => path === 'src/main.ts')
    expect(findNodes(inMain, readsEnvironment)).not.toEqual([])
  })

  test('nothing in core knows the time', () => {
    const clocks = ['Date', 'Temporal', 'performance', 'process', 'setTimeout', 'setInterval', 'setImmediate']
    const core = src.filter(({ path }) => layerOf(path) === 'core')
    expect(core.length).toBeGreaterThan(0)
    expect(
      core.flatMap((file) =>
        freeNames(file.program).flatMap(({ name, node }) => (clocks.includes(name) ? [placeOf(file, node)] : [])),
      ),
    ).toEqual([])
  })
})

describe('the table finds', () => {
  const check = (path: string, text: string): readonly string[] => findForbiddenImports(parseSource(path, text))

  test.each([
    ['src/core/a.ts', "import { b } from '../protocol/b.ts'"],
    ['src/core/a.ts', "import { type B, c } from '../protocol/b.ts'"],
    ['src/core/a.ts', "import process from 'node:process'"],
    ['src/core/a.ts', "export * from '../pool/b.ts'"],
    ['src/core/a.ts', "export { b } from '../pool/b.ts'"],
    ['src/core/a.ts', "type B = import('../pool/b.ts').B"],
    ['src/pool/a.ts', "const b = await import('../executor/b.ts')"],
    ['src/pool/a.ts', "import type { Isolate } from 'isolated-vm'"],
    ['src/pool/confinement/a.ts', "import { b } from '../../executor/confine/b.ts'"],
    ['src/cli/a.ts', "import { Hono } from 'hono'"],
    ['src/cli/a.ts', "import '../main.ts'"],
    ['src/cli/a.ts', "import { b } from '../../test/support/b.ts'"],
    ['src/cli/a.ts', "import { b } from '../../sandbox/src/harden.ts'"],
    ['src/pool/a.ts', 'const b = await import(name)'],
    ['src/executor/a.ts', "const ivm = require('../pool/b.ts')"],
    ['src/executor/a.ts', "import { b } from '../../sandbox/src/main.ts'"],
    ['src/http/a.ts', "import { b } from '../../test/support/b.ts'"],
    ['sandbox/src/a.ts', "import { ERRORS } from '../../src/errors.ts'"],
    ['sandbox/src/a.ts', "import type { Node } from 'acorn'"],
    ['src/errors.ts', "import type { Task } from './core/task.ts'"],
  ])('in %s: %s', (path, text) => {
    expect(check(path, text)).toHaveLength(1)
  })

  test.each([
    ['src/core/a.ts', "import type { B } from '../protocol/b.ts'"],
    ['src/core/a.ts', "import { type B, type C } from '../protocol/b.ts'"],
    ['src/core/a.ts', "import { ERRORS } from '../errors.ts'"],
    ['src/pool/confinement/a.ts', "import { b } from '../../ipc/b.ts'"],
    ['src/executor/a.ts', "import { OP } from '../../sandbox/src/bridge.ts'"],
    ['src/config/a.ts', "import { b } from '../config.ts'"],
    ['src/main.ts', "import { Hono } from 'hono'"],
    ['sandbox/src/run/acorn-group.ts', "import { Parser } from 'acorn'"],
  ])('nothing in %s: %s', (path, text) => {
    expect(check(path, text)).toEqual([])
  })
})

test.each([
  'process.env.A',
  "globalThis.process['env']",
  'const { env } = process',
  "import { env as a } from 'node:process'",
  'process.loadEnvFile()',
])('the environment is seen in: %s', (text) => {
  expect(findNodes([parseSource('src/a.ts', text)], readsEnvironment)).not.toEqual([])
})

describe('files', () => {
  const files = [...src, ...sandbox]

  test(`no file has more than ${MAX_LINES} lines, and the median is under ${MAX_MEDIAN_LINES}`, () => {
    expect(files.filter(({ lines }) => lines > MAX_LINES).map(({ path }) => path)).toEqual([])
    const sorted = files.map(({ lines }) => lines).toSorted((one, other) => one - other)
    expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThan(MAX_MEDIAN_LINES)
  })

  test('each file opens with one comment line that says what it is', () => {
    expect(files.filter(({ text }) => !/^\/\/ \S.+\n/u.test(text)).map(({ path }) => path)).toEqual([])
  })

  test('no file only passes on what others export', () => {
    const isPassedOn = (node: SyntaxNode): boolean => node.type.startsWith('Export') && node['declaration'] == null
    const barrels = files.filter(({ program }) =>
      (program['body'] as readonly SyntaxNode[]).every((node) => node.type === 'ImportDeclaration' || isPassedOn(node)),
    )
    expect(barrels.map(({ path }) => path)).toEqual([])
    expect(findNodes(files, (node) => node.type === 'ExportAllDeclaration')).toEqual([])
  })

  test('there is no any, no !, no enum and no default export', () => {
    const banned = ['TSAnyKeyword', 'TSNonNullExpression', 'TSEnumDeclaration', 'ExportDefaultDeclaration']
    expect(findNodes(files, (node) => banned.includes(node.type) || node['definite'] === true)).toEqual([])
  })

  test('names are kebab-case', () => {
    expect(
      files.map(({ path }) => path).filter((path) => !/^(?:[a-z0-9-]+\/)+[a-z0-9-]+(?:\.d)?\.ts$/u.test(path)),
    ).toEqual([])
  })
})

const nameOf = (node: unknown): string => String((node as SyntaxNode)['name'])

describe('the executor', () => {
  const SYNCHRONOUS = [
    'applySync',
    'applySyncPromise',
    'compileModuleSync',
    'compileScriptSync',
    'createContextSync',
    'evalClosureSync',
    'evalSync',
    'getHeapStatisticsSync',
    'getSync',
    'instantiateSync',
    'runSync',
  ]

  /** An isolate that is being made has run no code of a guest, and none of the executor's isolates runs meanwhile. */
  const WHERE_AN_ISOLATE_IS_MADE =
    /^src\/executor\/slot\.ts:\d+ (?:isolate\.createContextSync|global\.getSync|boot\.applySync)$/u

  /** `enterNow`, which refuses to be called within a callback of its isolate. */
  const THE_ENTRY = /^src\/executor\/slot\.ts:\d+ entry\.applySync$/u

  /** At the end of a task, of an isolate that runs nothing: it has nothing to wait for. */
  const THE_LAST_LOOK = /^src\/executor\/phase-ledger\.ts:\d+ isolate\.getHeapStatisticsSync$/u

  // Within a callback of the guest such a method runs the guest's microtasks on the host's thread, under no timeout.
  test('calls no method of isolated-vm that blocks or re-enters, except on an isolate that is being made or at rest, and in the one entry', () => {
    const executor = src.filter(({ path }) => layerOf(path) === 'executor')
    expect(executor.length).toBeGreaterThan(0)
    const calls = executor.flatMap((file) =>
      [...walk(file.program)]
        .filter((node) => node.type === 'MemberExpression' && isNamed(node['property'], ...SYNCHRONOUS))
        .map((node) => `${placeOf(file, node)} ${nameOf(node['object'])}.${nameOf(node['property'])}`),
    )
    const entries = calls.filter((call) => !WHERE_AN_ISOLATE_IS_MADE.test(call))
    expect(entries).toEqual([expect.stringMatching(THE_LAST_LOOK), expect.stringMatching(THE_ENTRY)])
  })
})
