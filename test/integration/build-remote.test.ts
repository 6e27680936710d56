// A project whose modules call functions of each other: what the build makes of the imports, and that the calls arrive.
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { REMOTE_GLOBAL as SANDBOX_GLOBAL } from '../../sandbox/src/bridge.ts'
import type { Manifest } from '../../src/builder/manifest.ts'
import { runBuild } from '../../src/builder/run-build.ts'
import { MODULE_EXPORTS_GLOBAL, REMOTE_GLOBAL } from '../../src/core/deployment.ts'
import { ServiceProcess } from '../support/service-process.ts'

let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'build-remote-'))
  chmodSync(folder, 0o755)
})

afterEach(() => rmSync(folder, { recursive: true }))

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
}

async function run(): Promise<{ readonly code: number; readonly problems: readonly string[] }> {
  const problems: string[] = []
  const code = await runBuild({ folder, print: () => undefined, printProblem: (line) => problems.push(line) })
  return { code, problems }
}

async function build(files: Readonly<Record<string, string>>): Promise<Manifest> {
  write(files)
  expect(await run()).toEqual({ code: 0, problems: [] })
  return JSON.parse(readFileSync(join(folder, 'dist-flash', 'flash_manifest.json'), 'utf8')) as Manifest
}

const codeOf = ({ bundled }: Manifest, module: string): string =>
  readFileSync(join(folder, 'dist-flash', bundled[module]?.file ?? ''), 'utf8')

type Exports = Readonly<Record<string, (...args: readonly unknown[]) => unknown>>

/** The exports of a bundle, and what they ask of other resources. */
function load(code: string): { readonly exports: Exports; readonly asked: unknown[] } {
  const asked: unknown[] = []
  const context = {
    [REMOTE_GLOBAL]: async (...given: unknown[]) => {
      asked.push(JSON.parse(JSON.stringify(given)))
      return 'remote'
    },
  }
  return { exports: runInNewContext(`${code}\n;${MODULE_EXPORTS_GLOBAL}`, context) as Exports, asked }
}

const MODEL = `
  import { secret } from './weights.ts'
  export const endpoints = { predict: {}, sync: {}, Model: {}, stream: {}, unnamed: {} }
  export async function predict(text: string, times?: number): Promise<string> { return text.repeat(times ?? 1) + secret }
  export function sync(n: number): number { return n + 1 }
  export async function helper(): Promise<string> { return 'helped' }
  export async function* stream() { yield 1 }
  export async function unnamed({ a }: { a: number }) { return a }
  export class Model { run() { return 'model' } }
  export const LIMIT = 7`
const WEIGHTS = `export const secret = 'the-weights'; globalThis.weightsAreLoaded = true`

it('the global has one name in the bundler and in the guest program', () => {
  expect(REMOTE_GLOBAL).toBe(SANDBOX_GLOBAL)
})

