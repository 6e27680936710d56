// The bundler with real tool processes: what it makes, what it refuses, hostile files, replaced processes.
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MODULE_EXPORTS_GLOBAL } from '../../src/core/deployment.ts'
import { ModuleBundler } from '../../src/tool-client/bundle-client.ts'
import type { BundleOutcome } from '../../src/tool-client/bundle-client.ts'
import { isReachableToAll } from '../../src/tool-client/reachable-to-all.ts'
import { isAlive } from '../support/processes.ts'

const OTHER_UID = 64_321

let base = ''
let root = ''

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'bundle-'))
  root = join(base, 'artifact', 'app')
  mkdirSync(root, { recursive: true })
})

afterEach(() => rmSync(base, { recursive: true }))

/** Writes files by their path from the root; `../` leads out of it. */
function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
}

async function bundle(file: string, exports: readonly string[] = [], wantsMap = false): Promise<BundleOutcome> {
  await using bundler = new ModuleBundler()
  return await bundler.bundle({ root, file, exports, wantsMap })
}

function codeOf(outcome: BundleOutcome): string {
  if (!outcome.ok) throw new Error(outcome.failure.message)
  return outcome.code
}

function messageOf(outcome: BundleOutcome): string {
  if (outcome.ok) throw new Error(`It was bundled: ${outcome.code}`)
  return outcome.failure.message
}

/** The exports of a script, as a context without anything sees them. */
function exportsOf(code: string): Readonly<Record<string, unknown>> {
  return runInNewContext(`${code}\n;${MODULE_EXPORTS_GLOBAL}`) as Readonly<Record<string, unknown>>
}

function childrenOf(pid: number): readonly number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ').filter(Boolean).map(Number)
}

describe('a bundle', () => {
  it('is a script that leaves the exports in the global variable', async () => {
    write({
      'a/b.ts': [
        "import data from './data.json'",
        "import text from '../note.txt'",
        "import { twice } from 'pack'",
        'enum Kind { A = 7 }',
        'export const add = (a: number): number => twice(a) + data.one + Kind.A',
        'export default text',
      ].join('\n'),
      'a/data.json': '{"one":1}',
      'note.txt': 'hello',
      'node_modules/pack/package.json': '{"name":"pack","exports":{"worker":"./worker.js","default":"./other.js"}}',
      'node_modules/pack/worker.js': 'export const twice = (n) => 2 * n',
    })
    const outcome = await bundle('a/b.ts')
    const exports = exportsOf(codeOf(outcome))
    expect(outcome).toMatchObject({ kind: 'script', map: null })
    expect((exports['add'] as (a: number) => number)(3)).toBe(14)
    expect(exports['default']).toBe('hello')
  })

  it('is a module only when there is a top-level await', async () => {
    write({ 'a.ts': 'const x = await 1\nexport const y = 2', 'b.ts': 'export const f = async () => await 1' })
    expect(await bundle('a.ts', ['x'])).toMatchObject({
      ok: true,
      kind: 'module',
      code: expect.stringMatching(/export \{\n {2}x,\n {2}y\n\}/) as string,
    })
    expect(await bundle('b.ts')).toMatchObject({ ok: true, kind: 'script' })
  })

  it.each(['a.ts', 'a.js'])(
    'of %s exports the wanted names that are declared, and does without the others',
    async (file) => {
      write({
        [file]: 'function hidden() { return 1 }\nexport class Shown {}\nexport { hidden as seen }\n// no line end',
      })
      const exports = exportsOf(
        codeOf(await bundle(file, ['hidden', 'Shown', 'seen', 'nowhere', 'default', 'class', 'a } ; export { b'])),
      )
      expect(Object.keys(exports).toSorted()).toEqual(['Shown', 'hidden', 'seen'])
    },
  )

  it('of a CommonJS module stays what it is', async () => {
    write({ 'a.cjs': 'function hidden() {}\nmodule.exports = { f: () => 1 }' })
    expect(Object.keys(exportsOf(codeOf(await bundle('a.cjs', ['f', 'hidden']))))).toEqual(['f'])
  })

  it('has decorators turned into what V8 can run', async () => {
    write({
      'a.ts':
        'const seen: string[] = []\nconst d = (_: unknown, { name }: { name: string }) => { seen.push(name) }\nexport class A { @d m() {} }\nexport const names = () => seen.join()',
    })
    expect((exportsOf(codeOf(await bundle('a.ts')))['names'] as () => string)()).toBe('m')
  })

  it('comes with a map when that is asked for, and does not name it', async () => {
    write({ 'a/b.ts': 'export const x: number = 1' })
    const outcome = await bundle('a/b.ts', [], true)
    expect(codeOf(outcome)).not.toContain('sourceMappingURL')
    const map = JSON.parse((outcome as { readonly map: string }).map) as Readonly<Record<string, unknown>>
    expect(map).toMatchObject({ version: 3, sources: ['a/b.ts'] })
  })

  it('does not depend on a tsconfig.json, which could extend any file', async () => {
    write({ 'tsconfig.json': '{"extends":"../../secret.json"}', 'a.ts': 'export const x = 1' })
    expect(await bundle('a.ts')).toMatchObject({ ok: true })
  })
})

