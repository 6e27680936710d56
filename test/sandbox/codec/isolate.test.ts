// The codecs where they run: in a bare isolate, after a guest has replaced everything that it can replace.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import ivm from 'isolated-vm'
import { describe, expect, test } from 'vitest'

const fixtures = join(import.meta.dirname, '..', '..', 'fixtures')
const readJson = (name: string): unknown => JSON.parse(readFileSync(join(fixtures, name), 'utf8'))
const { vectors } = readJson('pickle-vectors.json') as {
  readonly vectors: readonly { readonly b64: string; readonly protocols?: Readonly<Record<string, string>> }[]
}
const arrays = readJson('pickle-numpy.json') as readonly { readonly pickles: readonly string[] }[]
const pickles = [
  ...vectors.flatMap(({ b64, protocols = {} }) => [b64].concat(Object.values(protocols))),
  ...arrays.flatMap(({ pickles: texts }) => texts),
]

const ENTRY = `
import { decodePickle } from './pickle/decode.ts'
import { encodePickle } from './pickle/encode.ts'
import { encodeJson, decodeJson } from './json/json.ts'
import { isCodecError } from './codec-error.ts'
import { captureLateIntrinsics } from './late-intrinsics.ts'
globalThis.codec = { decodePickle, encodePickle, encodeJson, decodeJson, isCodecError, captureLateIntrinsics }
`

/** Results of the same work in every isolate, as one text; and how often something poisoned was touched meanwhile. */
const WORK = `
;(() => {
  const { decodePickle, encodePickle, encodeJson, decodeJson, isCodecError } = codec
  const { stringify, parse } = JSON
  const MAX = 10_000_000
  const attempt = (run) => {
    try { return run() } catch (error) { return isCodecError(error) ? error.kind + ': ' + error.message : 'NOT A CODEC ERROR' }
  }
  // Made before anything is poisoned; afterwards there is no other way to make them.
  const tuple = Object.defineProperty([1, [2]], Symbol.for('python.type'), { value: 'tuple' })
  const values = [
    null, -1.5, 2n ** 70n, 'text \\u{1f600}', [1, [2, 3]], { a: 1, b: { c: [] } }, new Map([[1, 'x'], ['k', new Set([1])]]),
    new Uint8Array([1, 2, 3]), new Float64Array([0.5]), tuple, new Error('no'), /re/, () => 1,
    [{ deep: [Symbol('s')] }], new String('s'), [new Boolean(true), new Number(2)], new ArrayBuffer(3), NaN,
  ]
  const date = new Date(1e12)
  const texts = ['[1,{"a":[true,null,"x"]},-0.5]', '{"__proto__":1,"0":2}', '[']
  globalThis.work = (pickles) => {
    let all = ''
    for (let i = 0; i < pickles.length; i += 1) {
      all += attempt(() => encodePickle(decodePickle(pickles[i]), MAX)) + '\\n'
    }
    for (let i = 0; i < values.length; i += 1) {
      all += attempt(() => encodePickle(values[i], MAX)) + '\\n' + attempt(() => encodeJson(values[i], MAX)) + '\\n'
      all += attempt(() => encodePickle(values[i], 4)) + '\\n' + attempt(() => encodeJson(values[i], 1)) + '\\n'
    }
    // JSON asks the date itself for its text, and so whatever a guest has made of its methods.
    all += encodePickle(date, MAX) + '\\n'
    for (let i = 0; i < texts.length; i += 1) all += attempt(() => encodeJson(decodeJson(texts[i]), MAX)) + '\\n'
    return all
  }
})()
`

