// Parts of the guest program that few isolates need: they lie in the snapshot as text and are compiled at their first use,
// because every function that is there from the start costs each isolate time. The sources know nothing of it: in the
// bundle of the guest program, the files named here are replaced by stubs that load the group they are in.
import { join } from 'node:path'
import { build } from 'esbuild'
import type { BuildOptions, Plugin } from 'esbuild'
import { takeLegacyTables } from './legacy-tables.ts'

const sourceFolder = join(import.meta.dirname, 'src')

export interface LazyGroup {
  /** The global in which the snapshot keeps it; `boot` removes it. */
  readonly global: string
  readonly filename: string
  /** The functions by which the guest program reaches it, by file; they take three arguments at most. */
  readonly functions: Readonly<Record<string, readonly string[]>>
}

export const LAZY_GROUPS: readonly LazyGroup[] = [
  {
    global: 'workerIsolateConsole',
    filename: 'worker-isolate:console',
    functions: { 'globals/console-calls.ts': ['loadConsoleCalls'] },
  },
  {
    global: 'workerIsolatePickle',
    filename: 'worker-isolate:pickle',
    functions: { 'codec/pickle/decode.ts': ['decodePickle'], 'codec/pickle/encode.ts': ['encodePickle'] },
  },
  {
    global: 'workerIsolateBase64',
    filename: 'worker-isolate:base64',
    functions: { 'web/base64.ts': ['decodeText', 'encodeText'] },
  },
  {
    global: 'workerIsolateClone',
    filename: 'worker-isolate:clone',
    functions: { 'web/clone/structured-clone.ts': ['structuredCloneOf'] },
  },
  {
    global: 'workerIsolateEncoding',
    filename: 'worker-isolate:encoding',
    functions: { 'web/encoding.ts': ['createEncodingGlobals'] },
  },
  {
    global: 'workerIsolateLegacy',
    filename: 'worker-isolate:legacy',
    functions: { 'web/legacy-group.ts': ['createDecoder', 'findEncoding'] },
  },
  {
    global: 'workerIsolateCrypto',
    filename: 'worker-isolate:crypto',
    functions: { 'web/crypto.ts': ['createCryptoGlobals'], 'web/navigator.ts': ['createNavigatorGlobals'] },
  },
  {
    global: 'workerIsolateUrl',
    filename: 'worker-isolate:url',
    functions: { 'web/url/url.ts': ['createUrlGlobals'] },
  },
  {
    global: 'workerIsolateHeaders',
    filename: 'worker-isolate:headers',
    functions: { 'web/headers.ts': ['createHeadersGlobals'] },
  },
  {
    global: 'workerIsolateFiles',
    filename: 'worker-isolate:files',
    functions: { 'web/files/form-data.ts': ['createFileGlobals'] },
  },
  {
    global: 'workerIsolatePerformance',
    filename: 'worker-isolate:performance',
    functions: { 'web/performance.ts': ['createPerformanceGlobals'] },
  },
]

/** Built-ins captured before any guest, and what has a state: a group uses those of the guest program. */
const SHARED = [
  'intrinsics.ts',
  'codec/codec-error.ts',
  'codec/late-intrinsics.ts',
  'web/clock.ts',
  'web/gateways.ts',
  'web/host.ts',
  'web/legacy-tables.ts',
  'web/platform-objects.ts',
]
/** The parameter of a group: for each shared file a record of its exports. */
const PARAMETER = 'workerIsolateShared'
const RESULT = 'workerIsolateGroup'
const VIRTUAL = 'lazy-groups'

function isFile(path: string, file: string): boolean {
  return path === join(sourceFolder, file)
}

type Exports = ReadonlyMap<string, readonly string[]>

/** The names that each shared file exports, without types. */
export async function readSharedExports(): Promise<Exports> {
  return new Map(await Promise.all(SHARED.map(async (file) => [file, await exportsOf(file)] as const)))
}

async function exportsOf(file: string): Promise<readonly string[]> {
  const { metafile } = await build({
    entryPoints: [join(sourceFolder, file)],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    target: 'esnext',
    metafile: true,
  })
  return Object.values(metafile.outputs).flatMap((output) => output.exports)
}

