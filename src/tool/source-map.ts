// Makes of the bundler's source map what the service keeps: positions only, and names of sources that can be shown.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SUBMITTED } from './source-guard.ts'

interface BundlerMap {
  readonly sources: readonly string[]
  readonly mappings: string
}

const PACKAGE_PATH = /^(?:.*\/)?node_modules\/(?<name>(?:@[^/]+\/)?[^/]+)\/(?<rest>.+)$/u
/** What stands for a module of Node.js. */
const BUILTIN = /^[\w-]+:(node:[\w/]+)$/u
const MAX_VERSION_CHARACTERS = 64

/** @param packages the folder that has `node_modules`, or null. */
export async function keptMap(json: string, packages: string | null): Promise<string> {
  const { sources, mappings } = JSON.parse(json) as BundlerMap
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
  return JSON.stringify({ version: 3, sources: names, names: [], mappings })
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
