// Code that fetches, in real executors, from the global of the guest to a broker that answers from a table.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Outcome } from '../../src/core/outcome.ts'
import { FakeBroker } from '../support/fake-broker.ts'
import { RealPool } from '../support/real-pool.ts'

const MODES = ['live', 'flash'] as const
const PIECE = new Uint8Array(64 * 1024).map((_, index) => index % 251)

/** Pieces without end. */
function* endless(): Generator<Uint8Array> {
  for (;;) yield PIECE
}

function* cut(bytes: Uint8Array): Generator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += PIECE.length) yield bytes.subarray(from, from + PIECE.length)
}

const broker = new FakeBroker({
  '/text': () => ({
    head: {
      headers: [
        ['content-type', 'text/plain'],
        ['x-a', '1'],
        ['set-cookie', 'b'],
        ['set-cookie', 'c'],
      ],
    },
    body: ['héllo ', 'wörld'],
  }),
  '/json': () => ({ body: ['{"a":', '[1,2]}'] }),
  '/binary': () => ({ body: [PIECE, PIECE, new Uint8Array(1), PIECE] }),
  '/nothing': () => ({ head: { status: 204, statusText: 'No Content' } }),
  '/moved': ({ head: { url } }) => ({ head: { url: `${url}/there`, isRedirected: true }, body: ['there'] }),
  '/failed': () => ({ code: 'EGRESS_FAILED', message: 'The host does not answer.' }),
  '/cut': () => ({ body: ['part', { code: 'EGRESS_FAILED', message: 'The connection was cut.' }] }),
  '/endless': () => ({ body: endless() }),
  '/silent': () => new Promise(() => {}),
  '/stuck': () => ({
    body: (async function* () {
      yield 'first'
      await new Promise(() => {})
    })(),
  }),
  '/echo': async (request) => ({
    body: [JSON.stringify(request.head), '\n', ...cut(request.head.hasBody ? await request.body() : Buffer.alloc(0))],
  }),
  '/size': async (request) => ({ body: [String((await request.body()).length)] }),
  '/refuses': async (request) => {
    request.takes = Promise.resolve(false)
    await request.started
    return { body: ['enough'] }
  },
})

let pool: RealPool
beforeAll(async () => {
  pool = await RealPool.start({ egress: broker })
})
afterAll(async () => {
  await pool[Symbol.asyncDispose]()
})

/** The body of an asynchronous function `f`. */
async function run(mode: (typeof MODES)[number], body: string, more: object = {}): Promise<Outcome> {
  const f = `const of = (path) => 'https://host.test' + path
    const failure = async (promise) => { try { await promise; return 'done' } catch (e) { return [e.name, e.message, e.cause?.code ?? null, e.cause?.message ?? null] } }
    async function f() { ${body} }`
  const code = mode === 'live' ? f : `var workerIsolateModule = (() => { ${f}; return { f } })()`
  return pool.run({ code, mode, ...more }).outcome
}

function valueOf(outcome: Outcome): unknown {
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.failure))
  return JSON.parse(outcome.value)
}

