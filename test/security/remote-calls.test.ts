// Calls of other resources against what hostile code, a hostile manifest and a hostile resource can do with them.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { DeployedService } from '../support/deployed-service.ts'
import type { Artifact } from '../support/deployed-service.ts'
import { answerJson, LoopbackServer } from '../support/loopback-server.ts'
import type { Answerer } from '../support/loopback-server.ts'
import { waitFor } from '../support/service-process.ts'

const CALLER = `
  export const ask = async (name, args) => {
    try { return { value: await workerIsolateRemote(name, args) } }
    catch ({ code, message }) { return { code, message } }
  }
  export const loop = async () => workerIsolateRemote('loop')
  export const fan = async () => {
    const all = await Promise.allSettled(Array.from({ length: 16 }, () => workerIsolateRemote('fan')))
    return all.length
  }
  export const flood = async (name) => {
    const codes = {}
    for (let n = 0; n < 3000; n++) {
      try { await workerIsolateRemote(name) } catch ({ code }) { codes[code] = (codes[code] ?? 0) + 1 }
    }
    return codes
  }`

const OTHERS = {
  queue: { functions: [{ name: 'predict', module: 'm' }] },
  api: {
    is_load_balanced: true,
    functions: [{ name: 'describe', module: 'm', http_method: 'GET', http_path: '/items/{id}' }],
  },
}

function artifactOf(urls: Readonly<Record<string, string>>): Artifact {
  const own = ['ask', 'loop', 'fan', 'flood'].map((name) => ({ name, module: 'caller', max_concurrency: 1 }))
  // A queue calls its first function: each has a resource of its own.
  const resources = Object.fromEntries(own.map((one) => [`of-${one.name}`, { functions: [one] }]))
  return {
    files: { 'caller.js': CALLER, 'm.js': 'export const predict = () => 1; export const describe = () => 1' },
    urls,
    resources: { ...resources, ...OTHERS },
  }
}

const open: AsyncDisposable[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map(async (one) => one[Symbol.asyncDispose]()))
})

async function startOther(answer: Answerer): Promise<LoopbackServer> {
  const server = await LoopbackServer.start(answer)
  open.push(server)
  return server
}

async function startCaller(urls: Record<string, string>, env: Record<string, string> = {}): Promise<DeployedService> {
  const service = await DeployedService.start(artifactOf(urls), env)
  open.push(service)
  return service
}

/** A service for which the other is listed. */
async function startWith(other: LoopbackServer, env: Record<string, string> = {}): Promise<DeployedService> {
  return startCaller({ queue: other.url, api: other.url }, { EGRESS_ALLOW: other.url, ...env })
}

/** One service for the tests that want nothing of its own; the server that stands for the other host is each test's. */
let shared: { readonly other: LoopbackServer; readonly service: DeployedService }
let answerShared: Answerer = () => undefined
beforeAll(async () => {
  const other = await LoopbackServer.start((response, asked) => answerShared(response, asked))
  const urls = { queue: other.url, api: other.url }
  const service = await DeployedService.start(artifactOf(urls), {
    EGRESS_ALLOW: other.url,
    REMOTE_API_KEY: 'secret-key',
  })
  shared = { other, service }
})
afterAll(async () => {
  await shared.service[Symbol.asyncDispose]()
  await shared.other[Symbol.asyncDispose]()
})

function shareWith(answer: Answerer): typeof shared {
  answerShared = answer
  shared.other.asked.length = 0
  return shared
}

const ask = async (service: DeployedService, name: string, args: unknown = {}): Promise<unknown> =>
  (await service.call('ask', [name, args])).value

describe('a manifest', () => {
  it('that leads to this machine or a private address is refused before a connection is made', async () => {
    const other = await startOther((response) => answerJson(response, { status: 'COMPLETED', output: 'secret' }))
    const { port } = other
    const urls = [
      `http://127.0.0.1:${port}`,
      `http://localhost:${port}`,
      `http://[::ffff:127.0.0.1]:${port}`,
      `http://2130706433:${port}`,
      `http://0.0.0.0:${port}`,
      'http://169.254.169.254/latest/meta-data',
      'http://10.0.0.1',
      'http://[fd00::1]',
    ]
    const names = urls.map((_, number) => `reach${number}`)
    const resources = Object.fromEntries(names.map((name) => [name, { functions: [{ name, module: 'm' }] }]))
    const { files, resources: own } = artifactOf({})
    const service = await DeployedService.start(
      {
        files,
        resources: { ...own, ...resources },
        urls: Object.fromEntries(names.map((name, number) => [name, urls[number] ?? ''])),
      },
      // Listing one port of a host lists no other, and no other scheme.
      { EGRESS_ALLOW: `http://127.0.0.1:${port + 1}, https://127.0.0.1:${port}` },
    )
    open.push(service)
    for (const name of names) {
      // oxlint-disable-next-line no-await-in-loop -- so that each has the connections to itself
      const answer = await ask(service, name)
      expect(answer, name).toMatchObject({ code: 'EGRESS_DENIED', message: expect.stringMatching(/ leads to /u) })
    }
    expect(other.connections).toBe(0)
  })
})

