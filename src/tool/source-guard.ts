// The plugin that bundles submitted source: its files are in memory, packages in one folder, and nothing else is found.
import { isBuiltin } from 'node:module'
import { isAbsolute, join, relative } from 'node:path'
import type { Loader, OnLoadResult, OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from 'esbuild'
import { disarmMaps, failed, FileLoader, isWithin, loaderOf } from './file-loader.ts'
import { findSubmitted, isPath } from './submitted-files.ts'

export interface SourceGuardOptions {
  /** By path, the submitted source first. */
  readonly files: ReadonlyMap<string, string>
  readonly entry: string
  readonly entryLoader: Loader
  /** What is added behind the entry. */
  readonly footer: string
  /** Real path of the folder that has `node_modules`, or null for none. */
  readonly packages: string | null
  readonly inputBytes: number
}

/** The namespace of files that are nowhere on the disk. */
export const SUBMITTED = 'submitted'

const PLACE = 'the folder of the dependencies'
const OWN_QUESTION = Symbol('own question')
const TAKEN_AS_THEY_ARE = /^(?:data|https?):/iu
const ADDRESS = /^[a-z][\w+.-]*:/iu

export interface SourceGuard {
  readonly plugin: Plugin
  readonly loader: FileLoader
}

export function createSourceGuard(options: SourceGuardOptions): SourceGuard {
  const { files, entry, entryLoader, footer, packages, inputBytes } = options
  const loader = new FileLoader({ folders: packages === null ? [] : [packages], place: PLACE, inputBytes })

  const loadSubmitted = (path: string): OnLoadResult => {
    const text = files.get(path) ?? ''
    if (path !== entry) return { contents: disarmMaps(text), loader: loaderOf(path) ?? 'js' }
    return { contents: disarmMaps(text) + footer, loader: entryLoader }
  }

  const setup = (build: PluginBuild): void => {
    build.onResolve({ filter: /.*/ }, (args) => resolve(build, args, options))
    build.onLoad({ filter: /.*/, namespace: SUBMITTED }, ({ path }) => loadSubmitted(path))
    build.onLoad({ filter: /.*/, namespace: 'file' }, ({ path }) =>
      loader.load(path, relative(packages ?? '/', path), disarmMaps),
    )
  }
  return { plugin: { name: 'source-guard', setup }, loader }
}

async function resolve(
  build: PluginBuild,
  args: OnResolveArgs,
  { files, entry, packages }: SourceGuardOptions,
): Promise<OnResolveResult | undefined> {
  const { path: specifier, namespace, kind, importer } = args
  if (args.pluginData === OWN_QUESTION) return undefined
  if (kind === 'entry-point') return { path: entry, namespace: SUBMITTED }
  if (namespace === SUBMITTED) {
    if (isPath(specifier) || specifier.includes('\\') || specifier.includes('\0')) {
      const found = findSubmitted(files, specifier, importer)
      return found.ok ? { path: found.path, namespace: SUBMITTED } : failed(found.reason)
    }
    // Some of them the bundler would take in as data, or leave for later; of others it says itself that there are none.
    if (
      ADDRESS.test(specifier) &&
      (kind === 'import-statement' || TAKEN_AS_THEY_ARE.test(specifier)) &&
      !isBuiltin(specifier)
    )
      return failed(describeAddress(specifier))
    return findPackage(build, args, packages, packages)
  }
  if (namespace === 'file') return findPackage(build, args, packages, args.resolveDir)
  return undefined
}

/** What other runtimes install at an import is here asked for beside the code. */
function describeAddress(specifier: string): string {
  const [, name] = /^(?:npm|jsr):(.+)$/u.exec(specifier) ?? []
  const advice = name === undefined ? '' : `; name a package of npm in "dependencies" and import it by its bare name`
  return `'${specifier}' is an address; only modules and dependencies of the request can be imported${advice}`
}

/** Undefined leaves it to the bundler to say that there is none, which is an error unless the code expects it. */
async function findPackage(
  build: PluginBuild,
  { path, kind, with: attributes, importer, namespace }: OnResolveArgs,
  packages: string | null,
  resolveDir: string | null,
): Promise<OnResolveResult | undefined> {
  if (packages === null || resolveDir === null) return undefined
  const outside = failed(`'${path}' is outside ${PLACE}`)
  // Before any file is looked for, so that the answer does not tell which files the machine has.
  if (isPath(path) && !isWithin(isAbsolute(path) ? join(path) : join(resolveDir, path), [packages])) return outside
  const resolved = await build.resolve(path, {
    kind,
    importer: namespace === 'file' ? importer : '',
    namespace: 'file',
    resolveDir,
    with: attributes,
    pluginData: OWN_QUESTION,
  })
  if (resolved.errors.length === 0) {
    if (resolved.external) return failed(`'${path}' is an address; only files can be imported`)
    if (resolved.namespace === 'file' && !isWithin(resolved.path, [packages])) return outside
    return namespace === 'file'
      ? undefined
      : { path: resolved.path, namespace: resolved.namespace, sideEffects: resolved.sideEffects }
  }
  return undefined
}
