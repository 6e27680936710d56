// Bundles one module with esbuild: a script with a global variable where that is possible, with the names that are asked for.
import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'
import type { BuildFailure, BuildOptions, BuildResult, Message } from 'esbuild'
import { MODULE_EXPORTS_GLOBAL } from '../core/deployment.ts'
import type { RemoteSource } from '../core/deployment.ts'
import type { BundleProblem, BundleRequestMessage } from '../ipc/bundle-messages.ts'
import { findBuiltin } from './builtins.ts'
import { createGuard } from './bundle-guard.ts'
import type { Guard } from './bundle-guard.ts'
import { isWithin } from './file-loader.ts'
import { INJECTED_GLOBALS, nodeBuiltins, Tolerated } from './node-builtins.ts'
import { endMap } from './source-map.ts'

export type BundleResult =
  | {
      readonly type: 'bundled'
      readonly kind: 'script' | 'module'
      readonly code: string
      readonly map: string | null
    }
  | { readonly type: 'rejected'; readonly problems: BundleProblem[] }
  | { readonly type: 'too-large'; readonly side: 'input' | 'output'; readonly used: number }

type Built = BuildResult<{ write: false; metafile: true }>
type Tried = { readonly ok: true; readonly built: Built } | { readonly ok: false; readonly errors: readonly Message[] }

export { MAX_PROBLEMS, tolerate, TOP_LEVEL_AWAIT, toProblem }

const MAX_PROBLEMS = 20
const MAX_TEXT_CHARACTERS = 1_024
const NOT_DECLARED = /^"(.+)" is not declared in this file$/u
const TOP_LEVEL_AWAIT = 'Top-level await is currently not supported with the "iife" output format'
const NOT_RESOLVED = /^Could not resolve "(.+)"$/u

const OPTIONS = {
  bundle: true,
  write: false,
  metafile: true,
  // What packages say of themselves for browsers, such as which modules of Node.js they do without, is read there only.
  platform: 'browser',
  mainFields: ['browser', 'module', 'main'],
  // `import` and `require` are added by esbuild according to how a package is imported.
  conditions: ['worker', 'browser'],
  target: 'esnext',
  // V8 has no decorators yet.
  supported: { decorators: false },
  charset: 'utf8',
  logLevel: 'silent',
  define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis' },
  // Given here, no tsconfig.json is looked for: it could extend any file of the machine.
  tsconfigRaw: {},
} as const satisfies BuildOptions

export async function bundle(folders: readonly string[], request: BundleRequestMessage): Promise<BundleResult> {
  const [root = ''] = folders
  const file = join(root, request.file)
  const entry = isWithin(file, [root]) ? await realpath(file).catch(() => null) : file
  if (entry === null) return rejected('There is no such file.', request.file)
  if (!isWithin(entry, [root])) return rejected('It is outside the artifact.', request.file)

  const remotes = await findRemotes(root, request.remotes)
  const guards: Guard[] = []
  const tolerated = new Tolerated()
  const tryBuild = async (format: 'esm' | 'iife', names: readonly string[]): Promise<Tried> => {
    const guard = createGuard({ folders, entry, names, remotes, inputBytes: request.inputBytes })
    // The first build only tells what there is: the others take along what its files name.
    const inject = guards.some((one) => one.namesGlobals()) ? INJECTED_GLOBALS : []
    guards.push(guard)
    try {
      const built = await build({
        ...OPTIONS,
        absWorkingDir: root,
        inject: [...inject],
        entryPoints: [entry],
        outfile: join(root, 'bundle.js'),
        sourcemap: request.wantsMap ? 'external' : false,
        format,
        ...(format === 'iife' ? { globalName: MODULE_EXPORTS_GLOBAL } : {}),
        plugins: [nodeBuiltins(tolerated), guard.plugin],
      })
      return { ok: true, built }
    } catch (error) {
      const { errors } = error as Partial<BuildFailure>
      if (errors === undefined || errors.length === 0) throw error
      return { ok: false, errors }
    }
  }

  // Only the format esm tells what is exported.
  const tryFirst = async (): Promise<Tried> => await tryBuild('esm', [])
  let first = await tryFirst()
  if (!first.ok && tolerate(first.errors, root, tolerated)) first = await tryFirst()
  const result = await buildWithNames(first, tryBuild, request)
  const used = guards.map((guard) => guard.overflowBytes()).find((bytes) => bytes !== null)
  return used === undefined ? result : { type: 'too-large', side: 'input', used: used ?? 0 }
}

