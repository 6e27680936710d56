// The broker as the pool uses it, against servers on loopback: what a request is, how it is redirected, what is told of it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deferExchange } from '../../src/egress/defer-exchange.ts'
import type { NetworkBroker } from '../../src/egress/egress-broker.ts'
import { RESENT_BYTES_MAX } from '../../src/egress/request-body.ts'
import { createServerResolve } from '../../src/egress/resolve-host.ts'
import { ANYWHERE, ask, BOUNDS, createBroker, liveTask, open, readAll, send } from '../support/egress-harness.ts'
import { answerJson, LoopbackServer } from '../support/loopback-server.ts'
import { NameServer } from '../support/name-server.ts'
import { RawServer } from '../support/raw-server.ts'
import { until } from '../support/test-service.ts'

let server: LoopbackServer
let broker: NetworkBroker

/** `/redirect?STATUS=TO`, or an echo. */
beforeAll(async () => {
  server = await LoopbackServer.start((response, asked) => {
    const [path, query = ''] = asked.path.split('?')
    const [status = '', ...to] = query.split('=')
    if (path === '/redirect') response.writeHead(Number(status), { location: to.join('=') }).end('elsewhere')
    else answerJson(response, asked, path === '/missing' ? 404 : 200)
  })
  broker = createBroker({ checkFor: () => ANYWHERE }).broker
})

