// The bundler of submitted source against sources that are made to break it, in real tool processes.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { BundledSource, SourceRequest } from '../../src/core/source-bundler.ts'
import { ToolSourceBundler } from '../../src/tool-client/source-bundler.ts'
import type { ToolEvent } from '../../src/tool-client/tenant-tool.ts'
import { PackageFolder } from '../support/package-folder.ts'
import { isAlive } from '../support/processes.ts'

const events: ToolEvent[] = []
const bundler = new ToolSourceBundler({
  observe: (event) => void events.push(event),
  inputBytes: 4_000_000,
  outputBytes: 1_000_000,
  deadlineMs: 5_000,
})
afterAll(() => bundler[Symbol.asyncDispose]())

async function bundle(code: string, fields: Partial<SourceRequest> = {}, by = bundler): Promise<BundledSource> {
  return by.bundleSource({
    tenant: 'one',
    language: 'javascript',
    code,
    fileName: 'function.js',
    name: 'f',
    modules: new Map(),
    packages: null,
    signal: new AbortController().signal,
    ...fields,
  })
}

/** What is left when it works, whatever came before. */
async function expectWorking(): Promise<void> {
  const modules = new Map([['a.js', `export const a = ${Math.random()}`]])
  expect(await bundle('import { a } from "./a.js"; const f = () => a', { modules })).toMatchObject({ type: 'bundled' })
}

function failureOf(result: BundledSource): { readonly code: string; readonly message: string } {
  if (result.ok) throw new Error('It was bundled.')
  return result.failure
}

const IMPORT = 'import "./a.js";'
const modules = new Map([['a.js', '']])

