// Hosts that answer to do harm: endless, enormous, unfolding, torn and ambiguous answers. Each is first shown to do it.
import { get } from 'node:http'
import {
  constants,
  brotliCompressSync,
  brotliDecompressSync,
  deflateRawSync,
  deflateSync,
  gunzipSync,
  gzipSync,
  inflateRawSync,
  inflateSync,
  zstdCompressSync,
  zstdDecompressSync,
} from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { NetworkBroker } from '../../src/egress/egress-broker.ts'
import { ANYWHERE, ask, BOUNDS, createBroker, liveTask, open, readAll, send } from '../support/egress-harness.ts'
import { LoopbackServer } from '../support/loopback-server.ts'
import { RawServer } from '../support/raw-server.ts'
import type { RawAnswerer } from '../support/raw-server.ts'
import { until } from '../support/test-service.ts'

const MIB = 1_024 * 1_024
const TIMES = { connectMs: 150, firstByteMs: 150, betweenBytesMs: 150 }
const NO_TIMES = { connectMs: 60_000, firstByteMs: 0, betweenBytesMs: 0 }

function guarded(times = TIMES): NetworkBroker {
  return createBroker({ checkFor: () => ANYWHERE, times }).broker
}

/** What a client without strictness makes of an answer. */
async function askLeniently(url: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  get(url, { insecureHTTPParser: true, agent: false }, (response) => {
    let body = ''
    response.setEncoding('latin1').on('data', (text: string) => (body += text))
    response.on('end', () => resolve(`${response.statusCode ?? 0} ${JSON.stringify(response.headers)} ${body}`))
    response.on('error', () => resolve(`${response.statusCode ?? 0} ${JSON.stringify(response.headers)} ${body}`))
  }).on('error', reject)
  return promise
}

