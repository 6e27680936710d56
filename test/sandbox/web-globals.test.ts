// The web globals as such: that they are there, that they are made at first use, and that a guest may have its own instead.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { useWebGuests } from './web-guest.ts'

const { createGuest, run } = useWebGuests()

const CLASSES = [
  'Blob',
  'ByteLengthQueuingStrategy',
  'CompressionStream',
  'CountQueuingStrategy',
  'Crypto',
  'CryptoKey',
  'CustomEvent',
  'DecompressionStream',
  'ErrorEvent',
  'File',
  'FileReader',
  'FormData',
  'Headers',
  'MessageChannel',
  'MessageEvent',
  'MessagePort',
  'Navigator',
  'Performance',
  'PerformanceEntry',
  'PerformanceMark',
  'PerformanceMeasure',
  'ProgressEvent',
  'PromiseRejectionEvent',
  'QuotaExceededError',
  'ReadableByteStreamController',
  'ReadableStream',
  'ReadableStreamBYOBReader',
  'ReadableStreamBYOBRequest',
  'ReadableStreamDefaultController',
  'ReadableStreamDefaultReader',
  'Request',
  'Response',
  'SubtleCrypto',
  'TextDecoder',
  'TextDecoderStream',
  'TextEncoder',
  'TextEncoderStream',
  'TransformStream',
  'TransformStreamDefaultController',
  'URL',
  'URLPattern',
  'URLSearchParams',
  'WritableStream',
  'WritableStreamDefaultController',
  'WritableStreamDefaultWriter',
]
const OBJECTS = ['crypto', 'navigator', 'performance', 'process', 'self']
const FUNCTIONS = [
  'addEventListener',
  'atob',
  'btoa',
  'dispatchEvent',
  'fetch',
  'removeEventListener',
  'reportError',
  'structuredClone',
]
/** Those that have tests of their own. */
const OTHERS =
  'AbortController AbortSignal DOMException Event EventTarget clearInterval clearTimeout console progress queueMicrotask setInterval setTimeout workerIsolate'.split(
    ' ',
  )

