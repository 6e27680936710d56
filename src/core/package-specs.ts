// Which npm packages a request asks for: names with a range or a tag of the registry, and nothing that leads elsewhere.
import type { Failure } from '../errors.ts'
import { groupDigits } from './group-digits.ts'
import { isPackageName, matchesPackage } from './package-names.ts'
import type { PackagePolicy } from './package-names.ts'

export interface PackageSpec {
  readonly name: string
  /** A range of versions or a tag; empty for whatever the registry calls the latest. */
  readonly range: string
}

export interface SpecRules extends PackagePolicy {
  /** Packages that one request may name. */
  readonly count: number
}

export type ParsedSpecs =
  | { readonly ok: true; /** By name, each once. */ readonly specs: readonly PackageSpec[] }
  | { readonly ok: false; readonly failure: Failure }

const SPEC_CHARACTERS_MAX = 256
const SHOWN_CHARACTERS = 80

const PART = '(?:\\d{1,16}|[xX*])'
const VERSION = `v?${PART}(?:\\.${PART}){0,2}(?:-[0-9A-Za-z.-]+)?(?:\\+[0-9A-Za-z.-]+)?`
const COMPARATOR = `(?:\\^|~>?|[<>]=?|=)?${VERSION}`
const SIMPLE = `(?:${COMPARATOR}(?: ${COMPARATOR}){0,7}|${VERSION} - ${VERSION})`
const RANGE = new RegExp(`^${SIMPLE}(?: ?\\|\\| ?${SIMPLE}){0,7}$`, 'u')
const TAG = /^[A-Za-z][\w.-]{0,63}$/u

/** What the text before the first colon of a spec leads to. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  npm: 'another name for a package',
  file: 'a file',
  link: 'a link',
  portal: 'a link',
  workspace: 'a workspace',
  catalog: 'a catalog',
  patch: 'a patch',
  git: 'a git repository',
  github: 'a git repository',
  gitlab: 'a git repository',
  bitbucket: 'a git repository',
  gist: 'a git repository',
  http: 'an address',
  https: 'an address',
  data: 'an address',
  jsr: 'another registry',
}

/** Sorted by name, so that equal requests look the same whatever their order. */
export function parsePackageSpecs(texts: readonly string[], rules: SpecRules): ParsedSpecs {
  if (texts.length > rules.count) {
    const message = `dependencies names ${groupDigits(texts.length)} packages; the limit is ${groupDigits(rules.count)}.`
    return { ok: false, failure: { code: 'DEPENDENCY_REFUSED', message, limit: rules.count, used: texts.length } }
  }
  const byName = new Map<string, PackageSpec>()
  for (const text of texts) {
    const spec = parseSpec(text)
    if (typeof spec === 'string') return refused(`The dependency ${show(text)} is refused: ${spec}.`)
    const other = byName.get(spec.name)
    if (other !== undefined && other.range !== spec.range) {
      const both = `${show(formatPackageSpec(other))} and ${show(text)}`
      return refused(`The dependencies ${both} are refused: one package cannot be installed in two ranges.`)
    }
    const isDenied = matchesPackage(spec.name, rules.deny)
    if (isDenied || (rules.allow.length > 0 && !matchesPackage(spec.name, rules.allow)))
      return refused(`The dependency ${show(text)} is refused: the operator of this service does not allow it.`)
    byName.set(spec.name, spec)
  }
  return { ok: true, specs: [...byName.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1)) }
}

export function formatPackageSpec({ name, range }: PackageSpec): string {
  return range === '' ? name : `${name}@${range}`
}

/** A sentence's end that says what is wrong, or the spec. */
function parseSpec(text: string): PackageSpec | string {
  if (text.length > SPEC_CHARACTERS_MAX)
    return `it has ${groupDigits(text.length)} characters and the limit is ${SPEC_CHARACTERS_MAX}`
  if (text === '') return 'it is empty'
  if (/[^\u0020-\u007e]/u.test(text)) return 'it has characters that no name and no version has'
  const at = text.indexOf('@', 1)
  const name = at === -1 ? text : text.slice(0, at)
  const range = at === -1 ? '' : text.slice(at + 1)
  const elsewhere = leadsElsewhere(name) ?? leadsElsewhere(range)
  if (elsewhere !== null)
    return `it leads to ${elsewhere}, and packages come from the registry by name and version only`
  if (!isPackageName(name)) return describeName(name)
  if (at !== -1 && range === '') return 'there is no version behind the @'
  if (range !== '' && !RANGE.test(range) && !TAG.test(range))
    return `${show(range)} is neither a range of versions nor a tag`
  return { name, range }
}

function leadsElsewhere(text: string): string | null {
  const scheme = /^(?<scheme>[a-z][a-z0-9+.-]*):/iu.exec(text)?.groups?.['scheme']?.toLowerCase()
  if (scheme !== undefined) {
    const known = Object.hasOwn(ELSEWHERE, scheme) ? ELSEWHERE[scheme] : undefined
    return known ?? (scheme.startsWith('git') ? 'a git repository' : 'an address')
  }
  if (/^(?:\.{0,2}[/\\]|~[/\\]|\.{1,2}$)/u.test(text)) return 'a path'
  return /^[^@/\s]+\/[^/\s]/u.test(text) ? 'a git repository' : null
}

function describeName(name: string): string {
  const python = /^(?<name>[a-z][\w.-]*) ?(?<range>(?:[<>~!=]=|[<>]).+)$/iu.exec(name)?.groups
  const hint = python === undefined ? '' : ` (a version stands behind an @, as in "${python['name']}@1.2.3")`
  return `${show(name)} is not the name of a package${hint}`
}

function refused(message: string): ParsedSpecs {
  return { ok: false, failure: { code: 'DEPENDENCY_REFUSED', message } }
}

function show(text: string): string {
  return JSON.stringify(text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text)
}
