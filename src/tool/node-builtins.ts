// The plugin that gives bundles the modules of Node.js that make sense in the sandbox, and says of the others what is missing.
import { build } from 'esbuild'
import type { OnLoadResult, OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from 'esbuild'
import { builtinName, findBuiltin, hasStandIn, shimPath } from './builtins.ts'

const NAMESPACE = 'node-builtin'
const GLOBALS = 'node-globals'
/** What a bundle may name without importing it, and gets with it. */
const INJECTED = `export { Buffer } from 'node:buffer'
export { default as process } from 'node:process'
export { setImmediate, clearImmediate } from 'node:timers'
`
/** Given to the resolver for the plugin's own question, so that it is not asked again. */
const OWN_QUESTION = Symbol('own question')

const LAZY: ReadonlySet<string> = new Set(['require-call', 'dynamic-import'])
const NAMES_GLOBAL = /\b(?:Buffer|process|setImmediate|clearImmediate)\b/u

/** Whether code may name a global of Node.js that `INJECTED_GLOBALS` has. */
export function mayNameGlobals(code: string): boolean {
  return NAMES_GLOBAL.test(code)
}

/** Of the inputs that the bundler names for its output: those of which something is in it. */
export function isBuiltinInput(path: string): boolean {
  return path.startsWith(`${NAMESPACE}:`)
}

/** For `inject` of a build that has the plugin: of these globals those come along that code names. */
export const INJECTED_GLOBALS: readonly string[] = [GLOBALS]

/** Shims are bundled once in the life of a process: CommonJS, which requires the other shims. */
const bundled = new Map<string, Promise<string>>()

/**
 * What code of packages imports although it is not there. A package hears of it when it uses it; code of the project may
 * not import it, and the bundler says so with file and line. What is only tried is no error for the bundler: it goes on
 * throwing where it is tried, so that a build without this list tells what is to be in it.
 */
export class Tolerated {
  readonly #wanted = new Set<string>()

  get size(): number {
    return this.#wanted.size
  }

  has(file: string, specifier: string): boolean {
    return this.#wanted.has(`${file}\n${specifier}`)
  }

  /** @param file absolute; nothing comes of it unless it is a package's. */
  add(file: string, specifier: string): void {
    if (/[\\/]node_modules[\\/]/u.test(file)) this.#wanted.add(`${file}\n${specifier}`)
  }
}

/** Goes before every other plugin. */
export function nodeBuiltins(tolerated: Tolerated): Plugin {
  return {
    name: 'node-builtins',
    setup(builder) {
      builder.onResolve({ filter: /^node-globals$/ }, ({ path, kind }) =>
        kind === 'entry-point' ? { path, namespace: GLOBALS, sideEffects: false } : undefined,
      )
      builder.onLoad({ filter: /.*/, namespace: GLOBALS }, () => ({ contents: INJECTED, loader: 'js' }))
      builder.onResolve({ filter: /^(?:node:)?[a-z][a-z0-9_-]*(?:\/[a-z_]+)?$/ }, (args) =>
        resolve(builder, args, tolerated),
      )
      builder.onLoad({ filter: /.*/, namespace: NAMESPACE }, ({ path }) => load(path))
      builder.onResolve({ filter: /^[^./]/ }, ({ path, kind, importer, pluginData }) =>
        // Left as it is where it may never run; the sandbox refuses it by name where it does.
        typeof pluginData !== 'symbol' && LAZY.has(kind) && tolerated.has(importer, path)
          ? { path, external: true }
          : undefined,
      )
    },
  }
}

async function resolve(
  builder: PluginBuild,
  args: OnResolveArgs,
  tolerated: Tolerated,
): Promise<OnResolveResult | undefined> {
  const { path, kind, importer, namespace, resolveDir, pluginData } = args
  const builtin = findBuiltin(path)
  if (builtin === null || typeof pluginData === 'symbol' || kind === 'entry-point') return undefined
  const name = hasStandIn(path) ? path : `node:${builtinName(path)}`
  const found: OnResolveResult = { path: name, namespace: NAMESPACE, sideEffects: false }
  if (namespace === NAMESPACE || namespace === GLOBALS || hasStandIn(path)) return found
  // What a package says of itself for browsers, or has installed under that name, comes first.
  if (!path.startsWith('node:')) {
    const resolved = await builder.resolve(path, { kind, importer, namespace, resolveDir, pluginData: OWN_QUESTION })
    if (resolved.errors.length === 0) return undefined
  }
  return builtin.kind === 'shim' || tolerated.has(importer, path) ? found : undefined
}

async function load(path: string): Promise<OnLoadResult> {
  let text = bundled.get(path)
  if (text === undefined) {
    text = bundleShim(path)
    bundled.set(path, text)
  }
  return { contents: await text, loader: 'js' }
}

async function bundleShim(path: string): Promise<string> {
  const builtin = findBuiltin(path)
  const name = builtinName(path)
  const contents =
    builtin?.kind === 'shim'
      ? builtin.source
      : `module.exports = require(${JSON.stringify(shimPath('absent'))}).absentModule(${JSON.stringify(name)}, ${JSON.stringify(builtin?.why ?? '')})`
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: import.meta.dirname, loader: 'js' },
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'browser',
    target: 'esnext',
    minifyWhitespace: true,
    minifySyntax: true,
    charset: 'utf8',
    legalComments: 'inline',
    logLevel: 'silent',
    define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis' },
    tsconfigRaw: {},
    plugins: [OTHER_SHIMS],
  })
  return outputFiles[0]?.text ?? ''
}

/** What libraries share stays one: an event emitter of one is an event emitter of all. */
const SHARED: ReadonlySet<string> = new Set(['buffer', 'events', 'stream', 'string_decoder', 'process', 'process/'])

const OTHER_SHIMS: Plugin = {
  name: 'other-shims',
  setup(builder) {
    builder.onResolve({ filter: /^(?:node:[a-z_/]+|[a-z_]+\/?)$/ }, ({ path }) => {
      if (path.startsWith('node:')) return { path, external: true }
      return SHARED.has(path) ? { path: `node:${path.replace('/', '')}`, external: true } : undefined
    })
    // The sandbox has its own.
    builder.onResolve({ filter: /^abort-controller$/ }, ({ path }) => ({ path, namespace: 'globals' }))
    builder.onLoad({ filter: /.*/, namespace: 'globals' }, () => ({ contents: 'module.exports = globalThis' }))
  },
}
