// The plugin that keeps a bundle within its folders: it judges every import, and reads every file in the bundler's place.
import { isAbsolute, join, relative } from 'node:path'
import type { OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from 'esbuild'
import type { RemoteSource } from '../core/deployment.ts'
import { failed, FileLoader, isWithin } from './file-loader.ts'
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

const PACKAGE_FILE = /[\\/]node_modules[\\/]/u
/** Of what stands in the place of a source that is called and not bundled. */
const STAND_IN = 'remote'
/** Given to the resolver for the plugin's own question, so that it is not asked again. */
const OWN_QUESTION = Symbol('own question')

export function createGuard(options: GuardOptions): Guard {
  const files = new FileLoader({ ...options, place: 'the artifact' })
  const { names } = options
  const clause = names.length === 0 ? '' : `\nexport { ${names.join(', ')} }\n`

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
    build.onLoad({ filter: /.*/, namespace: 'file' }, ({ path }) => {
      const name = relative(options.folders[0] ?? '', path)
      return files.load(path, name, (text, real) => (real === options.entry ? text + clause : text))
    })
  }
  return {
    plugin: { name: 'guard', setup },
    overflowBytes: () => files.overflowBytes,
    namesGlobals: () => files.namesGlobals,
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