describe.each(MODES)('a %s function', (mode) => {
  it('gets the head and the body of an answer, in every form', async () => {
    const value = valueOf(
      await run(
        mode,
        `const r = await fetch(of('/text'))
        const head = [r.status, r.ok, r.statusText, r.url, r.type, r.redirected, [...r.headers], r.bodyUsed]
        const text = await r.text()
        const json = await (await fetch(of('/json'))).json()
        const bytes = await (await fetch(new URL(of('/binary')))).bytes()
        let sum = 0; for (const byte of bytes) sum += byte
        const blob = await (await fetch(of('/text'))).blob()
        const nothing = await fetch(of('/nothing'))
        const moved = await fetch(of('/moved'))
        return [head, text, r.bodyUsed, json, bytes.length, sum, blob.type, blob.size, nothing.status, nothing.body, await nothing.text(), moved.redirected, moved.url, await failure(r.text())]`,
      ),
    )
    let sum = 0
    for (const byte of PIECE) sum += 3 * byte
    expect(value).toEqual([
      [
        200,
        true,
        'OK',
        'https://host.test/text',
        'basic',
        false,
        [
          ['content-type', 'text/plain'],
          ['set-cookie', 'b'],
          ['set-cookie', 'c'],
          ['x-a', '1'],
        ],
        false,
      ],
      'héllo wörld',
      true,
      { a: [1, 2] },
      3 * PIECE.length + 1,
      sum,
      'text/plain',
      13,
      204,
      null,
      '',
      true,
      'https://host.test/moved/there',
      ['TypeError', 'The body has been read already, or its stream is locked', null, null],
    ])
  })

  it('sends method, headers and body, piece by piece', async () => {
    const value = valueOf(
      await run(
        mode,
        `const send = async (init) => { const [head, ...rest] = (await (await fetch(of('/echo#x'), { method: 'post', ...init })).text()).split('\\n'); return [JSON.parse(head), rest.join('\\n')] }
        const large = await send({ body: new Uint8Array(150_000).fill(97) })
        return [await send({ body: 'é', headers: { 'X-A': 'b' } }), await send({ body: new URLSearchParams({ a: 'b c' }) }), large[0].bodyBytes, large[1] === 'a'.repeat(150_000), await send({ method: 'patch', redirect: 'manual' })]`,
      ),
    )
    const head = { url: 'https://host.test/echo', redirect: 'follow' }
    expect(value).toEqual([
      [
        {
          ...head,
          method: 'POST',
          headers: [
            ['x-a', 'b'],
            ['content-type', 'text/plain;charset=UTF-8'],
          ],
          hasBody: true,
          bodyBytes: 2,
        },
        'é',
      ],
      [
        {
          ...head,
          method: 'POST',
          headers: [['content-type', 'application/x-www-form-urlencoded;charset=UTF-8']],
          hasBody: true,
          bodyBytes: 5,
        },
        'a=b+c',
      ],
      150_000,
      true,
      [{ ...head, method: 'patch', redirect: 'manual', headers: [], hasBody: false }, ''],
    ])
    expect(broker.of('/echo').map(({ pieces }) => pieces.map(({ length }) => length))).toContainEqual([
      65_536, 65_536, 18_928,
    ])
  })

  it('rejects with the sentence and the code of whoever refused it', async () => {
    const value = valueOf(
      await run(
        mode,
        `const cut = await fetch(of('/cut'))
        return [await failure(fetch(of('/elsewhere'))), await failure(fetch(of('/failed'))), await failure(cut.text()), await failure(fetch('ftp://a/b')), await failure(fetch('/relative')), await failure(fetch())]`,
      ),
    )
    expect(value).toEqual([
      [
        'TypeError',
        'fetch failed: No rule allows https://host.test/elsewhere.',
        'EGRESS_DENIED',
        'No rule allows https://host.test/elsewhere.',
      ],
      ['TypeError', 'fetch failed: The host does not answer.', 'EGRESS_FAILED', 'The host does not answer.'],
      ['TypeError', 'fetch failed: The connection was cut.', 'EGRESS_FAILED', 'The connection was cut.'],
      ['TypeError', "fetch: the URL has the scheme 'ftp'; only http, https, data and blob can be fetched", null, null],
      ['TypeError', "Request: '/relative' is no absolute URL", null, null],
      ['TypeError', 'fetch: 1 argument is required, but only 0 present', null, null],
    ])
  })

  it('answers data: URLs by itself', async () => {
    const before = broker.requests.length
    const value = valueOf(
      await run(
        mode,
        `const of = async (url) => { const r = await fetch(url); return [r.headers.get('content-type'), await r.text(), r.url] }
        return [await of('data:,a%20b#c'), await of('data:text/html;base64,PGI+'), await of('data:;charset=utf-8,%C3%A9'), await failure(fetch('data:x')), await failure(fetch('data:;base64,a'))]`,
      ),
    )
    expect(value).toEqual([
      ['text/plain;charset=US-ASCII', 'a b', 'data:,a%20b'],
      ['text/html', '<b>', 'data:text/html;base64,PGI+'],
      ['text/plain;charset=utf-8', 'é', 'data:;charset=utf-8,%C3%A9'],
      ['TypeError', 'fetch: the data: URL has no comma', null, null],
      ['TypeError', 'fetch: the data: URL is no base64', null, null],
    ])
    expect(broker.requests.length).toBe(before)
  })

  it('answers blob: URLs by itself', async () => {
    const before = broker.requests.length
    const value = valueOf(
      await run(
        mode,
        `const url = URL.createObjectURL(new Blob(['hello'], { type: 'text/x' }))
        const of = async (init) => { const r = await fetch(url, init); return [r.status, [...r.headers], await r.text(), r.url === url] }
        const answers = [await of(), await of({ headers: { range: 'bytes=1-2' } }), (await failure(fetch(url, { method: 'POST', body: 'a' }))).slice(0, 2)]
        URL.revokeObjectURL(url)
        return [...answers, (await failure(fetch(url)))[0]]`,
      ),
    )
    const type = ['content-type', 'text/x']
    expect(value).toEqual([
      [200, [['content-length', '5'], type], 'hello', true],
      [206, [['content-length', '2'], ['content-range', 'bytes 1-2/5'], type], 'el', true],
      ['TypeError', 'fetch: a blob: URL is fetched with GET, and not with POST'],
      'TypeError',
    ])
    expect(broker.requests.length).toBe(before)
  })

  it('aborts before, while it waits, and while the body comes', async () => {
    const value = valueOf(
      await run(
        mode,
        `const now = await failure(fetch(of('/text'), { signal: AbortSignal.abort(new RangeError('no')) }))
        const waiting = new AbortController()
        const pending = failure(fetch(of('/silent'), { signal: waiting.signal }))
        setTimeout(() => waiting.abort(), 5)
        const late = new AbortController()
        const response = await fetch(new Request(of('/stuck'), { signal: late.signal }))
        const text = failure(response.text())
        setTimeout(() => late.abort('why'), 5)
        let why; try { await (await fetch(of('/stuck'), { signal: AbortSignal.timeout(20) })).text() } catch (e) { why = e.name }
        return [now, (await pending)[0], await response.text().catch((e) => e.name), await text.catch((e) => e), why]`,
      ),
    )
    expect(value).toEqual([
      ['RangeError', 'no', null, null],
      'AbortError',
      'TypeError',
      [null, null, null, null],
      'TimeoutError',
    ])
    for (const path of ['/silent', '/stuck'])
      for (const request of broker.of(path)) expect(request.isCancelled).toBe(true)
  })

  it('is asked for no more of a body than it reads, and of no more of a request than is wanted', async () => {
    const before = broker.of('/endless').length
    const value = valueOf(
      await run(
        mode,
        `const r = await fetch(of('/endless'))
        await new Promise((done) => setTimeout(done, 30))
        const refused = await (await fetch(of('/refuses'), { method: 'PUT', body: new Uint8Array(1_000_000) })).text()
        return [r.status, refused]`,
      ),
    )
    expect(value).toEqual([200, 'enough'])
    const request = broker.of('/endless')[before]
    // One that the guest has, and one that is kept for it.
    expect(request?.read).toBe(2)
    await expect.poll(() => request?.isCancelled).toBe(true)
    expect(broker.of('/refuses').at(-1)?.pieces.length).toBe(1)
    expect(broker.over).toContain(request?.taskId)
  })

  it('is told when too many are in progress, and an answer that is read or cancelled makes room', async () => {
    const value = valueOf(
      await run(
        mode,
        `const many = await Promise.allSettled(Array.from({ length: 20 }, () => fetch(of('/endless'))))
        const refused = many.filter(({ status }) => status === 'rejected').map(({ reason }) => reason.cause.code)
        return [refused, many.filter(({ status }) => status === 'fulfilled').length]`,
      ),
    )
    expect(value).toEqual([Array.from({ length: 4 }, () => 'LIMIT_EGRESS'), 16])
    const small = await run(
      mode,
      `for (let i = 0; i < 40; i++) await fetch(of('/text')); await fetch(of('/json')); return 'all'`,
    )
    expect(valueOf(small)).toBe('all')
  })
})

