// The admin routes against the real service: who may use them, and what each of them does to what is served.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ADMIN_KEY, AdminClient } from '../support/admin-client.ts'
import { artifactOf } from '../support/deployed-service.ts'
import type { Artifact } from '../support/deployed-service.ts'
import { ServiceProcess } from '../support/service-process.ts'

const API_KEY = 'the-key-of-the-clients'
const VERSION = expect.stringMatching(/^[0-9a-f]{16}$/u) as unknown

const answering = (text: string): Artifact =>
  artifactOf({ m: `export const f = () => ${JSON.stringify(text)}` }, [{ name: 'f', module: 'm' }])

let folder = ''
let service: ServiceProcess
let admin: AdminClient
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'admin-'))
  service = await ServiceProcess.start({
    env: { ADMIN_KEY, API_KEY, DATA_DIR: folder, CPU_MS: '300', EGRESS_POLICY: 'public' },
  })
  admin = new AdminClient(service.url)
})
afterAll(async () => {
  await service[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

/** What the endpoint's function returns, or the status when there is no such endpoint. */
async function callAt(endpoint: string): Promise<unknown> {
  const answer = await fetch(`${service.url}/v2/${endpoint}/runsync`, {
    method: 'POST',
    headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ input: { __empty: true } }),
  })
  const job = (await answer.json()) as { readonly output?: unknown }
  return answer.status === 200 ? job.output : answer.status
}

const ROUTES = [
  ['GET', ''],
  ['PUT', '/one'],
  ['DELETE', '/one'],
  ['POST', '/one/restore'],
] as const

describe.each(ROUTES)('%s /admin/deployments%s', (method, path) => {
  test.each([
    ['no key', null],
    ['another key', 'wrong'],
    ['an empty key', ''],
    ['the key of the clients', API_KEY],
    ['a beginning of the key', ADMIN_KEY.slice(0, -1)],
  ])('with %s is refused', async (_name, key) => {
    expect(await admin.send({ method, path, key })).toMatchObject({
      status: 401,
      code: 'UNAUTHORIZED',
      body: { error: { code: 'UNAUTHORIZED', blame: 'request' } },
    })
  })

  test('is no route of a service without an admin key, whatever key is sent', async () => {
    await using keyless = await ServiceProcess.start({ env: { API_KEY } })
    const client = new AdminClient(keyless.url)
    for (const key of [null, '', API_KEY, ADMIN_KEY]) {
      // oxlint-disable-next-line no-await-in-loop -- one service, one request after the other
      expect(await client.send({ method, path, key })).toMatchObject({ status: 404, body: { detail: 'Not Found' } })
    }
  })
})

test('the key of the operator does not run code', async () => {
  const answer = await fetch(`${service.url}/runsync`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN_KEY}` },
    body: '{"input":{}}',
  })
  expect(answer.status).toBe(401)
})

test('an endpoint is deployed, replaced, listed, restored by name, and removed', async () => {
  const first = await admin.deploy('shop', answering('first'))
  expect(first).toMatchObject({ status: 200, body: { endpoint: 'shop', version: VERSION, previous: null } })
  expect(await callAt('shop')).toBe('first')
  const second = await admin.deploy('shop', answering('second'))
  expect(second.body).toMatchObject({ endpoint: 'shop', version: VERSION, previous: first.body['version'] })
  expect(await callAt('shop')).toBe('second')
  expect(await admin.send({ method: 'GET' })).toMatchObject({
    status: 200,
    body: {
      deployments: [{ endpoint: 'shop', version: second.body['version'], previous: [first.body['version']] }],
    },
  })
  expect(await admin.restore('shop', String(first.body['version']))).toMatchObject({
    status: 200,
    body: { endpoint: 'shop', version: first.body['version'], previous: second.body['version'] },
  })
  expect(await callAt('shop')).toBe('first')
  expect(await admin.send({ method: 'DELETE', path: '/shop' })).toMatchObject({
    status: 200,
    body: { endpoint: 'shop' },
  })
  expect((await admin.send({ method: 'GET' })).body).toEqual({ deployments: [] })
})

test('the same content is the same version, whenever it is deployed', async () => {
  const { version } = (await admin.deploy('same', answering('same'))).body
  expect((await admin.deploy('same', answering('same'))).body).toMatchObject({ version, previous: version })
  await admin.send({ method: 'DELETE', path: '/same' })
})

describe('endpoints beside each other', () => {
  beforeAll(async () => {
    await admin.deploy('red', answering('red'))
    await admin.deploy('blue', answering('blue'))
  })

  test('answer with their own code, and an id of neither is not found', async () => {
    expect([await callAt('red'), await callAt('blue'), await callAt('green')]).toEqual(['red', 'blue', 404])
  })

  test.each([
    ['that is no archive', async () => admin.send({ method: 'PUT', path: '/red', body: 'no archive' })],
    ['that is empty', async () => admin.send({ method: 'PUT', path: '/red', body: '' })],
    [
      'whose manifest breaks a rule',
      async () => admin.deploy('red', { files: {}, resources: {}, registry: { f: 'nowhere' } }),
    ],
    ['whose module throws', async () => admin.deploy('red', throwing('throw new Error("at load")'))],
    ['whose module never ends', async () => admin.deploy('red', throwing('for (;;);'))],
    ['whose module is no JavaScript', async () => admin.deploy('red', throwing('def f(): return 1'))],
  ] as const)('an artifact %s leaves the old version serving', async (_name, deploy) => {
    const before = (await admin.send({ method: 'GET' })).body
    expect(await deploy()).toMatchObject({ status: 422, code: 'DEPLOYMENT_INVALID' })
    expect(await callAt('red')).toBe('red')
    expect((await admin.send({ method: 'GET' })).body).toEqual(before)
  })

  test('a refused artifact tells why, without where it lay', async () => {
    const empty = await admin.send({ method: 'PUT', path: '/red', body: '' })
    expect(empty.body).toMatchObject({ error: { message: expect.stringContaining('The body is empty') } })
    const { body } = await admin.deploy('red', throwing('throw new Error("at load")'))
    expect(body['error']).toMatchObject({
      message: expect.stringContaining("Module 'm' cannot be loaded: GUEST_THREW: at load") as unknown,
    })
    const bad = await admin.send({ method: 'PUT', path: '/red', body: 'no archive' })
    expect(JSON.stringify(bad.body)).not.toContain(folder)
  })

  test.each([
    ['a version that never was', 'red', { version: '0123456789abcdef' }, 422, "has no version '0123456789abcdef'"],
    ['an endpoint that is not', 'none', { version: 'x' }, 422, "Nothing is deployed at endpoint 'none'"],
    ['no version', 'red', {}, 422, '{"version": "…"}'],
  ] as const)('restoring %s changes nothing and says so', async (_name, endpoint, body, status, message) => {
    const answer = await admin.send({ method: 'POST', path: `/${endpoint}/restore`, body: JSON.stringify(body) })
    expect(answer).toMatchObject({ status })
    expect(JSON.stringify(answer.body['error'])).toContain(JSON.stringify(message).slice(1, -1))
    expect(await callAt('red')).toBe('red')
  })

  test('removing what is not there is not found', async () => {
    expect(await admin.send({ method: 'DELETE', path: '/none' })).toMatchObject({
      status: 404,
      code: 'ENDPOINT_NOT_FOUND',
    })
  })

  test.each(['a%2Fb', 'x'.repeat(65), 'sp%20ace', '%00'])('%s is no id of an endpoint', async (id) => {
    expect(await admin.send({ method: 'DELETE', path: `/${id}` })).toMatchObject({
      status: 422,
      code: 'REQUEST_INVALID',
    })
  })
})

test('what was deployed is live again after a kill, and what was removed is not', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'admin-again-'))
  const env = { ADMIN_KEY, DATA_DIR: dataDir }
  const answerAt = async ({ url }: ServiceProcess, endpoint: string): Promise<unknown> => {
    const answer = await fetch(`${url}/v2/${endpoint}/runsync`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ input: { __empty: true } }),
    })
    return answer.status === 200 ? ((await answer.json()) as { readonly output?: unknown }).output : answer.status
  }
  try {
    await using first = await ServiceProcess.start({ env })
    const client = new AdminClient(first.url)
    for (const [endpoint, text] of [
      ['red', 'old'],
      ['red', 'new'],
      ['blue', 'blue'],
      ['gone', 'gone'],
    ] as const) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect(await client.deploy(endpoint, answering(text))).toMatchObject({ status: 200 })
    }
    expect(await client.send({ method: 'DELETE', path: '/gone' })).toMatchObject({ status: 200 })
    await first.stop('SIGKILL')
    await using second = await ServiceProcess.start({ env })
    const answers = await Promise.all(['red', 'blue', 'gone'].map(async (endpoint) => answerAt(second, endpoint)))
    expect(answers).toEqual(['new', 'blue', 404])
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
})

const throwing = (source: string): Artifact =>
  artifactOf({ m: `${source}\nexport const f = () => 1` }, [{ name: 'f', module: 'm' }])

describe('GET /admin/egress/explain', () => {
  const explain = async (query: string, key = ADMIN_KEY): Promise<{ status: number; body: unknown }> => {
    const answer = await fetch(`${service.url}/admin/egress/explain?${query}`, {
      headers: { authorization: `Bearer ${key}` },
    })
    return { status: answer.status, body: await answer.json() }
  }

  test('is for whoever has the admin key', async () => {
    expect((await explain('url=https://8.8.8.8/', API_KEY)).status).toBe(401)
    expect(await explain('method=GET')).toMatchObject({ status: 422, body: { error: { code: 'REQUEST_INVALID' } } })
  })

  test('says which rule decides, where the host leads, and what a deployed function declares', async () => {
    const files = { m: 'export const f = () => 1; export const g = () => 2' }
    await admin.deploy(
      'asking',
      artifactOf(files, [
        { name: 'f', module: 'm', egress: ['8.8.8.8', '*.example.com:8443'] },
        { name: 'g', module: 'm' },
      ]),
    )
    const rule = 'EGRESS_POLICY=public'
    expect(await explain('url=https://8.8.8.8/x')).toEqual({
      status: 200,
      body: {
        allowed: true,
        rule,
        addresses: ['8.8.8.8'],
        sentences: [
          'GET https://8.8.8.8/x is allowed by EGRESS_POLICY=public: allow public.',
          '8.8.8.8 may be connected to.',
          'The request is made. Where its answer redirects to is decided anew.',
        ],
      },
    })
    expect((await explain('url=https://8.8.8.8/&endpoint=asking&function=f')).body).toMatchObject({ allowed: true })
    expect((await explain('url=https://9.9.9.9/&endpoint=asking&function=g')).body).toMatchObject({ allowed: true })
    expect((await explain('url=https://9.9.9.9/&endpoint=asking&function=f')).body).toMatchObject({
      allowed: false,
      sentences: [
        'EGRESS_POLICY=public allows GET https://9.9.9.9/, and the function does not have 9.9.9.9 among its own hosts (egress).',
      ],
    })
    expect((await explain('url=https://9.9.9.9/&endpoint=asking&function=h')).body).toMatchObject({
      allowed: false,
      rule: null,
    })
    expect((await explain('url=http://2852039166/&method=PUT')).body).toMatchObject({
      allowed: false,
      rule,
      addresses: ['169.254.169.254'],
      sentences: expect.arrayContaining(['169.254.169.254 is a link-local address, and refused.']) as unknown,
    })
    expect((await explain('url=https://8.8.8.8:25/')).body).toMatchObject({
      allowed: false,
      sentences: [
        'GET https://8.8.8.8:25/ is denied: no rule of EGRESS_POLICY fits.',
        'EGRESS_POLICY=public (allow public) is for another port.',
      ],
    })
  })
})