describe('a resource', () => {
  it('that redirects is not followed', async () => {
    const target = await startOther((response) => answerJson(response, { status: 'COMPLETED', output: 1 }))
    const { service } = shareWith((response) => response.writeHead(302, { location: target.url }).end())
    for (const [name, args] of [
      ['predict', {}],
      ['describe', { id: 1 }],
    ] as const) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect(await ask(service, name, args)).toMatchObject({
        code: 'REMOTE_FAILED',
        message: expect.stringMatching(/status 302 .*redirect/u),
      })
    }
    expect(target.connections).toBe(0)
  })

  it.each([
    ['says how long its answer is', 'declared'],
    ['just goes on', 'endless'],
  ])('that answers with more than it may and %s is cut off', async (_, kind) => {
    const other = await startOther((response) => {
      response.writeHead(200, kind === 'declared' ? { 'content-length': 50_000_000 } : {})
      const more = setInterval(() => response.write('x'.repeat(100_000)), 1)
      response.on('close', () => clearInterval(more))
    })
    const service = await startWith(other, { INPUT_BYTES: '200000' })
    expect(await ask(service, 'predict')).toMatchObject({
      code: 'LIMIT_EGRESS',
      message: expect.stringMatching(/the limit is 200,000/u),
    })
    await waitFor(() => other.open === 0, 2_000, 'the connection was kept')
  })

  it('counts against what all answers to one task may have', async () => {
    const other = await startOther((response) =>
      answerJson(response, { status: 'COMPLETED', output: 'x'.repeat(6_000) }),
    )
    const service = await startWith(other, { REMOTE_BYTES: '5000' })
    expect(await ask(service, 'predict')).toMatchObject({
      code: 'LIMIT_EGRESS',
      message: expect.stringMatching(/all answers together/u),
    })
  })

  it('that does not answer is given up when the wall limit ends the call, and the next call is served', async () => {
    const other = await startOther(() => undefined)
    const service = await startWith(other, { WALL_MS: '400' })
    const answer = await service.call('ask', ['predict', {}])
    // Both clocks end at the same time; whichever is first, the wait is over.
    expect(['LIMIT_WALL', null]).toContain(answer.code)
    if (answer.code === null) expect(answer.value).toMatchObject({ code: 'EGRESS_FAILED' })
    expect(answer.durationMs).toBeLessThan(2_500)
    await waitFor(() => other.open === 0, 2_000, 'the request goes on')
    expect(await ask(service, 'nothing')).toMatchObject({ code: 'ENTRY_NOT_FOUND' })
  })

  it('that never finishes its job is asked no more when the caller has gone', async () => {
    const { other, service } = shareWith((response, { method }) => {
      if (method === 'POST') answerJson(response, { id: 'job', status: 'IN_PROGRESS' })
    })
    const leave = new AbortController()
    const call = service.call('ask', ['predict', {}], { signal: leave.signal })
    await waitFor(() => other.asked.length === 2, 5_000, 'it was never asked')
    leave.abort()
    await expect(call).rejects.toThrow('aborted')
    await waitFor(() => other.open === 0, 2_000, 'the request goes on')
  })

  it.each([
    ['no JSON', 'nonsense', /no JSON/u],
    ['a list', [], /no job/u],
    ['a job of no known status', { status: 'ODD' }, /no known status/u],
    ['a job whose id leads elsewhere', { status: 'IN_QUEUE', id: '../../admin/deployments' }, /without id/u],
    ['an error in its output', { status: 'COMPLETED', output: { error: 'LIMIT_CPU: forged' } }, /forged/u],
  ])('that answers with %s gives its caller an error and nothing else', async (_, body, message) => {
    const { other, service } = shareWith((response) => {
      if (typeof body === 'string') response.end(body)
      else answerJson(response, body)
    })
    expect(await ask(service, 'predict')).toMatchObject({ message: expect.stringMatching(message) })
    expect(other.asked).toHaveLength(1)
  })
})

describe('hostile code', () => {
  it('cannot name a host or leave the path of a route', async () => {
    const { other, service } = shareWith((response) => answerJson(response, 1))
    expect(await ask(service, `${other.url}/x`)).toMatchObject({ code: 'ENTRY_NOT_FOUND' })
    for (const id of ['..', '.', '']) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect(await ask(service, 'describe', { id })).toMatchObject({ code: 'EGRESS_DENIED' })
    }
    expect(other.asked).toEqual([])
    await ask(service, 'describe', { id: '../../admin?x=1#y', 'a b': '&c=d' })
    expect(other.asked.map(({ path }) => path)).toEqual(['/items/..%2F..%2Fadmin%3Fx%3D1%23y?a+b=%26c%3Dd'])
  })

  it('that calls without end is told its limits, and its executor lives', async () => {
    const other = await startOther((response) => answerJson(response, { status: 'COMPLETED', output: null }))
    const service = await startWith(other, { REMOTE_CALLS: '5' })
    const { value } = await service.call('flood', ['predict'])
    expect(value).toEqual({ LIMIT_EGRESS: 2_995 })
    expect(other.asked).toHaveLength(5)
  })

  it.each(['loop', 'fan'])(
    'that calls itself through the service ends by its limits: %s',
    async (name) => {
      const service = await startCaller({}, { WALL_MS: '1500', EXECUTORS_PER_DEPLOYMENT: '2' })
      const { durationMs, success } = await service.call(name)
      expect(durationMs).toBeLessThan(5_000)
      if (name === 'loop') expect(success).toBe(false)
      expect(await ask(service, 'predict')).toEqual({ value: 1 })
    },
    20_000,
  )
})
