// Modules of Node.js in a bundle: which ones there are, of what they are made, and why the others are not there.
import { isBuiltin } from 'node:module'
import { extname, join } from 'node:path'
import { constants } from 'node:zlib'

export type Builtin =
  /** CommonJS text, with what it requires beside it. */
  | { readonly kind: 'shim'; readonly source: string }
  /** The end of the sentence "… is not available: …". */
  | { readonly kind: 'absent'; readonly why: string }

const EXTENSION = extname(import.meta.filename)

/** The file of a shim, which exports `shim`. */
export function shimPath(name: string): string {
  return join(import.meta.dirname, 'shims', `${name}${EXTENSION}`)
}

const own = (name: string, rest = ''): string => `require(${JSON.stringify(shimPath(name))}).shim${rest}`
const library = (name: string): string => `require('@jspm/core/nodelibs/${name}').default`

/** What `module.exports` is, by the name of the module. */
const SHIMS: Readonly<Record<string, string>> = {
  assert: library('assert'),
  'assert/strict': `${library('assert')}.strict`,
  buffer: own('buffer', "(require('buffer/'))"),
  console: 'globalThis.console',
  crypto: own('crypto'),
  diagnostics_channel: own('diagnostics-channel'),
  events: own('events', "(require('events/'))"),
  os: own('os'),
  path: `require('path-browserify')`,
  'path/posix': `require('node:path')`,
  perf_hooks: `{ get performance() { return globalThis.performance } }`,
  process: own('process'),
  punycode: library('punycode'),
  querystring: own('querystring', `(${library('querystring')})`),
  stream: `require('readable-stream/lib/stream')`,
  'stream/consumers': own('consumers'),
  'stream/promises': `require('node:stream').promises`,
  'stream/web': `globalThis`,
  string_decoder: `require('string_decoder/')`,
  sys: `require('node:util')`,
  timers: own('timers'),
  'timers/promises': own('timers', '.promises'),
  tty: `{ isatty: () => false }`,
  url: library('url'),
  util: own('util', `(${library('util')}, () => require('node-inspect-extracted'))`),
  'util/types': `require('node:util').types`,
  zlib: `Object.assign({}, ${library('zlib')}, ${own('zlib')}, { constants: ${JSON.stringify(constants)} })`,
}

/** Packages that are a client of HTTP over sockets, in the place of which the sandbox has its own. */
const STAND_INS: Readonly<Record<string, string>> = {
  'node-fetch': `Object.assign((...given) => globalThis.fetch(...given), {
  __esModule: true,
  get default() { return globalThis.fetch },
  get fetch() { return globalThis.fetch },
  get Headers() { return globalThis.Headers },
  get Request() { return globalThis.Request },
  get Response() { return globalThis.Response },
  get FormData() { return globalThis.FormData },
  get Blob() { return globalThis.Blob },
  get File() { return globalThis.File },
})`,
}

const FILES = 'the sandbox has no files'
const SOCKETS = 'the sandbox has no sockets'
const PROCESSES = 'the sandbox starts no processes and no threads'
const ENGINE = 'it reaches into Node.js, and code runs in a V8 isolate without it'
const CONTEXT = 'following a context through promises takes what V8 gives to Node.js only; pass it on as an argument'

const ABSENT: Readonly<Record<string, string>> = {
  fs: FILES,
  net: SOCKETS,
  tls: SOCKETS,
  dgram: SOCKETS,
  dns: SOCKETS,
  http: SOCKETS,
  http2: SOCKETS,
  https: SOCKETS,
  child_process: PROCESSES,
  cluster: PROCESSES,
  worker_threads: PROCESSES,
  async_hooks: CONTEXT,
  readline: 'the sandbox has no terminal',
}

/** Whether the package is left out of bundles because something stands in for it. */
export function hasStandIn(specifier: string): boolean {
  return Object.hasOwn(STAND_INS, specifier)
}

/** Null for what is no module of Node.js, as `node:fs` or as `fs`. */
export function findBuiltin(specifier: string): Builtin | null {
  if (hasStandIn(specifier)) return { kind: 'shim', source: `module.exports = ${STAND_INS[specifier]}` }
  if (!isBuiltin(specifier)) return null
  const name = builtinName(specifier)
  if (Object.hasOwn(SHIMS, name)) return { kind: 'shim', source: `module.exports = ${SHIMS[name]}` }
  const family = name.split('/', 1)[0] ?? ''
  return { kind: 'absent', why: Object.hasOwn(ABSENT, family) ? (ABSENT[family] ?? ENGINE) : ENGINE }
}

export function builtinName(specifier: string): string {
  return specifier.startsWith('node:') ? specifier.slice('node:'.length) : specifier
}

/** For docs and tests. */
export const SHIMMED: readonly string[] = Object.keys(SHIMS)
