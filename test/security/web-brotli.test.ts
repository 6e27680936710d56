// Hostile use of brotli in real executor processes, beside a neighbour that must not notice. Its work and its memory are outside of
// all isolates: the calls are ended by their limits all the same, and what they held is free for the next one.
import { brotliCompressSync, constants } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { statusOf } from '../support/processes.ts'
import { Sentinel } from '../support/sentinel.ts'
import { ServiceProcess } from '../support/service-process.ts'
import { ENVIRONMENT, expectRecovery } from './hostile-suite.ts'

const LIMITS = { cpuMs: 300, wallMs: 30_000, memoryMb: 64 }
const BRIEF = { ...LIMITS, wallMs: 700 }

const MIB = 2 ** 20
const largestWindow = { params: { [constants.BROTLI_PARAM_QUALITY]: 2, [constants.BROTLI_PARAM_LGWIN]: 24 } }
const BOMB = brotliCompressSync(Buffer.alloc(64 * MIB), largestWindow)
const PREAMBLE = `
  const bomb = Uint8Array.from(atob('${BOMB.toString('base64')}'), (c) => c.charCodeAt(0))
  const unpack = () => new Blob([bomb]).stream().pipeThrough(new DecompressionStream('brotli'))
  const begin = (chunk = new Uint8Array(9)) => {
    const { readable, writable } = new CompressionStream('brotli')
    readable.getReader().read().catch(() => {})
    return writable.getWriter().write(chunk)
  }
  const random = () => crypto.getRandomValues(new Uint8Array(65536))`

interface Attack {
  readonly body: string
  /** Codes, or what it returns. */
  readonly ends: readonly unknown[]
  readonly limits?: typeof LIMITS
  readonly isSlow?: true
}

/** By what a guest does. */
const ATTACKS: Readonly<Record<string, Attack>> = {
  'unpacks bombs without end': { body: 'for (;;) for await (const piece of unpack());', ends: ['LIMIT_CPU'] },
  'unpacks twelve bombs at once, without end': {
    body: 'await Promise.all(Array.from({ length: 12 }, async () => { for (;;) for await (const piece of unpack()); }))',
    ends: ['LIMIT_CPU'],
    isSlow: true,
  },
  'waits for room for a bomb that nobody reads': {
    body: "const { readable, writable } = new DecompressionStream('brotli'); readable.getReader().read(); await writable.getWriter().write(bomb)",
    ends: ['LIMIT_WALL'],
    limits: BRIEF,
  },
  'packs random bytes without end': {
    body: "for await (const x of new ReadableStream({ pull(c) { c.enqueue(random()) } }).pipeThrough(new CompressionStream('brotli')));",
    ends: ['LIMIT_CPU'],
  },
  'packs one chunk of many megabytes': {
    body: 'const large = new Uint8Array(2 ** 25); const some = random(); for (let at = 0; at < 2 ** 25; at += 65536) { some[at >> 16] ^= at; large.set(some, at) } for await (const x of ReadableStream.from([large]).pipeThrough(new CompressionStream("brotli")));',
    ends: ['LIMIT_CPU'],
    limits: { ...LIMITS, cpuMs: 200, memoryMb: 128 },
  },
  'begins ten thousand streams, one after the other': {
    body: 'for (let n = 0; n < 10_000; n++) await begin()',
    ends: ['LIMIT_WALL', 'LIMIT_CPU'],
    limits: BRIEF,
  },
  'begins ten thousand streams at once, and ends none': {
    body: 'const ends = Promise.allSettled(Array.from({ length: 10_000 }, () => begin())); await ends',
    ends: ['LIMIT_WALL', 'LIMIT_CPU', 'LIMIT_MEMORY'],
    limits: { ...BRIEF, cpuMs: 5_000 },
  },
  'begins ten thousand streams and returns': {
    body: "for (let n = 0; n < 10_000; n++) begin().catch(() => {}); return 'left'",
    ends: ['left', 'LIMIT_CPU', 'LIMIT_MEMORY'],
    limits: { ...LIMITS, cpuMs: 5_000 },
  },
  'unpacks bytes that are no brotli, without end': {
    body: "for (;;) await new Response(new Blob([random()]).stream().pipeThrough(new DecompressionStream('brotli'))).arrayBuffer().catch(() => {})",
    ends: ['LIMIT_CPU'],
  },
  'unpacks a bomb that is packed again, without end': {
    body: "for (;;) for await (const piece of unpack().pipeThrough(new CompressionStream('brotli')));",
    ends: ['LIMIT_CPU'],
    isSlow: true,
  },
}