/** Everything configurable on every built-in becomes an accessor that counts and throws; so do indexes and common names. */
const POISON = `
;(() => {
  const { ownKeys, getOwnPropertyDescriptor, defineProperty, getPrototypeOf } = Reflect
  const { String } = globalThis
  globalThis.touches = []
  const marks = [Symbol.for('python.type'), Symbol.for('python.keys')]
  const { touches } = globalThis
  const roots = []
  const seen = new Set()
  const { has, add } = Set.prototype
  const collect = (object) => {
    if ((typeof object !== 'object' && typeof object !== 'function') || object === null || seen.has(object)) return
    seen.add(object)
    roots[roots.length] = object
    const keys = ownKeys(object)
    for (let i = 0; i < keys.length; i += 1) {
      const descriptor = getOwnPropertyDescriptor(object, keys[i])
      if (object !== globalThis || typeof descriptor.value === 'function' || typeof descriptor.value === 'object') {
        if (keys[i] !== 'codec' && keys[i] !== 'work' && keys[i] !== 'touches') collect(descriptor.value)
      }
    }
    collect(getPrototypeOf(object))
  }
  collect(globalThis)
  collect(getPrototypeOf([][Symbol.iterator]()))
  collect(getPrototypeOf(new Map().entries()))
  collect(getPrototypeOf(new Set().values()))
  collect(getPrototypeOf(async function* () {}))
  const count = roots.length
  const trap = (object, key) => defineProperty(object, key, {
    __proto__: null,
    configurable: false,
    get() { touches[touches.length] = String(key); throw 'poisoned' },
    set() { touches[touches.length] = 'set ' + String(key) },
  })
  for (let r = 0; r < count; r += 1) {
    const keys = ownKeys(roots[r])
    for (let i = 0; i < keys.length; i += 1) {
      const descriptor = getOwnPropertyDescriptor(roots[r], keys[i])
      const isOurs = keys[i] === 'codec' || keys[i] === 'work' || keys[i] === 'touches' || keys[i] === 'globalThis'
      // Asked of every value by the rules of JSON, and defined by the language; a test of its own has it.
      if (descriptor.configurable && !isOurs && keys[i] !== 'toJSON') trap(roots[r], keys[i])
    }
  }
  const names = ['value', 'done', 'get', 'next', 'name', 'at', 'stack', 'depths', 'memo', 'bytes', 'kind', 'type', 'order',
    'configurable', 'writable', 'enumerable', 'lastChunkHandling', 'alphabet', 'index', 'then', 'microsecond', 'timeZone']
  for (let i = 0; i < names.length; i += 1) trap(getPrototypeOf({}), names[i])
  for (let i = 0; i < marks.length; i += 1) trap(getPrototypeOf({}), marks[i])
  for (let i = 0; i < 2000; i += 1) trap(i % 2 ? getPrototypeOf([]) : getPrototypeOf({}), i)
  return count
})()
`

const code = await build({
  stdin: {
    contents: ENTRY,
    resolveDir: join(import.meta.dirname, '..', '..', '..', 'sandbox', 'src', 'codec'),
    loader: 'ts',
  },
  bundle: true,
  write: false,
  format: 'iife',
  target: 'esnext',
  platform: 'neutral',
}).then(({ outputFiles }) => outputFiles[0]?.text ?? '')

function createContext(): ivm.Context {
  const context = new ivm.Isolate({ memoryLimit: 256 }).createContextSync()
  context.evalSync(code, { filename: 'codec' })
  return context
}

/** Runs the work on the pickles, which come in as text since nothing else may cross. */
function work(context: ivm.Context): string {
  return context.evalSync(`work(${JSON.stringify(pickles)})`) as string
}

describe('in an isolate', () => {
  const clean = createContext()
  clean.evalSync(`codec.captureLateIntrinsics(); ${WORK}`)
  const expected = work(clean)

  test('the work gives values and codec errors only', () => {
    expect(expected).not.toContain('NOT A CODEC ERROR')
    expect(expected.split('\n').filter((line) => line.startsWith('decode: '))).toEqual([
      'decode: The input is not JSON',
    ])
    expect(expected.split('\n').length).toBeGreaterThan(pickles.length)
  })

  test('without the built-ins that V8 adds late, all is the same', () => {
    const context = createContext()
    context.evalSync(WORK)
    expect(work(context)).toBe(expected)
  })

  test('a guest that has poisoned every built-in changes nothing and sees nothing', () => {
    const context = createContext()
    context.evalSync(`codec.captureLateIntrinsics(); ${WORK}`)
    expect(context.evalSync(POISON)).toBeGreaterThan(500)
    expect(work(context)).toBe(expected)
    expect(
      context.evalSync(`let all = ''; for (let i = 0; i < touches.length; i += 1) all += touches[i] + ' '; all`),
    ).toBe('')
  })

  test('a prototype of Array.prototype that answers everything sees no element', () => {
    const context = createContext()
    context.evalSync(`codec.captureLateIntrinsics(); ${WORK}
      globalThis.sets = 0
      Object.setPrototypeOf(Array.prototype, new Proxy(Object.prototype, {
        has: () => false,
        set() { sets += 1; return true },
        defineProperty() { sets += 1; return true },
      }))`)
    expect(work(context)).toBe(expected)
    expect(context.evalSync('sets')).toBe(0)
  })

  test('a toJSON on Object.prototype is called, as the rules of JSON have it', () => {
    const context = createContext()
    context.evalSync(`Object.prototype.toJSON = function (key) { return 'k' + key }`)
    expect(context.evalSync(`codec.encodeJson([{ a: 1 }], 100)`)).toBe('"k"')
    expect(context.evalSync(`codec.encodeJson(5, 100) + codec.encodePickle({ a: 1 }, 100)`)).toBe(
      '5gAWVCgAAAAAAAAB9lIwBYZRLAXMu',
    )
  })
})
