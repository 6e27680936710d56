// The layers of the project: which folder may import what. The table of docs/architecture.md as data.
import { basename } from 'node:path'
import type { Import, SourceFile } from './source-tree.ts'

export interface Layer {
  /** Other layers of which anything may be imported. */
  readonly imports?: readonly string[]
  /** Other layers of which only types may be imported. */
  readonly types?: readonly string[]
  /** Packages; `node:` stands for all modules of Node.js. */
  readonly packages?: readonly string[]
}

/** `errors` is beside all and may be imported by every layer of src. */
export const LAYERS: Readonly<Record<string, Layer>> = {
  'sandbox/src': { imports: ['sandbox/src/bridge.ts'] },
  'sandbox/src/bridge.ts': {},
  errors: {},
  protocol: { packages: ['valibot'] },
  core: { types: ['protocol'] },
  ipc: { imports: ['core'], packages: ['valibot'] },
  executor: { imports: ['ipc', 'core', 'sandbox/src/bridge.ts'], packages: ['isolated-vm', 'node:'] },
  pool: { imports: ['ipc', 'core', 'telemetry'], packages: ['node:'] },
  egress: { imports: ['core'], packages: ['undici', 'node:'] },
  remote: { imports: ['core', 'protocol', 'egress'], types: ['execution'], packages: ['node:'] },
  tool: {
    imports: ['ipc', 'core'],
    packages: [
      'esbuild',
      '@jridgewell/sourcemap-codec',
      '@npmcli/arborist',
      'npm-registry-fetch',
      'tar',
      '@noble/hashes',
      'node:',
    ],
  },
  'tool-client': { imports: ['ipc', 'core', 'telemetry'], packages: ['node:'] },
  packages: { imports: ['tool-client', 'ipc', 'core'], packages: ['node:'] },
  builder: { imports: ['tool-client', 'core', 'protocol'], packages: ['oxc-parser', 'tar', 'node:'] },
  config: { packages: ['valibot'] },
  deploy: { imports: ['core', 'protocol'], packages: ['tar', 'node:'] },
  telemetry: { packages: ['pino', 'prom-client', 'node:'] },
  'source-map': { packages: ['@jridgewell/trace-mapping'] },
  execution: { imports: ['core', 'protocol', 'source-map', 'telemetry'] },
  jobs: { imports: ['protocol', 'core', 'telemetry'], types: ['execution'], packages: ['node:'] },
  http: {
    imports: ['core', 'protocol', 'jobs', 'telemetry'],
    types: ['execution'],
    packages: ['hono', '@hono/node-server', 'node:'],
  },
  runpod: {
    imports: ['core', 'protocol', 'jobs', 'egress', 'telemetry'],
    types: ['execution'],
    packages: ['undici', 'node:'],
  },
}

/** Layers that compose the others and may import all of them. */
export const COMPOSERS: readonly string[] = ['cli', 'main']

/** What they compose: not the guest program itself, which runs in isolates only. */
const COMPOSABLE: ReadonlySet<string> = new Set([
  ...Object.keys(LAYERS).filter((layer) => layer !== 'sandbox/src'),
  'cli',
  'sandbox/hash-seed.ts',
  'sandbox/source-hash.ts',
])

/** Packages that only these layers may import, composers included. */
const CONFINED_PACKAGES: Readonly<Record<string, readonly string[]>> = {
  'isolated-vm': ['executor', 'sandbox/build.ts'],
  hono: ['http', 'main'],
}

/** A program of its own beside the guest program: the one file of the sandbox that may import the parser. */
export const PARSER_GROUP = 'sandbox/src/run/acorn-group.ts'

/** The same for what the library of older encodings does. */
export const LEGACY_GROUP = 'sandbox/src/web/legacy-group.ts'

/** The same for the library of URL patterns. */
export const URL_PATTERN_GROUP = 'sandbox/src/web/url-pattern-group.ts'

/** The files of the guest program that reach for a library, which is bundled into their group. */
const GUEST_LIBRARIES: Readonly<Record<string, string>> = {
  [PARSER_GROUP]: 'acorn',
  [LEGACY_GROUP]: '@exodus/bytes',
  'sandbox/src/web/streams/globals.ts': 'web-streams-polyfill',
  'sandbox/src/web/streams/internal.ts': 'web-streams-polyfill',
  'sandbox/src/web/streams/library.ts': 'web-streams-polyfill',
  'sandbox/src/web/streams/transfer-library.ts': 'web-streams-polyfill',
  'sandbox/src/web/streams/zlib.ts': 'pako',
  [URL_PATTERN_GROUP]: 'urlpattern-polyfill',
}

/** `src/pool/confinement/detect.ts` → `pool`, `src/config.ts` and `src/config/rules.ts` → `config`. */
export function layerOf(path: string): string {
  const parts = path.split('/')
  if (parts[0] === 'src') return parts.length === 2 ? basename(path, '.ts') : (parts[1] ?? '')
  if (parts[0] !== 'sandbox' || parts[1] !== 'src') return path
  return path === 'sandbox/src/bridge.ts' ? path : 'sandbox/src'
}

/** What the file imports and must not, one line each. */
export function findForbiddenImports(file: SourceFile): readonly string[] {
  return file.imports.filter((one) => !isAllowed(file.path, one)).map((one) => `${file.path} imports ${one.specifier}`)
}

function isAllowed(path: string, imported: Import): boolean {
  const layer = layerOf(path)
  if (imported.file === null) return isPackageAllowed(path, layer, imported.specifier)
  const target = layerOf(imported.file)
  if (target === layer) return true
  if (COMPOSERS.includes(layer)) return COMPOSABLE.has(target)
  if (target === 'errors') return !layer.startsWith('sandbox/')
  const { imports = [], types = [] } = LAYERS[layer] ?? {}
  return imports.includes(target) || (imported.isType && types.includes(target))
}

function isPackageAllowed(path: string, layer: string, specifier: string): boolean {
  const name = packageOf(specifier)
  const confined = CONFINED_PACKAGES[name]
  if (confined !== undefined) return confined.includes(layer)
  if (COMPOSERS.includes(layer)) return true
  const library = GUEST_LIBRARIES[path]
  if (library !== undefined) return name === library
  return (LAYERS[layer]?.packages ?? []).includes(name)
}

/** `node:fs` → `node:`, `hono/http-exception` → `hono`, `@hono/node-server/x` → `@hono/node-server`. */
function packageOf(specifier: string): string {
  if (specifier.startsWith('node:')) return 'node:'
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}
