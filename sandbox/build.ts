// Makes the runtime of the executors: the V8 snapshot with the guest program, from which every isolate starts, and the
// executor as one file, so that an executor may read nothing else. A program: build.ts <output folder>
// It runs in a process of its own, because what V8 refuses in a snapshot aborts the process.
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { build } from 'esbuild'
import type { BuildOptions, Plugin } from 'esbuild'
import ivm from 'isolated-vm'
import { snapshotChecksum } from '../src/executor/snapshot-checksum.ts'
import { bundleParser } from './bundle-parser.ts'
import { bundleLazyGroups, readSharedExports, stubLazyGroups } from './lazy-groups.ts'
import { readLegacyTables } from './legacy-tables.ts'
import { hashRuntimeSource } from './source-hash.ts'

const sourceFolder = join(import.meta.dirname, 'src')

/**
 * One bundled script, small: V8 gives a string of more than 128 KB in a snapshot pages of its own in every isolate. What a guest can
 * see has its name set when it is installed.
 */
const GUEST_BUNDLE = {
  bundle: true,
  format: 'iife',
  target: 'esnext',
  platform: 'neutral',
  mainFields: ['module', 'main'],
  minifyWhitespace: true,
  minifySyntax: true,
  minifyIdentifiers: true,
  legalComments: 'none',
} satisfies BuildOptions

async function bundle(entry: string, plugin: Plugin): Promise<string> {
  const result = await build({
    ...GUEST_BUNDLE,
    entryPoints: [join(sourceFolder, entry)],
    write: false,
    plugins: [plugin],
  })
  const [file] = result.outputFiles
  if (file === undefined) throw new Error(`esbuild made nothing of ${entry}`)
  return file.text
}

/** The scripts of the snapshot in order; tests load them into isolates without a snapshot too. */
export async function bundleSandbox(): Promise<readonly { readonly code: string; readonly filename: string }[]> {
  const parser = await bundleParser()
  const groups = await bundleLazyGroups(await readSharedExports(), GUEST_BUNDLE)
  return [
    // Present as text, compiled only in an isolate that binds keyword arguments.
    {
      code: `globalThis.workerIsolateParser=function(){'use strict';${parser};return parser};`,
      filename: 'worker-isolate:parser',
    },
    ...groups,
    { code: await bundle('main.ts', stubLazyGroups(groups)), filename: 'worker-isolate:sandbox' },
  ]
}

/** Exercises the hot path in a context that V8 throws away; the compiled bytecode of what ran stays in the snapshot. */
const WARM_UP = `{
  const entry = workerIsolateBoot(() => '', () => undefined, false, 1024, false)
  globalThis.warm = (a, b) => a + b
  entry(1, 0, '{"name":"warm","format":"json","outputBytes":1000}\\n{"args":[1,{"a":[1,"b",null,true]}],"kwargs":{}}')
}`

async function makeSnapshot(): Promise<Buffer> {
  const scripts = await bundleSandbox()
  const snapshot = ivm.Isolate.createSnapshot([...scripts], WARM_UP)
  const blob = Buffer.from(snapshot.copy())
  const tables = readLegacyTables()
  const header = {
    v8: process.versions.v8,
    arch: process.arch,
    source: hashRuntimeSource(),
    checksum: snapshotChecksum(blob),
    tableBytes: tables.length,
  }
  return Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), tables, blob])
}

/**
 * JavaScript already: an executor that strips types is 16 MB larger and starts later. A CommonJS module, since the loader
 * of ES modules evaluates every lazy member of the modules of Node.js that are imported, and takes longer than the rest.
 */
async function bundleExecutor(): Promise<Uint8Array> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, '..', 'src', 'executor', 'main.ts')],
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'node',
    define: { 'import.meta.url': '__filename' },
    target: 'node26',
    legalComments: 'none',
  })
  const [file] = outputFiles
  if (file === undefined) throw new Error('esbuild made nothing of the executor')
  return file.contents
}

/** Whoever reads the folder meanwhile sees the old file or the new one, never a part. */
function replaceFile(path: string, content: Uint8Array): void {
  const temporary = `${path}.${process.pid}`
  writeFileSync(temporary, content)
  renameSync(temporary, path)
}

async function main(folder: string): Promise<void> {
  const executor = await bundleExecutor()
  const snapshot = await makeSnapshot()
  mkdirSync(folder, { recursive: true })
  replaceFile(join(folder, 'executor.cjs'), executor)
  replaceFile(join(folder, 'sandbox.snapshot'), snapshot)
}

if (import.meta.main) {
  const [folder] = process.argv.slice(2)
  if (folder === undefined) throw new Error('usage: build.ts <output folder>')
  await main(folder)
}
