// The packages of the dependencies part: published in many versions, so that each is new to a service once.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { NpmRegistry } from '../../test/support/npm-registry.ts'
import { PROJECT_ROOT } from '../support/service-process.ts'

export interface PackageSet {
  readonly name: string
  /** Defines `check(offset, text)`, which returns `offset`. */
  readonly code: string
  readonly publish: (registry: NpmRegistry, version: string) => void
}

/** What `check` is without a package. */
export const NO_PACKAGE = 'function check(offset) { return offset }'

const REAL = 'valibot'

/** The one that the project has: real code, and the same on every machine. */
const real: PackageSet = {
  name: REAL,
  code: `import { minLength, number, object, parse, pipe, string } from '${REAL}'
const schema = object({ offset: number(), text: pipe(string(), minLength(1)) })
function check(offset, text) { return parse(schema, { offset, text }).offset }`,
  publish(registry, version) {
    const folder = join(PROJECT_ROOT, 'node_modules', REAL)
    const read = (path: string): string => readFileSync(join(folder, path), 'utf8')
    const manifest = JSON.parse(read('package.json')) as Readonly<Record<string, unknown>>
    const files = readdirSync(join(folder, 'dist')).map((file) => [`dist/${file}`, read(`dist/${file}`)])
    registry.publish({ name: REAL, version, manifest: { ...manifest, version }, files: Object.fromEntries(files) })
  },
}

/** Nothing in it: what is left is what installing and bundling cost by themselves. */
const small: PackageSet = {
  name: 'one-line',
  code: `import { check } from 'one-line'`,
  publish(registry, version) {
    const files = { 'index.js': 'export const check = (offset) => offset\n' }
    registry.publish({ name: 'one-line', version, manifest: { type: 'module' }, files })
  },
}

export const PACKAGE_SETS: readonly PackageSet[] = [small, real]
