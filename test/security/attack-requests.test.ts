// Requests that no client library sends, against the real service: what a host is called, what ends a request, who goes away.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Sentinel } from '../support/sentinel.ts'
import { ServiceProcess, waitFor } from '../support/service-process.ts'
import { expectRecovery } from './hostile-suite.ts'

const KEY = 'k'.repeat(32)
const EXECUTORS = 2
/** Room for three large answers, not for four. */
const BUFFERED_BYTES = 32 * 1_024 * 1_024
const LARGE_ANSWER_BYTES = 9_000_000
const ENVIRONMENT = {
  EXECUTORS_MIN: '2',
  EXECUTORS_MAX: '2',
  EXECUTORS_SPARE: '0',
  BUFFERED_BYTES: String(BUFFERED_BYTES),
}
const CALL = JSON.stringify({
  function_name: 'run',
  function_code: 'const run = () => 1',
  serialization_format: 'json',
})
/** What others may have to wait beside bodies that are refused; one of these took three times as long to parse. */
const STALL_MS = 250
const LENGTH = `Content-Length: ${CALL.length}\r\n`
const CHUNKS = `${CALL.length.toString(16)}\r\n${CALL}\r\n0\r\n`

let service: ServiceProcess
/** With a key, a service does not look at `Host` and `Origin`: the control for what is refused without one. */
let keyed: ServiceProcess

beforeAll(async () => {
  service = await ServiceProcess.start({ env: ENVIRONMENT })
  keyed = await ServiceProcess.start({ env: { API_KEY: KEY, EXECUTORS_SPARE: '0' } })
})
afterAll(async () => {
  await service[Symbol.asyncDispose]()
  await keyed[Symbol.asyncDispose]()
})

interface Raw {
  readonly text: string
  readonly statuses: readonly number[]
  readonly isClosed: boolean
}

/** Sends bytes and collects what comes back until the other side closes, or `answers` answers are there, or time is over. */
async function exchange(port: number, bytes: string, answers = 1, waitMs = 1_000): Promise<Raw> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  let text = ''
  const statuses = (): number[] => [...text.matchAll(/HTTP\/1\.1 (\d{3})/gu)].map(([, status]) => Number(status))
  const socket = connect(port, '127.0.0.1', () => socket.write(bytes, 'latin1'))
  const timer = setTimeout(() => resolve(false), waitMs)
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1')
    const isWhole = /\r\n\r\n/u.test(text) && !/^HTTP\/1\.1 100 [^\r]*\r\n\r\n$/u.test(text)
    if (isWhole && statuses().length >= answers) resolve(false)
  })
  socket.on('error', () => resolve(true)).on('close', () => resolve(true))
  const isClosed = await promise
  clearTimeout(timer)
  socket.destroy()
  return { text, statuses: statuses(), isClosed }
}

const portOf = ({ url }: ServiceProcess): number => Number(new URL(url).port)
const send = (bytes: string, answers?: number): Promise<Raw> => exchange(portOf(service), bytes, answers)
const sendKeyed = (bytes: string): Promise<Raw> => exchange(portOf(keyed), bytes)

function post(headers: string, body = CALL): string {
  return `POST /execute HTTP/1.1\r\nContent-Type: application/json\r\n${headers}\r\n${body}`
}