let service: ServiceProcess
let neighbour: Sentinel

beforeAll(async () => {
  service = await ServiceProcess.start({ env: ENVIRONMENT })
  neighbour = await Sentinel.create(service.url)
})
afterAll(async () => {
  await neighbour[Symbol.asyncDispose]()
  await service[Symbol.asyncDispose]()
})

const ROUND = `async function run(text) {
  const packed = new Blob([text]).stream().pipeThrough(new CompressionStream('brotli'))
  return new Response(packed.pipeThrough(new DecompressionStream('brotli'))).text()
}`

describe('a guest that', () => {
  for (const [name, { body, ends, limits = LIMITS, isSlow }] of Object.entries(ATTACKS)) {
    it(`${name} meets its limits, and nobody else notices`, { tags: isSlow ? ['slow'] : [] }, async () => {
      await neighbour.start()
      const answer = await service.client.execute({ source: `async function run() { ${PREAMBLE}; ${body} }`, limits })
      await neighbour.callsMore(4)
      const { lost } = await neighbour.stop()
      expect(ends, answer.error.slice(0, 300)).toContain(answer.code ?? answer.value)
      expect(lost).toEqual([])
      await expectRecovery(service)
      // In each of the executors that may have run it, without waiting for a place.
      const rounds = await Promise.all(
        Array.from({ length: 6 }, async () =>
          service.client.execute({ source: ROUND, args: ['hello'], limits: BRIEF }),
        ),
      )
      expect(rounds.map(({ value }) => value)).toEqual(Array(6).fill('hello'))
    })
  }
})

const ROUNDS = 12

describe('a guest that holds as many windows of the largest kind as it can get', () => {
  it('takes a bounded part of its executor', { tags: ['slow'] }, async () => {
    await using alone = await ServiceProcess.start({
      env: { EXECUTORS_MIN: '1', EXECUTORS_MAX: '1', EXECUTORS_SPARE: '0' },
    })
    const execute = async (count: number): Promise<number> => {
      const source = `async function run() {
        ${PREAMBLE}
        // Each reads until its window is full, or waits for its place, and is dropped.
        const fill = async (reader) => { for (let size = 0; size < 2 ** 24;) size += (await reader.read()).value.length }
        const work = async () => { for (let round = 0; round < ${ROUNDS / count}; round++) await fill(unpack().getReader()) }
        const all = Array.from({ length: ${count} }, work)
        await Promise.race([Promise.all(all), new Promise((done) => setTimeout(done, 6_000))])
        return 'held'
      }`
      let mostMb = 0
      const watch = setInterval(() => {
        mostMb = Math.max(mostMb, ...alone.executorPids().map(residentMb))
      }, 10)
      const answer = await alone.client.execute({ source, limits: { ...LIMITS, cpuMs: 20_000, memoryMb: 128 } })
      clearInterval(watch)
      expect(answer.value, answer.error).toBe('held')
      return mostMb
    }
    // Garbage of both sides is the same.
    const ofOne = await execute(1)
    const ofMany = await execute(12)
    expect(ofMany - ofOne).toBeLessThan(80)
  })
})

function residentMb(pid: number): number {
  try {
    return Number(/\d+/.exec(statusOf(pid, 'VmRSS'))?.[0] ?? 0) / 1_024
  } catch {
    return 0
  }
}