/** For the bundle of the guest program: calls into groups go through stubs. */
export function stubLazyGroups(shared: Exports): Plugin {
  const share = writeShare(shared)
  return {
    name: 'lazy-groups',
    setup(bundle) {
      bundle.onResolve({ filter: /^lazy-groups:/ }, ({ path }) => ({ path, namespace: VIRTUAL }))
      bundle.onLoad({ filter: /^lazy-groups:share$/, namespace: VIRTUAL }, () => ({
        contents: share,
        loader: 'js',
        resolveDir: sourceFolder,
      }))
      bundle.onLoad({ filter: /^lazy-groups:workerIsolate/, namespace: VIRTUAL }, ({ path }) => {
        const group = LAZY_GROUPS.find(({ global }) => path.endsWith(`:${global}`))
        if (group === undefined) throw new Error(`there is no group ${path}`)
        return { contents: writeStub(group), loader: 'js', resolveDir: sourceFolder }
      })
      bundle.onLoad({ filter: /\.ts$/, namespace: 'file' }, ({ path }) => {
        for (const { global, functions } of LAZY_GROUPS) {
          const names = Object.entries(functions).find(([file]) => isFile(path, file))?.[1]
          if (names === undefined) continue
          const contents = `export { ${names.join(', ')} } from 'lazy-groups:${global}'`
          return { contents, loader: 'js', resolveDir: sourceFolder }
        }
        return undefined
      })
    },
  }
}

function writeShare(shared: Exports): string {
  const files = [...shared].map(([file, names], index) => {
    const own = (name: string): string => `${name}_${index}`
    return {
      imported: `import { ${names.map((name) => `${name} as ${own(name)}`).join(', ')} } from './${file}'`,
      record: `${JSON.stringify(file)}: { __proto__: null, ${names.map((name) => `${name}: ${own(name)}`).join(', ')} }`,
    }
  })
  const imports = files.map(({ imported }) => imported).join('\n')
  // A function: what a file has set since it was evaluated is read when the group is loaded.
  return `${imports}\nexport const share = () => ({ __proto__: null, ${files.map(({ record }) => record).join(', ')} })`
}

function writeStub({ global, functions }: LazyGroup): string {
  const stubs = Object.values(functions)
    .flat()
    .map((name) => `export function ${name}(a, b, c) { const { ${name}: own } = group(); return own(a, b, c) }`)
  return `import { getGlobal } from './intrinsics.ts'
import { share } from 'lazy-groups:share'
const { ${global}: load } = getGlobal()
let loaded
const group = () => loaded ??= load(share())
${stubs.join('\n')}`
}

/** For the bundle of a group: what is shared comes from the parameter. */
function takeShared(shared: Exports): Plugin {
  return {
    name: 'shared',
    setup(bundle) {
      bundle.onLoad({ filter: /\.ts$/, namespace: 'file' }, ({ path }) => {
        const [file, names] = [...shared].find(([each]) => isFile(path, each)) ?? []
        if (file === undefined || names === undefined) return undefined
        const list = names.join(', ')
        return {
          contents: `const { ${list} } = ${PARAMETER}[${JSON.stringify(file)}]\nexport { ${list} }`,
          loader: 'js',
        }
      })
    },
  }
}

/** The scripts that put the groups on the global object. */
export async function bundleLazyGroups(
  shared: Exports,
  options: BuildOptions,
): Promise<readonly { readonly code: string; readonly filename: string }[]> {
  return Promise.all(
    LAZY_GROUPS.map(async ({ global, filename, functions }) => {
      const all = Object.values(functions).flat().join(', ')
      const imports = Object.entries(functions).map(([file, own]) => `import { ${own.join(', ')} } from './${file}'`)
      const { outputFiles } = await build({
        ...options,
        stdin: {
          contents: `${imports.join('\n')}\n${RESULT} = { __proto__: null, ${all} }`,
          resolveDir: sourceFolder,
          loader: 'js',
        },
        write: false,
        plugins: [takeLegacyTables(PARAMETER), takeShared(shared)],
      })
      const text = outputFiles[0]?.text ?? ''
      const code = `globalThis.${global}=function(${PARAMETER}){'use strict';let ${RESULT};${text};return ${RESULT}};`
      return { code, filename }
    }),
  )
}