describe('a slow host', () => {
  const HEAD = 'HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n'
  const drip =
    (text: string, first = ''): RawAnswerer =>
    (socket) => {
      socket.write(first)
      const timer = setInterval(() => socket.write(text), 20)
      socket.on('close', () => clearInterval(timer))
    }
  test.concurrent.each<[string, RawAnswerer, string]>([
    ['never answers', () => undefined, 'did not begin to answer'],
    ['sends its head a byte at a time', drip('x', 'HTTP/1.1 200 OK\r\nx: '), 'did not begin to answer'],
    ['sends its status line a byte at a time', drip('x', 'HTTP/1.1 200 '), 'did not begin to answer'],
    ['begins its body and does not go on', (socket) => void socket.write(`${HEAD}\r\nx`), 'did not go on'],
    [
      'begins a chunk and does not go on',
      (socket) => void socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\nx'),
      'did not go on',
    ],
  ])('that %s is given up, and kept without the times', async (_, answer, why) => {
    await using server = await RawServer.start(answer)
    const kept = guarded(NO_TIMES)
    const exchange = open(kept, `${server.url}/`)
    const waiting = (async () => ((await exchange.head).ok ? readAll(exchange) : null))()
    const broker = guarded()
    const got = await ask(broker, `${server.url}/`)
    expect(got).toMatchObject({ code: 'EGRESS_FAILED', failure: { message: expect.stringContaining(why) } })
    expect(await Promise.race([waiting, Promise.resolve('still waiting')])).toBe('still waiting')
    exchange.cancel()
    await waiting
    await until(() => server.open === 0)
    await broker[Symbol.asyncDispose]()
    await kept[Symbol.asyncDispose]()
  })

  test.concurrent.each<[string, RawAnswerer]>([
    ['sends its body a byte at a time', drip('x', `${HEAD}\r\n`)],
    ['sends empty chunks of a chunk size for ever', drip('0', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n')],
    ['sends that it will answer, for ever', drip('HTTP/1.1 102 Processing\r\n\r\n')],
    ['sends hints for ever', drip('HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n')],
  ])('that %s ends with the time of the task, if not before', async (_, answer) => {
    await using server = await RawServer.start(answer)
    const broker = guarded()
    const startedAt = performance.now()
    const got = await ask(broker, `${server.url}/`, { deadlineMs: 300 })
    expect(got.code).toBe('EGRESS_FAILED')
    expect(performance.now() - startedAt).toBeLessThan(1_500)
    await until(() => server.open === 0)
    await broker[Symbol.asyncDispose]()
  })

  test.concurrent('that sends a flood of hints is given up at once', async () => {
    const flood = 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(1_000)
    await using server = await RawServer.start((socket) => {
      const pour = (): void => {
        while (socket.writable && socket.write(flood));
      }
      socket.on('drain', pour)
      pour()
    })
    const broker = guarded(NO_TIMES)
    const got = await ask(broker, `${server.url}/`, { deadlineMs: 10_000 })
    expect(got).toMatchObject({
      code: 'EGRESS_FAILED',
      failure: { message: expect.stringContaining('says more than 64 times that it will answer') },
    })
    await until(() => server.open === 0)
    await broker[Symbol.asyncDispose]()
  })

  test.concurrent('at which nobody answers the connection is given up', async () => {
    const broker = createBroker({
      checkFor: () => ANYWHERE,
      times: TIMES,
      resolve: async () => new Promise(() => {}),
    }).broker
    const got = await ask(broker, 'http://silent.example/')
    expect(got.code).toBe('EGRESS_FAILED')
    await broker[Symbol.asyncDispose]()
  })
})

/** What a short text makes of a decoder without bounds. */
const BOMB = Buffer.alloc(24 * MIB)
const BOMBS: readonly (readonly [string, Buffer, (bytes: Buffer) => Buffer])[] = [
  ['gzip', gzipSync(BOMB), gunzipSync],
  ['x-gzip', gzipSync(BOMB), gunzipSync],
  ['deflate', deflateSync(BOMB), inflateSync],
  ['deflate', deflateRawSync(BOMB), inflateRawSync],
  ['br', brotliCompressSync(BOMB, { params: { [constants.BROTLI_PARAM_QUALITY]: 3 } }), brotliDecompressSync],
  ['zstd', zstdCompressSync(BOMB), zstdDecompressSync],
]

describe('an answer that unfolds', () => {
  test.each(BOMBS)('in %s is cut off, where it would be 24 MiB', async (encoding, bytes, unfold) => {
    expect(unfold(bytes)).toHaveLength(BOMB.length)
    expect(bytes.length).toBeLessThan(BOMB.length / 400)
    await using server = await LoopbackServer.start((response) => {
      response.on('error', () => undefined)
      response.writeHead(200, { 'content-encoding': encoding }).end(bytes)
    })
    const broker = guarded()
    const got = await ask(broker, `${server.url}/`)
    expect(got).toMatchObject({ code: 'LIMIT_EGRESS', head: { status: 200 } })
    expect(got.bytes.length).toBeLessThanOrEqual(BOUNDS.receivedBytes)
    await broker[Symbol.asyncDispose]()
  })

  test.each(BOMBS)('in %s is unfolded no further than it is read', async (encoding, bytes) => {
    await using server = await LoopbackServer.start((response) => {
      response.on('error', () => undefined)
      response.writeHead(200, { 'content-encoding': encoding }).end(bytes)
    })
    const { broker, records } = createBroker({ checkFor: () => ANYWHERE })
    const exchange = open(broker, `${server.url}/`)
    await exchange.head
    expect(await exchange.read()).toMatchObject({ ok: true })
    exchange.cancel()
    expect(records[0]?.receivedBytes).toBeLessThan(2 * MIB)
    await broker[Symbol.asyncDispose]()
  })

  test('within the bounds is read, in each encoding', async () => {
    const text = Array.from({ length: 50_000 }, (_, index) => `what is sent ${index * 7_919}`).join(' ')
    const made: Readonly<Record<string, Buffer>> = {
      gzip: gzipSync(text),
      deflate: deflateSync(text),
      raw: deflateRawSync(text),
      br: brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 3 } }),
      zstd: zstdCompressSync(text),
      identity: Buffer.from(text),
    }
    await using server = await LoopbackServer.start((response, { path }) => {
      const name = path.slice(1)
      response.writeHead(200, { 'content-encoding': name === 'raw' ? 'deflate' : name }).end(made[name])
    })
    const broker = guarded()
    for (const name of Object.keys(made)) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other says which fails
      const got = await ask(broker, `${server.url}/${name}`)
      expect([name, got.code, got.bytes.toString()]).toEqual([name, 'OK', text])
      if (name !== 'identity') expect(got.head?.headers.map(([key]) => key)).not.toContain('content-encoding')
    }
    await broker[Symbol.asyncDispose]()
  })

  test.each(['gzip', 'deflate', 'br', 'zstd', 'identity'])(
    'in %s and breaks off before its first byte is a failure',
    async (encoding) => {
      await using server = await RawServer.start((socket) => {
        socket.write(`HTTP/1.1 200 OK\r\ncontent-encoding: ${encoding}\r\ncontent-length: 100\r\n\r\n`)
        setTimeout(() => socket.resetAndDestroy(), 20)
      })
      const broker = guarded()
      // By what the host did, and not by the time of the task.
      expect(await ask(broker, `${server.url}/`)).toMatchObject({
        code: 'EGRESS_FAILED',
        failure: { message: expect.stringContaining('broke off its answer') },
      })
      await broker[Symbol.asyncDispose]()
    },
  )

  test('twice, or in an encoding that nobody knows, is refused', async () => {
    const twice = gzipSync(gzipSync(BOMB))
    expect(gunzipSync(gunzipSync(twice))).toHaveLength(BOMB.length)
    await using server = await LoopbackServer.start((response, { path }) =>
      response.writeHead(200, { 'content-encoding': path.slice(1).replace('-', ', ') }).end(twice),
    )
    const broker = guarded()
    for (const encodings of ['gzip-gzip', 'gzip-br', 'compress', 'aes128gcm']) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other says which fails
      expect((await ask(broker, `${server.url}/${encodings}`)).failure?.message).toContain('content encoding')
    }
    await broker[Symbol.asyncDispose]()
  })

  test('with a window of 128 MiB is refused, where a decoder takes that much memory', async () => {
    const wide = zstdCompressSync(BOMB, {
      params: { [constants.ZSTD_c_windowLog]: 27, [constants.ZSTD_c_compressionLevel]: 1 },
    })
    expect(zstdDecompressSync(streamed(wide))).toHaveLength(BOMB.length)
    await using server = await LoopbackServer.start((response) => {
      // Without the size in its head the window counts.
      response.writeHead(200, { 'content-encoding': 'zstd' }).end(streamed(wide))
    })
    const broker = guarded()
    expect(await ask(broker, `${server.url}/`)).toMatchObject({ code: 'EGRESS_FAILED' })
    await broker[Symbol.asyncDispose]()
  })

  test('with windows of megabytes: not many at a time, and again when those are gone', async () => {
    await using server = await LoopbackServer.start((response) => {
      response.writeHead(200, { 'content-encoding': 'br' })
      response.flushHeaders()
    })
    const broker = guarded({ ...TIMES, betweenBytesMs: 0 })
    const task = liveTask()
    const held = Array.from({ length: 8 }, () => open(broker, `${server.url}/`, { task }))
    await Promise.all(held.map(async ({ head }) => head))
    expect((await ask(broker, `${server.url}/`, { task })).failure?.message).toContain('as many others do')
    held[0]?.cancel()
    const again = open(broker, `${server.url}/`, { task })
    expect((await again.head).ok).toBe(true)
    broker.ended(task.id)
    await broker[Symbol.asyncDispose]()
  })

  test.each([
    ['cut off', gzipSync('x'.repeat(10_000)).subarray(0, -6)],
    ['no gzip at all', Buffer.from('plain text that is not compressed')],
    ['of a wrong checksum', Buffer.concat([gzipSync('abc').subarray(0, -8), Buffer.alloc(8)])],
  ])('and is %s is a failure', async (_, bytes) => {
    await using server = await LoopbackServer.start((response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bytes),
    )
    const broker = guarded()
    expect(await ask(broker, `${server.url}/`)).toMatchObject({ code: 'EGRESS_FAILED', head: { status: 200 } })
    await broker[Symbol.asyncDispose]()
  })
})

