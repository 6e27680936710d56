// From the folder of an artifact to a deployment: the manifest read, every module found and bundled, a version made of it all.
import { createHash } from 'node:crypto'
import { realpath } from 'node:fs/promises'
import type { DeployedFunction, DeployedModule, DeployedResource, Deployment, EndpointId } from '../core/deployment.ts'
import { findBadVariable, joinEnvironments, writeEnvironment } from '../core/environment.ts'
import { parseHostRule } from '../core/host-rule.ts'
import { parseManifest } from '../protocol/manifest.ts'
import type { Manifest, ManifestBundle, ManifestFunction, ManifestResource } from '../protocol/manifest.ts'
import type { BundleModule } from './bundle-port.ts'
import { toModuleMap } from './module-map.ts'
import { readInside, resolveModule } from './resolve-module.ts'
import { findSharedRoute } from './shared-routes.ts'

export interface LoadOptions {
  readonly endpoint: EndpointId
  /** The only resource that this worker serves, or null for all: modules of others are not loaded. */
  readonly servedResource: string | null
  readonly bundle: BundleModule
  /** What all code finds in `process.env`, as a JSON object; absent or empty for nothing. */
  readonly environment?: string
}

export type LoadedArtifact =
  | { readonly ok: true; readonly deployment: Deployment }
  | { readonly ok: false; /** One sentence or more, for the operator. */ readonly message: string }

type LoadedModule =
  | { readonly ok: true; readonly module: DeployedModule }
  | { readonly ok: false; readonly message: string }

const MANIFEST_FILE = 'flash_manifest.json'
const MANIFEST_BYTES_MAX = 4 * 1024 * 1024
const BUNDLE_BYTES_MAX = 64 * 1024 * 1024
const MAP_BYTES_MAX = 64 * 1024 * 1024
const VERSION_CHARACTERS = 16
/** Enough for calls to reach and leave an executor together, and few to wait behind. */
const ROUTE_CONCURRENCY = 8

export async function loadArtifact(folder: string, options: LoadOptions): Promise<LoadedArtifact> {
  const read = await readManifest(folder)
  if (!read.ok) return read
  const { root, bytes, manifest } = read
  const { servedResource } = options
  if (servedResource !== null && !manifest.resources.has(servedResource)) {
    const known = [...manifest.resources.keys()].map((name) => `'${name}'`).join(', ')
    return { ok: false, message: `There is no resource '${servedResource}' in ${MANIFEST_FILE}; it has ${known}.` }
  }
  const served = [...manifest.resources].filter(([name]) => servedResource === null || name === servedResource)
  const sharedRoute = findSharedRoute(served)
  if (sharedRoute !== null) return { ok: false, message: sharedRoute }
  for (const [name, { env }] of served) {
    const bad = findBadVariable(env)
    if (bad !== null) return { ok: false, message: `The 'env' of resource '${name}' in ${MANIFEST_FILE} ${bad}.` }
  }
  const wanted = wantedModules(served)
  const loaded = await Promise.all(
    [...wanted].map(([name, exports]) =>
      loadModule({ root, name, exports, bundled: manifest.bundled.get(name), bundle: options.bundle }),
    ),
  )
  const problem = loaded.find((one) => !one.ok)
  if (problem !== undefined) return problem
  const modules = new Map(loaded.flatMap((one) => (one.ok ? [[one.module.name, one.module] as const] : [])))
  return {
    ok: true,
    deployment: {
      endpoint: options.endpoint,
      version: versionOf(bytes, modules),
      resources: [...manifest.resources].map(([name, resource]) =>
        toResource(name, resource, options.environment ?? ''),
      ),
      registry: manifest.registry,
      modules,
      servedResource,
      resourceUrls: manifest.resourceUrls,
    },
  }
}

/** Where the manifest says that resources are; null for a manifest that cannot be read. */
export async function readResourceUrls(folder: string): Promise<ReadonlyMap<string, string> | null> {
  const read = await readManifest(folder)
  return read.ok ? read.manifest.resourceUrls : null
}

type ReadManifest =
  | { readonly ok: true; readonly root: string; readonly bytes: Uint8Array; readonly manifest: Manifest }
  | { readonly ok: false; readonly message: string }

async function readManifest(folder: string): Promise<ReadManifest> {
  const root = await realpath(folder).catch(() => null)
  if (root === null) return { ok: false, message: `The artifact folder ${folder} does not exist.` }
  const read = await readInside(root, MANIFEST_FILE, MANIFEST_BYTES_MAX)
  if (!read.ok) return read
  const parsed = parseManifest(read.bytes.toString('utf8'))
  return parsed.ok ? { ok: true, root, bytes: read.bytes, manifest: parsed.manifest } : parsed
}