describe('at the top level', () => {
  const source = `const before = await fetch('https://host.test/json').then((r) => r.json(), (e) => e.cause.message)`
  it('code that comes with a request fetches', async () => {
    const code = `${source}\nexport function f() { return before }`
    expect(valueOf(await pool.run({ code }).outcome)).toEqual({ a: [1, 2] })
  })

  it('a deployed module has no call to fetch for, and is told so', async () => {
    const code = `var workerIsolateModule = (() => { const before = fetch('https://host.test/json').then((r) => r.json(), (e) => e.cause.message)
      return { f: () => before } })()`
    expect(valueOf(await pool.run({ code, mode: 'flash' }).outcome)).toBe(
      'Requests to other hosts are made by calls, and there is none while a module is loaded.',
    )
  })
})

describe('calls that overlap', () => {
  const code = `var workerIsolateModule = (() => {
    let shared
    const leave = () => { shared = fetch('https://host.test/silent').catch((e) => [e.cause.code, e.cause.message]); return 'left' }
    const wait = async () => { await new Promise((done) => setTimeout(done, 100)); return shared }
    const first = async () => (await fetch('https://host.test/stuck')).text()
    return { leave, wait, first } })()`

  it('hear that what they share has ended with the call that made it', async () => {
    const waiting = pool.run({ code, mode: 'flash', name: 'wait' }).outcome
    expect(valueOf(await pool.run({ code, mode: 'flash', name: 'leave' }).outcome)).toBe('left')
    expect(valueOf(await waiting)).toEqual(['CANCELLED', 'The call that made the request has ended.'])
    expect(broker.of('/silent').at(-1)?.isCancelled).toBe(true)
  })

  it('go on when one of them is cancelled, and what that has under way ends', async () => {
    const staying = pool.run({ code, mode: 'flash', name: 'wait' }).outcome
    const before = broker.of('/stuck').length
    const leaving = pool.run({ code, mode: 'flash', name: 'first' })
    await expect.poll(() => broker.of('/stuck').length).toBe(before + 1)
    leaving.cancel()
    expect(await leaving.outcome).toMatchObject({ ok: false, failure: { code: 'CANCELLED' } })
    const last = broker.of('/stuck').at(-1)
    expect(last?.isCancelled).toBe(true)
    expect(broker.over.filter((id) => id === last?.taskId)).toHaveLength(1)
    await staying
  })
})