describe('a hostile source', () => {
  test.for([
    ['braces that are open', `${IMPORT}${'{'.repeat(20_000)}`],
    ['braces that are closed', `${IMPORT}${'{'.repeat(5_000)}${'}'.repeat(5_000)}`],
    ['brackets', `${IMPORT}${'['.repeat(500_000)}`],
    ['unary operators', `${IMPORT}a = ${'!'.repeat(200_000)}1`],
    ['templates', `${IMPORT}a = ${'`${'.repeat(20_000)}`],
    ['JSX', `${IMPORT}const f = () => ${'<a>'.repeat(20_000)}`],
  ])('of nothing but %s ends with an answer, and the next one is bundled', async ([, code = '']) => {
    const result = await bundle(code, { language: 'typescript', modules })
    if (!result.ok) expect(['COMPILE_FAILED', 'LIMIT_TRANSPILE']).toContain(result.failure.code)
    await expectWorking()
  })

  test('of nothing but arrows ends at the deadline, or before', { tags: ['slow'] }, async () => {
    const result = await bundle(`${IMPORT}${'()=>'.repeat(20_000)}1`, { modules })
    if (!result.ok) expect(['COMPILE_FAILED', 'LIMIT_TRANSPILE']).toContain(result.failure.code)
    await expectWorking()
  })

  test('is refused over the bounds of what goes in and what comes out', async () => {
    const large = failureOf(
      await bundle(`${IMPORT}${' '.repeat(2_000_000)}`, { modules: new Map([['a.js', ' '.repeat(2_000_001)]]) }),
    )
    expect(large).toMatchObject({ code: 'LIMIT_TRANSPILE', limit: 4_000_000, used: 4_000_017 })
    const out = await bundle(`${IMPORT}export const f = "${'x'.repeat(1_100_000)}"`, { modules })
    expect(failureOf(out)).toMatchObject({ code: 'LIMIT_TRANSPILE', limit: 1_000_000 })
    expect(failureOf(await bundle(`${IMPORT}"\ud800"`, { modules })).message).toContain('half of a surrogate pair')
    await expectWorking()
  })

  test('with a thousand modules that import each other in circles is bundled', async () => {
    const many = Array.from({ length: 1_000 }, (_, index) => {
      const next = (index + 1) % 1_000
      return [
        `m${index}.js`,
        `import { v as next } from './m${next}.js'; import './m0.js'; export const v = ${index}; export const n = () => next`,
      ] as const
    })
    const result = await bundle('import { n } from "./m999.js"; const f = () => n()', { modules: new Map(many) })
    expect(result).toMatchObject({ ok: true, type: 'bundled' })
  })

  test('brings no source map of its own', async () => {
    const inner = Buffer.from('{"version":3,"sources":["/etc/passwd"],"names":[],"mappings":"AAAA"}').toString('base64')
    const comment = `\n//# sourceMappingURL=data:application/json;base64,${inner}`
    const result = await bundle(`${IMPORT}const f = () => 1${comment}`, {
      modules: new Map([['a.js', `globalThis.b = 1${comment}`]]),
    })
    expect(
      result.ok &&
        result.type === 'bundled' &&
        (JSON.parse(result.bundle.map) as { sources: string[] }).sources.toSorted(),
    ).toEqual(['a.js', 'function.js'])
  })
})

describe('packages', () => {
  test('take nothing from outside of their folder, whatever they and their package.json say', async () => {
    using packages = new PackageFolder({
      'up/index.js': 'export * from "../../../secret.js"',
      'main/package.json': '{"name":"main","main":"../../../secret.js"}',
      'map/package.json': '{"name":"map","browser":{"./index.js":"../../../secret.js"}}',
      'map/index.js': '',
      'ends/package.json': '{"name":"ends","exports":"./../../../secret.js"}',
      'config/tsconfig.json': '{"extends":"../../../secret.js"}',
      'config/index.ts': 'export const ok = 1',
      'pattern/index.js': 'exports.f = (x) => require("../../../" + x + ".js")',
      'absolute/index.js': 'export * from "/etc/passwd"',
      'address/index.js': 'export * from "https://example.com/a.js"',
      'native/index.js': 'module.exports = require("./a.node")',
      'native/a.node': '',
      'maps/index.js': 'export const ok = 1\n//# sourceMappingURL=../../../secret.js',
    })
    symlinkSync(packages.outside, join(packages.folder, 'node_modules', 'link.js'))
    mkdirSync(join(packages.folder, 'node_modules', 'linked'))
    writeFileSync(join(packages.folder, 'node_modules', 'linked', 'package.json'), '{"main":"../link.js"}')
    const given = { packages: { folder: packages.folder, hash: 'hostile' } }
    for (const name of [
      'up',
      'main',
      'map',
      'ends',
      'absolute',
      'address',
      'native',
      'linked',
      'link.js',
      '../secret.js',
      packages.outside,
    ]) {
      // oxlint-disable-next-line no-await-in-loop -- one process serves them all
      const result = await bundle(`import * as all from ${JSON.stringify(name)}; const f = () => all`, given)
      const { code, message } = failureOf(result)
      expect(code, name).toBe('COMPILE_FAILED')
      expect(message.replaceAll(packages.outside, ''), name).not.toMatch(/planted|\/tmp\/|root:/u)
    }
    // Found by the bundler itself, and not named.
    const found = failureOf(await bundle('import * as all from "pattern"; const f = () => all', given))
    expect(found.message).toMatch(
      /pattern\/index\.js:1:\d+: A pattern of an import leads outside the folder of the dependencies\.$/mu,
    )
    expect(found.message).not.toMatch(/pattern.*secret/u)
    for (const name of ['config', 'maps']) {
      // oxlint-disable-next-line no-await-in-loop -- as above
      const result = await bundle(`import { ok } from "${name}"; const f = () => ok`, given)
      expect(JSON.stringify(result), name).toMatch(/"type":"bundled"(?!.*(?:planted|\/tmp\/|secret))/u)
    }
  })
})

describe('tenants', () => {
  test('never share a process, a result, or what a failure has left', async () => {
    events.length = 0
    const source = `${IMPORT}export const f = 1 // ${Math.random()}`
    const given = { modules: new Map([['a.js', 'globalThis.a = 1']]) }
    const [first, second] = await Promise.all([
      bundle(source, { ...given, tenant: 'one' }),
      bundle(source, { ...given, tenant: 'two' }),
    ])
    expect([first, second]).toMatchObject([{ ok: true }, { ok: true }])
    const { pid } = bundler
    expect(await bundle(source, { ...given, tenant: 'two' })).toBe(second)
    expect(await bundle(source, { ...given, tenant: 'two', name: 'g' })).not.toBe(second)
    expect(bundler.pid).toBe(pid)
    expect(failureOf(await bundle('import "./b.js"', { ...given, tenant: 'two' })).code).toBe('COMPILE_FAILED')
    expect(isAlive(pid ?? 0)).toBe(false)
    await bundle('import "./a.js"; let x', { ...given, tenant: 'two' })
    const started = events.flatMap((event) => (event.type === 'started' ? [[event.pid, event.tenant] as const] : []))
    const tenantsOf = Map.groupBy(started, ([one]) => one)
    expect([...tenantsOf.values()].every((list) => new Set(list.map(([, tenant]) => tenant)).size === 1)).toBe(true)
    expect(new Set(started.map(([, tenant]) => tenant))).toEqual(new Set(['one', 'two']))
  })

  test('who go away, or come when all is over, get no bundle', async () => {
    const aborted = AbortSignal.abort()
    expect(failureOf(await bundle(IMPORT, { signal: aborted })).code).toBe('CANCELLED')
    const own = new ToolSourceBundler()
    const controller = new AbortController()
    const waiting = bundle('import "./a.js"', { modules, signal: controller.signal }, own)
    controller.abort()
    expect(failureOf(await waiting).code).toBe('CANCELLED')
    const cut = bundle('import "./a.js"; 1', { modules }, own)
    await own[Symbol.asyncDispose]()
    expect(failureOf(await cut).code).toBe('DRAINING')
    expect(failureOf(await bundle(IMPORT, { modules }, own)).code).toBe('DRAINING')
  })
})
