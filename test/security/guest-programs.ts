// Source that several tests let guests run: looking at everything that can be reached from inside an isolate.
import { LAZY_GROUPS } from '../../sandbox/lazy-groups.ts'

/**
 * `walk(roots)` visits every object and function that can be reached from the roots through properties, accessors and
 * prototypes, and returns them with the path that led there. Calls nothing that it meets.
 */
export const WALK = `
  function walk(roots) {
    const seen = new Map()
    const open = roots.map((root, index) => [root, 'root' + index])
    while (open.length > 0) {
      const [value, path] = open.pop()
      if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value)) continue
      seen.set(value, path)
      open.push([Object.getPrototypeOf(value), path + '.__proto__'])
      for (const key of Reflect.ownKeys(value)) {
        const property = Object.getOwnPropertyDescriptor(value, key)
        if (property === undefined) continue
        const name = path + '.' + String(key)
        if ('value' in property) open.push([property.value, name])
        else open.push([property.get, name + '.get'], [property.set, name + '.set'])
      }
    }
    return seen
  }`

/** Names of what leads out, wherever it hides: Node's, isolated-vm's, and those of our own bridge. */
const NAMES = [
  'require Buffer module exports __dirname __filename XMLHttpRequest Worker Deno Bun getBuiltinModule binding dlopen',
  'ivm isolate Isolate Context Reference ExternalCopy Callback NativeModule InspectorSession',
  'derefInto applySync applyIgnored applySyncPromise evalClosure copyInto',
  'workerIsolateBoot workerIsolateGate workerIsolateParser',
  ...LAZY_GROUPS.map(({ global }) => global),
].flatMap((names) => names.split(' '))

/** `findLeads(roots)`: the paths of everything that has such a name; needs `walk`. */
export const FIND_LEADS = `
  const leads = new Set(${JSON.stringify(NAMES)})
  function findLeads(roots) {
    const out = []
    for (const [value, path] of walk(roots)) {
      for (const key of Reflect.ownKeys(value)) if (leads.has(key)) out.push(path + '.' + String(key))
      if (typeof value === 'function' && leads.has(value.name)) out.push(path)
    }
    return out
  }`

/** Objects that do not hang on the global object, but that code comes by. */
export const MORE_ROOTS = `
  function moreRoots() {
    const roots = [
      (function () { return arguments })(), function* () {}, async function () {}, async function* () {}, class {},
      (function* () {})(), (async function* () {})(), [].values(), new Map().entries(), new Set().values(),
      'a'.matchAll(/a/g), ''[Symbol.iterator](), Iterator.from({ next() {} }), [].values().map((x) => x),
      Promise.resolve(), new Proxy({}, {}), new Intl.Segmenter().segment('a')[Symbol.iterator](), Symbol.iterator, 1n,
    ]
    const attempt = (act) => { try { act() } catch (error) { roots.push(error) } }
    attempt(() => null.a)
    attempt(() => JSON.parse('{'))
    attempt(() => eval('('))
    attempt(() => decodeURI('%'))
    attempt(() => new Array(-1))
    attempt(() => 1n + 1)
    attempt(() => (function f() { f() })())
    attempt(() => new RegExp('('))
    attempt(() => setTimeout(1))
    attempt(() => queueMicrotask(1))
    attempt(() => new ArrayBuffer(8, { maxByteLength: 16 }))
    attempt(() => new ArrayBuffer(2 ** 40))
    return roots
  }`

/** What a fresh isolate looks like, as one text: globals, built-ins and their members. */
export const FINGERPRINT = `
  ${WALK}
  function run() {
    const lines = [...walk([globalThis])].map(([value, path]) => {
      const members = Reflect.ownKeys(value).map((key) => {
        const { writable, enumerable, configurable } = Object.getOwnPropertyDescriptor(value, key)
        return String(key) + [writable, enumerable, configurable].map((flag) => flag === true ? 1 : flag === false ? 0 : '-').join('')
      })
      return path + ' ' + typeof value + ' ' + Object.isExtensible(value) + ' ' + members.join()
    })
    const statics = [RegExp.input, RegExp.lastMatch, RegExp.lastParen, RegExp.leftContext, RegExp.rightContext]
    const text = lines.join('\\n') + JSON.stringify(statics) + Symbol.keyFor(Symbol.for('seen'))
    let hash = 0
    for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0
    return [lines.length, hash, Object.keys({}).length, [] + '', typeof leftover]
  }`
