// Makes the runtime of the executors: the V8 snapshots with the guest program, from which every isolate starts, and the
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
import { hashSeedOf } from './hash-seed.ts'
import { bundleLazyGroups, numberOf, readSharedExports, stubLazyGroups, writeText } from './lazy-groups.ts'
import type { BundledGroup } from './lazy-groups.ts'
import { readLegacyTables } from './legacy-tables.ts'
import { hashRuntimeSource } from './source-hash.ts'
import { PARSER_TEXT, TIERS } from './src/bridge.ts'
import { groupsOf, preparationOf, warmUpOf } from './tiers.ts'
import type { TierName } from './tiers.ts'

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

export interface GuestProgram {
  readonly groups: readonly BundledGroup[]
  /** The script that all snapshots have. */
  readonly program: string
  /** What lies beside the snapshots, by its number. */
  readonly texts: readonly string[]
}

export async function bundleGuestProgram(): Promise<GuestProgram> {
  const groups = await bundleLazyGroups(await readSharedExports(), GUEST_BUNDLE)
  const program = await bundle('main.ts', stubLazyGroups(groups))
  const texts: string[] = []
  const parser = `function(){'use strict';${await bundleParser()};return parser}`
  texts[PARSER_TEXT] = writeText(parser, 'worker-isolate:parser')
  for (const { global, load, filename } of groups) texts[numberOf(global)] = writeText(load, filename)
  return { groups, program, texts }
}

/** A tier has the text of the groups that it has made, and of no other: 100 KB more take an isolate 0.05 ms. */
export function snapshotOf({ groups, program }: GuestProgram, tier: TierName): Buffer {
  const own = new Set(groupsOf(tier))
  const scripts = [
    ...groups
      .filter(({ global }) => own.has(global))
      .map(({ global, load, filename }) => ({ code: `globalThis.${global}=${load};`, filename })),
    { code: program, filename: 'worker-isolate:sandbox' },
    { code: preparationOf(tier), filename: 'worker-isolate:prepare' },
  ]
  return Buffer.from(ivm.Isolate.createSnapshot(scripts, warmUpOf(tier)).copy())
}

/** An executor reads them a byte for a character. */
function toAscii(text: string): Buffer {
  const bytes = Buffer.from(text)
  if (bytes.length !== text.length) throw new Error('a part of the guest program is not ASCII')
  return bytes
}

/** One line of JSON, what a process has once beside its isolates, and the blob. */
function writeSnapshotFile(tier: TierName, blob: Buffer, texts: readonly Buffer[]): Buffer {
  const header = {
    tier,
    v8: process.versions.v8,
    arch: process.arch,
    source: hashRuntimeSource(),
    hashSeed: hashSeedOf(process.execArgv),
    checksum: snapshotChecksum(blob),
    textBytes: texts.map(({ length }) => length),
  }
  return Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), ...texts, blob])
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
  const program = await bundleGuestProgram()
  mkdirSync(folder, { recursive: true })
  replaceFile(join(folder, 'executor.cjs'), executor)
  for (const tier of TIERS) {
    const texts = tier === 'base' ? [readLegacyTables(), ...program.texts.map(toAscii)] : []
    const name = tier === 'base' ? 'sandbox.snapshot' : `sandbox-${tier}.snapshot`
    replaceFile(join(folder, name), writeSnapshotFile(tier, snapshotOf(program, tier), texts))
  }
}

if (import.meta.main) {
  const [folder] = process.argv.slice(2)
  if (folder === undefined) throw new Error('usage: build.ts <output folder>')
  await main(folder)
}