describe('a refusal', () => {
  it('says where the syntax is wrong, in characters and not in bytes', async () => {
    write({ 'a/b.ts': 'export const a = 1\nconst ü = "中😀"; let = = 2' })
    expect(await bundle('a/b.ts')).toEqual({
      ok: false,
      failure: { code: 'COMPILE_FAILED', message: expect.stringMatching(/^a\/b\.ts:2:24: \S.*\.$/) as string },
    })
  })

  it('names every import that there is not, with the file that wants it', async () => {
    write({
      'a.ts': "import { b } from './b.ts'\nimport { x } from './nowhere.ts'\nexport const y = [b, x]",
      'b.ts':
        "import fs from 'fs'\nimport { sep } from 'node:path'\nimport l from 'left-pad'\nexport const b = [fs, sep, l]",
    })
    expect(
      messageOf(await bundle('a.ts'))
        .split('\n')
        .toSorted(),
    ).toEqual([
      "a.ts:2:19: './nowhere.ts' cannot be found.",
      "b.ts:1:16: 'fs' is a module of Node.js, which there is not: the sandbox has no files.",
      "b.ts:3:15: 'left-pad' cannot be found.",
    ])
  })

  it('does not meet what a package only tries', async () => {
    write({ 'a.js': "let fs\ntry { fs = require('fs') } catch { fs = null }\nexport const f = () => fs" })
    expect((exportsOf(codeOf(await bundle('a.js')))['f'] as () => unknown)()).toBe(null)
  })

  it.each([
    [
      'an address',
      "import x from 'https://example.com/x.js'\nexport { x }",
      /'https:\/\/example\.com\/x\.js' is an address/,
    ],
    ['another kind of file', "import './a.css'", /'a\.css' is no kind of file that can be part of a bundle/],
  ])('meets %s', async (_name, text, message) => {
    write({ 'a.ts': text, 'a.css': 'a {}' })
    expect(messageOf(await bundle('a.ts'))).toMatch(message)
  })

  it('meets a file that is not there', async () => {
    expect(messageOf(await bundle('a.ts'))).toBe('a.ts: There is no such file.')
  })
})

