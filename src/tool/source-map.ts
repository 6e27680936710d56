// Makes of the bundler's source map what the service keeps: positions only, and names of sources that can be shown.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { decode, encode } from '@jridgewell/sourcemap-codec'
import type { SourceMapSegment } from '@jridgewell/sourcemap-codec'
import { SUBMITTED } from './source-guard.ts'

interface BundlerMap {
  readonly sources: readonly string[]
  readonly mappings: string
}

const PACKAGE_PATH = /^(?:.*\/)?node_modules\/(?<name>(?:@[^/]+\/)?[^/]+)\/(?<rest>.+)$/u
/** What stands for a module of Node.js. */
const BUILTIN = /^[\w-]+:(node:[\w/]+)$/u
const MAX_VERSION_CHARACTERS = 64
/** Whoever looks up a position reads all of them, which takes about a millisecond for each 40,000 characters. */
const MAX_MAPPINGS_CHARACTERS = 512 * 1024
/** So many are taken apart; of more nothing is kept. */
const MAX_READ_CHARACTERS = 4 * 1024 * 1024

/** How a script of the bundler's ends: with the call of the function that all of it is in. */
const CLOSING = '})();'
const LINE_END = /\r\n|[\n\r\u2028\u2029]/gu

/** A map in which that call is nowhere: it would have the place of the last that is mapped before it, as the last frame of stacks. */
export function endMap(json: string, script: string): string {
  const map = JSON.parse(json) as BundlerMap
  return JSON.stringify({ ...map, mappings: endMappings(map.mappings, script) })
}

function endMappings(mappings: string, script: string): string {
  const closing = script.lastIndexOf(CLOSING)
  if (closing === -1 || mappings.length > MAX_READ_CHARACTERS) return mappings
  let lines = 1
  let start = 0
  for (const { 0: end, index } of script.matchAll(LINE_END)) {
    if (index > closing) break
    lines += 1
    start = index + end.length
  }
  const mappedLines = mappings.split(';')
  // Behind the last line that is mapped nothing is anywhere.
  if (mappedLines.length !== lines) return mappings
  const column = closing - start
  const lastColumn = decode(mappedLines.at(-1) ?? '')[0]?.at(-1)?.[0]
  return lastColumn === undefined || lastColumn >= column
    ? mappings
    : `${mappings},${encode([[[column - lastColumn]]])}`
}

/**
 * Empty for a map that is too large whatever is left out of it.
 * @param script what it is of, or null when that is a module.
 * @param packages the folder that has `node_modules`, or null.
 */
export async function keptMap(json: string, script: string | null, packages: string | null): Promise<string> {
  const map = JSON.parse(json) as BundlerMap
  const { sources } = map
  const mappings = script === null ? map.mappings : endMappings(map.mappings, script)
  const kept = boundMappings(mappings, (index) => sources[index]?.startsWith(`${SUBMITTED}:`) !== true)
  if (kept === null) return ''
  const versions = new Map<string, Promise<string>>()
  const versionOf = async (folder: string): Promise<string> => {
    const known = versions.get(folder) ?? readVersion(folder)
    versions.set(folder, known)
    return known
  }
  const names = await Promise.all(
    sources.map(async (source) => {
      if (source.startsWith(`${SUBMITTED}:`)) return source.slice(SUBMITTED.length + 1)
      const builtin = BUILTIN.exec(source)?.[1]
      if (builtin !== undefined) return builtin
      const { name, rest } = PACKAGE_PATH.exec(source)?.groups ?? {}
      // Nothing of the machine is ever shown.
      if (name === undefined || rest === undefined || packages === null) return 'bundle'
      const version = await versionOf(join(packages, source.slice(0, -rest.length)))
      return `${name}${version}/${rest}`
    }),
  )
  return JSON.stringify({ version: 3, sources: names, names: [], mappings: kept })
}

/** Of packages, and if that is not enough of everything, only the beginnings of lines are left. */
function boundMappings(mappings: string, isOfPackage: (source: number) => boolean): string | null {
  if (mappings.length <= MAX_MAPPINGS_CHARACTERS) return mappings
  if (mappings.length > MAX_READ_CHARACTERS) return null
  const lines = decode(mappings)
  for (const mayThin of [isOfPackage, () => true]) {
    const kept = encode(
      lines.map((segments) => segments.filter((one, index) => !isInLine(one, segments[index - 1], mayThin))),
    )
    if (kept.length <= MAX_MAPPINGS_CHARACTERS) return kept
  }
  return null
}

/** Whether it only says where in the line of the segment before it something is. */
function isInLine(
  segment: SourceMapSegment,
  before: SourceMapSegment | undefined,
  mayThin: (source: number) => boolean,
): boolean {
  if (segment.length === 1 || before === undefined || before.length === 1) return false
  return segment[1] === before[1] && segment[2] === before[2] && mayThin(segment[1])
}

async function readVersion(folder: string): Promise<string> {
  try {
    const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as {
      readonly version?: unknown
    }
    return typeof version === 'string' ? `@${version.slice(0, MAX_VERSION_CHARACTERS)}` : ''
  } catch {
    return ''
  }
}