describe('a name that is not that of this machine', () => {
  it.each([
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    'localhost.',
    'xlocalhost',
    '127.1',
    '0x7f.0.0.1',
    '2130706433',
    '0.0.0.0',
    '127.0.0.1,evil.example',
  ])('is refused as Host: %s, and is nothing to a service with a key', async (host) => {
    const headers = `Host: ${host}\r\n${LENGTH}`
    expect((await sendKeyed(post(`${headers}Authorization: ${KEY}\r\n`))).statuses).toEqual([200])
    expect((await send(post(headers))).statuses).toEqual([403])
  })

  it.each([
    '127.0.0.1@evil.example',
    '127.0.0.1#.evil.example',
    '127.0.0.1/evil',
    '127.0.0.1\tevil',
    'localhost:99999',
    '',
  ])('is no Host at all: %j', async (host) => {
    expect((await send(post(`Host: ${host}\r\n${LENGTH}`))).statuses).toEqual([400])
  })

  it('cannot be put right by a trailer, a second Host or the request line', async () => {
    const trailed = `Host: evil.example\r\nTransfer-Encoding: chunked\r\nTrailer: host\r\n`
    expect((await send(post(trailed, `${CHUNKS}Host: localhost\r\n\r\n`))).statuses).toEqual([403])
    expect((await send(post(`Host: evil.example\r\nHost: localhost\r\n${LENGTH}`))).statuses).toEqual([400])
    const absolute = post(`Host: evil.example\r\n${LENGTH}`).replace('/execute', 'http://localhost/execute')
    expect((await send(absolute)).statuses).toEqual([403])
  })

  it('is refused in the request line, and beside a right one', async () => {
    const absolute = post(`Host: localhost\r\n${LENGTH}`).replace('/execute', 'http://evil.example/execute')
    expect((await send(absolute)).statuses).toEqual([403])
    const twice = `Host: localhost\r\nHost: evil.example\r\n${LENGTH}`
    expect((await send(post(twice))).statuses).toEqual([400])
    expect((await sendKeyed(post(`${twice}Authorization: ${KEY}\r\n`))).statuses).toEqual([400])
  })

  it.each(['LOCALHOST:1', '[::1]', '127.8.9.10:65535', 'a.localhost'])('is not %s', async (host) => {
    expect((await send(post(`Host: ${host}\r\n${LENGTH}`))).statuses).toEqual([200])
  })
})

describe('a web page', () => {
  it.each(['null', '', 'http://localhost', 'http://127.0.0.1:8000', 'chrome-extension://x'])(
    'is refused with the Origin %j, and not by a service with a key',
    async (origin) => {
      const headers = `Host: localhost\r\n${LENGTH}Origin: ${origin}\r\n`
      expect((await sendKeyed(post(`${headers}Authorization: ${KEY}\r\n`))).statuses).toEqual([200])
      expect((await send(post(headers))).statuses).toEqual([403])
    },
  )
})

/** Two requests for one parser, one request for another. */
const SMUGGLED = 'GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n'

describe('a request that ends in two places', () => {
  it('is two requests for a parser that is lenient', async () => {
    const lenient = createServer({ insecureHTTPParser: true }, (request, response) => {
      request.resume()
      response.end('ok')
    })
    await once(lenient.listen(0, '127.0.0.1'), 'listening')
    const { port } = lenient.address() as AddressInfo
    const headers = `Host: localhost\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n`
    const { statuses } = await exchange(port, post(headers, `0\r\n\r\n${SMUGGLED}`), 2)
    lenient.close()
    expect(statuses).toEqual([200, 200])
  })

  it.each([
    ['a length and chunks', 'Content-Length: 6\r\nTransfer-Encoding: chunked\r\n', `0\r\n\r\n${SMUGGLED}`],
    ['chunks and a length', 'Transfer-Encoding: chunked\r\nContent-Length: 6\r\n', `0\r\n\r\n${SMUGGLED}`],
    ['two lengths', 'Content-Length: 0\r\nContent-Length: 6\r\n', SMUGGLED],
    ['a length with a sign', 'Content-Length: +0\r\n', SMUGGLED],
    ['a coding before chunks that is none', 'Transfer-Encoding: xchunked\r\n', `0\r\n\r\n${SMUGGLED}`],
    ['a coding after chunks', 'Transfer-Encoding: chunked, identity\r\n', `0\r\n\r\n${SMUGGLED}`],
    ['a folded header', 'Transfer-Encoding:\r\n chunked\r\n', `0\r\n\r\n${SMUGGLED}`],
    ['a space before the colon', 'Transfer-Encoding : chunked\r\n', `0\r\n\r\n${SMUGGLED}`],
    ['a chunk size beyond all numbers', 'Transfer-Encoding: chunked\r\n', `${'f'.repeat(17)}\r\n${SMUGGLED}`],
    ['chunks without carriage returns', 'Transfer-Encoding: chunked\r\n', `0\n\n${SMUGGLED}`],
  ])('with %s gets one refusal and its connection is closed', async (_what, headers, body) => {
    const { statuses, isClosed } = await send(post(`Host: localhost\r\n${headers}`, body), 2)
    expect(statuses).toEqual([400])
    expect(isClosed).toBe(true)
  })

  it('is heard once with trailers, and they are no headers', async () => {
    const headers = 'Host: localhost\r\nTransfer-Encoding: chunked\r\nTrailer: origin\r\n'
    const { statuses } = await send(post(headers, `${CHUNKS}Origin: http://evil.example\r\n\r\n`), 2)
    expect(statuses).toEqual([200])
  })
})