describe('an import', () => {
  it('of an asynchronous endpoint of another module becomes a call, and nothing of that module is bundled', async () => {
    const manifest = await build({
      'api.ts': `import { predict } from './model.ts'
        export async function answer(text: string) { return await predict(text, 2) }
        export const defaults = async (text: string) => predict(text)
        export const tooMany = async () => (predict as Function)(1, 2, 3)`,
      'model.ts': MODEL,
      'weights.ts': WEIGHTS,
    })
    const code = codeOf(manifest, 'api')
    expect(code).not.toContain('the-weights')
    expect(code).not.toContain('weightsAreLoaded')
    expect(codeOf(manifest, 'model')).toContain('the-weights')
    expect(codeOf(manifest, 'model')).not.toContain(REMOTE_GLOBAL)
    expect(manifest.resources).toMatchObject({
      api: { makes_remote_calls: true },
      model: { makes_remote_calls: false },
    })
    const { exports, asked } = load(code)
    expect(await exports['answer']?.('a')).toBe('remote')
    expect(await exports['defaults']?.('b')).toBe('remote')
    expect(asked).toEqual([
      ['predict', { text: 'a', times: 2 }],
      ['predict', { text: 'b' }],
    ])
    await expect(exports['tooMany']?.()).rejects.toThrow('predict takes at most 2 arguments, not 3')
  })

  it('of anything else of that module is bundled as ever', async () => {
    const manifest = await build({
      'api.ts': `import { predict, sync, helper, unnamed, stream, Model, LIMIT } from './model.ts'
        export const all = async () =>
          [await predict('x'), sync(1), await helper(), await unnamed({ a: 3 }), (await stream().next()).value, new Model().run(), LIMIT]`,
      'model.ts': MODEL,
      'weights.ts': WEIGHTS,
    })
    const { exports, asked } = load(codeOf(manifest, 'api'))
    expect(await exports['all']?.()).toEqual(['remote', 2, 'helped', 3, 1, 'model', 7])
    expect(asked).toEqual([['predict', { text: 'x' }]])
  })

  it('becomes a call also by a namespace, a default, a function, and through a module between', async () => {
    const manifest = await build({
      'api.ts': `import * as model from './model.ts'
        import other from './other.ts'
        import { through } from './between.ts'
        export const all = async () => {
          const late = await import('./model.ts')
          return [await model.predict('a'), model.LIMIT, await other(1), await through('b'), await late.predict('c')]
        }`,
      'between.ts': `import { predict as again } from './model.ts'; export const through = async (t: string) => again(t)`,
      'other.ts': `export default async function other(n: number) { return n }; export const endpoints = { other: {} }`,
      'model.ts': MODEL,
      'weights.ts': WEIGHTS,
    })
    const { exports, asked } = load(codeOf(manifest, 'api'))
    expect(await exports['all']?.()).toEqual(['remote', 7, 'remote', 'remote', 'remote'])
    expect(asked).toEqual([
      ['predict', { text: 'a' }],
      ['other', { n: 1 }],
      ['predict', { text: 'b' }],
      ['predict', { text: 'c' }],
    ])
  })

  it('of a default that is no endpoint is bundled, and one that is not there is still an error', async () => {
    const manifest = await build({
      'api.ts': `import value, { f } from './model.ts'; export const both = async () => [value, await f()]`,
      'model.ts': `export default 5; export const f = async () => 1; export const endpoints = { f: {} }`,
    })
    const { exports } = load(codeOf(manifest, 'api'))
    expect(await exports['both']?.()).toEqual([5, 'remote'])
    write({ 'api.ts': `import value, { g } from './other.ts'; export const both = async () => [value, await g()]` })
    write({ 'other.ts': `export const g = async () => 1; export const endpoints = { g: {} }` })
    expect((await run()).problems).toEqual([
      'api.ts:1:8: No matching export in "remote:other.ts" for import "default".',
    ])
  })

  it('of a module in a circle calls the other and not itself', async () => {
    const manifest = await build({
      'a.ts': `import { b } from './b.ts'
        export const endpoints = { a: {} }
        export async function a(n: number): Promise<unknown> { return n === 0 ? 'a' : b(n - 1) }`,
      'b.ts': `import { a } from './a.ts'
        export const endpoints = { b: {} }
        export async function b(n: number): Promise<unknown> { return n === 0 ? 'b' : a(n - 1) }`,
    })
    const { exports, asked } = load(codeOf(manifest, 'a'))
    expect([await exports['a']?.(0), await exports['a']?.(1)]).toEqual(['a', 'remote'])
    expect(asked).toEqual([['b', { n: 0 }]])
  })
})

const PROJECT = {
  'gateway.ts': `import { predict } from './model.ts'
    export const endpoints = { answer: { method: 'POST', path: '/answer' } }
    export async function answer(text: string) { return { answer: await predict(text, 2) } }`,
  'model.ts': `export const endpoints = { predict: {} }
    export async function predict(text: string, times: number) { return { text: text.repeat(times) } }`,
}

async function ask({ url }: ServiceProcess, text: string): Promise<unknown> {
  const response = await fetch(`${url}/answer`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ text }),
  })
  return response.json()
}

describe('a built project', () => {
  it('is served whole by one service', async () => {
    await build(PROJECT)
    await using service = await ServiceProcess.start({ env: { DEPLOYMENT: join(folder, 'dist-flash') } })
    expect(await ask(service, 'a')).toEqual({ answer: { text: 'aa' } })
    expect(await ask(service, 'b')).toEqual({ answer: { text: 'bb' } })
  })

  it('is served by a service for each resource', async () => {
    await build(PROJECT)
    const DEPLOYMENT = join(folder, 'dist-flash')
    await using model = await ServiceProcess.start({ env: { DEPLOYMENT, FLASH_RESOURCE_NAME: 'model' } })
    const env = { DEPLOYMENT, FLASH_RESOURCE_NAME: 'gateway', RESOURCE_URLS: `model=${model.url}` }
    await using gateway = await ServiceProcess.start({ env })
    expect(await ask(gateway, 'a')).toEqual({ answer: { text: 'aa' } })
    expect(await ask(gateway, 'b')).toEqual({ answer: { text: 'bb' } })
  })
})