/** The same frame with the size of its content taken out of its head, so that the decoder needs the whole window. */
function streamed(frame: Buffer): Buffer {
  const descriptor = frame[4] ?? 0
  const sizeBytes = [descriptor & 0x20 ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0
  const head = Buffer.from([...frame.subarray(0, 4), descriptor & 0x1c, (27 - 10) << 3])
  const isSingle = (descriptor & 0x20) !== 0
  return Buffer.concat([head, frame.subarray(5 + (isSingle ? 0 : 1) + sizeBytes)])
}

describe('an enormous answer', () => {
  test('is cut off at what the task may receive, all its answers together', async () => {
    await using server = await LoopbackServer.start((response) => {
      response.on('error', () => undefined)
      response.end(Buffer.alloc(4 * MIB))
    })
    const broker = createBroker({ checkFor: () => ANYWHERE, bounds: { ...BOUNDS, receivedBytes: 6 * MIB } }).broker
    const task = liveTask()
    expect((await ask(broker, `${server.url}/`, { task })).code).toBe('OK')
    const second = await ask(broker, `${server.url}/`, { task })
    expect(second).toMatchObject({ code: 'LIMIT_EGRESS', failure: { limit: 6 * MIB } })
    expect(second.bytes.length).toBeLessThanOrEqual(2 * MIB)
    expect((await ask(broker, `${server.url}/`)).code).toBe('OK')
    await broker[Symbol.asyncDispose]()
  })

  test('that nobody reads stays at its host', async () => {
    let written = 0
    await using server = await RawServer.start((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n')
      const piece = Buffer.alloc(64 * 1_024)
      const go = (): void => {
        while (!socket.destroyed && socket.write(`10000\r\n${piece.toString('latin1')}\r\n`)) written += piece.length
      }
      socket.on('drain', go)
      go()
    })
    const broker = guarded({ ...TIMES, betweenBytesMs: 0 })
    const exchange = open(broker, `${server.url}/`)
    expect((await exchange.head).ok).toBe(true)
    // As much as the kernel keeps for a connection on both sides, and no more.
    let last = -1
    await until(() => {
      const isSettled = written === last
      last = written
      return isSettled
    })
    expect(written).toBeLessThan(24 * MIB)
    exchange.cancel()
    await until(() => server.open === 0)
    await broker[Symbol.asyncDispose]()
  })

  test.each<[string, string]>([
    ['in one header', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(64 * 1_024)}\r\ncontent-length: 2\r\n\r\nok`],
    ['in thousands of headers', `HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(2_000)}content-length: 2\r\n\r\nok`],
    ['in the names of headers', `HTTP/1.1 200 OK\r\n${'n'.repeat(40_000)}: y\r\ncontent-length: 2\r\n\r\nok`],
  ])('%s is refused, and would be taken', async (_, text) => {
    await using server = await RawServer.start((socket) => void socket.write(text))
    const { promise, resolve } = Promise.withResolvers<string>()
    get(`${server.url}/`, { maxHeaderSize: MIB, agent: false }, (response) =>
      resolve(String(response.resume().statusCode)),
    ).on('error', (error) => resolve(error.message))
    expect(await promise).toBe('200')
    const broker = guarded()
    expect(await ask(broker, `${server.url}/`)).toMatchObject({
      code: 'EGRESS_FAILED',
      head: null,
      failure: { message: expect.stringContaining('headers') },
    })
    await broker[Symbol.asyncDispose]()
  })

  test('in its status text is clipped', async () => {
    await using server = await RawServer.start(
      (socket) => void socket.write(`HTTP/1.1 200 ${'x'.repeat(60_000)}\r\ncontent-length: 2\r\n\r\nok`),
    )
    const broker = guarded()
    const got = await ask(broker, `${server.url}/`)
    expect([got.code, (got.head?.statusText.length ?? 0) <= 256]).toEqual(['OK', true])
    await broker[Symbol.asyncDispose]()
  })

  test('in its trailers says nothing', async () => {
    await using server = await RawServer.start(
      (socket) =>
        void socket.write(
          'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x-end\r\n\r\n2\r\nok\r\n0\r\nx-end: 1\r\nset-cookie: a=b\r\n\r\n',
        ),
    )
    const broker = guarded()
    const got = await ask(broker, `${server.url}/`)
    expect([got.code, got.bytes.toString(), got.head?.headers]).toEqual(['OK', 'ok', []])
    await broker[Symbol.asyncDispose]()
  })
})

describe('an answer that is read in two ways', () => {
  const BODY = 'content-length: 2\r\n\r\nok'
  test.each([
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 5\r\n\r\nok'],
    [
      'a length and chunks',
      'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
    ],
    ['a negative length', 'HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\nok'],
    ['a length in hex', 'HTTP/1.1 200 OK\r\ncontent-length: 0x2\r\n\r\nok'],
    ['a chunk size beyond numbers', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\nok'],
    ['a line end alone in a value', `HTTP/1.1 200 OK\r\nx: a\rset-cookie: b=c\r\n${BODY}`],
    ['a null in a value', `HTTP/1.1 200 OK\r\nx: a\0b\r\n${BODY}`],
    ['a space before the colon', `HTTP/1.1 200 OK\r\nx : a\r\n${BODY}`],
    ['no status', `HTTP/1.1 OK\r\n${BODY}`],
    ['a status of four digits', `HTTP/1.1 2000 OK\r\n${BODY}`],
    ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n\r\n'],
    [
      'a switch of protocols that nobody asked for',
      'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n',
    ],
  ])('with %s is refused', async (_, text) => {
    await using server = await RawServer.start((socket) => void socket.end(Buffer.from(text, 'latin1')))
    const broker = guarded()
    const got = await ask(broker, `${server.url}/`)
    expect(got.code).toBe('EGRESS_FAILED')
    await broker[Symbol.asyncDispose]()
  })

  test('with a second answer behind it is one answer: the next request has a connection of its own', async () => {
    const SMUGGLED = 'HTTP/1.1 200 OK\r\nx-smuggled: 1\r\ncontent-length: 4\r\n\r\nevil'
    let connections = 0
    await using server = await RawServer.start((socket) => {
      connections++
      socket.write(`HTTP/1.1 200 OK\r\n${BODY}${SMUGGLED}`)
    })
    // A reader that takes what comes next for the answer to its next request gets the second one.
    expect(await askLeniently(`${server.url}/`)).toContain('ok')
    const broker = guarded()
    const first = await ask(broker, `${server.url}/`)
    const second = await ask(broker, `${server.url}/`)
    for (const got of [first, second]) {
      expect(got.bytes.toString()).not.toBe('evil')
      expect(got.head?.headers.map(([name]) => name) ?? []).not.toContain('x-smuggled')
    }
    expect(connections).toBe(3)
    await broker[Symbol.asyncDispose]()
  })

  test('with a body where none may be has none', async () => {
    await using server = await RawServer.start((socket, head) => {
      const status = head.startsWith('HEAD') ? '200 OK' : head.includes('/204') ? '204 No Content' : '304 Not Modified'
      socket.end(`HTTP/1.1 ${status}\r\ncontent-length: 4\r\n\r\nevil`)
    })
    const broker = guarded()
    const all = [
      await ask(broker, `${server.url}/`, { method: 'HEAD' }),
      await ask(broker, `${server.url}/204`),
      await ask(broker, `${server.url}/304`),
    ]
    expect(all.map(({ head, bytes }) => [head?.hasBody ?? false, bytes.toString()])).toEqual([
      [false, ''],
      [false, ''],
      [false, ''],
    ])
    await broker[Symbol.asyncDispose]()
  })
})

describe('an answer before its request is over', () => {
  test('is an answer, and the rest of the request is wanted no more', async () => {
    await using server = await RawServer.start(
      (socket) => void socket.end('HTTP/1.1 413 Too Large\r\nconnection: close\r\ncontent-length: 2\r\n\r\nno'),
    )
    const broker = guarded()
    const exchange = open(broker, `${server.url}/`, { method: 'POST', body: [] })
    await exchange.write(Buffer.from('x'))
    const result = await exchange.head
    expect(result).toMatchObject({ ok: true, head: { status: 413 } })
    expect((await readAll(exchange)).bytes.toString()).toBe('no')
    expect(
      await send(
        exchange,
        Array.from({ length: 10 }, () => 'y'),
      ),
    ).toBe(false)
    await broker[Symbol.asyncDispose]()
  })
})
