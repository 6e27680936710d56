// What a guest can reach: everything that leads out of an isolate is looked for, and nothing of it is there.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LiveRequest } from '../support/keep-alive-client.ts'
import { ServiceProcess } from '../support/service-process.ts'
import { observeVictim } from './bare-isolate.ts'
import { FIND_LEADS, MORE_ROOTS, WALK } from './guest-programs.ts'

let service: ServiceProcess

beforeAll(async () => {
  service = await ServiceProcess.start({ env: { EXECUTORS_MAX: '2', API_SECRET: 'planted' } })
})
afterAll(async () => service[Symbol.asyncDispose]())

async function returned(source: string, more: Partial<LiveRequest> = {}): Promise<unknown> {
  const answer = await service.client.execute({ source, ...more })
  expect(answer.code, answer.error).toBeNull()
  return answer.value
}

describe('from inside an isolate', () => {
  it('no host object can be reached, by any path from any object', async () => {
    const source = `${WALK} ${FIND_LEADS} ${MORE_ROOTS}
      async function run() {
        const error = await import('fs').catch((reason) => reason)
        return [walk([globalThis, ...moreRoots()]).size > 1000, findLeads([globalThis, error, ...moreRoots()])]
      }`
    expect(await returned(source)).toEqual([true, []])
  })

  it('a host object would be found so, in an isolate that is given one', async () => {
    const source = `${WALK} ${FIND_LEADS} (async () => {
      Object.prototype.reference = true
      globalThis.leak = await call(1)
      delete Object.prototype.reference
      return findLeads([globalThis]).includes('root0.leak.__proto__.applySync')
    })()`
    expect(await observeVictim({ source, timeoutMs: 500 })).toMatchObject({ ending: 'resolved', text: 'true' })
  })

  it('every object belongs to the realm of the guest', async () => {
    const source = `${WALK} ${MORE_ROOTS}
      function run() {
        const known = [...walk([globalThis]).keys()]
        const roots = new Set(known)
        const foreign = []
        for (const [value, path] of walk([globalThis, ...moreRoots()])) {
          let top = value
          while (Object.getPrototypeOf(top) !== null) top = Object.getPrototypeOf(top)
          if (top !== Object.prototype && !roots.has(top) && top !== value) foreign.push(path)
          if (typeof value === 'function' && !(value instanceof Function) && value !== Function.prototype) foreign.push(path)
        }
        return foreign
      }`
    expect(await returned(source)).toEqual([])
  })

  it('the globals are those of the language, and those that the documentation names', async () => {
    const observed = await observeVictim({ source: 'JSON.stringify(Reflect.ownKeys(globalThis))' })
    const ofBridge = ['call', 'log', 'setTimeout']
    const bare = JSON.parse(JSON.parse(observed.text) as string) as string[]
    const language = bare.filter((name) => !ofBridge.includes(name))
    const here = (await returned('const run = () => Reflect.ownKeys(globalThis)')) as string[]
    const ofHost =
      'AbortController AbortSignal Blob ByteLengthQueuingStrategy CompressionStream CountQueuingStrategy Crypto CryptoKey CustomEvent DOMException DecompressionStream ErrorEvent Event EventTarget File FileReader FormData Headers MessageChannel MessageEvent MessagePort Navigator Performance PerformanceEntry PerformanceMark PerformanceMeasure ProgressEvent PromiseRejectionEvent QuotaExceededError ReadableByteStreamController ReadableStream ReadableStreamBYOBReader ReadableStreamBYOBRequest ReadableStreamDefaultController ReadableStreamDefaultReader Request Response SubtleCrypto TextDecoder TextDecoderStream TextEncoder TextEncoderStream TransformStream TransformStreamDefaultController URL URLPattern URLSearchParams WritableStream WritableStreamDefaultController WritableStreamDefaultWriter addEventListener atob btoa clearInterval clearTimeout crypto dispatchEvent fetch navigator performance process progress queueMicrotask removeEventListener reportError self setInterval setTimeout structuredClone workerIsolate'.split(
        ' ',
      )
    expect(here.filter((name) => !language.includes(name)).toSorted()).toEqual(ofHost)
    const taken = ['Atomics', 'SharedArrayBuffer', 'WebAssembly']
    expect(language.filter((name) => !here.includes(name)).toSorted()).toEqual(taken)
  })

  it('a constructor of any function makes code of the same isolate', async () => {
    const source = `function run() {
      const makers = [Function, (async () => {}).constructor, (function* () {}).constructor, (async function* () {}).constructor, setTimeout.constructor, console.log.constructor]
      return makers.map((make) => make.constructor('return this')() === globalThis && typeof make.constructor('return typeof require')() === 'string' && make.constructor('return typeof require')())
    }`
    expect(await returned(source)).toEqual(Array(6).fill('undefined'))
  })

  it('a stack gives away no function, no receiver and no file of the service', async () => {
    const source = `
      const files = new Set(), leaked = []
      Error.stackTraceLimit = 1e3
      Error.prepareStackTrace = (error, sites) => {
        for (const site of sites) {
          const file = site.getFileName()
          files.add(String(file))
          if (file === 'function.js') continue
          if (site.getFunction() !== undefined) leaked.push(site.getFunctionName())
          if (site.getThis() !== undefined && site.getThis() !== globalThis) leaked.push('this of ' + site.getFunctionName())
        }
      }
      const look = () => new Error().stack
      async function run() {
        look()
        await new Promise((done) => setTimeout(() => { look(); done() }, 1))
        await new Promise((done) => queueMicrotask(() => { look(); done() }))
        look()
        console.log({ get a() { look(); return 1 }, toString() { look(); return '' } })
        const value = { get a() { look(); return 1 } }
        return [leaked, [...files].filter((file) => !/^(?:function\\.js|undefined|null|worker-isolate:\\w+)$/.test(file)), value]
      }`
    expect(await returned(source)).toEqual([[], [], { a: 1 }])
  })

  it('a function cannot see who called it', async () => {
    const source = `
      const callers = []
      function look() { callers.push(String(look.caller), String(arguments.callee.caller)) }
      function run() {
        look.call(1)
        const own = [String(run.caller), String(arguments.callee.caller)]
        return new Promise((done) => setTimeout(function timer() { done([own, String(timer.caller), String(arguments.callee.caller)]) }, 1))
      }`
    expect(await returned(source)).toEqual([['null', 'null'], 'null', 'null'])
  })

  it('import() fails with an error of the guest, and import.meta is empty', async () => {
    const source = `export async function run() {
      const error = await import('node:fs').catch((reason) => reason)
      const other = await import('worker-isolate:gate').catch((reason) => reason)
      const submitted = await import('submitted').catch((reason) => reason)
      return [error, other, submitted].map((e) => e instanceof Error && e.constructor === Error)
        .concat(Reflect.ownKeys(import.meta).length, Object.getPrototypeOf(import.meta) === null, typeof require, Object.keys(process).join())
    }`
    expect(await returned(source)).toEqual([true, true, true, 0, true, 'undefined', 'env'])
  })

  it('no source of a function of the service holds a path', async () => {
    const source = `${WALK} function run() {
      return [...walk([globalThis]).keys()].filter((f) => typeof f === 'function' && f !== run).map((f) => Function.prototype.toString.call(f))
        .filter((text) => /(?:\\/(?:work|home|root|usr|tmp|etc|proc)\\/|file:|node_modules|planted)/.test(text)).length
    }`
    expect(await returned(source)).toBe(0)
  })

  it('new memory is empty, whatever a task before it has written', async () => {
    const fill =
      'function run() { const k = []; for (let i = 0; i < 40; i++) k.push(new Uint8Array(1 << 20).fill(0xaa)); return k.length }'
    const look = `function run() {
      const fresh = [], make = (f) => { for (let i = 0; i < 10; i++) fresh.push(f()) }
      make(() => new Uint8Array(1 << 20))
      make(() => new Uint8Array(new ArrayBuffer(1 << 20)))
      make(() => new Uint8Array(new ArrayBuffer(1).transfer(1 << 18)))
      make(() => new Uint8Array(new ArrayBuffer(1).transferToFixedLength(1 << 18)))
      make(() => Uint8Array.from({ length: 1 << 14 }))
      make(() => new Uint8Array(1 << 18).slice(1))
      make(() => new Uint8Array(new Float64Array(1 << 14).map((x) => x).buffer))
      make(() => new Uint8Array(new Float64Array(1 << 14).toReversed().buffer))
      make(() => Uint8Array.fromBase64('A'.repeat(1 << 16)))
      return fresh.reduce((sum, bytes) => sum + bytes.reduce((a, b) => a + b, 0), 0)
    }`
    for (let round = 0; round < 3; round++) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other, in the same processes
      expect(await returned(fill, { limits: { memoryMb: 128 } })).toBe(40)
      // oxlint-disable-next-line no-await-in-loop -- as above
      expect(await returned(look, { limits: { memoryMb: 128 } })).toBe(0)
    }
  })
})
