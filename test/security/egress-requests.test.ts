// Requests of guest code that are made to do harm: to smuggle, to pass rules, to use up budgets, and to get at what the operator adds.
import { request as requestPlainly } from 'node:http'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { HeaderPairs } from '../../src/core/egress.ts'
import type { NetworkBroker } from '../../src/egress/egress-broker.ts'
import {
  ANYWHERE,
  ask,
  BOUNDS,
  createBroker,
  liveTask,
  open,
  policiesOf,
  readAll,
  send,
  toLoopback,
} from '../support/egress-harness.ts'
import { LoopbackServer } from '../support/loopback-server.ts'
import { RawServer } from '../support/raw-server.ts'
import { until } from '../support/test-service.ts'

let server: RawServer
let broker: NetworkBroker

beforeAll(async () => {
  server = await RawServer.start((socket) => void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'))
  broker = createBroker({ checkFor: () => ANYWHERE }).broker
})

afterAll(async () => {
  await broker[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

/** What the server got for one request. */
async function sentBy(
  headers: HeaderPairs,
  more: { method?: string; body?: readonly string[]; bodyBytes?: number; path?: string } = {},
): Promise<string> {
  server.got = ''
  const { path = '/', ...rest } = more
  const got = await ask(broker, `${server.url}${path}`, { headers, ...rest })
  return got.code === 'OK' ? server.got : got.code
}

/** What a client sends that takes over whatever headers it is given. */
async function sentCarelessly(name: string, value: string): Promise<string> {
  server.got = ''
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const careless = requestPlainly(`${server.url}/`, { agent: false })
  careless.setHeader(name, value)
  careless.on('response', (response) => response.resume().on('close', () => resolve(undefined)))
  careless.on('error', () => resolve(undefined))
  careless.end()
  await Promise.race([promise, until(() => server.got.includes('\r\n\r\n'))])
  careless.destroy()
  return server.got
}

describe('a header that is the host’s own', () => {
  test.each([
    ['host', 'inner.example'],
    ['connection', 'close, x-own'],
    ['transfer-encoding', 'chunked'],
    ['content-length', '50'],
    ['te', 'trailers'],
    ['upgrade', 'websocket'],
    ['keep-alive', 'timeout=1000'],
    ['proxy-authorization', 'Basic eA=='],
    ['proxy-connection', 'keep-alive'],
    ['accept-encoding', 'br;q=1, *;q=0.5'],
    ['expect', '100-continue'],
    ['via', '1.1 internal'],
    ['http2-settings', 'AAMAAABk'],
    ['sec-fetch-site', 'same-origin'],
  ])('as %s: %s is not sent for guest code, and would be', async (name, value) => {
    expect((await sentCarelessly(name, value)).toLowerCase()).toContain(`${name}: ${value.toLowerCase()}`)
    for (const spelled of [name, name.toUpperCase()]) {
      // oxlint-disable-next-line no-await-in-loop -- one server counts what it got
      const text = (await sentBy([[spelled, value]])).toLowerCase()
      expect(text).toContain('get / http/1.1')
      expect(text).not.toContain(`${name}: ${value.toLowerCase()}`)
    }
  })

  test('is written once, and the host is that of the URL', async () => {
    const lines = (
      await sentBy([
        ['host', 'a'],
        ['host', 'b'],
        ['x-own', '1'],
      ])
    ).split('\r\n')
    expect(lines.filter((line) => /^host:/iu.test(line))).toEqual([`host: ${new URL(server.url).host}`])
    expect(lines).toContain('x-own: 1')
  })
})

describe('what is no header', () => {
  const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n'

  test('and is written all the same makes a second request of the first', async () => {
    const url = new URL(server.url)
    server.got = ''
    const socket = connect(Number(url.port), url.hostname)
    socket.write(`GET / HTTP/1.1\r\nhost: x\r\nx-own: a\r\n\r\n${SMUGGLED}`)
    await until(() => server.got.includes('smuggled'))
    expect(server.got.match(/^GET /gmu)).toHaveLength(2)
    socket.destroy()
  })

  test.each<[string, HeaderPairs]>([
    ['a line end in a value', [['x-own', `a\r\n\r\n${SMUGGLED}`]]],
    ['a line feed in a value', [['x-own', 'a\nx-evil: 1']]],
    ['a carriage return in a value', [['x-own', 'a\rx-evil: 1']]],
    ['a null in a value', [['x-own', 'a\0b']]],
    ['a character beyond Latin-1 that ends in a line feed', [['x-own', 'a\u010ax-evil: 1']]],
    ['a line end in a name', [['x-own\r\nx-evil', '1']]],
    ['a colon in a name', [['x-own: 1\r\nx', '1']]],
    ['a space in a name', [['x own', '1']]],
    ['an empty name', [['', '1']]],
    ['a name beyond ASCII', [['x-öwn', '1']]],
    ['a long s for an s', [['ho\u017ft', 'inner.example']]],
    ['more than it may have', Array.from({ length: 257 }, (_, index) => [`x-${index}`, '1'] as const)],
    ['a value of 64 KiB', [['x-own', 'y'.repeat(64 * 1_024)]]],
  ])('with %s is not sent', async (_, headers) => {
    expect(await sentBy(headers)).toBe('EGRESS_DENIED')
    expect(server.got).toBe('')
  })

  test.each([
    'GET /smuggled HTTP/1.1\r\n',
    'G ET',
    '',
    'GET\n',
    'GÉT',
    'CONNECT',
    'TRACE',
    'TRACK',
    'trace',
    'M'.repeat(33),
  ])('a method %j is not sent', async (method) => {
    expect(await sentBy([], { method })).toBe('EGRESS_DENIED')
    expect(server.got).toBe('')
  })

  test.each(['get', 'Post', 'PROPFIND', 'm-search'])(
    'a method %s is sent, in the case of the standard',
    async (method) => {
      const expected = ['get', 'Post'].includes(method) ? method.toUpperCase() : method
      expect(await sentBy([], { method })).toContain(`${expected} / HTTP/1.1`)
    },
  )

  test('a path with line ends, spaces and other characters is one path', async () => {
    const text = await sentBy([], { path: '/a b\r\nx: y\0"ü?q=\r\n\u{1f600}' })
    expect(text.split('\r\n')[0]).toBe('GET /a%20bx:%20y%00%22%C3%BC?q=%F0%9F%98%80 HTTP/1.1')
  })
})

describe('the length of a body', () => {
  test.each<[string, readonly string[], number]>([
    ['shorter than it says', ['abc'], 10],
    ['longer than it says', ['abc', `\r\nGET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n`], 3],
  ])('%s is a failure, and not a second request', async (_, body, bodyBytes) => {
    server.got = ''
    const exchange = open(broker, `${server.url}/`, { method: 'POST', body: [], bodyBytes })
    await send(exchange, body)
    const result = await exchange.head
    const answer = result.ok ? await readAll(exchange) : { code: result.failure.code }
    expect(answer.code).toBe('EGRESS_DENIED')
    expect(server.got).not.toContain('smuggled')
  })

  test('as it says is sent as such, without one in chunks', async () => {
    expect(await sentBy([['content-length', '9']], { method: 'POST', body: ['ab', 'c'], bodyBytes: 3 })).toMatch(
      /content-length: 3\r\n\r\nabc$/u,
    )
    expect(await sentBy([['content-length', '9']], { method: 'POST', body: ['ab', 'c'] })).toMatch(
      /transfer-encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n$/u,
    )
  })

  test('of a GET or HEAD is none', async () => {
    expect(await sentBy([], { method: 'GET', body: ['x'] })).toBe('EGRESS_DENIED')
    expect(await sentBy([], { method: 'HEAD', body: ['x'] })).toBe('EGRESS_DENIED')
  })
})

describe('a path that rules do not allow', () => {
  const RULES = (port: string): unknown => ({
    rules: [
      { deny: 'named.example', paths: ['/public/secret/**'] },
      { allow: `http://named.example:${port}`, paths: ['/public/**'] },
    ],
  })
  test.each([
    '/admin',
    '/public/../admin',
    '/public/%2e%2e/admin',
    '/public/.%2e/admin',
    '/public/..%2fadmin',
    '/public/..%2Fadmin',
    '/public/..%5cadmin',
    '/public/%2e%2e%2fadmin',
    '/public/%252e%252e%252fadmin',
    '/public/..;/admin',
    '/public/..;a=b/admin',
    '/public//../../admin',
    '//public/x',
    '/public/\\..\\..\\admin',
    '/PUBLIC/x',
    '/public/%00/x',
    '/public/secret/x',
    '/public/%73ecret/x',
    '/public//secret/x',
    '/public/./secret/x',
    '/public/secret%2fx',
    '/public/x/../secret/x',
  ])('%s is not asked', async (path) => {
    const port = new URL(server.url).port
    const guarded = createBroker({
      checkFor: () => ANYWHERE,
      resolve: toLoopback,
      policies: policiesOf(RULES(port)),
    }).broker
    const url = `http://named.example:${port}`
    expect((await ask(broker, `${url}${path}`)).code).toBe('OK')
    server.got = ''
    expect((await ask(guarded, `${url}${path}`)).code).toBe('EGRESS_DENIED')
    expect(server.got).toBe('')
    expect((await ask(guarded, `${url}/public/a%20b/c?d=/../admin`)).code).toBe('OK')
    await guarded[Symbol.asyncDispose]()
  })
})

describe('the operator’s header', () => {
  const SECRET = 'Bearer operator-secret-4711'

  test('goes to its hosts in place of the guest’s, and nowhere else', async () => {
    await using other = await LoopbackServer.start((response) => response.end('other'))
    await using own = await LoopbackServer.start((response, { path }) => {
      if (path === '/away') response.writeHead(307, { location: `http://other.example:${other.port}/` }).end()
      else if (path === '/else') response.writeHead(307, { location: '/without' }).end()
      else response.end('own')
    })
    const policies = policiesOf(
      {
        rules: [
          { allow: `http://own.example:${own.port}`, paths: ['/without'] },
          {
            allow: `http://own.example:${own.port}`,
            headers: [
              { header: 'Authorization', env: 'OWN_AUTH' },
              { header: 'x-key', env: 'OWN_KEY', prefix: 'k-' },
            ],
          },
          { allow: 'public:*' },
        ],
      },
      { OWN_AUTH: SECRET, OWN_KEY: 'operator-secret-0815' },
    )
    const { broker: guarded, records } = createBroker({ checkFor: () => ANYWHERE, policies })
    const headers: HeaderPairs = [
      ['authorization', 'Bearer guest'],
      ['AUTHORIZATION', 'Bearer guest'],
      ['x-key', 'guest'],
    ]
    for (const path of ['/', '/away', '/else', '/without']) {
      // oxlint-disable-next-line no-await-in-loop -- in this order
      expect((await ask(guarded, `http://own.example:${own.port}${path}`, { headers })).code).toBe('OK')
    }
    const seen = own.asked.map(({ path, headers: { authorization, 'x-key': key } }) => [path, authorization, key])
    expect(seen).toEqual([
      ['/', SECRET, 'k-operator-secret-0815'],
      ['/away', SECRET, 'k-operator-secret-0815'],
      ['/else', SECRET, 'k-operator-secret-0815'],
      ['/without', 'Bearer guest', 'guest'],
      ['/without', 'Bearer guest', 'guest'],
    ])
    expect(other.asked.map(({ headers: { authorization, 'x-key': key } }) => [authorization, key])).toEqual([
      [undefined, 'guest'],
    ])
    expect(JSON.stringify(records)).not.toContain('secret')
    await guarded[Symbol.asyncDispose]()
  })

  test('is in no failure', async () => {
    const policies = policiesOf(
      {
        rules: [
          {
            allow: ['http://own.example:1', server.url.replace('127.0.0.1', 'own.example')],
            private: true,
            headers: [{ header: 'authorization', env: 'A' }],
          },
        ],
      },
      { A: SECRET },
    )
    const { broker: guarded, records } = createBroker({ policies })
    const got = [
      await ask(guarded, 'http://own.example:1/'),
      await ask(guarded, 'http://own.example:2/'),
      await ask(guarded, `${server.url.replace('127.0.0.1', 'own.example')}/`, { headers: [['x', 'a\nb']] }),
    ]
    expect(got.map(({ code }) => code)).toEqual(['EGRESS_FAILED', 'EGRESS_DENIED', 'EGRESS_DENIED'])
    expect(JSON.stringify([got, records])).not.toContain('secret')
    await guarded[Symbol.asyncDispose]()
  })
})

describe('a flood', () => {
  test('of requests ends at what a task may make, denied ones and redirects counted', async () => {
    await using again = await LoopbackServer.start((response, { path }) => {
      if (path === '/once') response.writeHead(302, { location: '/' }).end()
      else response.end('x')
    })
    const guarded = createBroker({ checkFor: () => ANYWHERE, bounds: { ...BOUNDS, requests: 6 } }).broker
    const task = liveTask()
    const codes: string[] = []
    for (const url of [again.url, 'file:///x', `${again.url}/once`, 'http://a b/', again.url, again.url, 'file:///x']) {
      // oxlint-disable-next-line no-await-in-loop -- in this order
      codes.push((await ask(guarded, url, { task })).code)
    }
    expect(codes).toEqual(['OK', 'EGRESS_DENIED', 'OK', 'EGRESS_DENIED', 'OK', 'LIMIT_EGRESS', 'LIMIT_EGRESS'])
    guarded.ended(task.id)
    expect((await ask(guarded, again.url, { task })).code).toBe('OK')
    await guarded[Symbol.asyncDispose]()
  })

  test('at once waits its turn in the task, and fails beyond what tenant and service may', async () => {
    const held: (() => void)[] = []
    await using slow = await LoopbackServer.start((response) => void held.push(() => response.end('x')))
    const bounds = { ...BOUNDS, atOnce: 2, tenantAtOnce: 3, serviceAtOnce: 4 }
    const guarded = createBroker({ checkFor: () => ANYWHERE, bounds }).broker
    const [first, second] = [liveTask(), liveTask()]
    const other = liveTask('other', 'tenant-b')
    const ofFirst = Array.from({ length: 4 }, async () => ask(guarded, slow.url, { task: first }))
    await until(() => held.length === 2)
    const ofSecond = ask(guarded, slow.url, { task: second })
    await until(() => held.length === 3)
    expect((await ask(guarded, slow.url, { task: second })).failure?.message).toContain('3 requests')
    const ofOther = ask(guarded, slow.url, { task: other })
    await until(() => held.length === 4)
    expect((await ask(guarded, slow.url, { task: liveTask('third', 'tenant-c') })).failure?.message).toContain(
      '4 requests',
    )
    for (let answered = 0; answered < 6; answered++) {
      // oxlint-disable-next-line no-await-in-loop -- each makes room for the next
      await until(() => held.length > 0)
      held.shift()?.()
    }
    const all = await Promise.all([...ofFirst, ofSecond, ofOther])
    expect(all.map(({ code }) => code)).toEqual(Array.from({ length: 6 }, () => 'OK'))
    await guarded[Symbol.asyncDispose]()
  })

  test('of bytes that are sent ends at what the task may send', async () => {
    await using sink = await LoopbackServer.start((response) => response.end('x'))
    const guarded = createBroker({ checkFor: () => ANYWHERE, bounds: { ...BOUNDS, sentBytes: 200_000 } }).broker
    const piece = Buffer.alloc(60_000)
    const got = await ask(guarded, sink.url, { method: 'POST', body: [piece, piece, piece, piece] })
    expect(got).toMatchObject({ code: 'LIMIT_EGRESS', failure: { limit: 200_000, used: 240_000 } })
    await until(() => sink.open === 0)
    await guarded[Symbol.asyncDispose]()
  })

  test('of pieces that nobody takes waits with the guest', async () => {
    await using deaf = await RawServer.start((socket) => void socket.pause())
    const guarded = createBroker({ checkFor: () => ANYWHERE, bounds: { ...BOUNDS, sentBytes: 1e9 } }).broker
    const exchange = open(guarded, deaf.url, { method: 'POST', body: [] })
    let taken = 0
    const writing = (async () => {
      while (await exchange.write(Buffer.alloc(64 * 1_024))) taken++
    })()
    let last = -1
    await until(() => {
      const isSettled = taken === last && taken > 0
      last = taken
      return isSettled
    })
    // What the kernel keeps for a connection on both sides, in pieces of 64 KiB.
    expect(taken).toBeLessThan(200)
    exchange.cancel()
    await writing
    await guarded[Symbol.asyncDispose]()
  })

  test('of a task that is over goes with it, at its hosts too', async () => {
    await using slow = await LoopbackServer.start(() => undefined)
    const { broker: guarded, records } = createBroker({ checkFor: () => ANYWHERE, bounds: { ...BOUNDS, atOnce: 2 } })
    const task = liveTask()
    const all = Array.from({ length: 5 }, async () => ask(guarded, slow.url, { task }))
    await until(() => slow.open === 2)
    guarded.ended(task.id)
    expect((await Promise.all(all)).map(({ code }) => code)).toEqual(Array.from({ length: 5 }, () => 'CANCELLED'))
    await until(() => slow.open === 0)
    expect(records).toHaveLength(5)
    expect((await ask(guarded, server.url)).code).toBe('OK')
    await guarded[Symbol.asyncDispose]()
  })

  test('of hosts keeps no more connections than a part of the bound, and each request gets one', async () => {
    await using many = await RawServer.start(
      (socket) => void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'),
    )
    const guarded = createBroker({ checkFor: () => ANYWHERE, bounds: { ...BOUNDS, tenantAtOnce: 4 } }).broker
    const { port } = new URL(many.url)
    for (let index = 0; index < 40; index++) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other, each to a host of its own
      expect((await ask(guarded, `http://host-${index}.example:${port}/`)).code).toBe('OK')
    }
    await until(() => many.open <= 5)
    await guarded[Symbol.asyncDispose]()
  })

  test('of connections that are given up while they are made is bounded, and over with their time', async () => {
    const silent = createBroker({
      checkFor: () => ANYWHERE,
      resolve: async (name) => (name === 'silent.example' ? new Promise(() => {}) : toLoopback(name)),
      bounds: { ...BOUNDS, tenantAtOnce: 2 },
      times: { connectMs: 300 },
    }).broker
    const ports = [1, 2, 3, 4]
    for (const port of ports) {
      const exchange = open(silent, `http://silent.example:${port}/`)
      // oxlint-disable-next-line no-await-in-loop -- it begins to connect
      await new Promise((resolve) => setImmediate(resolve))
      exchange.cancel()
    }
    expect((await ask(silent, server.url)).failure?.message).toContain('too many connections')
    expect((await ask(silent, server.url, { task: liveTask('other', 'tenant-b') })).code).toBe('OK')
    const giveUpAt = performance.now() + 5_000
    for (let isFree = false; !isFree; isFree = (await ask(silent, server.url)).code === 'OK') {
      expect(performance.now()).toBeLessThan(giveUpAt)
      // oxlint-disable-next-line no-await-in-loop -- polling is the point
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    await silent[Symbol.asyncDispose]()
  })

  test('of names that are none leaves nothing behind that others would need', async () => {
    const guarded = createBroker({
      checkFor: () => ANYWHERE,
      resolve: async (name) => (name === 'good.example' ? toLoopback(name) : []),
    }).broker
    const asked = Array.from({ length: 1_200 }, async (_, index) => {
      const got = await ask(guarded, `http://none-${index}.example/`, {
        task: liveTask(`t-${index}`, `tenant-${index % 20}`),
      })
      return got.code
    })
    expect(new Set(await Promise.all(asked))).toEqual(new Set(['EGRESS_FAILED']))
    for (let index = 0; index < 1_100; index++) {
      // oxlint-disable-next-line no-await-in-loop -- all at once would be too many
      await ask(guarded, `http://none-${index}.example/`)
    }
    expect((await ask(guarded, `http://good.example:${new URL(server.url).port}/`)).code).toBe('OK')
    await guarded[Symbol.asyncDispose]()
  })
})