describe('an unusual method', () => {
  it.each(['HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PATCH', 'PROPFIND', 'QUERY'])('%s runs nothing', async (method) => {
    const { statuses } = await send(post(`Host: localhost\r\n${LENGTH}`).replace('POST', method))
    expect(statuses[0]).toBe(405)
  })

  it('TRACE sends nothing back of what it was sent', async () => {
    const { statuses, text } = await send('TRACE /ping HTTP/1.1\r\nHost: localhost\r\nCookie: planted\r\n\r\n')
    expect(statuses).toEqual([405])
    expect(text).not.toContain('planted')
  })

  it('CONNECT opens nothing', async () => {
    expect(await send('CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n')).toMatchObject({
      text: '',
      isClosed: true,
    })
  })

  it.each([
    ['websocket', 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n'],
    ['h2c', 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n'],
  ])('an upgrade to %s is an ordinary request', async (_what, headers) => {
    expect((await send(`GET /ping HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`)).statuses).toEqual([200])
  })

  it('the preface of HTTP/2 is refused', async () => {
    expect(await send('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 2)).toMatchObject({ statuses: [400], isClosed: true })
  })
})

describe('a client that waits to be asked', () => {
  it.each([
    ['announces too much', 'Host: localhost\r\nContent-Length: 99999999999\r\n', 413],
    ['has another Host', `Host: evil.example\r\n${LENGTH}`, 403],
    ['has an Origin', `Host: localhost\r\nOrigin: null\r\n${LENGTH}`, 403],
  ])('is refused without its body when it %s', async (_what, headers, status) => {
    const { statuses, isClosed } = await send(post(`${headers}Expect: 100-continue\r\n`, ''), 2)
    expect([statuses, isClosed]).toEqual([[status], true])
  })

  it('is refused without its body when it has no key, and is asked for it when it has', async () => {
    const headers = `Host: x\r\n${LENGTH}Expect: 100-continue\r\n`
    expect((await sendKeyed(post(headers, ''))).statuses).toEqual([401])
    expect((await exchange(portOf(keyed), post(`${headers}Authorization: ${KEY}\r\n`), 2)).statuses).toEqual([100, 200])
  })

  it('is not asked for a body that nobody reads', async () => {
    const head = `GET /ping HTTP/1.1\r\nHost: localhost\r\n${LENGTH}Expect: 100-continue\r\n\r\n`
    expect((await send(head, 2)).statuses).toEqual([200])
  })

  it('of HTTP/1.0 is not told of a later version', async () => {
    const old = post(`Host: localhost\r\n${LENGTH}Expect: 100-continue\r\n`).replace('HTTP/1.1', 'HTTP/1.0')
    expect((await send(old, 2)).statuses).toEqual([200])
  })

  it('is refused when it expects something else', async () => {
    expect((await send(post(`Host: localhost\r\n${LENGTH}Expect: more\r\n`))).statuses).toEqual([417])
  })
})

describe('a head or a body that is not what it says', () => {
  it('fifty thousand headers are refused', async () => {
    const many = Array.from({ length: 50_000 }, (_, index) => `X${index}: 1\r\n`).join('')
    expect((await send(`GET /ping HTTP/1.1\r\nHost: localhost\r\n${many}\r\n`)).statuses).toEqual([431])
  })

  it('an Origin behind thousands of headers is not forgotten', async () => {
    const { statuses } = await send(
      `GET /ping HTTP/1.1\r\nHost: localhost\r\n${'a:\r\n'.repeat(1_900)}Origin: x\r\n\r\n`,
    )
    expect([403, 431]).toContain(statuses[0])
  })

  it.each([
    ['two byte order marks', `\xef\xbb\xbf\xef\xbb\xbf${CALL}`],
    ['UTF-16', Buffer.from(CALL, 'utf16le').toString('latin1')],
    ['half a character', CALL.replace('() => 1', '"\xf0\x9f"')],
    ['two values', CALL + CALL],
    ['a value and a zero', `${CALL}\0`],
  ])('a body with %s is 422', async (_what, body) => {
    expect((await send(post(`Host: localhost\r\nContent-Length: ${body.length}\r\n`, body))).statuses).toEqual([422])
  })

  it.each([
    ['a refused body', post('Host: localhost\r\nContent-Length: 9007199254740992\r\n', ''), 413],
    ['a body that nobody reads', 'GET /ping HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n', 200],
    ['a body for HEAD', 'HEAD /ping HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9007199254740992\r\n\r\n', 200],
    ['a body for another method', 'PUT /run HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n', 405],
  ])('%s that never ends does not keep its connection, and is answered', async (_what, head, status) => {
    const socket = connect(portOf(service), '127.0.0.1')
    const closed = new Promise<number>((resolve) => {
      socket.on('close', () => resolve(performance.now()))
    })
    const startedAt = performance.now()
    let text = ''
    socket.on('error', () => undefined).on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
    socket.write(head)
    const piece = Buffer.from(`10000\r\n${'x'.repeat(0x10000)}\r\n`)
    const pour = setInterval(() => socket.writable && socket.write(piece), 5)
    const bound = setTimeout(() => socket.destroy(), 4_000)
    const openMs = (await closed) - startedAt
    clearInterval(pour)
    clearTimeout(bound)
    expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `, 'u'))
    expect(openMs).toBeLessThan(3_000)
  })

  it('a small body that nobody reads keeps its connection', async () => {
    const one = `POST /ping HTTP/1.1\r\nHost: localhost\r\n${LENGTH}\r\n${CALL}`
    expect((await send(one + one, 2)).statuses).toEqual([405, 405])
  })
})

describe('ten megabytes of small values', () => {
  const HEAD = CALL.slice(0, -1)
  const keys = Array.from({ length: 700_000 }, (_, index) => `"k${index}":""`).join(',')

  it.each([
    ['lists', `${HEAD},"args":[${'[],'.repeat(3_300_000)}[]]}`],
    ['keys', `{${keys}}`],
    ['modules', `${HEAD},"modules":{${keys}}}`],
    ['limits', `${HEAD},"limits":{${keys}}}`],
    ['values of a text without an end', `[${'[],'.repeat(3_300_000)}"`],
  ])('that are %s are refused, and keep nobody else waiting', async (_what, body) => {
    await using sentinel = await Sentinel.create(service.url)
    await sentinel.start()
    const answers = await Promise.all([1, 2, 3].map(() => service.client.send('POST', '/execute', body)))
    expect(answers.map(({ status, text }) => [status, text.includes('The limit is 1,000,000 values')])).toEqual(
      answers.map(() => [422, true]),
    )
    const { lost, pings } = await sentinel.stop()
    expect(lost).toEqual([])
    expect(pings.maxMs).toBeLessThan(STALL_MS)
  })
})

describe('bodies of many values that end at the same time', () => {
  const BODIES = 40
  const WAIT_MS = 30_000
  /** Refused behind its parsing, so that the answer comes at once. */
  const body = `{"junk":[${'[],'.repeat(490_000)}[]]}`
  const head = post(`Host: localhost\r\nContent-Length: ${body.length}\r\n`, '')

  it('are parsed with everybody else between them', async () => {
    const port = portOf(service)
    let answered = 0
    const sockets = await Promise.all(
      Array.from({ length: BODIES }, async () => {
        const socket = connect(port, '127.0.0.1')
        socket.on('error', () => undefined).once('data', () => (answered += 1))
        await new Promise<void>((resolve) => socket.write(head + body.slice(0, -1), () => resolve()))
        return socket
      }),
    )
    // They have arrived but for one byte.
    await service.client.get('/ping')
    for (const socket of sockets) socket.write('}')
    await waitFor(() => answered > 0, WAIT_MS, 'none of them was answered')
    await service.client.get('/ping')
    expect(answered).toBeLessThan(BODIES / 2)
    await waitFor(() => answered === BODIES, WAIT_MS, 'not all of them were answered')
    for (const socket of sockets) socket.destroy()
  })
})

describe('a body in pieces of one byte', () => {
  it('is refused before it costs more than others, and its connection is closed', async () => {
    const chunks = '1\r\n \r\n'.repeat(200_000)
    const raw = await exchange(portOf(service), post('Host: localhost\r\nTransfer-Encoding: chunked\r\n', chunks), 2)
    expect(raw).toMatchObject({ statuses: [422], isClosed: true })
    expect(raw.text).toContain('The body came in pieces that are too small')
  })

  it('is read like any other when it is small', async () => {
    const chunks = Array.from(CALL, (character) => `1\r\n${character}\r\n`).join('')
    const body = post('Host: localhost\r\nTransfer-Encoding: chunked\r\n', `${chunks}0\r\n\r\n`)
    expect((await send(body)).statuses).toEqual([200])
  })
})

describe('names that a function may have', () => {
  it.each([
    'globalThis',
    'this',
    'undefined',
    'import',
    'new',
    'eval',
    'Function',
    'arguments',
    'await',
    'workerIsolateBoot',
  ])('%s calls nothing that the source does not define', async (name) => {
    const answer = await service.client.execute({ source: 'var other = 1', name })
    expect([answer.success, answer.code]).toEqual([false, expect.stringMatching(/^ENTRY_NOT_(?:FOUND|CALLABLE)$/u)])
  })

  it('ten million characters are refused without being repeated', async () => {
    const answer = await service.client.execute({ source: 'var other = 1', name: 'x'.repeat(1e7) })
    expect([answer.code, answer.text.length < 1_000]).toEqual(['REQUEST_INVALID', true])
  })
})

describe('clients that go away', () => {
  it('in the middle of everything, a hundred of them, are noticed by nobody', async () => {
    await using sentinel = await Sentinel.create(service.url)
    await sentinel.start()
    const loop = CALL.replace('() => 1', '() => { for (;;); }')
    for (let index = 0; index < 100; index++) {
      const whole = post(`Host: localhost\r\nContent-Length: ${loop.length}\r\n`, loop)
      const socket = connect(portOf(service), '127.0.0.1', () => {
        socket.write(index % 2 === 0 ? whole : whole.slice(0, -index))
        setTimeout(() => socket.resetAndDestroy(), index % 20)
      })
      socket.on('error', () => undefined)
      // oxlint-disable-next-line no-await-in-loop -- a hundred connections, but not all at the same moment
      await new Promise((resolve) => setTimeout(resolve, 3))
    }
    await sentinel.callsMore(5)
    expect((await sentinel.stop()).lost).toEqual([])
    await expectRecovery(service, EXECUTORS)
  })

  it('with large answers that they do not read, and more of them asked for, leave no bytes behind', async () => {
    const large = CALL.replace('() => 1', `() => 'x'.repeat(${LARGE_ANSWER_BYTES})`)
    const one = post(`Host: localhost\r\nContent-Length: ${large.length}\r\n`, large)
    const answered = (): number => service.log.filter((line) => Number(line['answerBytes']) > LARGE_ANSWER_BYTES).length
    const before = answered()
    for (let round = 1; round <= 4; round++) {
      const socket = connect(portOf(service), '127.0.0.1', () => socket.write(one.repeat(3)))
      socket.on('error', () => undefined)
      // oxlint-disable-next-line no-await-in-loop -- one client after the other, each with an answer that it never reads
      await waitFor(() => answered() >= before + round, 5_000, 'the large answer was never made')
      socket.resetAndDestroy()
      // oxlint-disable-next-line no-await-in-loop -- as above
      await expectRecovery(service, EXECUTORS)
    }
    expect(answered()).toBe(before + 4)
    const answer = await service.client.execute({ source: `const run = () => 'x'.repeat(${LARGE_ANSWER_BYTES})` })
    expect(answer.code, answer.error).toBeNull()
  })
})