/** Module names and what is wanted of each, in the manifest's order. */
function wantedModules(
  served: readonly (readonly [string, ManifestResource])[],
): ReadonlyMap<string, readonly string[]> {
  const functions = served.flatMap(([, resource]) => resource.functions)
  return new Map(
    [...Map.groupBy(functions, (one) => one.module)].map(([name, group]) => [name, group.map((one) => one.name)]),
  )
}

interface ModuleRequest {
  readonly root: string
  readonly name: string
  readonly exports: readonly string[]
  readonly bundled: ManifestBundle | undefined
  readonly bundle: BundleModule
}

async function loadModule({ root, name, exports, bundled, bundle }: ModuleRequest): Promise<LoadedModule> {
  if (bundled !== undefined) return readBundle(root, name, bundled)
  const resolved = await resolveModule(root, name)
  if (!resolved.ok) return resolved
  const { file } = resolved
  const made = await bundle({ root, file, exports })
  if (!made.ok) return { ok: false, message: `Module '${name}' (${file}) cannot be bundled: ${made.failure.message}` }
  const { code, kind, map = null } = made
  return { ok: true, module: { name, kind, code, hash: hashOf(code), fileName: file, ...mapOf(map) } }
}

async function readBundle(
  root: string,
  name: string,
  { file, kind, hash, source }: ManifestBundle,
): Promise<LoadedModule> {
  const read = await readInside(root, file, BUNDLE_BYTES_MAX)
  if (!read.ok) return { ok: false, message: `Module '${name}' cannot be loaded: ${read.message}` }
  const code = read.bytes.toString('utf8')
  const found = hashOf(code)
  if (found !== hash) {
    return { ok: false, message: `Module '${name}': ${file} has SHA-256 ${found}, the manifest says ${hash}.` }
  }
  const map = await readInside(root, `${file}.map`, MAP_BYTES_MAX)
  const mapText = map.ok ? map.bytes.toString('utf8') : null
  return { ok: true, module: { name, kind, code, hash, fileName: source, ...mapOf(mapText) } }
}

/** A module without a map works as well: its stacks show the bundle. */
function mapOf(text: string | null): Pick<DeployedModule, 'map'> {
  const map = text === null ? null : toModuleMap(text)
  return map === null ? {} : { map }
}

function toResource(name: string, resource: ManifestResource, common: string): DeployedResource {
  const own = writeEnvironment(resource.env)
  const environment = joinEnvironments(common, own)
  return {
    name,
    isLoadBalanced: resource.is_load_balanced,
    functions: resource.functions.map((one) => toFunction(name, resource, one)),
    ...(environment === '' ? {} : { environment }),
    ...(own === '' ? {} : { hasOwnVariables: true }),
  }
}

function toFunction(resourceName: string, resource: ManifestResource, one: ManifestFunction): DeployedFunction {
  const { http_method: method, http_path: path } = one
  const hasRoute = resource.is_load_balanced && method !== null && path !== null
  return {
    name: one.name,
    kind: one.is_class ? 'class' : 'function',
    module: one.module,
    resource: resourceName,
    methods: one.class_methods,
    ...concurrencyOf(one.max_concurrency ?? resource.max_concurrency, resource.is_load_balanced),
    ...((one.return_aggregate_stream ?? resource.return_aggregate_stream ?? false) ? { isStreamAggregated: true } : {}),
    limits: one.limits,
    route: hasRoute ? { method, path } : null,
    // What is no host narrows to nothing.
    ...(one.egress === null ? {} : { egress: one.egress.flatMap((host) => parseHostRule(host) ?? []) }),
    parameters: one.parameters,
  }
}

/** Upstream's queue takes one job after the other unless it is told otherwise, and its routes overlap at will. */
function concurrencyOf(
  asked: number | null,
  isLoadBalanced: boolean,
): Pick<DeployedFunction, 'maxConcurrency' | 'learnsConcurrency'> {
  if (asked !== null) return { maxConcurrency: asked }
  return isLoadBalanced ? { maxConcurrency: ROUTE_CONCURRENCY, learnsConcurrency: true } : { maxConcurrency: 1 }
}

/** The same content has the same version wherever and whenever it is loaded. */
function versionOf(manifest: Uint8Array, modules: ReadonlyMap<string, DeployedModule>): string {
  const hash = createHash('sha256').update(manifest)
  for (const name of [...modules.keys()].toSorted()) hash.update(`\0${name}\0${modules.get(name)?.hash ?? ''}`)
  return hash.digest('hex').slice(0, VERSION_CHARACTERS)
}

function hashOf(code: string): string {
  return createHash('sha256').update(code).digest('hex')
}
