// Hostile streams in real executor processes.
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { useAttackedService } from './attacked-service.ts'
import type { Attack } from './attacked-service.ts'

const LIMITS = { cpuMs: 300, wallMs: 30_000, memoryMb: 64 }
/** Enough processor time to meet the limit of memory first, on a machine where that takes longer than elsewhere. */
const PATIENT = { ...LIMITS, cpuMs: 8_000 }
const BRIEF = { ...LIMITS, wallMs: 400 }

const BOMB_BYTES = 2 ** 26
const UNPACK = `
  const bomb = Uint8Array.from(atob('${gzipSync(Buffer.alloc(BOMB_BYTES)).toString('base64')}'), (c) => c.charCodeAt(0))
  const unpack = () => new Blob([bomb]).stream().pipeThrough(new DecompressionStream('gzip'))`

const { attack, execute } = useAttackedService(2)

const ATTACKS: readonly Attack[] = [
  {
    title: 'reads a stream without end',
    body: 'for await (const x of new ReadableStream({ pull(c) { c.enqueue(1) } }));',
    code: 'LIMIT_CPU',
  },
  {
    title: 'reads bytes without end into buffers of its own',
    body: 'const r = new ReadableStream({ type: "bytes", pull(c) { c.enqueue(new Uint8Array(1e5)) } }).getReader({ mode: "byob" }); for (;;) await r.read(new Uint8Array(1e6))',
    code: 'LIMIT_CPU',
    isSlow: true,
  },
  {
    title: 'never returns from a pull',
    body: 'await new ReadableStream({ pull() { for (;;); } }).getReader().read()',
    code: 'LIMIT_CPU',
  },
  {
    title: 'pipes without end',
    body: 'await new ReadableStream({ pull(c) { c.enqueue(1) } }).pipeThrough(new TransformStream()).pipeTo(new WritableStream())',
    code: 'LIMIT_CPU',
    isSlow: true,
  },
  {
    title: 'fills the branch of a tee that nobody reads',
    body: 'const [a] = new ReadableStream({ pull(c) { c.enqueue(Array(1e4).fill(Math.random())) } }).tee(); for await (const x of a);',
    code: 'LIMIT_MEMORY',
    limits: PATIENT,
  },
  {
    title: 'writes more than its sink takes',
    body: 'const w = new WritableStream({ write: () => new Promise(() => {}) }).getWriter(); for (;;) w.write(Array(1e4).fill(Math.random()))',
    code: 'LIMIT_MEMORY',
    limits: PATIENT,
  },
  {
    title: 'unpacks bombs without end',
    body: `${UNPACK}; for (;;) for await (const piece of unpack());`,
    code: 'LIMIT_CPU',
  },
  {
    title: 'packs random bytes without end',
    body: 'const stream = new ReadableStream({ pull(c) { c.enqueue(crypto.getRandomValues(new Uint8Array(65536))) } }); for await (const x of stream.pipeThrough(new CompressionStream("gzip")));',
    code: 'LIMIT_CPU',
    isSlow: true,
  },
  {
    title: 'waits for room for a bomb that nobody reads',
    body: `${UNPACK}; const writer = new DecompressionStream('gzip').writable.getWriter(); await writer.write(bomb)`,
    code: 'LIMIT_WALL',
    limits: BRIEF,
  },
  {
    title: 'has a then on every object that does not return',
    body: 'Object.prototype.then = function () { for (;;); }; await new ReadableStream({ start(c) { c.enqueue({}) } }).getReader().read()',
    code: 'LIMIT_CPU',
  },
  {
    title: 'has a then on what is read that gives the same again',
    body: 'Object.defineProperty(Object.prototype, "then", { get() { return Object.hasOwn(this, "done") ? (r) => r({ done: false }) : undefined } }); await new ReadableStream({ pull(c) { c.enqueue(1) } }).getReader().read()',
    code: 'LIMIT_CPU',
  },
  {
    title: 'puts something into the queue whose size is being asked',
    body: 'let c; new ReadableStream({ start(x) { c = x } }, { size() { c.enqueue(1); return 1 } }); for (;;) try { c.enqueue(1) } catch {}',
    code: 'LIMIT_CPU',
  },
  {
    title: 'makes streams in the getters of their strategies',
    body: 'const o = { get highWaterMark() { new WritableStream({}, o); return 1 } }; for (;;) try { new TransformStream({}, o) } catch {}',
    code: 'LIMIT_CPU',
    isSlow: true,
  },
  {
    title: 'iterates over a proxy of everything',
    body: 'const p = new Proxy(function () {}, { get: () => p, apply: () => p, has: () => true }); for await (const x of ReadableStream.from(p));',
    code: 'LIMIT_WALL',
    limits: BRIEF,
  },
  {
    title: 'puts endless getters into the state of a stream',
    body: 'const s = new ReadableStream(); s._state = "errored"; s._storedError = { get then() { for (;;); } }; Object.defineProperty(s, "_disturbed", { set() { for (;;); } }); await s.getReader().read()',
    code: 'LIMIT_CPU',
    isSlow: true,
  },
  {
    title: 'waits for a write that does not end',
    body: 'await new WritableStream({ write: () => new Promise(() => {}) }).getWriter().write(1)',
    code: 'LIMIT_WALL',
    limits: BRIEF,
  },
  {
    title: 'returns a stream without end',
    body: 'return new ReadableStream({ pull(c) { c.enqueue(1) } })',
    code: 'LIMIT_CPU',
  },
]

describe('a guest that', () => {
  attack(ATTACKS, LIMITS, `const run = async () => (await new Blob(['ok']).stream().getReader().read()).value.length`)

  it.each([
    ['all of a bomb', `${UNPACK}; for (;;) for await (const piece of unpack()) kept.push(piece)`],
    ['bytes in a queue', 'new ReadableStream({ type: "bytes", start(c) { for (;;) c.enqueue(new Uint8Array(1e6)) } })'],
    ['compressors', 'for (;;) kept.push(new CompressionStream("gzip"))'],
  ])('keeps %s gets a RangeError that it can catch', async (_what, body) => {
    const source = `async function run() { const kept = []; try { ${body} } catch (error) { kept.length = 0; return error.name } }`
    const answer = await execute({ source, limits: PATIENT })
    expect(answer.value, answer.error).toBe('RangeError')
  })

  it('returns a stream has its chunks as the result', async () => {
    const source = `const run = () => ReadableStream.from([1, { a: 2 }]).pipeThrough(new TransformStream())`
    expect((await execute({ source })).value).toEqual([1, { a: 2 }])
  })
})
