// One request to the platform: what ends it, and that nothing of it stays on signals that live as long as the service.
import { getEventListeners } from 'node:events'
import { describe, expect, test } from 'vitest'
import { PlatformClient } from '../../src/runpod/platform-client.ts'
import type { PlatformAnswer, PlatformRequest } from '../../src/runpod/platform-client.ts'
import { LoopbackServer } from '../support/loopback-server.ts'
import type { Answerer } from '../support/loopback-server.ts'
import { until } from '../support/test-service.ts'

const ENDLESS_MS = 120_000

async function withServer(
  answer: Answerer,
  use: (ask: (changes?: Partial<PlatformRequest>) => Promise<PlatformAnswer>, server: LoopbackServer) => Promise<void>,
): Promise<void> {
  await using server = await LoopbackServer.start(answer)
  await using client = new PlatformClient({ apiKey: 'KEY', userAgent: 'worker-isolate/1' })
  const ask = async (changes: Partial<PlatformRequest> = {}): Promise<PlatformAnswer> =>
    client.ask({
      method: 'GET',
      url: `${server.url}/path?a=b`,
      body: null,
      answerBytes: 1_000,
      timeoutMs: ENDLESS_MS,
      signal: new AbortController().signal,
      ...changes,
    })
  await use(ask, server)
}

describe('a request to the platform', () => {
  test.each(['answered', 'cut', 'given up'])('leaves nothing on its signals when it is %s', async (how) => {
    const ending = new AbortController()
    const stopping = new AbortController()
    const answer: Answerer = (response) => {
      if (how === 'answered') response.end('ok')
      else if (how === 'cut') response.destroy()
      else stopping.abort()
    }
    await withServer(answer, async (ask) => {
      await ask({ signal: ending.signal, waitSignal: stopping.signal })
      expect(getEventListeners(ending.signal, 'abort')).toEqual([])
      expect(getEventListeners(stopping.signal, 'abort')).toEqual([])
    })
  })

  test('is not sent when its signal is over already', async () => {
    await withServer(
      (response) => void response.end(),
      async (ask, server) => {
        const given = { ok: false, message: 'The request was given up.' }
        expect(await ask({ signal: AbortSignal.abort() })).toEqual(given)
        expect(await ask({ waitSignal: AbortSignal.abort() })).toEqual(given)
        expect(server.connections).toBe(0)
      },
    )
  })

  test('is read to its end when whoever waits gives up behind its head, and cut when all ends', async () => {
    const ends: (() => void)[] = []
    const answer: Answerer = (response) => {
      response.writeHead(200, { 'content-type': 'text/plain' }).write('begun')
      ends.push(() => response.end(' and ended'))
    }
    await withServer(answer, async (ask, server) => {
      const waiting = new AbortController()
      const ending = new AbortController()
      let heard = 0
      const takeBytes = (): boolean => (heard += 1) > 0
      const first = ask({ waitSignal: waiting.signal, takeBytes })
      await until(() => heard === 1)
      waiting.abort()
      ends[0]?.()
      expect(await first).toMatchObject({ ok: true, status: 200, body: 'begun and ended', cut: null })
      const second = ask({ signal: ending.signal, takeBytes })
      await until(() => heard === 3)
      ending.abort()
      expect(await second).toEqual({ ok: false, message: 'The request was given up.' })
      await until(() => server.open === 0)
    })
  })

  test('has no key where there is none', async () => {
    await using server = await LoopbackServer.start((response) => response.end())
    await using client = new PlatformClient({ apiKey: '', userAgent: 'worker-isolate/1' })
    const { signal } = new AbortController()
    await client.ask({ method: 'GET', url: server.url, body: null, answerBytes: 1, timeoutMs: ENDLESS_MS, signal })
    expect(server.asked[0]?.headers.authorization).toBeUndefined()
  })
})
