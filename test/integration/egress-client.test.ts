// The client for requests on behalf of guests, against real servers on loopback, which stand for what must not be reached.
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { parseHostRules } from '../../src/core/host-rule.ts'
import { createAddressCheck } from '../../src/egress/check-address.ts'
import type { EgressAnswer, EgressClientOptions, EgressRequest } from '../../src/egress/egress-client.ts'
import { EgressClient } from '../../src/egress/egress-client.ts'
import type { Resolve } from '../../src/egress/resolve-host.ts'
import { answerJson, LoopbackServer } from '../support/loopback-server.ts'
import { RawServer } from '../support/raw-server.ts'
import { until } from '../support/test-service.ts'

const toLoopback: Resolve = async () => [{ address: '127.0.0.1', family: 4 }]
const loopbackAllowed = createAddressCheck(['127.0.0.1'])
const publicOnly = createAddressCheck([])

function createClient(options: Partial<EgressClientOptions> = {}): EgressClient {
  return new EgressClient({ check: loopbackAllowed, resolve: toLoopback, ...options })
}

async function ask(client: EgressClient, url: string, options: Partial<EgressRequest> = {}): Promise<EgressAnswer> {
  const parsed = new URL(url)
  return client.request({
    method: 'GET',
    url: parsed,
    headers: {},
    body: null,
    rules: parseHostRules(`${parsed.protocol}//${parsed.host}`) ?? [],
    answerBytes: 1_000,
    deadlineMs: 2_000,
    signal: new AbortController().signal,
    ...options,
  })
}

function failureOf(answer: EgressAnswer): { code: string; message: string } {
  return answer.ok ? { code: 'none', message: '' } : answer.failure
}