describe('the web globals', () => {
  it('count no argument where a class has no public constructor', async () => {
    const closed = [
      'Crypto',
      'CryptoKey',
      'SubtleCrypto',
      'Navigator',
      'Performance',
      'PerformanceEntry',
      'PerformanceMeasure',
    ]
    const each = await run(`return ${JSON.stringify(closed)}.map((name) => {
      try { new globalThis[name]() } catch (error) { return [globalThis[name].length, String(error)] }
    })`)
    expect(each).toEqual(closed.map(() => [0, 'TypeError: Illegal constructor']))
  })

  it('list the attributes of their instances, also those that are called name', async () => {
    const listed = await run(`
      const keys = []
      for (const key in new File([], 'a')) keys.push(key)
      return [keys.includes('name'), keys.includes('size'), keys.includes('constructor')]`)
    expect(listed).toEqual([true, true, false])
  })

  it('take shared memory, where it is there, only as text to decode', async () => {
    using guest = createGuest({ guestWasm: true })
    const taken = await guest.run(`
      const shared = new Uint8Array(new SharedArrayBuffer(2)).fill(65)
      const { readable, writable } = new CompressionStream('gzip')
      const writer = writable.getWriter()
      for (const other of [writer.closed, readable.getReader().read()]) other.catch(() => undefined)
      const tried = async (attempt) => {
        try { return await attempt() } catch (error) { return error.name }
      }
      return [
        new TextDecoder().decode(shared),
        await tried(() => new Blob([shared]).text()),
        await tried(() => new Response(shared).text()),
        await tried(() => writer.write(shared)),
      ]`)
    expect(taken).toEqual(['AA', '65,65', '65,65', 'TypeError'])
  })

  it('are there, and none is listed when the properties of the global object are', async () => {
    const names = [...CLASSES, ...OBJECTS, ...FUNCTIONS]
    const types = await run(`return ${JSON.stringify(names)}.map((name) => typeof globalThis[name])`)
    expect(types).toEqual([
      ...CLASSES.map(() => 'function'),
      ...OBJECTS.map(() => 'object'),
      ...FUNCTIONS.map(() => 'function'),
    ])
    expect(await run('return Object.keys(globalThis)')).toEqual([])
  })

  it('stand in the documentation, all of them and no others', async () => {
    const language = await run(`return Reflect.ownKeys(globalThis).filter((name) => typeof name === 'string')`)
    const documented = new Set(
      readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'sandbox.md'), 'utf8')
        .split('\n')
        .filter((line) => line.startsWith('| `'))
        .flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`(\w+)/gu)].map(([, name = '']) => name)),
    )
    const ours = [...CLASSES, ...OBJECTS, ...FUNCTIONS, ...OTHERS]
    expect(ours.filter((name) => !documented.has(name))).toEqual([])
    const known = new Set([...ours, ...LANGUAGE])
    expect((language as string[]).filter((name) => !known.has(name))).toEqual([])
  })

  it('have the names, the lengths and the tags that the standards give them', async () => {
    expect(await run(`return ${JSON.stringify(CLASSES)}.map((name) => globalThis[name].name)`)).toEqual(CLASSES)
    expect(
      await run(`return [URL.length, File.length, Blob.length, TextDecoder.length, structuredClone.length, atob.length,
        URL.prototype[Symbol.toStringTag], String(new URLSearchParams().entries()), String(crypto)]`),
    ).toEqual([1, 2, 0, 0, 1, 1, 'URL', '[object URLSearchParams Iterator]', '[object Crypto]'])
    expect(await run(`return Object.keys(TextEncoder.prototype)`)).toEqual(['encoding', 'encode', 'encodeInto'])
    expect(await run(`return [new URL('a:b') instanceof URL, new File([], 'a') instanceof Blob]`)).toEqual([true, true])
  })

  it('are accessors until one of their group is read, and plain properties after', async () => {
    const kind = (name: string): string => `'value' in Object.getOwnPropertyDescriptor(globalThis, '${name}')`
    expect(
      await run(
        `const before = [${kind('Blob')}, ${kind('File')}]; new Blob(); return [before, ${kind('Blob')}, ${kind('File')}]`,
      ),
    ).toEqual([[false, false], true, true])
  })

  it('stay what a program makes of them before it reads them', async () => {
    expect(
      await run(`
        URL = class Mine {}
        globalThis.TextEncoder = 7
        Object.defineProperty(globalThis, 'File', { value: 8 })
        var deleted = delete globalThis.Headers
        new Blob(); new URLSearchParams(); new TextDecoder()
        return [URL.name, TextEncoder, File, deleted, typeof Headers, typeof Blob, typeof TextDecoder,
          Object.getOwnPropertyDescriptor(globalThis, 'URL').writable]`),
    ).toEqual(['Mine', 7, 8, true, 'undefined', 'function', 'function', true])
  })

  it('can be declared by a program as its own', async () => {
    expect(await run(`return (0, eval)('var Blob = 1; function Headers() { return 2 }; [Blob, Headers()]')`)).toEqual([
      1, 2,
    ])
    expect(await run(`return (0, eval)('const URL = 3; class File {}; [URL, File.name]')`)).toEqual([3, 'File'])
  })

  it('work when the accessor is called long after, and by another object', async () => {
    expect(
      await run(`
        const { get, set } = Object.getOwnPropertyDescriptor(globalThis, 'URL')
        const first = URL
        const other = { __proto__: { set URL(value) {} } }
        set.call(other, 5)
        return [get() === first, URL === first, other.URL]`),
    ).toEqual([true, true, 5])
  })

  it('refuse to be made where only the runtime may make them', async () => {
    const refused = CLASSES.filter((name) =>
      /^(?:Crypto|MessagePort|Navigator|Performance|PerformanceEntry|PerformanceMeasure|\w+Controller|\w+Request)$/u.test(
        name,
      ),
    )
    expect(
      await run(
        `return ${JSON.stringify(refused)}.map((name) => { try { new globalThis[name]() } catch (error) { return error.message } })`,
      ),
    ).toEqual(refused.map(() => 'Illegal constructor'))
  })

  it('know their own objects from others', async () => {
    const calls = [
      `URL.prototype.toString.call({})`,
      `Reflect.get(URL.prototype, 'href', {})`,
      `Headers.prototype.get.call(new URLSearchParams(), 'a')`,
      `crypto.randomUUID.call({})`,
      `crypto.getRandomValues.call({}, new Uint8Array(1))`,
      `performance.now.call({})`,
      `TextEncoder.prototype.encode.call({}, '')`,
      `new URLSearchParams().entries().next.call({})`,
      `Object.getOwnPropertyDescriptor(Blob.prototype, 'size').get.call({})`,
    ]
    for (const call of calls) {
      // oxlint-disable-next-line no-await-in-loop -- each in an isolate of its own
      expect(await run(`try { ${call}; return 'done' } catch (error) { return error.name }`), call).toBe('TypeError')
    }
    expect(await run(`return Blob.prototype.text.call({}).then(() => 'done', (error) => error.name)`)).toBe('TypeError')
  })
})

/** What V8 gives every context, less what is taken away. */
const LANGUAGE =
  'Object Function Array Number parseFloat parseInt Infinity NaN undefined Boolean String Symbol Date Promise RegExp Error AggregateError EvalError RangeError ReferenceError SyntaxError TypeError URIError globalThis JSON Math Intl ArrayBuffer Uint8Array Int8Array Uint16Array Int16Array Uint32Array Int32Array BigUint64Array BigInt64Array Uint8ClampedArray Float32Array Float64Array Float16Array DataView Map BigInt Set Iterator WeakMap WeakSet Proxy Reflect FinalizationRegistry WeakRef decodeURI decodeURIComponent encodeURI encodeURIComponent escape unescape eval isFinite isNaN Temporal SuppressedError DisposableStack AsyncDisposableStack'.split(
    ' ',
  )