describe('files outside the root', () => {
  it.each(['../../secret.ts', '../secret.ts', '../nowhere.ts', '../app-too/secret.ts'])(
    'are not imported as %s',
    async (path) => {
      const text = 'export const secret = "hunter2"'
      write({ '../../secret.ts': text, '../secret.ts': text, '../app-too/secret.ts': text })
      write({ 'a.ts': `import { secret } from '${path}'\nexport const x = secret` })
      // The same whether the file exists.
      expect(messageOf(await bundle('a.ts'))).toBe(`a.ts:1:24: '${path}' is outside the artifact.`)
    },
  )

  it('are not imported by their absolute path', async () => {
    write({ '../secret.ts': 'export const secret = "hunter2"' })
    const path = join(root, '..', 'secret.ts')
    write({ 'a.ts': `export { secret } from '${path}'` })
    expect(messageOf(await bundle('a.ts'))).toContain('is outside the artifact')
  })

  it.each([
    ['a file', './link.ts'],
    ['a folder', './folder/secret.ts'],
    ['a package', 'pack'],
    ['the entry of a package', 'other'],
  ])('are not reached through a link or a package.json: %s', async (_name, path) => {
    write({
      '../out/secret.ts': 'export const secret = "hunter2"',
      '../out/index.js': 'export const secret = "hunter2"',
      'node_modules/other/package.json': '{"main":"../../../out/index.js"}',
      'a.ts': `export { secret } from '${path}'`,
    })
    symlinkSync(join(root, '..', 'out', 'secret.ts'), join(root, 'link.ts'))
    symlinkSync(join(root, '..', 'out'), join(root, 'folder'))
    symlinkSync(join(root, '..', 'out'), join(root, 'node_modules', 'pack'))
    expect(messageOf(await bundle('a.ts'))).toBe(`a.ts:1:24: '${path}' is outside the artifact.`)
  })

  it('are not bundled themselves, by path or by link', async () => {
    write({ '../secret.ts': 'export const secret = 1' })
    symlinkSync(join(root, '..', 'secret.ts'), join(root, 'link.ts'))
    expect(messageOf(await bundle('../secret.ts'))).toBe('../secret.ts: It is outside the artifact.')
    expect(messageOf(await bundle('link.ts'))).toBe('link.ts: It is outside the artifact.')
  })

  it('are no packages of folders above', async () => {
    write({ '../node_modules/pack/index.js': 'export const secret = 1', 'a.ts': "export { secret } from 'pack'" })
    expect(messageOf(await bundle('a.ts'))).toBe("a.ts:1:24: 'pack' is outside the artifact.")
    await using bundler = new ModuleBundler({ packageFolders: [join(root, '..', 'node_modules')] })
    expect(await bundler.bundle({ root, file: 'a.ts', exports: [] })).toMatchObject({ ok: true })
  })

  it.each(['../secret.map', './../secret.map', '%2e%2e/secret.map', './link.map', 'link.map', 'x/../../secret.map'])(
    'are not read as the source map %s',
    async (path) => {
      const secret = '{"version":3,"sources":["s.ts"],"sourcesContent":["hunter2"],"mappings":"AAAA"}'
      write({ '../secret.map': secret, 'a.js': `export const x = 1 //# sourceMappingURL=${path}\n` })
      symlinkSync(join(root, '..', 'secret.map'), join(root, 'link.map'))
      expect(JSON.stringify(await bundle('a.js', [], true))).not.toContain('hunter2')
    },
  )

  it('do not hinder source maps inside', async () => {
    const map = '{"version":3,"sources":["s.ts"],"sourcesContent":["original"],"mappings":"AAAA"}'
    write({ 'a.js.map': map, 'a.js': 'export const x = 1\n//# sourceMappingURL=a.js.map\n' })
    expect(JSON.stringify(await bundle('a.js', [], true))).toContain('original')
  })
})

describe('hostile files', () => {
  it('are refused over the bound, without being read', async () => {
    write({ 'a.ts': "import t from './big.txt'\nexport const x = t", 'big.txt': 'x'.repeat(3_000) })
    await using bundler = new ModuleBundler({ inputBytes: 2_000 })
    expect(await bundler.bundle({ root, file: 'a.ts', exports: [] })).toMatchObject({
      ok: false,
      failure: {
        code: 'LIMIT_TRANSPILE',
        limit: 2_000,
        used: 3_044,
        message: 'a.ts: the files that it imports are at least 3,044 bytes; the limit is 2,000.',
      },
    })
  })

  it('are refused when the bundle is over the bound', async () => {
    write({ 'a.ts': `export const x = '${'x'.repeat(2_000)}'` })
    await using bundler = new ModuleBundler({ outputBytes: 2_000 })
    const outcome = await bundler.bundle({ root, file: 'a.ts', exports: [] })
    expect(outcome).toMatchObject({ ok: false, failure: { code: 'LIMIT_TRANSPILE', limit: 2_000 } })
  })

  it('do not hold it up as pipes', async () => {
    write({ 'a.ts': "import x from './pipe.json'\nexport { x }" })
    execFileSync('sh', ['-c', 'mkfifo "$0"', join(root, 'pipe.json')])
    expect(messageOf(await bundle('a.ts'))).toBe("a.ts:1:15: 'pipe.json' is no regular file.")
  })

  it.each([
    ['braces', '{'.repeat(20_000)],
    ['closed braces', `${'{'.repeat(20_000)}${'}'.repeat(20_000)}`],
    ['half a million brackets', '['.repeat(500_000)],
  ])('end with a failure, and the next module is bundled: %s', async (_name, text) => {
    write({ 'a.ts': text, 'b.ts': 'export const x = 1' })
    await using bundler = new ModuleBundler()
    expect(await bundler.bundle({ root, file: 'a.ts', exports: [] })).toMatchObject({
      ok: false,
      failure: { code: expect.stringMatching(/^(COMPILE_FAILED|LIMIT_TRANSPILE)$/) as string },
    })
    expect(await bundler.bundle({ root, file: 'b.ts', exports: [] })).toMatchObject({ ok: true })
  })

  it.each([
    ['deadlineMs', 1, /longer than the limit of 1 ms/],
    ['residentMb', 10, /MB of memory; the limit is 10/],
  ])('end at the bound %s, and the bundler with them', async (bound, value, message) => {
    write({ 'a.ts': "import './b.ts'", 'b.ts': 'f(() => {});'.repeat(300_000) })
    await using bundler = new ModuleBundler({ [bound]: value })
    const pending = bundler.bundle({ root, file: 'a.ts', exports: [] })
    expect(await pending).toMatchObject({
      ok: false,
      failure: { code: 'LIMIT_TRANSPILE', message: expect.stringMatching(message) as string },
    })
    expect(bundler.pid).toBe(undefined)
  })
})