/** By their real paths, as the bundler knows them; what is not there, nothing can import. */
async function findRemotes(root: string, sources: readonly RemoteSource[]): Promise<ReadonlyMap<string, RemoteSource>> {
  const found = await Promise.all(
    sources.map(async (source) => {
      const path = await realpath(join(root, source.file)).catch(() => null)
      return path === null ? null : ([path, source] as const)
    }),
  )
  return new Map(found.filter((one) => one !== null))
}

/** Whether packages want what is not there, so that another build can tell more. */
function tolerate(errors: readonly Message[], root: string, tolerated: Tolerated): boolean {
  for (const { text, location } of errors) {
    const specifier = NOT_RESOLVED.exec(text)?.[1]
    if (specifier !== undefined && location !== null) tolerated.add(join(root, location.file), specifier)
  }
  return tolerated.size > 0
}

async function buildWithNames(
  first: Tried,
  tryBuild: (format: 'esm' | 'iife', names: readonly string[]) => Promise<Tried>,
  request: BundleRequestMessage,
): Promise<BundleResult> {
  if (!first.ok) return { type: 'rejected', problems: first.errors.slice(0, MAX_PROBLEMS).map(toProblem) }
  let names = missingNames(first.built, request.exports)
  let format: 'esm' | 'iife' = 'iife'
  let last = await tryBuild(format, names)
  // Each round takes away what its errors name: the format, names that are not declared, or the added clause as a whole.
  for (let round = 0; round < 3 && !last.ok; round += 1) {
    const others = last.errors.filter(({ text }) => text !== TOP_LEVEL_AWAIT)
    if (others.length < last.errors.length) format = 'esm'
    if (others.length > 0) names = withoutUndeclared(names, others)
    // oxlint-disable-next-line no-await-in-loop -- each build depends on the errors of the one before
    last = await tryBuild(format, names)
  }
  if (!last.ok) return { type: 'rejected', problems: last.errors.slice(0, MAX_PROBLEMS).map(toProblem) }
  return toResult(last.built, format === 'iife' ? 'script' : 'module', request)
}

/** What the module does not export itself. A CommonJS module has no clause: it would make another kind of module of it. */
function missingNames({ metafile }: Built, names: readonly string[]): readonly string[] {
  const output = Object.values(metafile.outputs).find(({ entryPoint }) => entryPoint !== undefined)
  if (output?.entryPoint === undefined) return []
  if (metafile.inputs[output.entryPoint]?.format === 'cjs') return []
  return names.filter((name) => !output.exports.includes(name))
}

/** Without those that the errors name; none at all when the errors are about something else. */
function withoutUndeclared(names: readonly string[], errors: readonly Message[]): readonly string[] {
  const undeclared = errors.map(({ text }) => NOT_DECLARED.exec(text)?.[1])
  return undeclared.includes(undefined) ? [] : names.filter((name) => !undeclared.includes(name))
}

function toResult({ outputFiles }: Built, kind: 'script' | 'module', request: BundleRequestMessage): BundleResult {
  const used = outputFiles.reduce((sum, { contents }) => sum + contents.byteLength, 0)
  if (used > request.outputBytes) return { type: 'too-large', side: 'output', used }
  const textOf = (end: string): string => outputFiles.find(({ path }) => path.endsWith(end))?.text ?? ''
  const code = textOf('.js')
  if (!request.wantsMap) return { type: 'bundled', kind, code, map: null }
  const map = textOf('.map')
  return { type: 'bundled', kind, code, map: kind === 'script' ? endMap(map, code) : map }
}

function rejected(text: string, file: string): BundleResult {
  return { type: 'rejected', problems: [{ text, file, line: null, column: null }] }
}

function toProblem({ text, location }: Message): BundleProblem {
  const clipped = describe(text).slice(0, MAX_TEXT_CHARACTERS)
  if (location === null) return { text: clipped, file: null, line: null, column: null }
  // Columns are bytes of UTF-8 there.
  const before = Buffer.from(location.lineText).subarray(0, location.column).toString()
  return {
    text: clipped,
    file: location.file.slice(0, MAX_TEXT_CHARACTERS),
    line: location.line,
    column: before.length + 1,
  }
}

function describe(text: string): string {
  const wanted = NOT_RESOLVED.exec(text)?.[1]
  if (wanted === undefined) return text
  const builtin = findBuiltin(wanted)
  if (builtin?.kind !== 'absent') return `'${wanted}' cannot be found`
  return `'${wanted}' is a module of Node.js, which there is not: ${builtin.why}`
}
