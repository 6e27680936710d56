// Webhooks that point where the service must not go: each is first shown to get there without the guard.
import { describe, expect, test } from 'vitest'
import { createWebhooks } from '../../src/cli/create-webhooks.ts'
import { parseHostRules } from '../../src/core/host-rule.ts'
import { createAddressCheck } from '../../src/egress/check-address.ts'
import type { CheckAddress } from '../../src/egress/check-address.ts'
import { EgressClient } from '../../src/egress/egress-client.ts'
import { createPostWebhook } from '../../src/egress/post-webhook.ts'
import type { WebhookPosted } from '../../src/egress/post-webhook.ts'
import type { Resolve } from '../../src/egress/resolve-host.ts'
import { parseJobRequest } from '../../src/protocol/job-request.ts'
import { ADDRESSES, LOOPBACK } from '../support/forbidden-addresses.ts'
import { answerJson, LoopbackServer } from '../support/loopback-server.ts'

const ANYWHERE = createAddressCheck(['0.0.0.0/0', '::/0'])
const PUBLIC_ONLY = createAddressCheck([])

async function post(url: string, check: CheckAddress, resolve?: Resolve, listed = ''): Promise<WebhookPosted> {
  const client = { check, ...(resolve === undefined ? {} : { resolve }) }
  await using publicClient = new EgressClient(client)
  await using listedClient = new EgressClient({ ...client, check: ANYWHERE })
  const rules = parseHostRules(listed) ?? []
  const postWebhook = createPostWebhook({
    openClients: async () => ({ publicClient, listedClient }),
    listed: rules,
    deadlineMs: 2_000,
  })
  return await postWebhook(url, '{"id":"a"}', new AbortController().signal)
}

/** Which address a post would be connected to if nobody looked after it; nothing is connected to. */
async function wouldConnectTo(url: string, resolve?: Resolve): Promise<readonly string[]> {
  const addresses: string[] = []
  const note: CheckAddress = (address) => {
    addresses.push(address)
    return 'what is only noted'
  }
  await post(url, note, resolve)
  return addresses
}

const isTaken = (url: string): boolean => parseJobRequest({ input: {}, webhook: url }).ok

describe('this machine', () => {
  test.each(LOOPBACK)('as %s gets nothing, although it would', async (host) => {
    await using server = await LoopbackServer.start((response) => answerJson(response, 'secret'))
    const url = `http://${host}:${server.port}/admin`
    expect(isTaken(url)).toBe(true)
    const toLoopback: Resolve = async () => [{ address: '127.0.0.1', family: 4 }]
    expect(await post(url, ANYWHERE, toLoopback)).toEqual({ ok: true })
    expect(server.asked).toMatchObject([{ method: 'POST', path: '/admin', body: '{"id":"a"}' }])
    const before = server.connections
    const posted = await post(url, PUBLIC_ONLY, toLoopback)
    expect(posted).toMatchObject({ ok: false, isFinal: true, message: expect.stringContaining('this machine') })
    expect(server.connections).toBe(before)
  })
})

describe('an address', () => {
  test.each(ADDRESSES)('%s is %s and %s, and is not connected to, although it would be', async (host, address, why) => {
    for (const scheme of ['http', 'https']) {
      const url = `${scheme}://${host}/latest/meta-data`
      expect(isTaken(url)).toBe(true)
      expect(await wouldConnectTo(url)).toEqual([address])
      expect(await post(url, PUBLIC_ONLY)).toMatchObject({
        ok: false,
        isFinal: true,
        message: expect.stringContaining(`it leads to ${why}`),
      })
    }
  })
})

describe('a name', () => {
  test.each(ADDRESSES.filter(([host]) => /^(?:\d+\.){3}\d+$|^\[[\da-f:]+\]$/u.test(host)))(
    'that leads to %s is not connected to, although it would be',
    async (_host, address) => {
      const lying: Resolve = async () => [{ address, family: address.includes(':') ? 6 : 4 }]
      expect(await wouldConnectTo('https://hook.example/', lying)).toEqual([address])
      expect(await post('https://hook.example/', PUBLIC_ONLY, lying)).toMatchObject({ ok: false, isFinal: true })
    },
  )

  test('of which one address is public and another is not gets nothing', async () => {
    const both: Resolve = async () => [
      { address: '93.184.215.14', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ]
    expect(await post('https://hook.example/', PUBLIC_ONLY, both)).toMatchObject({ ok: false, isFinal: true })
  })

  test('that leads elsewhere at the second look is connected to as it was looked at', async () => {
    await using server = await LoopbackServer.start((response) => answerJson(response, 1))
    let looks = 0
    const rebinding: Resolve = async () => [{ address: (looks += 1) === 1 ? '192.0.2.1' : '127.0.0.1', family: 4 }]
    const check = createAddressCheck(['192.0.2.1'])
    // Whoever looks up the name again to connect gets to this machine.
    await rebinding('hook.example')
    expect(await post(`http://hook.example:${server.port}/`, ANYWHERE, rebinding)).toEqual({ ok: true })
    const reached = server.connections
    looks = 0
    expect(await post(`http://hook.example:${server.port}/`, check, rebinding)).toMatchObject({ ok: false })
    expect(looks).toBe(1)
    expect(server.connections).toBe(reached)
  })
})

describe('a redirect', () => {
  test.each([301, 302, 303, 307, 308])('with status %i leads nowhere, and is no 200', async (status) => {
    await using inner = await LoopbackServer.start((response) => answerJson(response, 'secret'))
    await using outer = await LoopbackServer.start((response) =>
      response.writeHead(status, { location: `${inner.url}/admin` }).end(),
    )
    // A client that follows gets there.
    await fetch(`${outer.url}/`)
    expect(inner.connections).toBe(1)
    expect(await post(`${outer.url}/`, ANYWHERE)).toEqual({
      ok: false,
      isFinal: false,
      message: `127.0.0.1:${outer.port} answers with status ${status}.`,
    })
    expect(inner.connections).toBe(1)
  })
})

describe('the operator', () => {
  test('may name a host that is not public: that one, at that port and scheme', async () => {
    await using named = await LoopbackServer.start((response) => answerJson(response, 1))
    await using other = await LoopbackServer.start((response) => answerJson(response, 1))
    await using webhooks = createWebhooks({ webhookAllow: `http://127.0.0.1:${named.port}` })
    const { signal } = new AbortController()
    expect(await webhooks.post(`${named.url}/hook`, '{}', signal)).toEqual({ ok: true })
    expect(await webhooks.post(`${other.url}/hook`, '{}', signal)).toMatchObject({ ok: false, isFinal: true })
    expect(other.connections).toBe(0)
  })

  test('is told of rules that are none', () => {
    expect(() => createWebhooks({ webhookAllow: 'http://127.0.0.1/path' })).toThrow('WEBHOOK_ALLOW')
  })
})
