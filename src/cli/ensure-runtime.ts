// Sees to it that what executors run, the guest program's snapshot and the executor in one file, fits this source and this V8.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, readFileSync, readSync } from 'node:fs'
import { extname, join } from 'node:path'
import { hashSeedFlag } from '../../sandbox/hash-seed.ts'
import { hashRuntimeSource } from '../../sandbox/source-hash.ts'
import { TIERS } from '../../sandbox/src/bridge.ts'
import { snapshotChecksum } from '../executor/snapshot-checksum.ts'

const HEADER_BYTES = 1_024
const sourceRoot = join(import.meta.dirname, '..', '..')
/** Running from source, as against from a build that holds its runtime. */
const isSource = extname(import.meta.filename) === '.ts'
const folder = isSource ? join(sourceRoot, 'dist') : sourceRoot

export interface RuntimeFiles {
  readonly snapshotPath: string
  /** The snapshots of the larger tiers, in their order. */
  readonly tierPaths: readonly string[]
  readonly executorPath: string
  /** Of the snapshots, for the processes that use them; null when they were made with none of their own. */
  readonly hashSeed: string | null
}

const [, ...LARGER_TIERS] = TIERS
const RUNTIME_FILES: Omit<RuntimeFiles, 'hashSeed'> = {
  snapshotPath: join(folder, 'sandbox.snapshot'),
  tierPaths: LARGER_TIERS.map((tier) => join(folder, `sandbox-${tier}.snapshot`)),
  executorPath: join(folder, 'executor.cjs'),
}

export type RuntimeState =
  | { readonly ok: true; readonly files: RuntimeFiles }
  | { readonly ok: false; readonly message: string }

/** From source, a missing or stale runtime is made in a child process, which takes about half a second once. */
export async function ensureRuntime(): Promise<RuntimeState> {
  const problem = checkRuntime()
  if (problem === null) return { ok: true, files: runtimeFiles() }
  if (!isSource) return { ok: false, message: `${problem} Run "npm run build" with the Node.js that runs the service.` }
  const builder = join(sourceRoot, 'sandbox', 'build.ts')
  const seed = seedFlag()
  if (!seed.ok) return seed
  const child = spawn(process.execPath, ['--no-node-snapshot', seed.flag, builder, folder], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {},
  })
  let complaint = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code === 0) return { ok: true, files: runtimeFiles() }
  return { ok: false, message: `The runtime of the executors cannot be made: ${complaint.trim()}` }
}

type SeedFlag = { readonly ok: true; readonly flag: string } | { readonly ok: false; readonly message: string }

/** The seed is the first file of the folder that is written. */
function seedFlag(): SeedFlag {
  try {
    return { ok: true, flag: hashSeedFlag(folder) }
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException
    const advice = 'start the service once as a user that may, or run "npm run build" as one.'
    return { ok: false, message: `The runtime of the executors cannot be written to ${folder} (${code}); ${advice}` }
  }
}

function runtimeFiles(): RuntimeFiles {
  const seed = readHeader(RUNTIME_FILES.snapshotPath)?.['hashSeed']
  return { ...RUNTIME_FILES, hashSeed: typeof seed === 'string' ? seed : null }
}

/**
 * What is wrong, or null. The blob of the smallest tier is verified by each executor that starts; one of a larger tier would
 * be found out when a program has been promised a quick start.
 */
function checkRuntime(): string | null {
  const { snapshotPath, tierPaths, executorPath } = RUNTIME_FILES
  const source = isSource ? hashRuntimeSource() : undefined
  const hashSeed = readHeader(snapshotPath)?.['hashSeed']
  for (const path of [snapshotPath, ...tierPaths]) {
    const header = readHeader(path)
    if (header === null || !existsSync(executorPath)) return `The runtime of the executors is not in ${folder}.`
    if (header['v8'] !== process.versions.v8 || header['arch'] !== process.arch) {
      return `The runtime in ${folder} was made for another Node.js.`
    }
    if (source !== undefined && header['source'] !== source) {
      return `The runtime in ${folder} is older than its source.`
    }
    if (header['hashSeed'] !== hashSeed) return `The parts of the runtime in ${folder} were made apart from each other.`
    if (path !== snapshotPath && header['checksum'] !== checksumOf(path)) return `The file ${path} is damaged.`
  }
  return null
}

/** Of what is behind the first line. */
function checksumOf(path: string): string {
  const bytes = readFileSync(path)
  return snapshotChecksum(bytes.subarray(bytes.indexOf('\n') + 1))
}

function readHeader(path: string): Readonly<Record<string, unknown>> | null {
  try {
    const file = openSync(path, 'r')
    try {
      const bytes = Buffer.alloc(HEADER_BYTES)
      const text = bytes.toString('utf8', 0, readSync(file, bytes, 0, HEADER_BYTES, 0))
      return JSON.parse(text.slice(0, text.indexOf('\n'))) as Record<string, unknown>
    } finally {
      closeSync(file)
    }
  } catch {
    return null
  }
}
