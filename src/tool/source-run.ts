// Bundles source that came with a request: decides by its syntax whether it needs that, and makes one script of it.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import type { BuildFailure, BuildOptions, BuildResult, Loader, Message } from 'esbuild'
import { MODULE_EXPORTS_GLOBAL } from '../core/deployment.ts'
import { mayNeedNodeGlobals } from '../core/node-globals.ts'
import type { BundleProblem, SourceRequestMessage } from '../ipc/bundle-messages.ts'
import { MAX_PROBLEMS, tolerate, TOP_LEVEL_AWAIT, toProblem } from './bundle-run.ts'
import type { BundleResult } from './bundle-run.ts'
import { disarmMaps } from './file-loader.ts'
import { INJECTED_GLOBALS, isBuiltinInput, mayNameGlobals, nodeBuiltins, Tolerated } from './node-builtins.ts'
import { createSourceGuard, SUBMITTED } from './source-guard.ts'
import { keptMap } from './source-map.ts'

export type SourceResult = BundleResult | { readonly type: 'untouched' }

type Built = BuildResult<{ write: false; metafile: true }>
type Tried = { readonly ok: true; readonly built: Built } | { readonly ok: false; readonly errors: readonly Message[] }

const OPTIONS = {
  platform: 'browser',
  mainFields: ['browser', 'module', 'main'],
  // `import` and `require` are added by the bundler according to how a package is imported.
  conditions: ['worker', 'browser', 'module'],
  target: 'esnext',
  // V8 has no decorators yet.
  supported: { decorators: false },
  charset: 'utf8',
  logLevel: 'silent',
  legalComments: 'none',
  // Also because indentation grows with the square of the nesting. Names stay: code can see them.
  minifyWhitespace: true,
  define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis' },
  // Given here, no tsconfig.json is looked for.
  tsconfigRaw: {},
} as const satisfies BuildOptions

/** What the source exports, and what it is. */
interface Inspected {
  readonly loader: Loader
  readonly exports: readonly string[]
  readonly isCommonJs: boolean
  readonly imports: number
}

/** Each import takes the bundler some tenths of a millisecond, wherever it leads. More than the limit is not even read. */
const MAX_IMPORTS = 20_000
const IMPORTS = /\b(?:import|require|from)\b/gu

/** @param packages real path of the folder that has `node_modules`, or null. */
export async function bundleSource(
  packages: string | null,
  request: SourceRequestMessage,
  [code = '', ...texts]: readonly string[],
): Promise<SourceResult> {
  const { fileName, language } = request
  if (countImports([code, ...texts]) > MAX_IMPORTS) {
    const text = `The words import, require and from are there more than ${MAX_IMPORTS} times, which is the limit`
    return { type: 'rejected', problems: [{ text, file: fileName, line: null, column: null }] }
  }
  const inspected = await inspect(code, request, packages)
  if (!inspected.ok) return rejected(inspected.errors)
  const { loader } = inspected
  const mayNeedNothing = language === 'javascript' && !inspected.isCommonJs
  const mayNeedGlobals = mayNeedNodeGlobals(code)
  if (mayNeedNothing && inspected.imports === 0 && !mayNeedGlobals) return { type: 'untouched' }
  const footer = await footerFor(code, inspected, request, packages)
  const files = new Map([
    [fileName, code],
    ...request.modulePaths.map((path, index) => [path, texts[index] ?? ''] as const),
  ])
  const tolerated = new Tolerated()
  const namesGlobals = packages !== null || [code, ...texts].some(mayNameGlobals)
  const guard = createSourceGuard({
    files,
    entry: fileName,
    entryLoader: loader,
    footer,
    packages,
    inputBytes: request.inputBytes,
  })
  const options: BuildOptions = {
    ...OPTIONS,
    ...jsxOptions(packages),
    bundle: true,
    absWorkingDir: packages ?? '/',
    entryPoints: [fileName],
    outfile: join(packages ?? '/', 'bundle.js'),
    sourcemap: 'external',
    sourcesContent: false,
    inject: namesGlobals ? [...INJECTED_GLOBALS] : [],
    plugins: [nodeBuiltins(tolerated), guard.plugin],
  }
  let kind: 'script' | 'module' = 'script'
  const tryScript = async (): Promise<Tried> =>
    tryBuild({ ...options, format: 'iife', globalName: MODULE_EXPORTS_GLOBAL })
  let tried = await tryScript()
  // Packages may want what is not there, as long as they do not use it.
  if (!tried.ok && packages !== null && tolerate(tried.errors, packages, tolerated)) tried = await tryScript()
  if (!tried.ok && tried.errors.some(({ text }) => text === TOP_LEVEL_AWAIT)) {
    kind = 'module'
    tried = await tryBuild({ ...options, format: 'esm' })
  }
  const used = guard.loader.overflowBytes
  if (used !== null) return { type: 'too-large', side: 'input', used }
  if (!tried.ok) return rejected(tried.errors)
  if (
    mayNeedNothing &&
    importsNothing(tried.built, `${SUBMITTED}:${fileName}`) &&
    !(mayNeedGlobals && bringsBuiltins(tried.built))
  )
    return { type: 'untouched' }
  return toResult(tried.built, kind, packages, request.outputBytes)
}

/** Of what there is. */
function importsNothing({ metafile }: Built, path: string): boolean {
  return metafile.inputs[path]?.imports.every(({ external }) => external === true) === true
}

function bringsBuiltins({ metafile }: Built): boolean {
  return Object.values(metafile.outputs).some(({ inputs }) => Object.keys(inputs).some(isBuiltinInput))
}

