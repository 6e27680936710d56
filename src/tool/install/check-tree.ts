// What was unpacked against what was asked for: every package is the one that it is named, and something needs it.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { LockedPackage } from '../../core/package-lock.ts'
import type { PackageSpec } from '../../core/package-specs.ts'
import { fail, refuse } from './install-error.ts'

interface Manifest {
  readonly name: string
  readonly version: string
  /** Names that it may import, and what it says of each. */
  readonly needs: ReadonlyMap<string, string>
}

const NEEDS = ['dependencies', 'optionalDependencies', 'peerDependencies'] as const
const FOLDER = 'node_modules/'

/**
 * A lock of a client could name packages under other packages' names, or some that nothing needs, to get past what the
 * operator allows; the archives themselves, whose integrity has been checked, say what they are.
 */
export async function checkTree(
  folder: string,
  packages: readonly LockedPackage[],
  specs: readonly PackageSpec[],
): Promise<void> {
  const manifests = new Map<string, Manifest>()
  await Promise.all(
    packages.map(async (one) => {
      manifests.set(one.location, await readManifest(join(folder, one.location), one))
    }),
  )
  const byLocation = new Map(packages.map((one) => [one.location, one]))
  const waiting = specs.map(({ name }) => ({ holder: '', name, wanted: name }))
  const reached = new Set<string>()
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const location = findFrom(next.holder, next.name, manifests)
    if (location === null) continue
    const { name } = byLocation.get(location) ?? { name: '' }
    if (name !== next.wanted) throw refuse(`The lock has ${name} in the place of ${next.wanted}.`)
    if (reached.has(location)) continue
    reached.add(location)
    for (const [need, range] of manifests.get(location)?.needs ?? [])
      waiting.push({ holder: location, name: need, wanted: nameOf(need, range) })
  }
  const stray = packages.find(({ location }) => !reached.has(location))
  if (stray !== undefined) throw refuse(`The lock has ${stray.name}@${stray.version}, which nothing asks for.`)
}

/** As Node.js looks for packages: in the folder of who needs it, then in those above. */
function findFrom(holder: string, name: string, manifests: ReadonlyMap<string, Manifest>): string | null {
  for (let place = holder; ; place = place.slice(0, Math.max(0, place.lastIndexOf(`/${FOLDER}`)))) {
    const location = place === '' ? FOLDER + name : `${place}/${FOLDER}${name}`
    if (manifests.has(location)) return location
    if (place === '') return null
  }
}

/** The package behind `npm:other@1`. */
function nameOf(name: string, range: string): string {
  if (!range.startsWith('npm:')) return name
  const end = range.indexOf('@', 'npm:'.length + 1)
  return range.slice('npm:'.length, end === -1 ? undefined : end)
}

async function readManifest(folder: string, { name, version }: LockedPackage): Promise<Manifest> {
  const label = `${name}@${version}`
  const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => null)
  const manifest = text === null ? null : parseJson(text)
  if (!isRecord(manifest)) throw fail(`The archive of ${label} has no package.json that can be read.`)
  if (manifest['name'] !== name || normalize(manifest['version']) !== normalize(version))
    throw fail(`The archive of ${label} is one of ${JSON.stringify(manifest['name'])} in another name or version.`)
  const needs = new Map<string, string>()
  for (const key of NEEDS) {
    const list = manifest[key]
    if (!isRecord(list)) continue
    for (const [need, range] of Object.entries(list)) needs.set(need, typeof range === 'string' ? range : '')
  }
  return { name, version, needs }
}

/** Packages of the registry's first years have a `v` in front. */
function normalize(version: unknown): string {
  return typeof version === 'string'
    ? (version
        .trim()
        .replace(/^[v=\s]+/u, '')
        .split('+', 1)[0] ?? '')
    : ''
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\u{FEFF}/u, ''))
  } catch {
    return null
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
