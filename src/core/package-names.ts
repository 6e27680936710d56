// Names of npm packages, and the patterns by which an operator allows or refuses them.

/** What a pattern says: one name, every name of a scope, or every name. */
export interface PackagePolicy {
  /** Names that a request may ask for; every name when it is empty. */
  readonly allow: readonly string[]
  /** Names that no part of an installation may have, however it came there. */
  readonly deny: readonly string[]
}

export const ANY_PACKAGE: PackagePolicy = { allow: [], deny: [] }

const NAME_CHARACTERS_MAX = 214
/** Capitals are in names of the registry's first years. No part begins with a dot or an underscore. */
const NAME = /^(?:@[a-z0-9~-][\w.~-]*\/)?[a-z0-9~-][\w.~-]*$/iu
const PATTERN = /^(?:\*|@[a-z0-9~-][\w.~-]*\/(?:\*|[a-z0-9~-][\w.~-]*)|[a-z0-9~-][\w.~-]*)$/iu
/** Folders that are no package. */
const RESERVED = new Set(['node_modules', 'favicon.ico'])

export function isPackageName(text: string): boolean {
  return text.length <= NAME_CHARACTERS_MAX && NAME.test(text) && !RESERVED.has(text.toLowerCase())
}

/** Patterns divided by commas; null when one of them is none. */
export function parsePackagePatterns(text: string): readonly string[] | null {
  if (text === '') return []
  const patterns = text.split(',').map((one) => one.trim())
  return patterns.every((pattern) => PATTERN.test(pattern)) ? patterns : null
}

/** Names are compared as they are written: the registry keeps `JSONStream` apart from `jsonstream`. */
export function matchesPackage(name: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => {
    if (pattern === '*' || pattern === name) return true
    return pattern.endsWith('/*') && name.startsWith(pattern.slice(0, -1))
  })
}
