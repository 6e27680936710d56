// Parts of the guest program that few isolates need: they are text, in a snapshot or beside it, and compiled at their first use,
// because every function that is there from the start costs each isolate time. The sources know nothing of it: in the
// bundle of the guest program, the files named here are replaced by stubs that load the group they are in.
import { join } from 'node:path'
import { build } from 'esbuild'
import type { BuildOptions, Plugin } from 'esbuild'
import { hideStateOfStreams } from './hide-state.ts'
import { askForLegacyTables } from './legacy-tables.ts'
import { PARSER_TEXT } from './src/bridge.ts'
import { giveOwnUrl } from './url-pattern.ts'

const sourceFolder = join(import.meta.dirname, 'src')

export interface LazyGroup {
  /** The global in which a snapshot that has its text keeps it until the guest program has read it. */
  readonly global: string
  readonly filename: string
  /** The functions by which the guest program and other groups reach it, by file; they take five arguments at most. */
  readonly functions: Readonly<Record<string, readonly string[]>>
  /** What functions of it answer as long as it is not loaded, as source text; they load nothing then. */
  readonly unloaded?: Readonly<Record<string, string>>
  /** A file whose exports a library of the group finds where it names globals. */
  readonly globals?: string
}

export const LAZY_GROUPS: readonly LazyGroup[] = [
  {
    global: 'workerIsolateRun',
    filename: 'worker-isolate:run',
    functions: {
      'globals/call-handle.ts': ['createCallHandle'],
      'globals/remote.ts': ['createRemote'],
      'run/find-method.ts': ['findMethod'],
      'run/module-state.ts': ['createModuleState'],
      'run/streams.ts': ['createStreams'],
    },
  },
  {
    global: 'workerIsolateBinding',
    filename: 'worker-isolate:binding',
    functions: { 'run/bind-arguments.ts': ['bindArguments'], 'run/signatures.ts': ['createSignatures'] },
  },
  {
    global: 'workerIsolateTimers',
    filename: 'worker-isolate:timers',
    functions: { 'globals/timers.ts': ['createTimers'] },
  },
  {
    global: 'workerIsolateMethods',
    filename: 'worker-isolate:console-methods',
    functions: { 'globals/console.ts': ['createConsole'] },
  },
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
    global: 'workerIsolateEvents',
    filename: 'worker-isolate:events',
    functions: { 'globals/events/load-event-classes.ts': ['loadEventClasses'] },
  },
  {
    global: 'workerIsolateEventKinds',
    filename: 'worker-isolate:event-kinds',
    functions: {
      'web/events/event-kinds.ts': ['createEventKinds'],
      'web/events/global-target.ts': ['callGlobalTarget'],
    },
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
    global: 'workerIsolateMessages',
    filename: 'worker-isolate:messages',
    functions: { 'web/messages/message-port.ts': ['createMessageGlobals'] },
  },
  {
    global: 'workerIsolateEncoding',
    filename: 'worker-isolate:encoding',
    functions: {
      'web/encoding.ts': ['createEncodingGlobals'],
      'web/streams/text-streams.ts': ['createTextStreamGlobals'],
    },
  },
  {
    global: 'workerIsolateLegacy',
    filename: 'worker-isolate:legacy',
    functions: { 'web/legacy-group.ts': ['createDecoder', 'findEncoding'] },
  },
  {
    global: 'workerIsolateCrypto',
    filename: 'worker-isolate:crypto',
    functions: {
      'web/crypto.ts': ['createCryptoGlobals'],
      'web/navigator.ts': ['createNavigatorGlobals'],
      'web/process.ts': ['createProcessGlobals'],
    },
  },
  {
    global: 'workerIsolateSubtle',
    filename: 'worker-isolate:subtle',
    functions: { 'web/subtle/subtle.ts': ['createSubtleGlobals'] },
  },
  {
    global: 'workerIsolateUrl',
    filename: 'worker-isolate:url',
    functions: { 'web/url/url.ts': ['createUrlGlobals', 'readAddress'] },
  },
  {
    global: 'workerIsolateUrlPattern',
    filename: 'worker-isolate:url-pattern',
    functions: { 'web/url-pattern-group.ts': ['createUrlPatternGlobals'] },
  },
  {
    global: 'workerIsolateHeaders',
    filename: 'worker-isolate:headers',
    functions: { 'web/fetch/classes.ts': ['createFetchGlobals', 'fetchInternals'] },
  },
  {
    global: 'workerIsolateFetch',
    filename: 'worker-isolate:fetch',
    functions: { 'web/fetch/fetch.ts': ['startFetch'] },
  },
  {
    global: 'workerIsolateFiles',
    filename: 'worker-isolate:files',
    functions: {
      'web/files/blob-content.ts': ['blobContent'],
      'web/files/form-data.ts': ['createFileGlobals'],
      'web/files/from-body.ts': ['blobOf', 'parseForm'],
    },
    unloaded: { blobContent: 'undefined' },
  },
  {
    global: 'workerIsolateFileReader',
    filename: 'worker-isolate:file-reader',
    functions: { 'web/files/file-reader.ts': ['createFileReaderGlobals'] },
  },
  {
    global: 'workerIsolatePerformance',
    filename: 'worker-isolate:performance',
    functions: { 'web/performance.ts': ['createPerformanceGlobals'] },
  },
  {
    global: 'workerIsolateStreams',
    filename: 'worker-isolate:streams',
    functions: {
      'web/streams/globals.ts': ['createStreamGlobals'],
      'web/streams/internal.ts': [
        'createByteStream',
        'createTransform',
        'isDisturbed',
        'isLocked',
        'isReadableStream',
        'readPieces',
        'tee',
      ],
    },
    unloaded: { isReadableStream: 'false' },
    globals: 'web/streams/library-globals.ts',
  },
  {
    global: 'workerIsolateTransfer',
    filename: 'worker-isolate:transfer',
    functions: { 'web/streams/transfer.ts': ['findStreamMover'] },
  },
  {
    global: 'workerIsolateCompression',
    filename: 'worker-isolate:compression',
    functions: { 'web/streams/compression.ts': ['createCompressionGlobals'] },
  },
  {
    global: 'workerIsolateBrotli',
    filename: 'worker-isolate:brotli',
    functions: { 'web/streams/brotli.ts': ['createBrotliCodec'] },
  },
]