describe('a request', () => {
  test('goes to the address of the name, under the name', async () => {
    await using server = await LoopbackServer.start((response) => answerJson(response, { ok: 1 }))
    await using client = createClient()
    const url = `http://named.example:${server.port}/a/b?c=d#e`
    const answer = await ask(client, url, { method: 'POST', headers: { authorization: 'Bearer x' }, body: '{"é":1}' })
    expect(answer).toEqual({ ok: true, status: 200, body: '{"ok":1}' })
    expect(server.asked).toMatchObject([{ method: 'POST', path: '/a/b?c=d', body: '{"é":1}' }])
    expect(server.asked[0]?.headers).toMatchObject({
      host: `named.example:${server.port}`,
      authorization: 'Bearer x',
      'accept-encoding': 'identity',
    })
  })

  test('over TLS names the host that it is for, whatever its address', async () => {
    const hello = Promise.withResolvers<string>()
    const server = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.once('data', (bytes) => {
        hello.resolve(bytes.toString('latin1'))
        socket.destroy()
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    await using client = createClient()
    const answer = await ask(client, `https://named.example:${(server.address() as AddressInfo).port}/`)
    expect(failureOf(answer).code).toBe('EGRESS_FAILED')
    expect(await hello.promise).toContain('named.example')
    server.close()
  })

  test('uses a connection again, and resolves its name once for each connection', async () => {
    await using server = await LoopbackServer.start((response) => answerJson(response, 1))
    let resolved = 0
    await using client = createClient({
      resolve: async (name) => {
        resolved++
        return toLoopback(name)
      },
    })
    for (let index = 0; index < 5; index++) await ask(client, `http://named.example:${server.port}/`)
    expect(server.asked).toHaveLength(5)
    expect(server.connections).toBeLessThan(5)
    expect(resolved).toBe(server.connections)
  })

  test('to what nobody listens at says so without an address', async () => {
    const server = await LoopbackServer.start(() => undefined)
    const { port } = server
    await server[Symbol.asyncDispose]()
    await using client = createClient()
    const { code, message } = failureOf(await ask(client, `http://named.example:${port}/`))
    expect({ code, message }).toEqual({
      code: 'EGRESS_FAILED',
      message: `named.example:${port} cannot be asked (ECONNREFUSED).`,
    })
  })
})

describe('what is refused', () => {
  test.each(['127.0.0.1', 'named.example', '0x7f000001', '127.1'])(
    'loopback as %s, which answers where it is allowed',
    async (host) => {
      await using server = await LoopbackServer.start((response) => answerJson(response, 1))
      await using open = createClient()
      await using closed = createClient({ check: publicOnly })
      const url = `http://${host}:${server.port}/`
      expect((await ask(open, url)).ok).toBe(true)
      const before = server.connections
      const { code, message } = failureOf(await ask(closed, url))
      expect(code).toBe('EGRESS_DENIED')
      expect(message).toContain('it leads to this machine')
      expect(server.connections).toBe(before)
    },
  )

  test('a name that leads elsewhere the second time: the first answer is what is connected to', async () => {
    await using server = await LoopbackServer.start((response) => answerJson(response, 1))
    const answers = ['192.0.2.1', '127.0.0.1']
    let resolved = 0
    // Allowed at the first look, this machine from the second on: whoever looks twice connects to what was not checked.
    const check = createAddressCheck(['192.0.2.1'])
    await using client = createClient({
      check,
      connectMs: 300,
      resolve: async () => [{ address: answers[resolved++] ?? '127.0.0.1', family: 4 }],
    })
    const first = failureOf(await ask(client, `http://named.example:${server.port}/`, { deadlineMs: 400 }))
    const second = failureOf(await ask(client, `http://named.example:${server.port}/`))
    expect([first.code, second.code]).toEqual(['EGRESS_FAILED', 'EGRESS_DENIED'])
    expect(server.connections).toBe(0)
  })

  test('a name of which only one of the addresses is refused', async () => {
    await using server = await LoopbackServer.start((response) => answerJson(response, 1))
    await using client = createClient({
      resolve: async () => [
        { address: '127.0.0.1', family: 4 },
        { address: '169.254.169.254', family: 4 },
      ],
    })
    expect(failureOf(await ask(client, `http://named.example:${server.port}/`)).message).toContain(
      'a link-local address',
    )
    expect(server.connections).toBe(0)
  })

  test.each([
    ['another host', 'http://other.example:PORT/'],
    ['another port', 'http://named.example:1/'],
    ['another scheme', 'https://named.example:PORT/'],
    ['no HTTP at all', 'file:///etc/passwd'],
    ['a user name', 'http://user@named.example:PORT/'],
  ])('%s than the rules have', async (_, url) => {
    await using server = await LoopbackServer.start((response) => answerJson(response, 1))
    await using client = createClient()
    const rules = parseHostRules(`http://named.example:${server.port}`) ?? []
    const answer = await ask(client, url.replace('PORT', String(server.port)), { rules })
    expect(failureOf(answer).code).toBe('EGRESS_DENIED')
    expect(server.connections).toBe(0)
  })

  test('a redirect, which is an answer that nobody follows', async () => {
    await using target = await LoopbackServer.start((response) => answerJson(response, 'secret'))
    await using server = await LoopbackServer.start((response) =>
      response.writeHead(302, { location: `${target.url}/` }).end(),
    )
    await using client = createClient()
    expect(await ask(client, `${server.url}/`)).toEqual({ ok: true, status: 302, body: '' })
    expect(target.connections).toBe(0)
  })
})

describe('bounds', () => {
  test.each([
    ['told in advance', true],
    ['told by nobody', false],
  ])('an answer that is too large, its length %s, is cut off', async (_, isTold) => {
    await using server = await LoopbackServer.start((response) => {
      response.on('error', () => undefined)
      response.writeHead(200, isTold ? { 'content-length': 10_000_000 } : {})
      response.write('x'.repeat(2_000_000))
    })
    await using client = createClient()
    const answer = await ask(client, `${server.url}/`, { answerBytes: 1_000 })
    expect(answer).toMatchObject({ ok: false, failure: { code: 'LIMIT_EGRESS', limit: 1_000 } })
    await until(() => server.open === 0)
  })

  test('an answer of exactly the limit is taken', async () => {
    await using server = await LoopbackServer.start((response) => response.end('x'.repeat(1_000)))
    await using client = createClient()
    expect(await ask(client, `${server.url}/`, { answerBytes: 1_000 })).toMatchObject({ ok: true, status: 200 })
  })

  test('an answer that was compressed unasked is refused: what it unfolds to is in no bound', async () => {
    await using server = await LoopbackServer.start((response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('x'.repeat(100_000))),
    )
    await using client = createClient()
    expect(failureOf(await ask(client, `${server.url}/`)).message).toContain('content encoding')
  })

  test.each([
    ['never answers', () => undefined],
    ['begins and does not go on', (response: { write: (text: string) => boolean }) => void response.write('{')],
  ])('a host that %s is given up at the deadline', async (_, answer) => {
    await using server = await LoopbackServer.start(answer)
    await using client = createClient()
    const failure = failureOf(await ask(client, `${server.url}/`, { deadlineMs: 100 }))
    expect(failure).toMatchObject({ code: 'EGRESS_FAILED', limit: 100 })
    await until(() => server.open === 0)
  })

  test('a caller that goes away takes its request along', async () => {
    await using server = await LoopbackServer.start(() => undefined)
    await using client = createClient()
    const caller = new AbortController()
    const answer = ask(client, `${server.url}/`, { signal: caller.signal })
    await until(() => server.open === 1)
    caller.abort()
    expect(failureOf(await answer).code).toBe('CANCELLED')
    await until(() => server.open === 0)
  })

  test('connections to one host are bounded, and so are requests in progress', async () => {
    const held: (() => void)[] = []
    await using server = await LoopbackServer.start((response) => void held.push(() => answerJson(response, 1)))
    await using client = createClient({ connectionsPerOrigin: 2, requestsMax: 5 })
    const answers = Array.from({ length: 6 }, () => ask(client, `${server.url}/`))
    expect(failureOf((await answers[5]) as EgressAnswer).message).toContain('5 requests are in progress')
    let answered = 0
    while (answered < 5) {
      await until(() => held.length > 0)
      expect(server.connections).toBeLessThanOrEqual(2)
      held.shift()?.()
      answered++
    }
    expect((await Promise.all(answers)).filter(({ ok }) => ok)).toHaveLength(5)
  })

  test('a host that says for ever that it will answer is given up at once', async () => {
    await using server = await RawServer.start((socket) => {
      const pour = (): void => {
        while (socket.writable && socket.write('HTTP/1.1 102 Processing\r\n\r\n'.repeat(1_000)));
      }
      socket.on('drain', pour)
      pour()
    })
    await using client = createClient()
    const startedAt = performance.now()
    const answer = await ask(client, server.url, { deadlineMs: 20_000 })
    expect(failureOf(answer).code).toBe('EGRESS_FAILED')
    expect(performance.now() - startedAt).toBeLessThan(10_000)
  })

  test('bytes that are no text are refused', async () => {
    await using server = await LoopbackServer.start((response) => response.end(Buffer.from([0x22, 0xff, 0x22])))
    await using client = createClient()
    expect(failureOf(await ask(client, `${server.url}/`)).message).toContain('no UTF-8 text')
  })
})
