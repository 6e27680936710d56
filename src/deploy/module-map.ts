// What is kept of a source map of a deployed module: positions, and the texts of the artifact's own sources, within bounds.
import { posix } from 'node:path'
import type { ModuleMap } from '../core/deployment.ts'

const MAX_JSON_CHARACTERS = 2 * 1024 * 1024
const MAX_TEXT_CHARACTERS = 4 * 1024 * 1024
const PACKAGES = 'node_modules/'

/** Null for what is no map, or one too large: stacks then show the bundle. */
export function toModuleMap(text: string): ModuleMap | null {
  const map = parse(text)
  if (map === null) return null
  const sources = map.sources.map(toName)
  const json = JSON.stringify({ version: 3, sources, names: [], mappings: map.mappings })
  if (json.length > MAX_JSON_CHARACTERS) return null
  const texts = new Map<string, string>()
  let room = MAX_TEXT_CHARACTERS
  for (const [index, name] of sources.entries()) {
    const content = map.contents[index]
    if (typeof content !== 'string' || name.startsWith(PACKAGES) || content.length > room) continue
    room -= content.length
    texts.set(name, content)
  }
  return { json, texts }
}

interface BundlerMap {
  readonly sources: readonly string[]
  readonly contents: readonly unknown[]
  readonly mappings: string
}

function parse(text: string): BundlerMap | null {
  let map: unknown
  try {
    map = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof map !== 'object' || map === null) return null
  const { sources, sourcesContent = [], mappings } = map as Readonly<Record<string, unknown>>
  const areNames = Array.isArray(sources) && sources.every((source) => typeof source === 'string')
  if (!areNames || !Array.isArray(sourcesContent) || typeof mappings !== 'string') return null
  return { sources, contents: sourcesContent, mappings }
}

/** A file of a package by its place in there, wherever that is on a machine; else the path from the root. */
function toName(source: string): string {
  const packages = source.lastIndexOf(PACKAGES)
  if (packages !== -1) return source.slice(packages)
  return posix.normalize(source).replace(/^(?:\.\.\/)+/u, '')
}
