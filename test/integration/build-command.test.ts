// `worker-isolate build` on the example and on projects with problems: what it writes, what it prints, how it ends.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { runInNewContext } from 'node:vm'
import { list } from 'tar'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Manifest } from '../../src/builder/manifest.ts'
import { runBuild } from '../../src/builder/run-build.ts'
import { sha256 } from '../../src/builder/write-artifact.ts'
import { MODULE_EXPORTS_GLOBAL } from '../../src/core/deployment.ts'
import { parseManifest } from '../../src/protocol/manifest.ts'
import { PROJECT_FOLDER } from '../support/service-process.ts'

const EXAMPLE = join(PROJECT_FOLDER, 'examples', 'orders')

let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'build-'))
})

afterEach(() => rmSync(folder, { recursive: true }))

interface Built {
  readonly code: number
  readonly lines: readonly string[]
  readonly problems: readonly string[]
}

async function build(project: string, outFolder?: string): Promise<Built> {
  const lines: string[] = []
  const problems: string[] = []
  const code = await runBuild({
    folder: project,
    outFolder,
    print: (line) => lines.push(line),
    printProblem: (line) => problems.push(line),
  })
  return { code, lines, problems }
}

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
}

function readManifest(out: string): Manifest {
  return JSON.parse(readFileSync(join(out, 'flash_manifest.json'), 'utf8')) as Manifest
}

function archiveIn(out: string): string {
  const names = readdirSync(out).filter((name) => name.endsWith('.tar.gz'))
  expect(names).toHaveLength(1)
  return join(out, names[0] ?? '')
}

describe('the example', () => {
  it('becomes scripts whose exports are the functions of the manifest', async () => {
    const { code, lines, problems } = await build(EXAMPLE, folder)
    expect({ code, problems }).toEqual({ code: 0, problems: [] })
    expect(lines).toEqual([
      expect.stringMatching(
        /^src\.api: price, quote, checksum → bundles\/src\.api\.[0-9a-f]{8}\.js \(script, [\d,]+ bytes\)$/,
      ),
      expect.stringMatching(
        /^src\.jobs: report, Ledger → bundles\/src\.jobs\.[0-9a-f]{8}\.js \(script, [\d,]+ bytes\)$/,
      ),
      expect.stringMatching(/\/orders-[0-9a-f]{12}\.tar\.gz \([\d,]+ bytes\)$/),
    ])
    expect(parseManifest(readFileSync(join(folder, 'flash_manifest.json'), 'utf8'))).toMatchObject({ ok: true })
    const { bundled } = readManifest(folder)
    const load = (name: string): Readonly<Record<string, unknown>> => {
      const text = readFileSync(join(folder, bundled[name]?.file ?? ''), 'utf8')
      expect(sha256(text)).toBe(bundled[name]?.hash)
      return runInNewContext(`${text}\n;${MODULE_EXPORTS_GLOBAL}`) as Readonly<Record<string, unknown>>
    }
    const quote = load('src.api')['quote'] as (item: string, quantity?: number) => Promise<{ cents: number }>
    expect((await quote('tea', 2)).cents).toBe(700)
    const Ledger = load('src.jobs')['Ledger'] as new () => { add: (item: string, quantity: number) => number }
    expect(new Ledger().add('cake', 2)).toBe(1_020)
  })

  it('becomes the same archive each time, with the files in order and without a date', async () => {
    const out = [join(folder, 'a'), join(folder, 'b')] as const
    for (const one of out) expect((await build(EXAMPLE, one)).code).toBe(0)
    expect(readFileSync(archiveIn(out[0]))).toEqual(readFileSync(archiveIn(out[1])))
    const entries: (readonly [string, number | undefined])[] = []
    await list({ file: archiveIn(out[0]), onReadEntry: ({ path, mtime }) => entries.push([path, mtime?.getTime()]) })
    const names = entries.map(([path]) => path)
    expect(names).toEqual(names.toSorted())
    expect(names).toContain('flash_manifest.json')
    expect(new Set(entries.map(([, time]) => time))).toEqual(new Set([0]))
  })
})