afterAll(async () => {
  await broker[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

describe('a request', () => {
  test('is sent as it is, and its answer comes back, whatever its status', async () => {
    const got = await ask(broker, `${server.url}/missing?a=b`, {
      method: 'POST',
      headers: [
        ['X-Own', 'é'],
        ['content-type', 'text/plain'],
      ],
      body: ['ab', 'cd'],
      bodyBytes: 4,
    })
    expect(got.head).toMatchObject({
      status: 404,
      statusText: 'Not Found',
      isRedirected: false,
      hasBody: true,
      url: `${server.url}/missing?a=b`,
    })
    expect(JSON.parse(got.bytes.toString())).toMatchObject({
      method: 'POST',
      path: '/missing?a=b',
      headers: {
        'x-own': 'é',
        'content-type': 'text/plain',
        'content-length': '4',
        accept: '*/*',
        'user-agent': 'worker-isolate',
      },
      body: 'abcd',
    })
  })

  test('after another to the same host uses its connection again', async () => {
    const before = server.connections
    for (let count = 0; count < 5; count++) {
      // oxlint-disable-next-line no-await-in-loop -- at once they would need one each
      expect((await ask(broker, `${server.url}/`)).code).toBe('OK')
    }
    expect(server.connections - before).toBeLessThanOrEqual(1)
  })

  test('of another tenant has a connection of its own', async () => {
    const own = createBroker({ checkFor: () => ANYWHERE }).broker
    const before = server.connections
    await ask(own, `${server.url}/`, { task: liveTask('a', 'tenant-a') })
    await ask(own, `${server.url}/`, { task: liveTask('b', 'tenant-b') })
    await ask(own, `${server.url}/`, { task: liveTask('c', 'tenant-a') })
    expect(server.connections - before).toBe(2)
    await own[Symbol.asyncDispose]()
  })

  test('to what nobody listens at, or to no name, says so without an address', async () => {
    const closed = await LoopbackServer.start(() => undefined)
    await closed[Symbol.asyncDispose]()
    const nowhere = createBroker({ checkFor: () => ANYWHERE, resolve: async () => [] }).broker
    const refused = await ask(broker, `http://named.example:${new URL(server.url).port === '1' ? 2 : 1}/`)
    expect(refused.failure).toEqual({
      code: 'EGRESS_FAILED',
      message: 'named.example:1 cannot be asked (ECONNREFUSED).',
    })
    const unknown = await ask(nowhere, 'http://unknown.example/')
    expect(unknown.failure).toEqual({ code: 'EGRESS_FAILED', message: 'unknown.example cannot be asked (ENOTFOUND).' })
    await nowhere[Symbol.asyncDispose]()
  })

  test('is over with its answer: cancelling it then, or reading on, changes nothing', async () => {
    const exchange = open(broker, `${server.url}/`)
    await exchange.head
    expect((await readAll(exchange)).code).toBe('OK')
    exchange.cancel()
    expect(await exchange.read()).toEqual({ ok: true, bytes: null })
    expect(await exchange.write(Buffer.from('x'))).toBe(false)
  })

  test('that is cancelled before it began has no answer, and is not made', async () => {
    const before = server.asked.length
    const exchange = open(broker, `${server.url}/`)
    exchange.cancel()
    expect(await exchange.head).toMatchObject({ ok: false, failure: { code: 'CANCELLED' } })
    expect(await exchange.read()).toMatchObject({ ok: false })
    expect(server.asked).toHaveLength(before)
  })

  test('beyond its time ends with the time that was left', async () => {
    await using slow = await LoopbackServer.start(() => undefined)
    const got = await ask(broker, slow.url, { deadlineMs: 50 })
    expect(got.failure).toMatchObject({ code: 'EGRESS_FAILED', limit: 50 })
    expect(got.failure?.message).toContain('within the 50 ms that the code had left')
    await until(() => slow.open === 0)
  })

  test('is told once, when it is over, with what it was and came to', async () => {
    const { broker: own, records } = createBroker({ checkFor: () => ANYWHERE })
    await ask(own, `${server.url}/redirect?302=/a/${'x'.repeat(300)}?secret=1#f`, {
      task: liveTask('task-a'),
      method: 'PUT',
      body: ['abc'],
    })
    await ask(own, 'ftp://x/', { task: liveTask('task-b') })
    expect(records).toEqual([
      {
        taskId: 'task-a',
        tenant: 'default',
        endpoint: null,
        method: 'PUT',
        host: '127.0.0.1',
        port: server.port,
        path: `/a/${'x'.repeat(253)}`,
        decision: 'allow',
        rule: 'rules[0]',
        redirects: 1,
        status: 200,
        sentBytes: 3,
        receivedBytes: expect.any(Number),
        durationMs: expect.any(Number),
        code: null,
        denial: null,
        headMs: expect.any(Number),
      },
      expect.objectContaining({
        taskId: 'task-b',
        host: null,
        decision: 'deny',
        rule: null,
        status: null,
        code: 'EGRESS_DENIED',
        denial: 'request',
        headMs: null,
      }),
    ])
    await own[Symbol.asyncDispose]()
  })
})

describe('a redirect', () => {
  const echo = (bytes: Buffer): { method: string; body: string; headers: Record<string, string> } =>
    JSON.parse(bytes.toString()) as { method: string; body: string; headers: Record<string, string> }

  test.each([
    [301, 'POST', 'GET', ''],
    [302, 'POST', 'GET', ''],
    [303, 'POST', 'GET', ''],
    [303, 'PUT', 'GET', ''],
    [307, 'POST', 'POST', 'abcd'],
    [308, 'POST', 'POST', 'abcd'],
    [301, 'PUT', 'PUT', 'abcd'],
    [302, 'PATCH', 'PATCH', 'abcd'],
  ])('%i of a %s is followed by a %s with the body %j', async (status, method, becomes, body) => {
    const headers = [
      ['content-type', 'text/plain'],
      ['x-own', '1'],
    ] as const
    const got = await ask(broker, `${server.url}/redirect?${status}=/to`, { method, body: ['ab', 'cd'], headers })
    expect(got.head).toMatchObject({ status: 200, isRedirected: true, url: `${server.url}/to` })
    expect(echo(got.bytes)).toMatchObject({ method: becomes, body, headers: { 'x-own': '1' } })
    expect(echo(got.bytes).headers['content-type']).toBe(body === '' ? undefined : 'text/plain')
  })

  test('of a HEAD stays one', async () => {
    const got = await ask(broker, `${server.url}/redirect?303=/to`, { method: 'HEAD' })
    expect(got.head).toMatchObject({ status: 200, isRedirected: true, hasBody: false })
    expect(server.asked.at(-1)?.method).toBe('HEAD')
  })

  test('is the answer when it has no place to go, or when the code wants to see it', async () => {
    expect((await ask(broker, `${server.url}/redirect?300=/to`)).head).toMatchObject({
      status: 300,
      isRedirected: false,
    })
    const seen = await ask(broker, `${server.url}/redirect?302=/to`, { redirect: 'manual' })
    expect([seen.head?.status, seen.bytes.toString()]).toEqual([302, 'elsewhere'])
    const refused = await ask(broker, `${server.url}/redirect?302=/to`, { redirect: 'error' })
    expect(refused.failure?.message).toContain('is redirected, which its code has not allowed')
  })

  test('with a body that is larger than what is kept fails, and without it is followed', async () => {
    const body = ['x'.repeat(RESENT_BYTES_MAX), 'y']
    const got = await ask(broker, `${server.url}/redirect?307=/to`, { method: 'POST', body })
    expect(got.failure).toMatchObject({
      code: 'EGRESS_DENIED',
      message: expect.stringContaining('not kept to be sent again'),
    })
    expect((await ask(broker, `${server.url}/redirect?303=/to`, { method: 'POST', body })).head).toMatchObject({
      status: 200,
    })
  })

  test('before the body is complete has the rest sent to where it leads', async () => {
    await using early = await RawServer.start((socket) =>
      socket.write(`HTTP/1.1 308 Permanent Redirect\r\nlocation: ${server.url}/to\r\ncontent-length: 0\r\n\r\n`),
    )
    const before = server.connections
    const exchange = open(broker, early.url, { method: 'POST', body: [] })
    await exchange.write(Buffer.from('ab'))
    await until(() => server.connections > before || server.open > 0)
    await send(exchange, ['cd'])
    expect((await exchange.head).ok).toBe(true)
    expect(echo((await readAll(exchange)).bytes).body).toBe('abcd')
  })
})

describe('names', () => {
  test('are resolved by name servers, of both families, without a thread of the process', async () => {
    await using names = await NameServer.start({
      'both.example': ['192.0.2.7', '2001:db8::7'],
      'four.example': ['192.0.2.8'],
    })
    const resolve = createServerResolve([names.address])
    expect(await resolve('both.example')).toEqual([
      { address: '192.0.2.7', family: 4 },
      { address: '2001:db8::7', family: 6 },
    ])
    expect(await resolve('four.example')).toEqual([{ address: '192.0.2.8', family: 4 }])
    await expect(resolve('none.example')).rejects.toThrow('ENOTFOUND')
  })

  test('whose servers do not answer keep nobody else waiting', async () => {
    await using names = await NameServer.start({ 'quick.example': ['127.0.0.1'] })
    const resolve = createServerResolve([names.address])
    const own = createBroker({ checkFor: () => ANYWHERE, resolve, bounds: BOUNDS }).broker
    const task = liveTask()
    const waiting = Array.from({ length: 16 }, async (_, index) =>
      ask(own, `http://silent-${index}.example/`, { task }),
    )
    await until(() => names.asked >= 16)
    const startedAt = performance.now()
    expect((await ask(own, `http://quick.example:${server.port}/`)).code).toBe('OK')
    expect(performance.now() - startedAt).toBeLessThan(1_500)
    own.ended(task.id)
    await Promise.all(waiting)
    await own[Symbol.asyncDispose]()
  })
})

describe('an exchange that is opened before its broker is there', () => {
  test('does in order what it is asked meanwhile', async () => {
    const ready = Promise.withResolvers<NetworkBroker>()
    const defects: unknown[] = []
    const exchange = deferExchange(
      async () => open(await ready.promise, `${server.url}/`, { method: 'POST', body: [] }),
      (error) => defects.push(error),
    )
    const sent = send(exchange, ['ab', 'cd'])
    ready.resolve(broker)
    expect(await sent).toBe(true)
    expect((await exchange.head).ok).toBe(true)
    expect((await readAll(exchange)).bytes.toString()).toContain('abcd')
    expect(defects).toEqual([])
  })

  test('fails as a defect of the service when there is none', async () => {
    const defects: unknown[] = []
    const exchange = deferExchange(
      async () => Promise.reject(new Error('no broker')),
      (error) => defects.push(error),
    )
    expect(await exchange.head).toMatchObject({ ok: false, failure: { code: 'INTERNAL' } })
    expect(await exchange.write(Buffer.from('x'))).toBe(false)
    expect(defects).toHaveLength(1)
  })
})
