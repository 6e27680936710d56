// Functions that call functions of other resources: between real services on loopback, within one service, and to a server that
// answers as the platform does.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ruleOfUrl } from '../../src/core/host-rule.ts'
import { EgressClient } from '../../src/egress/egress-client.ts'
import { createResourceClient } from '../../src/remote/resource-client.ts'
import { DeployedService } from '../support/deployed-service.ts'
import type { Artifact } from '../support/deployed-service.ts'
import { answerJson, LoopbackServer } from '../support/loopback-server.ts'
import type { Answerer } from '../support/loopback-server.ts'

const KEY = 'key-of-both-services'
const GATEWAY = `
  export const queue = async (args) => workerIsolateRemote('predict', args)
  export const route = async (args) => workerIsolateRemote('describe', args)
  export const twice = async (args) => [await workerIsolateRemote('predict', args), await tryAsk('predict', args)]
  export const count = async () => [await ask('Counter', { by: 2 }), await ask('Counter', { by: 3 })]
  export const ask = async (name, args) => workerIsolateRemote(name, args)
  export const tryAsk = async (name, args) => {
    try { return await workerIsolateRemote(name, args) } catch ({ code, message }) { return { code, message } }
  }`
const OTHERS = `
  export async function predict(text, times = 1) {
    if (text === '') throw new TypeError('no text')
    return { text: text.toUpperCase().repeat(times) }
  }
  export class Counter { n = 0; add(by) { return this.n += by } }
  export function describe(id, detail) { return { id, detail, of: 'api' } }`

/** What all resources of a project are deployed from; each service serves one of them. */
function artifact(urls: Readonly<Record<string, string>> = {}): Artifact {
  return {
    files: { 'gateway.js': GATEWAY, 'model.js': OTHERS, 'api.js': OTHERS, 'counter.js': OTHERS },
    urls,
    resources: {
      gateway: {
        functions: ['queue', 'route', 'twice', 'count', 'ask', 'tryAsk'].map((name) => ({
          name,
          module: 'gateway',
          max_concurrency: 4,
        })),
      },
      model: {
        functions: [
          {
            name: 'predict',
            module: 'model',
            parameters: [{ name: 'text' }, { name: 'times', type: 'integer', required: false }],
          },
        ],
      },
      counter: { functions: [{ name: 'Counter', module: 'counter', is_class: true, class_methods: ['add'] }] },
      api: {
        is_load_balanced: true,
        functions: [
          {
            name: 'describe',
            module: 'api',
            http_method: 'POST',
            http_path: '/items/{id}',
            parameters: [
              { name: 'id', type: 'string' },
              { name: 'detail', type: 'any' },
            ],
          },
        ],
      },
    },
  }
}

const open: AsyncDisposable[] = []
async function start(given: Artifact, env: Record<string, string>): Promise<DeployedService> {
  const service = await DeployedService.start(given, env)
  open.push(service)
  return service
}
async function answerer(answer: Answerer): Promise<LoopbackServer> {
  const server = await LoopbackServer.start(answer)
  open.push(server)
  return server
}
afterAll(async () => {
  await Promise.all(open.map(async (one) => one[Symbol.asyncDispose]()))
})

