// Hosts whose answers are made of thousands of small parts: each would be work for the thread that serves everybody.
import { createRequire } from 'node:module'
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { createGunzip, gzipSync } from 'node:zlib'
import { Agent, errors } from 'undici'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { parseHostRules } from '../../src/core/host-rule.ts'
import { EgressClient } from '../../src/egress/egress-client.ts'
import { PlatformClient } from '../../src/runpod/platform-client.ts'
import { ANYWHERE, ask, createBroker, open } from '../support/egress-harness.ts'
import { RawServer } from '../support/raw-server.ts'
import { until } from '../support/test-service.ts'

/** What undici ends connections with, as its parts call it. */
const undiciUtil = createRequire(import.meta.url)('undici/lib/core/util.js') as {
  destroy: (stream: unknown, error?: unknown) => void
}

const HEAD = 'HTTP/1.1 200 OK\r\n'
const CHUNKED = `${HEAD}transfer-encoding: chunked\r\n`
const DEADLINE_MS = 10_000

/** As fast as the other side takes it, for ever. */
function pour(socket: Socket, flood: Buffer): void {
  const go = (): void => {
    while (socket.writable && socket.write(flood));
  }
  socket.on('drain', go)
  go()
}

type Ask = (url: string) => Promise<unknown>

const askByBroker: Ask = async (url) => {
  await using broker = createBroker({ checkFor: () => ANYWHERE }).broker
  return await ask(broker, `${url}/`, { deadlineMs: DEADLINE_MS })
}

const askByClient: Ask = async (url) => {
  await using client = new EgressClient({ check: ANYWHERE })
  return await client.request({
    method: 'POST',
    url: new URL(url),
    headers: {},
    body: '{}',
    rules: parseHostRules(url) ?? [],
    answerBytes: 1_000_000,
    deadlineMs: DEADLINE_MS,
    signal: new AbortController().signal,
  })
}

const askByPlatformClient: Ask = async (url) => {
  await using client = new PlatformClient({ apiKey: 'KEY', userAgent: 'worker-isolate/1' })
  const { signal } = new AbortController()
  return await client.ask({
    method: 'GET',
    url: `${url}/`,
    body: null,
    answerBytes: 1_000_000,
    timeoutMs: DEADLINE_MS,
    signal,
  })
}

const askWithoutBound: Ask = async (url) => {
  const agent = new Agent({ maxHeaderSize: 32 * 1_024 })
  try {
    const { body } = await agent.request({ origin: url, path: '/', method: 'GET' })
    await body.text()
  } catch {
    // How it ends is not what is looked at.
  } finally {
    await agent.destroy()
  }
}

