// Reads the snapshots of the guest program and refuses one that is damaged or made for another V8: V8 itself would abort.
import { closeSync, readFileSync } from 'node:fs'
import type Ivm from 'isolated-vm'
import { TIERS } from '../../sandbox/src/bridge.ts'
import type { Tier } from '../../sandbox/src/bridge.ts'
import { provideTexts } from './guest-services.ts'
import { ivm } from './load-isolated-vm.ts'
import { bare } from './slot.ts'
import { snapshotChecksum } from './snapshot-checksum.ts'

const LINE_FEED = 0x0a

/** The blob of a tier, which isolates are made from. */
export type SnapshotBlob = Ivm.ExternalCopy<ArrayBuffer>

interface Snapshot {
  readonly blob: SnapshotBlob
  /** The hash of the sources that it was made from. */
  readonly source: string
  /** Of the hashes of its strings; null when it has no seed of its own. */
  readonly hashSeed: string | null
}

/**
 * The snapshot of the smallest tier. Guests then have what the file holds beside the blob: tables and parts of the guest
 * program that few of them need. Throws an Error that names what does not fit.
 */
export function loadSnapshot(path: string): SnapshotBlob {
  return readSnapshot(path, path, 0).blob
}

/**
 * @param file a path or a descriptor. It is one line of JSON, the texts beside the blob, and the blob.
 * @param name what errors call it.
 */
function readSnapshot(file: string | number, name: string, tier: Tier): Snapshot {
  const bytes = readFileSync(file)
  const lineEnd = bytes.indexOf(LINE_FEED)
  const header = readHeader(bytes.toString('latin1', 0, lineEnd), name)
  const { textBytes } = header
  const texts: string[] = []
  let at = lineEnd + 1
  for (const length of Array.isArray(textBytes) ? textBytes : []) {
    texts.push(bytes.toString('latin1', at, at + Number(length)))
    at += Number(length)
  }
  const blob = bytes.subarray(at)
  const found = {
    tier: TIERS[tier],
    v8: process.versions.v8,
    arch: process.arch,
    checksum: snapshotChecksum(blob),
  }
  for (const [key, value] of Object.entries(found)) {
    if (header[key] !== value) throw new Error(`snapshot ${name}: ${key} is ${String(header[key])}, not ${value}`)
  }
  if (tier === 0) provideTexts(texts)
  // Moved, not copied once more: what is read for a tier stays as long as the process.
  const moved = new ivm.ExternalCopy(new Uint8Array(blob).buffer, bare({ transferOut: true as const }))
  const { source, hashSeed } = header
  return { blob: moved, source: String(source), hashSeed: typeof hashSeed === 'string' ? hashSeed : null }
}

function readHeader(line: string, name: string): Readonly<Record<string, unknown>> {
  try {
    const header: unknown = JSON.parse(line)
    if (typeof header === 'object' && header !== null) return header as Readonly<Record<string, unknown>>
  } catch {
    // Said below.
  }
  throw new Error(`snapshot ${name}: it does not begin with a line of JSON`)
}

/** The snapshots of all tiers: the smallest from the start, each other one when it is first asked for. */
export class Snapshots {
  readonly #base: Snapshot
  readonly #files: readonly number[]
  readonly #blobs: SnapshotBlob[]
  readonly #onProblem: (problem: string) => void

  /**
   * @param files descriptors of the snapshots of the larger tiers, in their order, each at its beginning: a confined process
   * opens no file, and reads on in one that is open.
   * @param onProblem told once of each file that does not fit; a smaller tier then does its work.
   */
  constructor(path: string, files: readonly number[], onProblem: (problem: string) => void) {
    this.#base = readSnapshot(path, path, 0)
    this.#files = files
    this.#blobs = [this.#base.blob]
    this.#onProblem = onProblem
  }

  /** Of all of them; null when they have none of their own. */
  get hashSeed(): string | null {
    return this.#base.hashSeed
  }

  get(tier: Tier): SnapshotBlob {
    return (this.#blobs[tier] ??= this.#load(tier))
  }

  #load(tier: Tier): SnapshotBlob {
    const file = this.#files[tier - 1]
    if (file === undefined) return this.#base.blob
    const name = `of tier ${String(TIERS[tier])}`
    try {
      const { blob, source, hashSeed } = readSnapshot(file, name, tier)
      // V8 would end the process for a seed that is not its own.
      if (source !== this.#base.source || hashSeed !== this.#base.hashSeed)
        throw new Error(`snapshot ${name}: it was made from other sources, or at another time`)
      return blob
    } catch (error) {
      this.#onProblem(String(error))
      return this.get(tier - 1)
    } finally {
      closeSync(file)
    }
  }
}