describe('the tool process', () => {
  it('has no environment, the permission model, and one child that ends with it', async () => {
    write({ 'a.ts': 'export const x = 1' })
    await using bundler = new ModuleBundler()
    codeOf(await bundler.bundle({ root, file: 'a.ts', exports: [] }))
    const pid = bundler.pid ?? 0
    const [esbuild = 0, ...others] = childrenOf(pid)
    expect(others).toEqual([])
    expect(readFileSync(`/proc/${pid}/environ`, 'latin1')).toBe('')
    // Node.js itself adds its permissions for a child that is Node.js too.
    expect(readFileSync(`/proc/${esbuild}/environ`, 'latin1')).toMatch(/^(?:NODE_OPTIONS=--permission [^\0]*\0)?$/)
    expect(readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0')).toContain('--permission')
    await bundler[Symbol.asyncDispose]()
    expect(isAlive(pid)).toBe(false)
    await expect.poll(() => isAlive(esbuild)).toBe(false)
  })

  it.skipIf(process.geteuid?.() !== 0).each([
    ['takes on the user that it is given, where that one can read the root', 0o755, OTHER_UID],
    ['keeps the user of the service for a root that no other user gets to', 0o700, 0],
  ])('%s', async (_, mode, uid) => {
    write({ 'a.ts': "export { y } from './b.ts'", 'b.ts': 'export const y = 1' })
    chmodSync(base, mode)
    // Whether this project can be reached decides too; the precondition is only about the root.
    const expected = (await isReachableToAll(realpathSync('node_modules/esbuild'))) ? uid : 0
    await using bundler = new ModuleBundler({ uid: OTHER_UID })
    expect(codeOf(await bundler.bundle({ root, file: 'a.ts', exports: [] }))).toContain('1')
    const pids = [bundler.pid ?? 0, ...childrenOf(bundler.pid ?? 0)]
    expect(pids.map((pid) => statSync(`/proc/${pid}`).uid)).toEqual([expected, expected])
  })

  it('serves one root until something fails, and is replaced for another root', async () => {
    write({ 'a.ts': 'export const x = 1', 'b.ts': 'export const = 1', 'sub/a.ts': 'export const x = 1' })
    await using bundler = new ModuleBundler()
    const pidAfter = async (folder: string, file: string): Promise<number | undefined> => {
      await bundler.bundle({ root: folder, file, exports: [] })
      return bundler.pid
    }
    const first = await pidAfter(root, 'a.ts')
    expect(await pidAfter(root, 'a.ts')).toBe(first)
    expect(await pidAfter(root, 'b.ts')).toBe(undefined)
    const second = await pidAfter(root, 'a.ts')
    const third = await pidAfter(join(root, 'sub'), 'a.ts')
    expect(new Set([first, second, third]).size).toBe(3)
    expect(isAlive(second ?? 0)).toBe(false)
  })

  it('that cannot be started is a failure, and so is a bundler that is disposed', async () => {
    await using bundler = new ModuleBundler({ entryPath: '/nowhere/tool.ts' })
    const request = { root, file: 'a.ts', exports: [] }
    expect(await bundler.bundle(request)).toMatchObject({ ok: false, failure: { code: 'EXECUTORS_UNAVAILABLE' } })
    await bundler[Symbol.asyncDispose]()
    expect(await bundler.bundle(request)).toMatchObject({ ok: false, failure: { code: 'DRAINING' } })
  })
})
