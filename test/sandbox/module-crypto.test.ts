// crypto.subtle in isolates that serve many calls: who pays, what becomes of an operation whose call is over, what a module begins.
import { setTimeout as delay } from 'node:timers/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { prepareHosts, script, valueOf } from './module-host-harness.ts'
import type { CreateHost } from './module-host-harness.ts'

let createHost: CreateHost
beforeAll(async () => {
  createHost = await prepareHosts()
})

const MODULE = script(
  `const { subtle } = crypto
   const nap = (ms) => new Promise((done) => setTimeout(done, ms))
   const importOf = () => subtle.importKey('raw', new Uint8Array(16), { name: 'HMAC', hash: 'SHA-1' }, false, ['sign'])
   const atStart = importOf()
   let chained = 0
   atStart.then(importOf).then(importOf).then(() => chained = 3)
   const sign = async () => (await subtle.sign('HMAC', await atStart, new Uint8Array(1))).byteLength
   const countChained = () => chained
   const derive = async (iterations) => {
     const key = await subtle.importKey('raw', new Uint8Array(1), 'PBKDF2', false, ['deriveBits'])
     return (await subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt: new Uint8Array(8), iterations }, key, 256)).byteLength
   }
   let kept
   const keep = () => { kept ??= derive(400_000); return 'left' }
   const keepAndWait = async () => { kept ??= derive(400_000); return kept }
   const takeKept = () => kept
   const flood = (count) => { for (let n = 0; n < count; n++) derive(2).then(() => { throw new Error('late') }); return 'left' }
   const wait = async (ms) => { await nap(ms); return ms }
   const quick = () => 1`,
  'sign, countChained, derive, keep, keepAndWait, takeKept, flood, wait, quick',
)

describe('operations of crypto.subtle', () => {
  test('that a module begins while it is loaded are over before its first call', async () => {
    const { call } = createHost({ m: MODULE })
    expect((await Promise.all([call('countChained'), call('sign'), call('sign')])).map(valueOf)).toEqual([3, 20, 20])
  })

  test('are paid for by the call that asks, and not by those beside it', async () => {
    const { call } = createHost({ m: MODULE })
    await call('quick')
    const [dear, cheap] = await Promise.all([call('derive', [1_000_000]), call('wait', [30])])
    expect([valueOf(dear), valueOf(cheap)]).toEqual([32, 30])
    expect(dear.cpuMs).toBeGreaterThan(20)
    expect(cheap.cpuMs).toBeLessThan(dear.cpuMs / 3)
  })

  test('that take more than the call has end it, and leave the calls beside it alone', async () => {
    const { call, events } = createHost({ m: MODULE })
    await call('quick')
    const [dear, beside] = await Promise.all([
      call('derive', [3_900_000], { limits: { cpuMs: 40, wallMs: 20_000 } }),
      call('wait', [100], { limits: { wallMs: 20_000 } }),
    ])
    expect([valueOf(dear), valueOf(beside)]).toEqual(['LIMIT_CPU', 100])
    expect(events).toEqual(['m retired: limit'])
  })

  test('whose call is over are left to the next one, which finds what they made', async () => {
    const { call } = createHost({ m: MODULE })
    expect(valueOf(await call('keep'))).toBe('left')
    expect(valueOf(await call('takeKept'))).toBe(32)
  })

  test('whose call is cancelled are left to one that waits for them', async () => {
    const { call, host } = createHost({ m: MODULE })
    await call('quick')
    const gone = call('keepAndWait', [], { id: 'gone' })
    const other = call('keepAndWait')
    await delay(10)
    host.cancel('gone')
    expect([valueOf(await gone), valueOf(await other)]).toEqual(['CANCELLED', 32])
  })

  test('of which a call leaves thousands cost the next ones no more than a few of them', async () => {
    const { call, events } = createHost({ m: MODULE })
    expect(valueOf(await call('flood', [3_000]))).toBe('left')
    const after = await call('derive', [2])
    expect(valueOf(after)).toBe(32)
    expect(valueOf(await call('quick'))).toBe(1)
    expect(events.filter((event) => !event.includes('free'))).toEqual([])
  })
})

describe('the variables of a module', () => {
  test('are there while it is loaded, are texts, and last as long as its isolate', async () => {
    const { call, host } = createHost({ m: MODULE })
    const code = script(
      `const early = process.env.NAME; const read = () => [early, process.env.NAME, process.env.COUNT]
       const write = (value) => { process.env.COUNT = value; return typeof process.env.COUNT }`,
      'read, write',
    )
    host.load({ type: 'load', hash: 'v', kind: 'script', fileName: 'v.js' }, [code, '', '{"NAME":"one"}'])
    expect(valueOf(await call('write', [5], { hash: 'v' }))).toBe('string')
    expect(valueOf(await call('read', [], { hash: 'v' }))).toEqual(['one', 'one', '5'])
  })
})