/** Those in comments and strings count as well. */
function countImports(texts: readonly string[]): number {
  let count = 0
  for (const text of texts) {
    for (const _ of text.matchAll(IMPORTS)) {
      count += 1
      if (count > MAX_IMPORTS) return count
    }
  }
  return count
}

async function tryBuild(options: BuildOptions): Promise<Tried> {
  try {
    return { ok: true, built: await build({ ...options, write: false, metafile: true }) }
  } catch (error) {
    const { errors } = error as Partial<BuildFailure>
    if (errors === undefined || errors.length === 0) throw error
    return { ok: false, errors }
  }
}

type InspectResult = ({ readonly ok: true } & Inspected) | { readonly ok: false; readonly errors: readonly Message[] }

/** Reads the source by itself. TypeScript is read with JSX when it is none without. */
async function inspect(
  code: string,
  { fileName, language }: Pick<SourceRequestMessage, 'fileName' | 'language'>,
  packages: string | null,
): Promise<InspectResult> {
  const read = async (loader: Loader): Promise<InspectResult> => {
    const stdin = { contents: disarmMaps(code), loader, sourcefile: `${SUBMITTED}:${fileName}` }
    const tried = await tryBuild({ ...OPTIONS, ...jsxOptions(packages), stdin, format: 'esm' })
    if (!tried.ok) return tried
    const [input] = Object.values(tried.built.metafile.inputs)
    const [output] = Object.values(tried.built.metafile.outputs)
    return {
      ok: true,
      loader,
      exports: output?.exports ?? [],
      isCommonJs: input?.format === 'cjs',
      imports: output?.imports.length ?? 0,
    }
  }
  if (language === 'javascript') return read('js')
  const plain = await read('ts')
  if (plain.ok || !/<\/|\/>/u.test(code)) return plain
  const withJsx = await read('tsx')
  return withJsx.ok ? withJsx : isLater(withJsx.errors, plain.errors) ? withJsx : plain
}

/** Of two readings of a text the one that got further knows better what is wrong with it. */
function isLater([one]: readonly Message[], [other]: readonly Message[]): boolean {
  const [mine, theirs] = [one?.location, other?.location]
  if (mine == null || theirs == null) return false
  return mine.line > theirs.line || (mine.line === theirs.line && mine.column > theirs.column)
}

/** What exports what the source declares under the asked name and does not export itself; nothing when it declares none. */
async function footerFor(
  code: string,
  { exports, isCommonJs, loader }: Inspected,
  { fileName, name }: SourceRequestMessage,
  packages: string | null,
): Promise<string> {
  if (name === 'default' || exports.includes(name)) return isCommonJs ? commonJsFooter(name, false) : ''
  const footer = `\nexport { ${name} }\n`
  const stdin = { contents: disarmMaps(code) + footer, loader, sourcefile: fileName }
  const tried = await tryBuild({ ...OPTIONS, ...jsxOptions(packages), stdin, format: 'esm' })
  // Without the clause the source was read already: what is wrong now is that nothing of that name can be exported.
  const isDeclared = tried.ok
  if (isCommonJs) return commonJsFooter(name, isDeclared)
  return isDeclared ? footer : ''
}

/** The same for a CommonJS module, which a clause would make another kind of module; `default` is what it exports itself. */
function commonJsFooter(name: string, isDeclared: boolean): string {
  const [key, isObject] = [JSON.stringify(name), '(typeof e=="object"||typeof e=="function")&&e!==null']
  const found = name === 'default' ? 'e' : isDeclared ? name : `typeof e=="function"&&e.name===${key}?e:void 0`
  return `\n;{const e=module.exports,x=${isObject}?e:{};if(!(${key} in x)){const v=${found};if(v!==void 0)try{x[${key}]=v;module.exports=x}catch{}}}\n`
}

/** The automatic runtime of a declared package that has one; else the classic functions, which the code brings along. */
function jsxOptions(packages: string | null): BuildOptions {
  const runtime = packages === null ? undefined : ['react', 'preact'].find((one) => hasPackage(packages, one))
  return runtime === undefined
    ? { jsx: 'transform', tsconfigRaw: {} }
    : { jsx: 'automatic', jsxImportSource: runtime, tsconfigRaw: {} }
}

function hasPackage(packages: string, name: string): boolean {
  return existsSync(join(packages, 'node_modules', name, 'package.json'))
}

async function toResult(
  { outputFiles }: Built,
  kind: 'script' | 'module',
  packages: string | null,
  outputBytes: number,
): Promise<SourceResult> {
  const used = outputFiles.reduce((sum, { contents }) => sum + contents.byteLength, 0)
  if (used > outputBytes) return { type: 'too-large', side: 'output', used }
  const textOf = (ending: string): string => outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? ''
  const code = textOf('.js')
  const map = await keptMap(textOf('.map'), kind === 'script' ? code : null, packages)
  return { type: 'bundled', kind, code, map }
}

function rejected(errors: readonly Message[]): SourceResult {
  return { type: 'rejected', problems: errors.slice(0, MAX_PROBLEMS).map((one) => shown(toProblem(one))) }
}

const CANNOT_BE_FOUND = /^'.+' cannot be found$/u

/** Files by the names that they have in stacks; of anything else than what was bundled, no word. */
function shown(problem: BundleProblem): BundleProblem {
  const { file } = problem
  const text = CANNOT_BE_FOUND.test(problem.text)
    ? `${problem.text}: it is neither among the modules nor the dependencies of the request`
    : problem.text
  const submitted = `${SUBMITTED}:`
  if (file?.startsWith(submitted) === true) return { ...problem, text, file: file.slice(submitted.length) }
  if (file === null || file.startsWith('node_modules/')) return { ...problem, text }
  return { text: 'The bundler failed', file: null, line: null, column: null }
}
