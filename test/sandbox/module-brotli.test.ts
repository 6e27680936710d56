// Brotli in isolates that serve many calls: who pays, what a call leaves behind, and how many streams there may be at once.
import { setTimeout as delay } from 'node:timers/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { prepareHosts, script, valueOf } from './module-host-harness.ts'
import type { CreateHost } from './module-host-harness.ts'

let createHost: CreateHost
beforeAll(async () => {
  createHost = await prepareHosts()
})

const MODULE = script(
  `const nap = (ms) => new Promise((done) => setTimeout(done, ms))
   const read = async (stream) => new Uint8Array(await new Response(stream).arrayBuffer())
   const pack = (bytes) => read(new Blob([bytes]).stream().pipeThrough(new CompressionStream('brotli')))
   const unpack = (bytes) => read(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('brotli')))
   const words = (count) => new TextEncoder().encode('The quick brown fox. '.repeat(count))
   let early
   pack(words(1000)).then(unpack).then((bytes) => early = bytes.length)
   const readEarly = () => early
   const open = async () => {
     const { readable, writable } = new CompressionStream('brotli'), writer = writable.getWriter()
     readable.getReader().read().catch(() => {})
     await writer.write(words(1))
     return writer
   }
   const quick = () => 1
   const leave = async () => { await open(); return 1 }
   let kept
   const keep = async () => { kept = await open(); return 1 }
   const useKept = () => kept.write(words(1)).then(() => 'written', (error) => error.name + ': ' + error.message)
   const loop = async (count) => { for (let n = 0; n < count; n++) await open(); return count }
   const hold = async (count, ms) => {
     const writers = []
     for (let n = 0; n < count; n++) writers.push(await open())
     await nap(ms)
     return writers.length
   }
   const holdAll = async (count) => {
     const writers = []
     for (let n = 0; n < count; n++) writers.push(await open())
     const ends = await Promise.allSettled(writers.map((writer) => writer.write(words(1))))
     return ends.map(({ status, reason }) => status === 'fulfilled' ? 'ok' : reason.name)
   }
   const round = async (count) => {
     const bytes = words(5_000)
     return (await Promise.all(Array.from({ length: count }, () => pack(bytes).then(unpack)))).every(({ length }) => length === bytes.length)
   }
   const flood = (count) => Promise.all(Array.from({ length: count }, open)).catch((error) => error.name + ': ' + error.message)
   const work = async (megabytes) => {
     const bytes = new Uint8Array(1e6).map((_, at) => (at * at) >> 7)
     const { readable, writable } = new CompressionStream('brotli'), writer = writable.getWriter()
     read(readable)
     for (let n = 0; n < megabytes; n++) await writer.write(bytes)
     return megabytes
   }`,
  'readEarly, quick, leave, keep, useKept, loop, hold, holdAll, round, flood, work',
)
const PATIENT = { limits: { wallMs: 20_000, cpuMs: 10_000 } }

describe('brotli streams', () => {
  test('that a module begins while it is loaded are over before its first call', async () => {
    const { call } = createHost({ m: MODULE })
    expect(valueOf(await call('readEarly'))).toBe(21_000)
  })

  test('that calls leave behind are freed with them', async () => {
    const { call } = createHost({ m: MODULE })
    await call('leave')
    const startedAt = performance.now()
    for (let count = 0; count < 30; count++) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect(valueOf(await call('leave'))).toBe(1)
    }
    // From the ninth on each would wait a second for its place.
    expect(performance.now() - startedAt).toBeLessThan(9_000)
  })

  test('that a call leaves in a variable are over for the next one, which is told why', async () => {
    const { call, events } = createHost({ m: MODULE })
    expect(valueOf(await call('keep'))).toBe(1)
    expect(valueOf(await call('useKept'))).toBe(
      'InvalidStateError: The brotli stream has ended with the call that was the first to use it.',
    )
    expect(events).toEqual([])
  })

  test('that a call drops in a loop take no place from the ones beside it', async () => {
    const { call } = createHost({ m: MODULE })
    const [dropped, beside] = await Promise.all([call('loop', [30], PATIENT), call('round', [1], PATIENT)])
    expect([valueOf(dropped), valueOf(beside)]).toEqual([30, true])
  })

  test('of a call that is cancelled leave their places at once', async () => {
    const { call, host } = createHost({ m: MODULE })
    await call('quick')
    const holds = call('hold', [8, 15_000], { ...PATIENT, id: 'holds' })
    await delay(200)
    host.cancel('holds')
    expect(valueOf(await holds)).toBe('CANCELLED')
    const startedAt = performance.now()
    expect(valueOf(await call('hold', [8, 1], PATIENT))).toBe(8)
    expect(performance.now() - startedAt).toBeLessThan(900)
  })

  test('wait for each other when there are more than there are places', async () => {
    const { call } = createHost({ m: MODULE })
    expect(valueOf(await call('round', [40], PATIENT))).toBe(true)
  })

  test('that are left alone lose their places to those that wait, by name', async () => {
    const { call } = createHost({ m: MODULE })
    expect(valueOf(await call('holdAll', [10], PATIENT))).toEqual([
      ...Array<string>(2).fill('QuotaExceededError'),
      ...Array<string>(8).fill('ok'),
    ])
  })

  test('of which more are begun at once than may wait are refused by name', async () => {
    const { call } = createHost({ m: MODULE })
    expect(valueOf(await call('flood', [1_000]))).toBe(
      'QuotaExceededError: The brotli streams of an isolate have more than 64 pieces in progress, or wait with as many.',
    )
    const startedAt = performance.now()
    expect(valueOf(await call('round', [1]))).toBe(true)
    expect(performance.now() - startedAt).toBeLessThan(900)
  })

  test('are paid for by the call that asks, and not by those beside it', async () => {
    const { call } = createHost({ m: MODULE })
    const beside = call('hold', [0, 300], PATIENT)
    const dear = await call('work', [10], PATIENT)
    expect(valueOf(dear)).toBe(10)
    expect(dear.cpuMs).toBeGreaterThan(50)
    expect((await beside).cpuMs).toBeLessThan(dear.cpuMs / 2)
  })

  test('that take more than the call has end it, and leave the calls beside it alone', async () => {
    const { call, events } = createHost({ m: MODULE })
    await call('quick')
    const [dear, beside] = await Promise.all([
      call('work', [100_000], { limits: { cpuMs: 300, wallMs: 20_000 } }),
      call('hold', [1, 600], PATIENT),
    ])
    expect(valueOf(dear)).toBe('LIMIT_CPU')
    // Whether it runs in its isolate or beside it at that moment is a matter of chance.
    expect([1, 'EXECUTOR_LOST']).toContain(valueOf(beside))
    expect(events).toContain('m retired: limit')
    expect(valueOf(await call('hold', [8, 1], PATIENT))).toBe(8)
  })
})
