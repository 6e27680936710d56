// Hosts whose answers are made of thousands of small parts: each would be work for the thread that serves everybody.
import { createRequire } from 'node:module'
import type { Socket } from 'node:net'
import { Agent, errors } from 'undici'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { parseHostRules } from '../../src/core/host-rule.ts'
import { EgressClient } from '../../src/egress/egress-client.ts'
import { PlatformClient } from '../../src/runpod/platform-client.ts'
import { ANYWHERE, ask, createBroker } from '../support/egress-harness.ts'
import { RawServer } from '../support/raw-server.ts'

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
    answerBytes: 1_000,
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
    answerBytes: 1_000,
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
