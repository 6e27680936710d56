// Hostile and plain use of the web globals in real executor processes, beside a neighbour that must not notice.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ErrorCode } from '../../src/errors.ts'
import { Sentinel } from '../support/sentinel.ts'
import { ServiceProcess } from '../support/service-process.ts'

const LIMITS = { cpuMs: 300, wallMs: 30_000, memoryMb: 64 }
/** One for the hostile request, one for the neighbour, and one while another is being replaced. */
const EXECUTORS = '3'
const STOPPED: readonly (ErrorCode | null)[] = ['LIMIT_CPU', 'LIMIT_MEMORY']

let service: ServiceProcess
let neighbour: Sentinel

beforeAll(async () => {
  service = await ServiceProcess.start({
    env: { EXECUTORS_MIN: EXECUTORS, EXECUTORS_MAX: EXECUTORS, EXECUTORS_SPARE: '1' },
  })
  neighbour = await Sentinel.create(service.url)
})
afterAll(async () => {
  await neighbour[Symbol.asyncDispose]()
  await service[Symbol.asyncDispose]()
})

/** By what a guest does; each would go on for ever, or takes more than it may. */
const ATTACKS: Readonly<Record<string, string>> = {
  'draws random bytes without end': 'const a = new Uint8Array(65536); for (;;) crypto.getRandomValues(a)',
  'asks for domains without end, each as dear as can be':
    'for (let n = 0; ; n++) { let t = ""; for (let i = 0; i < 500; i++) t += String.fromCharCode(0x4e00 + (i * 7919 + n) % 20000); URL.canParse("http://" + t) }',
  'parses a URL of 128 million characters': 'return new URL("http://a/?" + "\\u00e9".repeat(2 ** 27)).href.length',
  'parses a path of 64 million segments': 'for (;;) new URL("http://a" + "/b/..".repeat(2 ** 24)).href',
  'parses an authority of colons and at signs': 'for (;;) URL.canParse("http://" + ":@".repeat(2 ** 22))',
  'parses hosts in brackets without end': 'for (;;) URL.canParse("http://[" + "1:".repeat(2 ** 20) + "]")',
  'parses addresses without end': 'for (;;) URL.canParse("http://" + "0x1.".repeat(2 ** 20))',
  'parses parameters without end': 'return new URLSearchParams("a=%zz&+".repeat(2 ** 25)).size',
  'adds parameters without end': 'const p = new URLSearchParams(); for (;;) p.append("a", "b".repeat(1000))',
  'adds headers, and lists them after each':
    'const h = new Headers(); for (let n = 0; ; n++) { h.append("x" + n, "y"); [...h] }',
  'adds entries to a form without end': 'const f = new FormData(); for (;;) f.append("a", new Blob(["b".repeat(1e4)]))',
  'makes a blob of an iterator without end': 'new Blob({ *[Symbol.iterator]() { for (;;) yield "x".repeat(1e4) } })',
  'clones a structure that grows under its getters':
    'const next = () => ({ get a() { return [next(), next()] } }); for (;;) try { structuredClone(next()) } catch {}',
  'decodes an older encoding without end':
    'const b = new Uint8Array(2 ** 22).fill(0x82); for (;;) new TextDecoder("gb18030").decode(b)',
  'asks for labels of millions of spaces':
    'const t = " ".repeat(2 ** 24); for (;;) try { new TextDecoder(t + "x y" + t) } catch {}',
  'encodes and decodes base64 without end': 'let t = "abcd"; for (;;) { t = btoa(t); atob(t) }',
  'reports errors without end': 'for (;;) reportError(new Error("x".repeat(1e4)))',
  'marks without end, and sorts what it marked':
    'for (let n = 1e9; ; n--) try { performance.mark("m", { startTime: n }) } catch { performance.getEntries() }',
  'uses a type of millions of characters': 'const t = "a".repeat(2 ** 24); for (;;) new Blob([], { type: t }).type',
  'has a proxy for every argument':
    'const p = new Proxy({}, { get(t, k) { return k === Symbol.iterator ? function* () { for (;;) yield p } : p }, ownKeys() { for (;;); } }); for (;;) try { new Headers(p) } catch {}',
  'makes URLs of blobs without end': 'const b = new Blob(); for (;;) try { URL.createObjectURL(b) } catch {}',
  'makes and revokes URLs of blobs without end':
    'const b = new Blob(); for (;;) URL.revokeObjectURL(URL.createObjectURL(b))',
  'keeps blobs by nothing but their URLs':
    'for (;;) try { URL.createObjectURL(new Blob([new Uint8Array(1e5)])) } catch {}',
  'revokes what is millions of characters long':
    'const t = "blob:null/" + "\\u00e9".repeat(2 ** 22); for (;;) URL.revokeObjectURL(t)',
  'fetches a huge blob without end':
    'const u = URL.createObjectURL(new Blob([new Uint8Array(2 ** 24)])); for (;;) await (await fetch(u)).text()',
  'asks for ranges of millions of digits':
    'const u = URL.createObjectURL(new Blob(["a"])); const range = "bytes=" + "1".repeat(2 ** 22) + "-"; for (;;) await fetch(u, { headers: { range } }).catch(() => 0)',
  'reads a huge blob as a text without end':
    'const b = new Blob([new Uint8Array(2 ** 24)]); for (;;) await new Promise((d) => { const r = new FileReader(); r.onloadend = d; r.readAsText(b) })',
  'reads a huge blob in every form, and keeps what it reads':
    'const k = []; const b = new Blob([new Uint8Array(2 ** 22)]); for (;;) for (const f of ["Text", "DataURL", "BinaryString"]) await new Promise((d) => { const r = new FileReader(); k.push(r); r.onloadend = d; r["readAs" + f](b) })',
  'begins to read as often as it can': 'const b = new Blob(); for (;;) try { new FileReader().readAsText(b) } catch {}',
  'reads and aborts without end':
    'const b = new Blob(["a"]); const r = new FileReader(); for (;;) { r.readAsText(b); r.abort() }',
  'reads again whenever it has read':
    'const b = new Blob(["a"]); const r = new FileReader(); r.onload = () => r.readAsText(b); r.readAsText(b); await new Promise(() => {})',
  'aborts itself within its abort':
    'const b = new Blob(["a"]); const r = new FileReader(); r.onabort = () => { for (;;) { r.readAsText(b); r.abort() } }; r.readAsText(b); for (;;) try { r.abort() } catch {}',
  'reads a text whose type has a million parameters':
    'const b = new Blob(["a"], { type: "a/b" + ";a=b".repeat(1e6) }); for (;;) await new Promise((d) => { const r = new FileReader(); r.onloadend = d; r.readAsText(b) })',
}