describe('a host that sends fields without end', () => {
  let overflows = 0

  beforeEach(() => {
    overflows = 0
    const { destroy } = undiciUtil
    vi.spyOn(undiciUtil, 'destroy').mockImplementation((stream, error) => {
      if (error instanceof errors.HeadersOverflowError) overflows++
      destroy(stream, error)
    })
  })

  afterEach(() => void vi.restoreAllMocks())

  const users: readonly (readonly [string, Ask])[] = [
    ['a request of code', askByBroker],
    ['a webhook or a call of another resource', askByClient],
    ['a request to the platform', askByPlatformClient],
  ]
  const floods: readonly (readonly [string, string, string])[] = [
    ['in its head', HEAD, 'a: b\r\n'],
    ['without values in its head', HEAD, 'a:\r\n'],
    ['in its trailers', `${CHUNKED}\r\n2\r\nok\r\n0\r\n`, 'a: b\r\n'],
  ]
  describe.each(users)('to %s', (_user, askBy) => {
    test.each(floods)(
      '%s is given up at the first fields too many, where undici makes an error of each',
      async (_where, first, field) => {
        await using server = await RawServer.start((socket) => {
          socket.write(first)
          pour(socket, Buffer.from(field.repeat(4_000)))
        })
        await askWithoutBound(server.url)
        expect(overflows).toBeGreaterThan(1_500)

        overflows = 0
        await askBy(server.url)
        expect(overflows).toBeGreaterThan(0)
        expect(overflows).toBeLessThan(300)
      },
    )
  })

  test.each(users)('is told to %s as one with too large headers', async (user, askBy) => {
    await using server = await RawServer.start((socket) => {
      socket.write(HEAD)
      pour(socket, Buffer.from('a: b\r\n'.repeat(4_000)))
    })
    const got = await askBy(server.url)
    if (user === 'a request to the platform') {
      expect(got).toEqual({ ok: false, message: 'The platform cannot be asked (UND_ERR_HEADERS_OVERFLOW).' })
    } else {
      expect(got).toMatchObject({ failure: { code: 'EGRESS_FAILED', message: expect.stringContaining('headers') } })
    }
  })

  test('takes nothing from an honest one: heads, bodies and trailers of many lines come whole', async () => {
    const names = Array.from({ length: 300 }, (_, index) => `x-${index}`)
    const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index}\r\n`)
    const text = lines.join('')
    const head = names.map((name) => `${name}: y\r\n`).join('')
    const chunks = lines.map((line) => `${line.length.toString(16)}\r\n${line}\r\n`).join('')
    const answers: Readonly<Record<string, string>> = {
      '/length': `${HEAD}${head}content-length: ${text.length}\r\n\r\n${text}`,
      '/chunks': `${CHUNKED}${head}\r\n${chunks}0\r\n${head}\r\n`,
      '/end': `${HEAD}${head}connection: close\r\n\r\n${text}`,
    }
    await using server = await RawServer.start((socket, request) => {
      const path = request.split(' ')[1] ?? ''
      const answer = answers[path] ?? ''
      if (path === '/end') socket.end(answer)
      else socket.write(answer)
    })
    await using broker = createBroker({ checkFor: () => ANYWHERE }).broker
    for (const path of [...Object.keys(answers), ...Object.keys(answers)]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other uses connections again
      const got = await ask(broker, `${server.url}${path}`, { deadlineMs: DEADLINE_MS })
      expect([path, got.code, got.bytes.toString() === text]).toEqual([path, 'OK', true])
      expect(got.head?.headers.map(([name]) => name)).toEqual(expect.arrayContaining(names))
    }
  })
})

/** Each byte in a chunk of its own. */
function inChunks(bytes: Uint8Array): Buffer {
  return Buffer.concat([...bytes].map((byte) => Buffer.from([0x31, 0x0d, 0x0a, byte, 0x0d, 0x0a])))
}

const GZIP_HEAD = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3])
/** Of five bytes, from which nothing comes. */
const EMPTY_BLOCK = Buffer.from([0, 0, 0, 0xff, 0xff])

describe('a host that sends its body a byte in each chunk', () => {
  /** Each is a turn of a thread, and an error when the decoder is destroyed before. */
  let decoderWrites = 0

  beforeEach(() => {
    decoderWrites = 0
    const Gunzip = createGunzip().constructor as abstract new () => Duplex
    // oxlint-disable-next-line typescript/unbound-method -- it is given what it is called on
    const { write } = Duplex.prototype
    vi.spyOn(Duplex.prototype, 'write').mockImplementation(function count(this: Duplex, ...given: unknown[]) {
      if (this instanceof Gunzip) decoderWrites++
      return Reflect.apply(write, this, given)
    })
  })

  afterEach(() => void vi.restoreAllMocks())

  const text = Array.from({ length: 900 }, (_, index) => `what is sent ${index * 7_919}`).join(' ')
  const folded = gzipSync(text)

  test('is unfolded by as few writes as reads, where a pipe makes one of each byte', async () => {
    await using server = await RawServer.start((socket) => {
      socket.write(`${CHUNKED}content-encoding: gzip\r\n\r\n`)
      socket.write(inChunks(folded))
      socket.write('0\r\n\r\n')
    })
    const agent = new Agent()
    const { body } = await agent.request({ origin: server.url, path: '/', method: 'GET' })
    const unfolded: Buffer[] = []
    for await (const piece of body.pipe(createGunzip())) unfolded.push(piece as Buffer)
    await agent.destroy()
    expect(Buffer.concat(unfolded).toString()).toBe(text)
    expect(decoderWrites).toBe(folded.length)

    decoderWrites = 0
    await using broker = createBroker({ checkFor: () => ANYWHERE }).broker
    const got = await ask(broker, `${server.url}/`, { deadlineMs: DEADLINE_MS })
    expect([got.code, got.bytes.toString() === text]).toEqual(['OK', true])
    expect(decoderWrites).toBeGreaterThan(0)
    expect(decoderWrites).toBeLessThan(folded.length / 10)
  })

  test('has made few writes when its request is cancelled, where a pipe has thousands that wait', async () => {
    const blocks = inChunks(Buffer.concat([GZIP_HEAD, ...Array.from({ length: 1_500 }, () => EMPTY_BLOCK)]))
    await using server = await RawServer.start((socket) => {
      socket.write(`${CHUNKED}content-encoding: gzip\r\n\r\n`)
      socket.write(blocks)
    })
    const agent = new Agent()
    const { body } = await agent.request({ origin: server.url, path: '/', method: 'GET' })
    const decoder = createGunzip().on('error', () => undefined)
    body.on('error', () => undefined).pipe(decoder)
    await until(() => decoder.writableLength > 1_000)
    decoder.destroy()
    await agent.destroy()

    decoderWrites = 0
    const { broker } = createBroker({ checkFor: () => ANYWHERE })
    const exchange = open(broker, `${server.url}/`, { deadlineMs: DEADLINE_MS })
    expect((await exchange.head).ok).toBe(true)
    const reading = exchange.read()
    await until(() => decoderWrites > 0)
    exchange.cancel()
    expect(await reading).toMatchObject({ ok: false, failure: { code: 'CANCELLED' } })
    expect(decoderWrites).toBeLessThan(750)
    await broker[Symbol.asyncDispose]()
  })

  const bodies: readonly (readonly [string, string, Buffer])[] = [
    ['as it is', '', Buffer.alloc(10_000, 'a')],
    ['in gzip', 'content-encoding: gzip\r\n', Buffer.concat(Array.from({ length: 2_000 }, () => EMPTY_BLOCK))],
  ]
  test.each(bodies)(
    'for ever, %s, is given up after some thousands, where undici takes them all',
    async (_, header, piece) => {
      const flood = inChunks(piece)
      await using server = await RawServer.start((socket) => {
        socket.write(`${CHUNKED}${header}\r\n`)
        if (header !== '') socket.write(inChunks(GZIP_HEAD))
        pour(socket, flood)
      })
      const agent = new Agent()
      const { body } = await agent.request({ origin: server.url, path: '/', method: 'GET' })
      let pieces = 0
      body.on('error', () => undefined).on('data', () => pieces++)
      await until(() => pieces > 100_000)
      await agent.destroy()

      const { broker, records } = createBroker({ checkFor: () => ANYWHERE })
      const got = await ask(broker, `${server.url}/`, { deadlineMs: DEADLINE_MS })
      expect(got).toMatchObject({
        code: 'EGRESS_FAILED',
        failure: { message: expect.stringContaining('too small pieces') },
      })
      expect(records[0]?.receivedBytes).toBeLessThan(50_000)
      await until(() => server.open === 0)
      await broker[Symbol.asyncDispose]()
    },
  )

  test.each([
    ['a webhook or a call of another resource', askByClient],
    ['a request to the platform', askByPlatformClient],
  ])('is given up for %s too', async (_, askBy) => {
    // Each with a byte of a chunk, and all of them less than the answer may have.
    await using server = await RawServer.start((socket) => {
      socket.write(`${CHUNKED}\r\n`)
      pour(socket, inChunks(Buffer.alloc(10_000, 'a')))
    })
    const got = (await askBy(server.url)) as { readonly ok: boolean }
    expect(JSON.stringify(got)).toMatch(/too small pieces|TOO_SMALL/u)
  })

  test('is heard to the end when it is honest: thousands of small chunks, and any number of larger ones', async () => {
    const sent: Readonly<Record<string, readonly [size: number, count: number]>> = {
      '/small': [1, 8_000],
      '/larger': [16, 100_000],
    }
    await using server = await RawServer.start((socket, request) => {
      const [size = 0, count = 0] = sent[request.split(' ')[1] ?? ''] ?? []
      socket.write(`${CHUNKED}\r\n${`${size.toString(16)}\r\n${'a'.repeat(size)}\r\n`.repeat(count)}0\r\n\r\n`)
    })
    await using broker = createBroker({ checkFor: () => ANYWHERE }).broker
    for (const [path, [size, count]] of Object.entries(sent)) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other says which fails
      const got = await ask(broker, `${server.url}${path}`, { deadlineMs: DEADLINE_MS })
      expect([path, got.code, got.bytes.length]).toEqual([path, 'OK', size * count])
    }
  })
})