/** Built-ins captured before any guest, and what has a state: a group uses those of the guest program. */
export const SHARED = [
  'intrinsics.ts',
  'codec/codec-error.ts',
  'codec/formats.ts',
  'codec/late-intrinsics.ts',
  'run/describe-error.ts',
  'run/failed-end.ts',
  'run/target.ts',
  'web/clock.ts',
  'web/fetch/body-sources.ts',
  'web/fetch/exchange-port.ts',
  'web/fetch/gateway.ts',
  'web/brotli-link.ts',
  'web/crypto-link.ts',
  'web/event-link.ts',
  'web/gateways.ts',
  'web/host.ts',
  'web/message-link.ts',
  'web/platform-objects.ts',
  'web/timer-link.ts',
]
/** The parameter of a group: a record of what it uses of the shared files. */
const PARAMETER = 'workerIsolateShared'
const RESULT = 'workerIsolateGroup'
const VIRTUAL = 'lazy-groups'
const ONE = 'shared'

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

/** Under which the host has the text of a group. */
export function numberOf(global: string): number {
  return PARSER_TEXT + 1 + LAZY_GROUPS.findIndex((group) => group.global === global)
}

/** A bundled group. */
export interface BundledGroup extends LazyGroup {
  /** An expression that is a function. */
  readonly load: string
  /** What it uses of the shared files, which whoever loads it passes. */
  readonly uses: readonly SharedName[]
}

interface SharedName {
  readonly file: string
  readonly name: string
}

/** Names of two files may be the same. */
const keyOf = ({ file, name }: SharedName): string => `${name}_${NAMED_FILES.indexOf(file)}`

const NAMED_FILES = [...SHARED, ...LAZY_GROUPS.flatMap(({ functions }) => Object.keys(functions))]

/** What a group has of others: its own functions are in it, and those of other groups are stubs of the guest program. */
function sharedWith(group: LazyGroup, shared: Exports): Exports {
  const others = LAZY_GROUPS.filter((other) => other !== group)
  return new Map([...shared, ...others.flatMap(({ functions }) => Object.entries(functions))])
}