it('has types for the endpoints of the example', () => {
  const compiler = join(PROJECT_FOLDER, 'node_modules', 'typescript', 'bin', 'tsc')
  expect(execFileSync(process.execPath, [compiler, '-p', EXAMPLE], { encoding: 'utf8' })).toBe('')
})

it('takes the files that are modules, and leaves no bundle of an earlier build', async () => {
  write({
    'a.ts': 'export const f = (): number => 1',
    'b/c.mjs': 'export default function g() {}',
    'b/helper.ts': 'export const x = 1',
    'a.test.ts': 'export function no() {}',
    'a.d.ts': 'export function no(): void',
    'node_modules/p/index.js': 'export function no() {}',
    '.hidden/a.ts': 'export function no() {}',
  })
  const out = join(folder, 'dist-flash')
  expect(await build(folder)).toMatchObject({ code: 0, problems: [] })
  const archive = archiveIn(out)
  writeFileSync(join(out, 'note.txt'), 'mine')
  write({ 'a.ts': 'export const f = (): number => 2' })
  expect((await build(folder)).code).toBe(0)
  expect(archiveIn(out)).not.toBe(archive)
  expect(readManifest(out).function_registry).toEqual({ f: 'a', g: 'b.c' })
  expect(readdirSync(join(out, 'bundles'))).toHaveLength(4)
  expect(readFileSync(join(out, 'note.txt'), 'utf8')).toBe('mine')
})

it('lists every problem of every module with its place, and writes nothing', async () => {
  write({
    'a.ts': "import fs from 'node:fs'\nimport p from 'left-pad'\nexport const f = () => [fs, p]",
    'b.ts': "import './lib/deep.ts'\nexport function g() {}\nexport const endpoints = { g: { limits: LIMITS } }",
    'lib/deep.ts': "import 'net'",
    'c.ts': 'export const = 1',
  })
  const { code, lines, problems } = await build(folder)
  expect({ code, lines }).toEqual({ code: 1, lines: [] })
  expect(problems).toEqual([
    "b.ts:3:41: 'limits' of 'g' must be an object literal.",
    'c.ts:1:14: Unexpected token.',
    "a.ts:1:16: 'node:fs' is a module of Node.js, which there is not: the sandbox has no files.",
    "a.ts:2:15: 'left-pad' cannot be found.",
    "lib/deep.ts:1:8: 'net' is a module of Node.js, which there is not: the sandbox has no sockets. (in the bundle of b.ts)",
  ])
  expect(readdirSync(folder)).not.toContain('dist-flash')
})

it.each([
  ['a folder that is not there', 'nowhere', undefined, /^There is no folder/],
  ['a folder without functions', '.', undefined, /has no module that exports a function or class\.$/],
  ['an output folder that holds the project', '.', '..', /holds the project itself/],
])('refuses %s', async (_name, project, out, problem) => {
  const outFolder = out === undefined ? undefined : join(folder, out)
  const { code, problems } = await build(join(folder, project), outFolder)
  expect({ code, problems }).toEqual({ code: 1, problems: [expect.stringMatching(problem)] })
})

it('takes packages from folders above the project', async () => {
  const project = join(folder, 'deep', 'project')
  write({ 'node_modules/pack/index.js': 'export const one = 1' })
  write({ 'deep/project/a.ts': "import { one } from 'pack'\nexport const f = () => one" })
  expect(await build(project)).toMatchObject({ code: 0, problems: [] })
})

it('builds a copy of the example elsewhere only with its package', async () => {
  cpSync(join(EXAMPLE, 'src'), join(folder, 'src'), { recursive: true })
  expect((await build(folder)).problems).toContain("src/api.ts:2:20: 'valibot' cannot be found.")
})
