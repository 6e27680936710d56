// The ends of jobs as their webhooks hear of them, from the real service.
import { mkdtemp, rm } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { LoopbackServer } from '../support/loopback-server.ts'
import { ServiceProcess, waitFor } from '../support/service-process.ts'

const HEARD_MS = 15_000
/** The next try is due ten seconds after the first, or thirty when nobody knows what became of that. */
const AGAIN_MS = 45_000

let dataDir = ''
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'webhooks-'))
})
afterEach(() => rm(dataDir, { recursive: true, force: true }))

const start = async (hooks: LoopbackServer, isListed = true): Promise<ServiceProcess> =>
  ServiceProcess.start({ env: { DATA_DIR: dataDir, ...(isListed ? { WEBHOOK_ALLOW: hooks.url } : {}) } })

async function post({ url }: ServiceProcess, path: string, body: object): Promise<{ readonly id: string }> {
  const answer = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return (await answer.json()) as { readonly id: string }
}

const status = async ({ url }: ServiceProcess, id: string): Promise<string> =>
  (await fetch(`${url}/status/${id}`)).text()

const job = (code: string, webhook: string): object => ({
  input: { function_name: 'run', function_code: code, serialization_format: 'json' },
  webhook,
})

describe('the webhook of a job', () => {
  test('hears what /status says of the end, whether the job is done, has failed or was cancelled', async () => {
    await using hooks = await LoopbackServer.start((response) => response.writeHead(200).end())
    await using service = await start(hooks)
    const done = await post(service, '/run', job('const run = () => ({ ok: true })', `${hooks.url}/done`))
    const failed = await post(
      service,
      '/runsync',
      job('function run() { throw new Error("no") }', `${hooks.url}/failed`),
    )
    const endless = await post(
      service,
      '/run',
      job('const run = () => new Promise(() => {})', `${hooks.url}/cancelled`),
    )
    await post(service, `/cancel/${endless.id}`, {})
    await waitFor(() => hooks.asked.length === 3, HEARD_MS, 'not all webhooks were posted')
    const bodyAt = (path: string): string | undefined => hooks.asked.find((asked) => asked.path === path)?.body
    expect(bodyAt('/done')).toBe(await status(service, done.id))
    expect(bodyAt('/failed')).toBe(await status(service, failed.id))
    expect(bodyAt('/cancelled')).toBe(await status(service, endless.id))
    expect(JSON.parse(bodyAt('/done') ?? '')).toMatchObject({ id: done.id, status: 'COMPLETED' })
    expect(JSON.parse(bodyAt('/failed') ?? '')).toMatchObject({ status: 'FAILED', error: expect.any(String) })
    expect(JSON.parse(bodyAt('/cancelled') ?? '')).toMatchObject({ status: 'CANCELLED' })
    expect(hooks.asked.every(({ method }) => method === 'POST')).toBe(true)
  })

  test('hears of it after the service was killed', { timeout: 60_000, tags: ['slow'] }, async () => {
    let isUp = false
    await using hooks = await LoopbackServer.start((response) => response.writeHead(isUp ? 200 : 503).end())
    await using first = await start(hooks)
    const { id } = await post(first, '/run', job('const run = () => 1', `${hooks.url}/late`))
    await waitFor(() => hooks.asked.length === 1, HEARD_MS, 'the webhook was never posted')
    // What is stored behind the end of the first try.
    await post(first, '/runsync', { input: { function_name: 'f', function_code: 'const f = () => 1' } })
    await first.stop('SIGKILL')
    isUp = true
    await using second = await start(hooks)
    await waitFor(() => hooks.asked.length === 2, AGAIN_MS, 'the webhook was not posted again')
    expect(hooks.asked[1]?.body).toBe(await status(second, id))
  })

  test('that runs it again at its end hears of the end of the second run, whose result stays', async () => {
    const second = Promise.withResolvers<string>()
    let url = ''
    const answer = async (response: ServerResponse, body: string): Promise<void> => {
      const told = JSON.parse(body) as { readonly id: string; readonly status: string }
      if (told.status === 'FAILED') {
        const again = await fetch(`${url}/retry/${told.id}`, { method: 'POST' })
        expect(again.status).toBe(200)
        const isOver = async (): Promise<boolean> =>
          !(await (await fetch(`${url}/status/${told.id}`)).text()).includes('"IN_')
        await waitFor(isOver, HEARD_MS, 'the second run never ended')
      } else second.resolve(told.status)
      // The post of the first run is answered when the second one has ended.
      response.writeHead(200).end()
    }
    await using hooks = await LoopbackServer.start(
      (response, { body }) => void answer(response, body).catch(second.reject),
    )
    await using service = await start(hooks)
    ;({ url } = service)
    const body = job(
      'let runs = 0\nconst run = (at) => { if (Date.now() < at) throw new Error("too early"); return 2 }',
      `${hooks.url}/`,
    )
    const input = { ...(body as { readonly input: object }).input, args: [Date.now() + 1_000] }
    const { id } = await post(service, '/run', { ...body, input })
    expect(id).toMatch(/-u1$/u)
    expect(await second.promise).toBe('COMPLETED')
    expect(JSON.parse(await status(service, id))).toMatchObject({ status: 'COMPLETED', output: { json_result: 2 } })
  })

  test('at an address that is not public is never asked unless the operator lists it', async () => {
    await using hooks = await LoopbackServer.start((response) => response.writeHead(200).end())
    await using service = await start(hooks, false)
    const { id } = await post(service, '/runsync', job('const run = () => 1', `${hooks.url}/private`))
    const refused = (): boolean =>
      service.log.some((line) => line['msg'] === 'a webhook was not taken' && line['id'] === id)
    await waitFor(refused, HEARD_MS, 'the log does not say that the webhook was not taken')
    expect(hooks.connections).toBe(0)
  })
})