/** For the bundle of the guest program: calls into groups go through stubs. */
export function stubLazyGroups(groups: readonly BundledGroup[]): Plugin {
  return {
    name: 'lazy-groups',
    setup(bundle) {
      bundle.onResolve({ filter: /^lazy-groups:/ }, ({ path }) => ({ path, namespace: VIRTUAL }))
      bundle.onLoad({ filter: /^lazy-groups:/, namespace: VIRTUAL }, ({ path }) => {
        const group = groups.find(({ global }) => path.endsWith(`:${global}`))
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

function writeStub({ global, functions, uses, unloaded = {} }: BundledGroup): string {
  const imports = uses.map((use) => `import { ${use.name} as ${keyOf(use)} } from './${use.file}'`)
  // What a file has set since it was evaluated is read when the group is loaded.
  const loading = `loaded ??= (load ?? loadText(${numberOf(global)}))({ __proto__: null, ${uses.map(keyOf).join(', ')} })`
  const names = Object.values(functions).flat()
  // Each function that is there from the start costs each isolate time: only what has two uses is a function of its own.
  const group = names.length === 1 ? `(${loading})` : 'group()'
  const stubs = names.map((name) => {
    const answer = unloaded[name]
    const early = answer === undefined ? '' : `if (loaded === undefined) return ${answer}; `
    return `export function ${name}(a, b, c, d, e) { ${early}const { ${name}: own } = ${group}; return own(a, b, c, d, e) }`
  })
  return `import { getGlobal } from './intrinsics.ts'
import { loadText } from './web/host.ts'
${imports.join('\n')}
const { ${global}: load } = getGlobal()
let loaded
${names.length === 1 ? '' : `const group = () => ${loading}`}
${stubs.join('\n')}`
}

/** For the bundle of a group: what is shared comes from the parameter, each name by itself, so that only what is used does. */
function takeShared(shared: Exports): Plugin {
  return {
    name: 'shared',
    setup(bundle) {
      bundle.onResolve({ filter: /^shared:/ }, ({ path }) => ({ path, namespace: ONE, sideEffects: false }))
      bundle.onLoad({ filter: /^shared:/, namespace: ONE }, ({ path }) => {
        const use = readShared(path)
        return { contents: `export const ${use.name} = ${PARAMETER}.${keyOf(use)}`, loader: 'js' }
      })
      bundle.onLoad({ filter: /\.ts$/, namespace: 'file' }, ({ path }) => {
        const [file, names] = [...shared].find(([each]) => isFile(path, each)) ?? []
        if (file === undefined || names === undefined) return undefined
        const contents = names.map((name) => `export { ${name} } from 'shared:${file}#${name}'`).join('\n')
        return { contents, loader: 'js' }
      })
    },
  }
}

function readShared(path: string): SharedName {
  const [file = '', name = ''] = path.slice('shared:'.length).split('#')
  return { file, name }
}

/** The scripts that put the groups on the global object, and what each needs to be loaded. */
export async function bundleLazyGroups(shared: Exports, options: BuildOptions): Promise<readonly BundledGroup[]> {
  return Promise.all(LAZY_GROUPS.map(async (group) => bundleGroup(group, shared, options)))
}

/** As it lies beside the snapshots: the guest program evaluates it by itself, and shows no frame of it in a stack. */
export function writeText(load: string, filename: string): string {
  return `(${load})\n//# sourceURL=${filename}`
}

async function bundleGroup(group: LazyGroup, shared: Exports, options: BuildOptions): Promise<BundledGroup> {
  const { functions, globals } = group
  const all = Object.values(functions).flat().join(', ')
  const imports = Object.entries(functions).map(([file, own]) => `import { ${own.join(', ')} } from './${file}'`)
  const { outputFiles, metafile } = await build({
    ...options,
    stdin: {
      contents: `${imports.join('\n')}\n${RESULT} = { __proto__: null, ${all} }`,
      resolveDir: sourceFolder,
      loader: 'js',
    },
    write: false,
    metafile: true,
    ...(globals === undefined ? {} : { inject: [join(sourceFolder, globals)] }),
    plugins: [askForLegacyTables(), hideStateOfStreams(), giveOwnUrl(), takeShared(sharedWith(group, shared))],
  })
  const text = outputFiles[0]?.text ?? ''
  const uses = Object.values(metafile.outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .flatMap(([path, { bytesInOutput }]) => (path.startsWith(`${ONE}:shared:`) && bytesInOutput > 0 ? [path] : []))
    .map((path) => readShared(path.slice(`${ONE}:`.length)))
  const load = `function(${PARAMETER}){'use strict';let ${RESULT};${text};return ${RESULT}}`
  return { ...group, load, uses }
}