describe('a guest that', () => {
  it.each(Object.entries(ATTACKS))('%s meets its limits, and nobody else notices', async (_name, body) => {
    await neighbour.start()
    const answer = await service.client.execute({ source: `async function run() { ${body} }`, limits: LIMITS })
    await neighbour.callsMore(4)
    const { lost } = await neighbour.stop()
    expect(STOPPED, answer.error.slice(0, 300)).toContain(answer.code)
    expect(lost).toEqual([])
    const after = await service.client.execute({ source: `const run = () => new URL('http://a/b').pathname` })
    expect(after.value, after.error).toBe('/b')
  })

  it('clones what is deeper than its stack gets a RangeError', async () => {
    const source = `function run() { let deep = {}; for (let n = 0; n < 1e5; n++) deep = { deep }; try { structuredClone(deep) } catch (error) { return error.name } }`
    expect((await service.client.execute({ source })).value).toBe('RangeError')
  })
})

describe('a guest that asks for more buffers than its memory has', () => {
  it.each([
    ['in a blob of many views', 'const b = new Uint8Array(2 ** 23); new Blob(Array(1e4).fill(b))'],
    ['in clones', 'const a = new ArrayBuffer(2 ** 20); const k = []; for (;;) k.push(structuredClone([a]))'],
    [
      'in bytes of a text',
      'const t = "\\u20ac".repeat(2 ** 24); const k = []; for (;;) k.push(new TextEncoder().encode(t))',
    ],
  ])('%s gets a RangeError that it can catch', async (_name, body) => {
    const source = `function run() { try { ${body} } catch (error) { return error.name } }`
    const answer = await service.client.execute({ source, limits: { ...LIMITS, cpuMs: 5_000 } })
    expect(answer.value, answer.error).toBe('RangeError')
  })
})

describe('in a confined executor', () => {
  it('random bytes are there and are never the same in two requests', async () => {
    const source = `const run = () => Array.from({ length: 40 }, () => crypto.randomUUID())`
    const draws = await Promise.all(Array.from({ length: 10 }, async () => service.client.execute({ source })))
    expect(new Set(draws.flatMap(({ value }) => value as string[])).size).toBe(400)
  })

  it('domains beyond ASCII are written in ASCII', async () => {
    const source = `const run = () => [new URL('http://b\\u00fccher.example').host, URL.canParse('http://\\u00ad/')]`
    expect((await service.client.execute({ source })).value).toEqual(['xn--bcher-kva.example', false])
  })
})

describe('a guest with blobs that', () => {
  it('changes built-ins, and puts its own above the classes, reads and fetches all the same', async () => {
    const source = `
      async function run() {
        const blob = new Blob(['text'], { type: 'a/b' })
        const { fetch, FileReader, URL } = globalThis
        const classes = [Map, WeakMap, Array, String, Uint8Array, RegExp, EventTarget, Event, Blob]
        const members = classes.flatMap(({ prototype }) => Reflect.ownKeys(prototype).map((name) => [prototype, name]))
        const { defineProperty } = Object
        for (let at = 0; at < members.length; at++) if (members[at][1] !== 'constructor')
          try { defineProperty(members[at][0], members[at][1], { get() { throw new Error('mine') }, configurable: true }) } catch {}
        globalThis.EventTarget = globalThis.Event = globalThis.setTimeout = globalThis.ProgressEvent = undefined
        Object.setPrototypeOf(FileReader, () => 0)
        const reader = new FileReader()
        const result = await new Promise((done) => { reader.onloadend = () => done(reader.result); reader.readAsDataURL(blob) })
        const url = URL.createObjectURL(blob)
        const response = await fetch(url)
        return result + ' ' + response.status + ' ' + await response.text()
      }`
    const answer = await service.client.execute({ source })
    expect(answer.value, answer.error).toBe('data:a/b;base64,dGV4dA== 200 text')
  })

  it('has made a URL leaves it to no other request', async () => {
    const made = await service.client.execute({ source: `const run = () => URL.createObjectURL(new Blob(['secret']))` })
    const asks = `const run = async (url) => { try { return await (await fetch(url)).text() } catch (error) { return error.name } }`
    const others = await Promise.all(
      Array.from({ length: 6 }, async () => service.client.execute({ source: asks, args: [made.value] })),
    )
    expect(new Set(others.map(({ value }) => value))).toEqual(new Set(['TypeError']))
  })
})
