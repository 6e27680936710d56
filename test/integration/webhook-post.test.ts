// The post of a webhook against servers that answer well, badly, slowly, endlessly, or not at all.
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { parseHostRules } from '../../src/core/host-rule.ts'
import { createEgressClients } from '../../src/egress/egress-clients.ts'
import { createPostWebhook } from '../../src/egress/post-webhook.ts'
import type { WebhookPosted } from '../../src/egress/post-webhook.ts'
import { LoopbackServer } from '../support/loopback-server.ts'
import type { Answerer } from '../support/loopback-server.ts'
import { until } from '../support/test-service.ts'

async function postTo(
  answer: Answerer,
  { deadlineMs = 5_000, signal = new AbortController().signal } = {},
): Promise<{ posted: WebhookPosted; server: LoopbackServer }> {
  const server = await LoopbackServer.start(answer)
  const { publicClient, listedClient } = createEgressClients(8)
  try {
    const postWebhook = createPostWebhook({
      openClients: async () => ({ publicClient, listedClient }),
      listed: parseHostRules(server.url) ?? [],
      deadlineMs,
    })
    return { posted: await postWebhook(`${server.url}/hook?a=b`, '{"id":"é"}', signal), server }
  } finally {
    await Promise.all([publicClient, listedClient].map(async (one) => one[Symbol.asyncDispose]()))
    await server[Symbol.asyncDispose]()
  }
}

describe('a webhook', () => {
  test('is one POST of JSON without any key', async () => {
    const { posted, server } = await postTo((response) => response.end('whatever'))
    expect(posted).toEqual({ ok: true })
    expect(server.asked).toMatchObject([{ method: 'POST', path: '/hook?a=b', body: '{"id":"é"}' }])
    expect(server.asked[0]?.headers).toMatchObject({ 'content-type': 'application/json' })
    expect(server.asked[0]?.headers.authorization).toBeUndefined()
  })

  test.each([201, 202, 204, 400, 401, 404, 410, 429, 500, 503])(
    'with status %i is to be tried again',
    async (status) => {
      const { posted } = await postTo((response) => response.writeHead(status).end())
      expect(posted).toMatchObject({ ok: false, isFinal: false, message: expect.stringContaining(`status ${status}`) })
    },
  )

  test.each([
    [
      'that is endless',
      ((response) => {
        response.on('error', () => undefined).writeHead(200)
        const more = (): void => {
          while (!response.destroyed && response.write('x'.repeat(65_536)));
          if (!response.destroyed) response.once('drain', more)
        }
        more()
      }) satisfies Answerer,
    ],
    [
      'that is compressed',
      ((response) =>
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('x'.repeat(1e6)))) satisfies Answerer,
    ],
    ['that is no text', ((response) => response.end(Buffer.from([0xff, 0xfe]))) satisfies Answerer],
    [
      'that breaks off',
      ((response) => {
        response.writeHead(200, { 'content-length': 100 }).write('x')
        setTimeout(() => response.destroy(), 10)
      }) satisfies Answerer,
    ],
  ])('is taken with 200, also with a body %s', async (_title, answer) => {
    const { posted } = await postTo(answer)
    expect(posted).toEqual({ ok: true })
  })

  test('with 200 and a body that stands still is taken, and given up at the deadline', async () => {
    const { posted, server } = await postTo((response) => void response.writeHead(200).write('x'), { deadlineMs: 300 })
    expect(posted).toEqual({ ok: true })
    await until(() => server.open === 0)
  })

  test('that is not answered is given up at the deadline, and to be tried again', async () => {
    const { posted } = await postTo(() => undefined, { deadlineMs: 200 })
    expect(posted).toMatchObject({ ok: false, isFinal: false, message: expect.stringContaining('200 ms') })
  })

  test('whose connection is cut is to be tried again', async () => {
    const { posted } = await postTo((response) => void response.destroy())
    expect(posted).toMatchObject({ ok: false, isFinal: false })
  })

  test('ends with its signal, and is to be tried again', async () => {
    const ended = new AbortController()
    const { posted } = await postTo(() => ended.abort(), { signal: ended.signal })
    expect(posted).toMatchObject({ ok: false, isFinal: false })
  })

  test.each(['x', 'ftp://example.com/', 'file:///etc/passwd', 'data:,x'])('to %s is never posted', async (url) => {
    const postWebhook = createPostWebhook({
      openClients: async () => Promise.reject(new Error('nobody is asked')),
      listed: [],
    })
    expect(await postWebhook(url, '{}', new AbortController().signal)).toMatchObject({ ok: false, isFinal: true })
  })
})
