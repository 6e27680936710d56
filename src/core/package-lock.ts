// The lock of an installation: which package in which version stands where, as text that a later request may bring along.
import type { Failure } from '../errors.ts'
import { groupDigits } from './group-digits.ts'
import { isPackageName, matchesPackage } from './package-names.ts'
import type { PackagePolicy } from './package-names.ts'
import { formatPackageSpec } from './package-specs.ts'
import type { PackageSpec } from './package-specs.ts'

export interface LockedPackage {
  /** From the folder of the installation, as `node_modules/a/node_modules/@b/c`. */
  readonly location: string
  /** The package's own name, which is that of its folder unless another package asked for it by another name. */
  readonly name: string
  readonly version: string
  /** SHA-512 of its archive: `sha512-` and base64. */
  readonly integrity: string
  /** Where the archive is, below the registry's own path; null where archives usually are. */
  readonly path: string | null
}

export interface PackageLock {
  /** Sorted by name. */
  readonly specs: readonly PackageSpec[]
  /** Sorted by location, so that what holds a folder comes before what is in it. */
  readonly packages: readonly LockedPackage[]
}

export interface LockRules extends PackagePolicy {
  readonly packages: number
}

export type ParsedLock =
  | { readonly ok: true; readonly lock: PackageLock }
  | { readonly ok: false; readonly failure: Failure }

const LOCK_VERSION = 1
const LOCK_CHARACTERS_MAX = 2 * 1024 * 1024
/** Brackets and commas for each package and each dependency; an entry has five. */
const MARKS_PER_PACKAGE = 8
const DEPTH_MAX = 32
const SHOWN_CHARACTERS = 120
const VERSION = /^\d{1,16}\.\d{1,16}\.\d{1,16}(?:-[0-9A-Za-z.-]{1,128})?(?:\+[0-9A-Za-z.-]{1,128})?$/u
const INTEGRITY = /^sha512-[A-Za-z0-9+/]{86}==$/u
/** Segments without dots alone, nothing that a URL reads in another way. */
const PATH = /^(?!.*(?:^|\/)\.{1,2}(?:\/|$))(?:[\w.@~+-]|%2[Ff])+(?:\/(?:[\w.@~+-]|%2[Ff])+){0,15}$/u
const MARK = /[[{,]/gu
const FOLDER = 'node_modules/'

/** `@a/b` in 1.2.3 is at `@a/b/-/b-1.2.3.tgz`. */
export function usualArchivePath(name: string, version: string): string {
  return `${name}/-/${name.slice(name.indexOf('/') + 1)}-${version}.tgz`
}

/** Equal locks are equal texts. */
export function formatPackageLock({ specs, packages }: PackageLock): string {
  return JSON.stringify({
    lockVersion: LOCK_VERSION,
    dependencies: specs.map(formatPackageSpec),
    packages: Object.fromEntries(
      packages.map(({ location, name, version, integrity, path }) => [
        location,
        {
          ...(name === folderNameOf(location) ? {} : { name }),
          version,
          integrity,
          ...(path === null ? {} : { path }),
        },
      ]),
    ),
  })
}

/** The name that the folder at a location stands for; null when it is no such location. */
export function folderNameOf(location: string): string | null {
  const names = location.split(`/${FOLDER}`).map((part, index) => (index === 0 ? part.slice(FOLDER.length) : part))
  if (!location.startsWith(FOLDER) || names.length > DEPTH_MAX || !names.every(isPackageName)) return null
  return names.at(-1) ?? null
}

/** Judges a lock that a client or a tool process has sent; `specs` are what it is to be the lock of. */
export function parsePackageLock(text: string, specs: readonly PackageSpec[], rules: LockRules): ParsedLock {
  if (text.length > LOCK_CHARACTERS_MAX)
    return refused(`it has ${groupDigits(text.length)} characters; the limit is ${groupDigits(LOCK_CHARACTERS_MAX)}`)
  // As many packages as there may be, and more: whoever parses what is far beyond that answers nobody meanwhile.
  const marksMax = MARKS_PER_PACKAGE * (rules.packages + specs.length + 1)
  if (hasMoreMarks(text, marksMax)) return refused('it holds more than a lock can')
  const value = parseJson(text)
  if (!isRecord(value) || value['lockVersion'] !== LOCK_VERSION) return refused('it is not one of this service')
  const { dependencies, packages } = value
  const asked = specs.map(formatPackageSpec)
  if (!isTextList(dependencies) || !isRecord(packages)) return refused('it is not one of this service')
  if (dependencies.length !== asked.length || !asked.every((spec, index) => dependencies[index] === spec)) {
    const others = dependencies.join(', ')
    return refused(
      `it is of other dependencies (${clip(others)}) than the request asks for (${clip(asked.join(', '))})`,
    )
  }
  const entries = Object.entries(packages)
  if (entries.length > rules.packages)
    return refused(`it has ${groupDigits(entries.length)} packages; the limit is ${groupDigits(rules.packages)}`)
  const locked: LockedPackage[] = []
  for (const [location, entry] of entries) {
    const one = parseEntry(location, entry)
    if (typeof one === 'string') return refused(`${one} (${show(location)})`)
    if ([one.name, folderNameOf(location) ?? ''].some((name) => matchesPackage(name, rules.deny)))
      return refused(`the operator of this service does not allow one of its packages (${show(location)})`)
    locked.push(one)
  }
  const places = new Set(locked.map(({ location }) => location))
  const missing = specs.find(({ name }) => !places.has(FOLDER + name))
  if (missing !== undefined) return refused(`it does not have the package ${show(missing.name)}`)
  const homeless = locked.find(({ location }) => !hasHolder(location, places))
  if (homeless !== undefined) return refused(`it has a package in a folder of none (${show(homeless.location)})`)
  return { ok: true, lock: { specs, packages: locked.toSorted((a, b) => (a.location < b.location ? -1 : 1)) } }
}

/** Whether a nested package stands in the folder of another one. */
function hasHolder(location: string, places: ReadonlySet<string>): boolean {
  const end = location.lastIndexOf(`/${FOLDER}`)
  return end === -1 || places.has(location.slice(0, end))
}

function parseEntry(location: string, entry: unknown): LockedPackage | string {
  const folderName = folderNameOf(location)
  if (folderName === null) return 'the name of one of its folders is none of a package'
  if (!isRecord(entry)) return 'an entry has no version'
  const { name = folderName, version, integrity, path = null } = entry
  const unknown = Object.keys(entry).find((key) => !['name', 'version', 'integrity', 'path'].includes(key))
  if (unknown !== undefined) return `an entry has a key that is not known, ${show(unknown)}`
  if (typeof name !== 'string' || !isPackageName(name)) return 'the name of an entry is none of a package'
  if (typeof version !== 'string' || !VERSION.test(version)) return 'the version of an entry is none'
  if (typeof integrity !== 'string' || !INTEGRITY.test(integrity)) return 'the integrity of an entry is no SHA-512'
  if (path !== null && (typeof path !== 'string' || !PATH.test(path)))
    return 'the path of an entry leads out of the registry'
  return { location, name, version, integrity, path }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** Begins and divisions of lists and objects, wherever they stand. */
function hasMoreMarks(text: string, max: number): boolean {
  let marks = 0
  for (const _ of text.matchAll(MARK)) {
    marks += 1
    if (marks > max) return true
  }
  return false
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function refused(reason: string): ParsedLock {
  return { ok: false, failure: { code: 'DEPENDENCY_REFUSED', message: `The lock is refused: ${reason}.` } }
}

function clip(text: string): string {
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text
}

function show(text: string): string {
  return JSON.stringify(clip(text))
}