describe('between services that each serve one resource', () => {
  let gateway: DeployedService
  beforeAll(async () => {
    const [model, api] = await Promise.all(
      ['model', 'api'].map(async (name) => start(artifact(), { FLASH_RESOURCE_NAME: name, API_KEY: KEY })),
    )
    const urls = { model: `${model?.service.url ?? ''}/v2/default/run`, api: `${api?.service.url ?? ''}/` }
    gateway = await start(artifact(urls), {
      FLASH_RESOURCE_NAME: 'gateway',
      API_KEY: KEY,
      EGRESS_ALLOW: [model, api].map((one) => one?.service.url ?? '').join(', '),
    })
    gateway.service.client.key = KEY
  }, 30_000)

  it('a queue resource is asked by a job with plain arguments, and the key is passed on', async () => {
    expect(await gateway.call('queue', [{ text: 'ab', times: 2 }])).toMatchObject({ value: { text: 'ABAB' } })
  })

  it('what the other function throws rejects the call with what it says', async () => {
    const { value } = await gateway.call('tryAsk', ['predict', { text: '' }])
    expect(value).toMatchObject({ code: 'REMOTE_FAILED', message: expect.stringContaining('no text') })
  })

  it('a load-balanced resource is asked by the method and the path of its route', async () => {
    const { value } = await gateway.call('route', [{ id: 'a b ü', detail: [1, { x: null }] }])
    expect(value).toEqual({ id: 'a b ü', detail: [1, { x: null }], of: 'api' })
  })

  it('what does not fit the other function is told as that service tells it', async () => {
    const { value } = await gateway.call('tryAsk', ['describe', { id: 'x' }])
    expect(value).toMatchObject({ code: 'REMOTE_FAILED', message: expect.stringContaining('status 422') })
  })

  it('a function that no manifest has, or whose resource has no URL, is refused', async () => {
    expect((await gateway.call('tryAsk', ['other', {}])).value).toMatchObject({ code: 'ENTRY_NOT_FOUND' })
    expect((await gateway.call('tryAsk', ['Counter', {}])).value).toEqual({
      code: 'EGRESS_DENIED',
      message:
        "No URL is known for the resource 'counter': it is neither in 'resources_endpoints' nor in RESOURCE_URLS.",
    })
  })

  it('many calls at once get their own answers', async () => {
    const texts = Array.from({ length: 24 }, (_, number) => `t${number}`)
    const answers = await Promise.all(texts.map(async (text) => gateway.call('queue', [{ text }])))
    expect(answers.map(({ value }) => (value as { text: string }).text)).toEqual(texts.map((t) => t.toUpperCase()))
  })
})

describe('within a service that serves all resources', () => {
  let service: DeployedService
  beforeAll(async () => {
    service = await start(artifact(), { EXECUTORS_PER_DEPLOYMENT: '2' })
  })

  it('a function of another resource runs there, without a URL', async () => {
    expect(await service.call('queue', [{ text: 'x' }])).toMatchObject({ value: { text: 'X' } })
    expect(await service.call('route', [{ id: '7', detail: null }])).toMatchObject({ value: { id: '7', of: 'api' } })
    const { value } = await service.call('tryAsk', ['predict', { text: '' }])
    expect(value).toEqual({ code: 'REMOTE_FAILED', message: 'no text' })
  })

  it('callers that keep all executors get their answers all the same', async () => {
    const single = await start(artifact(), { EXECUTORS_PER_DEPLOYMENT: '1' })
    const texts = Array.from({ length: 8 }, (_, number) => `t${number}`)
    const answers = await Promise.all(texts.map(async (text) => single.call('queue', [{ text }])))
    expect(answers.map(({ value }) => value)).toEqual(texts.map((text) => ({ text: text.toUpperCase() })))
  })

  it('a class keeps its instance between calls', async () => {
    expect((await service.call('count')).value).toEqual([2, 5])
  })
})

