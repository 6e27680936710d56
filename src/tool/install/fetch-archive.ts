// The archive of one package: from those that are kept, or from the registry, and never without its integrity.
import { createHash, hash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fetch from 'npm-registry-fetch'
import { usualArchivePath } from '../../core/package-lock.ts'
import { blameRegistry, fail, InstallError, toEnding, tooMuch } from './install-error.ts'
import type { WantedPackage } from './resolve-tree.ts'

export interface ArchiveSource {
  /** Ends with a slash. */
  readonly registry: string | null
  readonly clientOptions: Readonly<Record<string, unknown>>
  /** Folder of archives that are kept, named by the hexadecimal SHA-512 of what is in them. */
  readonly kept: string
  /** Where archives that were fetched are put, under such names. */
  readonly fetched: string
  /** What is left of the bytes that may be fetched. */
  readonly budget: { bytes: number; readonly limit: number }
}

export interface Archive {
  readonly bytes: Buffer
  /** SHA-512 as a lock has it, whatever the registry gave. */
  readonly integrity: string
}

/** From strong to weak; what is weaker is believed of no package. */
const ALGORITHMS = ['sha512', 'sha384', 'sha256', 'sha1'] as const

export async function fetchArchive(wanted: WantedPackage, source: ArchiveSource): Promise<Archive> {
  const kept = await readKept(wanted, source)
  if (kept !== null) return kept
  const bytes = await download(wanted, source)
  const isSound = verifyIntegrity(bytes, wanted.integrity)
  if (isSound === null) throw fail(`${label(wanted)} has no integrity that can be checked.`)
  if (!isSound) throw fail(`The archive of ${label(wanted)} is not the one that its integrity is of.`)
  const digest = hash('sha512', bytes, 'buffer')
  await writeFile(join(source.fetched, digest.toString('hex')), bytes, { flag: 'wx' }).catch(() => undefined)
  return { bytes, integrity: `sha512-${digest.toString('base64')}` }
}

/** Whether the bytes have the strongest digest that is named; null when none is of a kind that is known. */
export function verifyIntegrity(bytes: Uint8Array, integrity: string): boolean | null {
  const digests = integrity.split(/\s+/u).map((one) => one.split('?', 1)[0] ?? '')
  for (const algorithm of ALGORITHMS) {
    const expected = digests
      .filter((one) => one.startsWith(`${algorithm}-`))
      .map((one) => one.slice(algorithm.length + 1))
    if (expected.length > 0) return expected.includes(createHash(algorithm).update(bytes).digest('base64'))
  }
  return null
}

async function readKept({ integrity }: WantedPackage, { kept }: ArchiveSource): Promise<Archive | null> {
  const sha512 = /(?:^|\s)(?<whole>sha512-(?<digest>[A-Za-z0-9+/]{86}==))/u.exec(integrity)?.groups
  if (sha512 === undefined) return null
  const name = Buffer.from(sha512['digest'] ?? '', 'base64').toString('hex')
  const bytes = await readFile(join(kept, name)).catch(() => null)
  // What a machine that lost its power has left is fetched again.
  if (bytes === null || verifyIntegrity(bytes, sha512['whole'] ?? '') !== true) return null
  return { bytes, integrity: sha512['whole'] ?? '' }
}

async function download(wanted: WantedPackage, { registry, clientOptions, budget }: ArchiveSource): Promise<Buffer> {
  const path = wanted.path ?? usualArchivePath(wanted.name, wanted.version)
  const chunks: Buffer[] = []
  try {
    const response = await fetch(`${registry ?? ''}${path}`, { ...clientOptions, headers: { accept: '*/*' } })
    for await (const chunk of response.body) {
      const piece = Buffer.from(chunk as Uint8Array)
      budget.bytes -= piece.length
      if (budget.bytes < 0) throw tooMuch('bytes', budget.limit - budget.bytes)
      chunks.push(piece)
    }
  } catch (error) {
    if (error instanceof InstallError) throw error
    const ending = toEnding(error)
    // The description was there, so that it is the registry's doing that the archive is not.
    throw ending.type === 'failed' && ending.reason === 'failed'
      ? blameRegistry(`The registry does not give the archive of ${label(wanted)}.`)
      : new InstallError(ending)
  }
  return Buffer.concat(chunks)
}

function label({ name, version }: WantedPackage): string {
  return `${name}@${version}`
}
