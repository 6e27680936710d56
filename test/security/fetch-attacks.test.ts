// What hostile code can do with fetch, in a real executor: it gets its own limits, and nobody else hears of it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EXCHANGES_ASKED_MAX, EXCHANGES_MAX } from '../../src/core/egress-bounds.ts'
import type { Outcome } from '../../src/core/outcome.ts'
import { FakeBroker } from '../support/fake-broker.ts'
import type { AskedTask } from '../support/real-pool.ts'
import { RealPool } from '../support/real-pool.ts'

const MODES = ['live', 'flash'] as const
const PIECE = new Uint8Array(64 * 1024)

function* endless(piece: string | Uint8Array): Generator<string | Uint8Array> {
  for (;;) yield piece
}

const broker = new FakeBroker({
  '/text': () => ({ head: { headers: [['content-type', 'text/plain']] }, body: ['text'] }),
  '/size': async (request) => ({ body: [`${(await request.body()).length} bytes`] }),
  '/endless': () => ({ body: endless(PIECE) }),
  '/drops': () => ({ body: endless('x') }),
  '/silent': () => new Promise(() => {}),
})

let pool: RealPool
beforeAll(async () => {
  pool = await RealPool.start({ egress: broker })
})
afterAll(async () => {
  await pool[Symbol.asyncDispose]()
})

/** @param top of the source, with what `f` needs. */
async function run(
  mode: (typeof MODES)[number],
  body: string,
  more: Partial<AskedTask> = {},
  top = '',
): Promise<Outcome> {
  const f = `const url = (path) => 'http://host.test' + path; ${top}; async function f() { ${body} }`
  const code = mode === 'live' ? f : `var workerIsolateModule = (() => { ${f}; return { f } })()`
  return pool.run({ ...more, code, mode }).outcome
}

const codeOf = (outcome: Outcome): string => (outcome.ok ? outcome.value : outcome.failure.code)

/** Nobody who comes later notices, and the broker keeps nothing of whoever is gone. */
async function expectCalm(mode: (typeof MODES)[number], deaths: number): Promise<void> {
  expect(codeOf(await run(mode, `return (await fetch(url('/text'))).text()`))).toBe('"text"')
  expect(pool.deaths).toBe(deaths)
  const open = broker.requests.filter(({ isCancelled }) => !isCancelled)
  await expect.poll(() => open.every(({ isCancelled }) => isCancelled)).toBe(true)
  const ids = broker.requests.map(({ taskId }) => taskId)
  expect(broker.over.toSorted()).toEqual([...new Set(ids)].toSorted())
}

