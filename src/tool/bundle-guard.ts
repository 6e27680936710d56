// The plugin that keeps a bundle within its folders: it judges every import, and reads every file in the bundler's place.
import { readFile, realpath, stat } from 'node:fs/promises'
import { dirname, extname, isAbsolute, join, relative, sep } from 'node:path'
import type { Loader, OnLoadResult, OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from 'esbuild'
import type { RemoteSource } from '../core/deployment.ts'
import { DisabledFiles } from './disabled-files.ts'
import { mayNameGlobals } from './node-builtins.ts'
import { remoteStub } from './remote-stub.ts'

export interface GuardOptions {
  /** Real paths; files of all of them may be part of the bundle. */
  readonly folders: readonly string[]
  /** Real path of the module that is bundled. */
  readonly entry: string
  /** Names that the entry exports in addition. */
  readonly names: readonly string[]
  /** By real path: sources that are called and not bundled. */
  readonly remotes: ReadonlyMap<string, RemoteSource>
  readonly inputBytes: number
}

export interface Guard {
  readonly plugin: Plugin
  /** The sum of the files when it is over `inputBytes`, else null. */
  readonly overflowBytes: () => number | null
  /** Whether a file may name a global of Node.js. */
  readonly namesGlobals: () => boolean
}

const LOADERS: Readonly<Record<string, Loader>> = {
  '.js': 'js',
  '.mjs': 'js',
  '.cjs': 'js',
  '.jsx': 'jsx',
  '.ts': 'ts',
  '.mts': 'ts',
  '.cts': 'ts',
  '.tsx': 'tsx',
  '.json': 'json',
  '.txt': 'text',
}

const PACKAGE_FILE = /[\\/]node_modules[\\/]/u
/** Of what stands in the place of a source that is called and not bundled. */
const STAND_IN = 'remote'
/** Given to the resolver for the plugin's own question, so that it is not asked again. */
const OWN_QUESTION = Symbol('own question')

export function isWithin(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep))
}

export function createGuard(options: GuardOptions): Guard {
  const seen = new Set<string>()
  let loadedBytes = 0
  let namesGlobals = false

  const disabled = new DisabledFiles((real) => isWithin(real, options.folders))

  const load = async (path: string, name: string): Promise<OnLoadResult> => {
    if (await disabled.has(path)) return { contents: '', loader: 'js' }
    const loader = LOADERS[extname(path)]
    if (loader === undefined) return failed(`'${name}' is no kind of file that can be part of a bundle`)
    // The resolver has followed links already; this holds whatever it did.
    const real = await realpath(path)
    if (!isWithin(real, options.folders)) return failed(`'${name}' is outside the artifact`)
    const { size, isRegular } = await stat(real).then((one) => ({ size: one.size, isRegular: one.isFile() }))
    if (!isRegular) return failed(`'${name}' is no regular file`)
    if (!seen.has(real)) loadedBytes += size
    seen.add(real)
    if (loadedBytes > options.inputBytes) return failed('The files of the bundle are too large')
    const text = await readFile(real, 'utf8')
    namesGlobals ||= mayNameGlobals(text)
    const contents = await disarmMap(text, real, options.folders)
    if (real !== options.entry || options.names.length === 0) return { contents, loader }
    return { contents: `${contents}\nexport { ${options.names.join(', ')} }\n`, loader }
  }

  const setup = (build: PluginBuild): void => {
    build.onResolve({ filter: /.*/ }, async (args) => {
      // What a stand-in passes on; without side effects, so that what nobody uses of it is left out whole.
      if (args.namespace === STAND_IN) return { path: String(args.pluginData), namespace: 'file', sideEffects: false }
      return judge(build, args, options)
    })
    build.onLoad({ filter: /.*/, namespace: STAND_IN }, ({ pluginData }) => {
      const source = options.remotes.get(String(pluginData))
      return source === undefined
        ? null
        : { contents: remoteStub(source), loader: 'js', pluginData: pluginData as string }
    })
    // What the system says holds the path on this machine.
    build.onLoad({ filter: /.*/, namespace: 'file' }, ({ path }) => {
      const name = relative(options.folders[0] ?? '', path)
      return load(path, name).catch(() => failed(`'${name}' cannot be read`))
    })
  }
  return {
    plugin: { name: 'guard', setup },
    overflowBytes: () => (loadedBytes > options.inputBytes ? loadedBytes : null),
    namesGlobals: () => namesGlobals,
  }
}

/** An error for an import that leads out; undefined leaves it to the bundler, which says itself what it cannot find. */
async function judge(
  build: PluginBuild,
  args: OnResolveArgs,
  { folders, remotes }: GuardOptions,
): Promise<OnResolveResult | undefined> {
  if (args.pluginData === OWN_QUESTION) return undefined
  const { path, kind, importer, namespace, resolveDir, with: attributes } = args
  const outside = failed(`'${path}' is outside the artifact`)
  // Before any file is looked for, so that the answer does not tell which files the machine has.
  const isPath = /^\.{0,2}(?:\/|$)/u.test(path)
  if (isPath && !isWithin(isAbsolute(path) ? join(path) : join(resolveDir, path), folders)) return outside
  // A package's import of its own files is no call of another resource, and what is loaded is looked at anyway. Packages of
  // hundreds of files are bundled in half the time for it.
  if (isPath && PACKAGE_FILE.test(importer)) return undefined
  const resolved = await build.resolve(path, {
    kind,
    importer,
    namespace,
    resolveDir,
    with: attributes,
    pluginData: OWN_QUESTION,
  })
  if (resolved.errors.length > 0) return undefined
  if (resolved.external) return failed(`'${path}' is an address; only files can be imported`)
  if (resolved.namespace === 'file' && !isWithin(resolved.path, folders)) return outside
  const remote = resolved.namespace === 'file' ? remotes.get(resolved.path) : undefined
  // What the system calls the file stays out of the path, which is in messages.
  return remote === undefined ? undefined : { path: remote.file, namespace: STAND_IN, pluginData: resolved.path }
}

const MAP_COMMENT = /(?<=\/[/*][#@][ \t]*)sourceMappingURL(?==[ \t]*(?!data:)(\S*))/gu
const PLAIN_PATH = /^(?!\.\.?(?:\/|$))[\w.@-]+(?:\/(?!\.\.?(?:\/|$))[\w.@-]+)*$/u

/** The bundler reads the source map that a comment names, wherever it is: a comment that leads out loses its meaning. */
async function disarmMap(text: string, file: string, folders: readonly string[]): Promise<string> {
  const targets = new Set(Array.from(text.matchAll(MAP_COMMENT), ([, target = '']) => target))
  if (targets.size === 0) return text
  const harmless = new Set<string>()
  await Promise.all(
    Array.from(targets, async (target) => {
      if (!PLAIN_PATH.test(target)) return
      const real = await realpath(join(dirname(file), target)).catch(() => null)
      if (real === null || isWithin(real, folders)) harmless.add(target)
    }),
  )
  // The same length, so that every column stays where it is.
  return text.replaceAll(MAP_COMMENT, (name, target: string) => (harmless.has(target) ? name : 'sourceMappingUrl'))
}

function failed(text: string): { errors: { text: string }[] } {
  return { errors: [{ text }] }
}