describe('a URL', () => {
  it('that the operator gives wins over the manifest and may be on this machine', async () => {
    const platform = await answerer((response) => answerJson(response, { id: '1', status: 'COMPLETED', output: 42 }))
    const service = await start(artifact({ model: 'https://model.invalid/v2/x' }), {
      RESOURCE_URLS: `model=${platform.url}/v2/m`,
      REMOTE_API_KEY: 'another-key',
    })
    expect(await service.call('queue', [{}])).toMatchObject({ value: 42 })
    expect(platform.asked).toMatchObject([{ method: 'POST', body: '{"input":{"__empty":true}}' }])
    expect(platform.asked[0]?.path).toMatch(/^\/v2\/m\/runsync\?wait=\d+$/u)
    expect(platform.asked[0]?.headers.authorization).toBe('Bearer another-key')
  })

  it('that a manifest changes while it is live is kept for a while, and the first is read at the first call', async () => {
    const platform = await answerer((response) => answerJson(response, { status: 'COMPLETED', output: 'first' }))
    const service = await start(artifact({ model: 'http://127.0.0.1:1' }), { EGRESS_ALLOW: platform.url })
    const manifestPath = join(service.folder, 'flash_manifest.json')
    const write = async (url: string): Promise<void> => {
      const { resources } = artifact()
      const manifest = { resources, function_registry: { predict: 'model' }, resources_endpoints: { model: url } }
      await writeFile(manifestPath, JSON.stringify(manifest))
    }
    await write(platform.url)
    expect(await service.call('queue', [{ text: 'x' }])).toMatchObject({ value: 'first' })
    await write('http://127.0.0.1:1')
    expect(await service.call('queue', [{ text: 'x' }])).toMatchObject({ value: 'first' })
  })
})

describe('a job', () => {
  it('that has not finished is asked for until it has', async () => {
    let asked = 0
    const platform = await answerer((response) => {
      asked += 1
      if (asked === 1) answerJson(response, { id: 'job-1', status: 'IN_QUEUE' })
      else if (asked === 2) answerJson(response, { id: 'job-1', status: 'IN_PROGRESS' })
      else answerJson(response, { id: 'job-1', status: 'COMPLETED', output: { done: true } })
    })
    const service = await start(artifact(), { RESOURCE_URLS: `model=${platform.url}` })
    expect(await service.call('queue', [{ text: 'x' }])).toMatchObject({ value: { done: true } })
    expect(platform.asked.map(({ method, path }) => [method, path.split('?')[0]])).toEqual([
      ['POST', '/runsync'],
      ['GET', '/status/job-1'],
      ['GET', '/status/job-1'],
    ])
  })
})

describe('the key', () => {
  it.each([
    ['goes to a host that is listed', 'listed', 'Bearer secret'],
    ["goes to a host of the platform's", 'keyHosts', 'Bearer secret'],
    ['does not go to a host that only a manifest names', null, undefined],
  ] as const)('%s', async (_, list, authorization) => {
    const other = await answerer((response) => answerJson(response, 1))
    await using anywhere = new EgressClient({ check: () => null })
    const rules = { listed: [], keyHosts: [], ...(list === null ? {} : { [list]: [ruleOfUrl(new URL(other.url))] }) }
    const openClients = async () => ({ publicClient: anywhere, listedClient: anywhere })
    const ask = createResourceClient({ openClients, ...rules, apiKey: 'secret' })
    const call = { answerBytes: 100, takeBytes: () => true, signal: new AbortController().signal }
    const answer = await ask(call, { method: 'GET', href: other.url, body: null, deadlineMs: 1_000 })
    expect(answer).toEqual({ ok: true, status: 200, body: '1' })
    expect(other.asked[0]?.headers.authorization).toBe(authorization)
  })
})

it('a service that is told to lets no code call other resources', async () => {
  const service = await start(artifact(), { REMOTE_CALLS: '0' })
  const { value } = await service.call('tryAsk', ['predict', { text: 'x' }])
  expect(value).toMatchObject({ code: 'EGRESS_DENIED', message: expect.stringContaining('lets no code') })
})

it('a task makes as many calls as it may, and not one more', async () => {
  const service = await start(artifact(), { REMOTE_CALLS: '1', EXECUTORS_PER_DEPLOYMENT: '2' })
  expect((await service.call('twice', [{ text: 'x' }])).value).toEqual([
    { text: 'X' },
    {
      code: 'LIMIT_EGRESS',
      message: 'Calls of other resources of this task would be 2; the limit is 1.',
    },
  ])
})