describe.each(MODES)('a %s function that', (mode) => {
  it.each([
    [
      'asks for more at once than it may',
      `const all = await Promise.allSettled(Array.from({ length: 1000 }, () => fetch(url('/silent')).catch((e) => e.cause.code)).slice(${EXCHANGES_MAX}))
       return [...new Set(all.map(({ value }) => value))]`,
      '["LIMIT_EGRESS"]',
    ],
    [
      'asks without end for what it takes back',
      `const codes = {}
       for (let n = 0; n < 3000; n++) { const c = new AbortController(); const p = fetch(url('/silent'), { signal: c.signal }).catch((e) => e.cause?.code ?? e.name); c.abort(); const code = await p; codes[code] = (codes[code] ?? 0) + 1 }
       return codes`,
      `{"AbortError":${EXCHANGES_ASKED_MAX},"LIMIT_EGRESS":${3_000 - EXCHANGES_ASKED_MAX}}`,
    ],
    ['asks in a loop and waits for nothing', `for (;;) fetch(url('/silent')).catch(() => 1)`, 'LIMIT_CPU'],
    [
      'leaves bodies that never end unread',
      `for (let n = 0; n < ${EXCHANGES_MAX}; n++) await fetch(url('/endless')); return 'left'`,
      '"left"',
    ],
    [
      'reads a body that never ends',
      `return (await fetch(url('/endless'))).text()`,
      /^"?(?:LIMIT_MEMORY|GUEST_THREW|LIMIT_CPU)/u,
    ],
    [
      'reads a body that never ends byte by byte',
      `return (await fetch(url('/drops'))).text()`,
      /^LIMIT_(?:CPU|WALL)$/u,
    ],
    ['waits for what never answers', `await fetch(url('/silent'))`, 'LIMIT_WALL'],
    [
      'has URLs and headers of megabytes',
      `const of = async (path, init) => fetch(url(path), init).then(() => 'done', (e) => e.cause?.code ?? e.name)
       return [await of('/' + 'x'.repeat(5_000_000)), await of('/text', { headers: { a: 'x'.repeat(5_000_000) } }), await of('/text', { headers: Array.from({ length: 20_000 }, (_, n) => ['a' + n, 'b']) }), await of('/text', { method: 'x'.repeat(100_000) })]`,
      '["LIMIT_EGRESS","LIMIT_EGRESS","LIMIT_EGRESS","LIMIT_EGRESS"]',
    ],
    ['computes when its answer comes', `await fetch(url('/text')); for (;;);`, 'LIMIT_CPU'],
    ['computes in the microtasks of its answer', `await fetch(url('/text')); for (;;) await 0`, 'LIMIT_CPU'],
  ])('%s ends as it should', { tags: mode === 'flash' ? ['slow'] : [] }, async (_what, body, expected) => {
    const { deaths } = pool
    const limits = expected === 'LIMIT_WALL' ? { wallMs: 300 } : { wallMs: 6_000, cpuMs: 500, memoryMb: 32 }
    const code = codeOf(await run(mode, body, { limits }))
    if (expected instanceof RegExp) expect(code).toMatch(expected)
    else expect(code).toBe(expected)
    await expectCalm(mode, deaths)
  })

  it('has replaced every built-in gets the same answers', async () => {
    const use = `
      const form = new F(); form.append('a', 'b')
      const r = await get(url('/size'), { method: 'PUT', body: large, headers })
      const text = await r.text()
      const q = await (await get(new Q(url('/size'), { method: 'POST', body: await new R('é').text() }))).text()
      const bytes = await (await get(url('/text'))).bytes()
      let failed; try { await get(url('/nowhere')) } catch (error) { failed = error.cause.code }
      return { status: r.status, text, q, first: bytes[0], size: bytes.byteLength, failed, type: (await get(url('/text'))).headers.get('content-type') }`
    const poison = `
      const refuse = () => { throw new Error('a replacement was asked') }
      for (const one of [Promise, Array, Uint8Array, String, RegExp, Map, Set, ArrayBuffer, Object.getPrototypeOf(Uint8Array), Number, JSON, Reflect, Math])
        for (const target of [one, one.prototype]) if (target !== undefined)
          for (const key of Reflect.ownKeys(target)) {
            const { value, configurable } = Object.getOwnPropertyDescriptor(target, key)
            if (typeof value === 'function' && configurable && key !== 'constructor') kept.push([target, key])
          }
      const define = Object.defineProperty
      for (let n = 0; n < kept.length; n++) define(kept[n][0], kept[n][1], { value: refuse })`
    const top = `
      const large = new Uint8Array(100_000).fill(97), get = fetch, F = FormData, Q = Request, R = Response, headers = { a: 'b' }, kept = []`
    const clean = await run(mode, use, {}, top)
    const poisoned = await run(mode, `{ ${poison} } ${use}`, {}, top)
    expect(codeOf(clean)).toContain('"text":"100000 bytes"')
    expect(codeOf(poisoned)).toBe(codeOf(clean))
  })

  it('is cancelled while it fetches leaves nothing under way', async () => {
    const { deaths } = pool
    const f = `async function f() { await fetch('http://host.test/silent?${mode}') }`
    const code = mode === 'live' ? f : `var workerIsolateModule = (() => { ${f}; return { f } })()`
    const task = pool.run({ code, mode })
    const find = (): boolean => broker.requests.some(({ head }) => head.url.endsWith(`?${mode}`))
    await expect.poll(find).toBe(true)
    task.cancel()
    expect(codeOf(await task.outcome)).toBe('CANCELLED')
    await expectCalm(mode, deaths)
  })
})

describe('an executor that dies while its task fetches', () => {
  it('takes nothing along that the broker does not hear of', async () => {
    const code = `async function f() { fetch('http://host.test/silent?dies'); await 0; 'x'.repeat(2 ** 28).match(/x/g) }`
    expect(codeOf(await pool.run({ code, limits: { cpuMs: 10_000 } }).outcome)).not.toContain('"')
    const request = broker.requests.find(({ head }) => head.url.endsWith('?dies'))
    expect(request?.isCancelled).toBe(true)
    expect(broker.over.filter((id) => id === request?.taskId)).toHaveLength(1)
  })
})