describe('an instance of a class', () => {
  it('fetches in each of its calls, and not while its source is evaluated', async () => {
    const code = `let early; fetch('https://host.test/text').catch((e) => (early = e.cause.code))
      class Reader { texts = []; async read(path) { this.texts.push(await (await fetch('https://host.test/' + path)).text()); return [early, ...this.texts] } }`
    const call = async (path: string, isFirst: boolean): Promise<unknown> =>
      valueOf(
        await pool.run({
          code,
          name: 'Reader',
          instance: { key: 'reader', isFirst },
          invocation: { method: { name: 'read' }, input: { format: 'json', text: `{"args":["${path}"],"kwargs":{}}` } },
        }).outcome,
      )
    expect(await call('json', true)).toEqual(['EGRESS_DENIED', '{"a":[1,2]}'])
    expect(await call('text', false)).toEqual(['EGRESS_DENIED', '{"a":[1,2]}', 'héllo wörld'])
  })
})

describe('streams', () => {
  it.for(MODES)('of a %s function are sent and read piece by piece', async (mode) => {
    const value = valueOf(
      await run(
        mode,
        `let given = 0
        const body = new ReadableStream({ pull(c) { if (given++ < 3) c.enqueue(new Uint8Array(70_000).fill(given)); else c.close() } })
        const r = await fetch(of('/size'), { method: 'POST', body, duplex: 'half' })
        let size = 0
        for await (const chunk of (await fetch(of('/binary'))).body) size += chunk.length
        const endless = (await fetch(of('/endless'))).body.getReader()
        const first = (await endless.read()).value.length
        await endless.cancel()
        return [await r.text(), size, first]`,
      ),
    )
    expect(value).toEqual(['210000', 3 * PIECE.length + 1, PIECE.length])
    await expect.poll(() => broker.of('/endless').at(-1)?.isCancelled).toBe(true)
  })
})

describe('a generator', () => {
  it.each(MODES)('of a %s function gives what it has fetched as it goes', async (mode) => {
    const f = `async function* f() { for (const path of ['text', 'json', 'nothing']) { const r = await fetch('https://host.test/' + path); yield [r.status, await r.text()] } }`
    const code = mode === 'live' ? f : `var workerIsolateModule = (() => { ${f}; return { f } })()`
    const task = pool.run({ code, mode, invocation: { mayStream: true } })
    expect(await task.outcome).toMatchObject({ ok: true, chunks: 3 })
    expect(task.events.map(({ value }) => JSON.parse(value))).toEqual([
      [200, 'héllo wörld'],
      [200, '{"a":[1,2]}'],
      [204, ''],
    ])
  })
})

describe('a service without a broker', () => {
  it('lets no code reach other hosts, and says so', async () => {
    await using closed = await RealPool.start()
    const code = `async function f() { try { await fetch('https://host.test/') } catch (e) { return [e.cause.code, e.cause.message] } }`
    expect(valueOf(await closed.run({ code }).outcome)).toEqual([
      'EGRESS_DENIED',
      'This service lets no code reach other hosts.',
    ])
  })
})
