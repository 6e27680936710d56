// Who gets in: keys, origins, hosts and media types.
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createTestService, listen, send, sendRaw } from '../support/test-service.ts'

const REQUEST = { function_name: 'f', function_code: 'x', serialization_format: 'json' }
const JSON_TYPE = { 'content-type': 'application/json' }
const KEY = { access: { kind: 'key', key: 'sésame-1' } } as const
const ROUTES = ['/execute', '/run', '/runsync', '/v2/e/run', '/v2/e/runsync', '/v2/e/status/x', '/status/x', '/nowhere']

describe('with a key', () => {
  test.each(['Bearer k-1', 'bearer k-1', 'k-1', 'Bearer   k-1'])('%j is let in', async (authorization) => {
    const { post } = createTestService({ app: { access: { kind: 'key', key: 'k-1' } } })
    expect((await post('/execute', REQUEST, { authorization })).status).toBe(200)
  })

  test.each(['', 'Bearer', 'Bearer k-2', 'k-', 'k-11', 'Basic k-1', 'Bearer k-1, Bearer k-1', 'Bearer Bearer k-1'])(
    '%j is refused',
    async (authorization) => {
      const { post, executor } = createTestService({ app: { access: { kind: 'key', key: 'k-1' } } })
      const answer = await post('/execute', REQUEST, { authorization })
      expect(answer).toMatchObject({ status: 401, code: 'UNAUTHORIZED', contentType: 'application/json' })
      expect(executor.tasks).toEqual([])
    },
  )

  test.each(ROUTES)('%s wants it, with any method', async (path) => {
    const { get, post } = createTestService({ app: KEY })
    expect([(await get(path)).status, (await post(path, REQUEST)).status]).toEqual([401, 401])
  })

  test('may hold letters outside ASCII, which clients send as UTF-8', async () => {
    const { post } = createTestService({ app: KEY })
    const authorization = `Bearer ${Buffer.from('sésame-1').toString('latin1')}`
    expect((await post('/execute', REQUEST, { authorization })).status).toBe(200)
  })

  test('/ping and /ready do not want it, /health and /metrics do', async () => {
    const { get } = createTestService({ app: KEY })
    const paths = ['/ping', '/ready', '/health', '/v2/any/metrics']
    expect(await Promise.all(paths.map(async (path) => (await get(path)).status))).toEqual([200, 200, 401, 401])
  })

  test('it is checked before a byte of the body is there', async () => {
    const service = createTestService({ app: KEY })
    await using server = await listen(service)
    const { text } = await sendRaw(server, 'POST /execute HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n')
    expect(text).toMatch(/^HTTP\/1\.1 401 /)
    expect(service.buffers.usedBytes).toBe(0)
  })

  test('other origins, hosts and media types are welcome', async () => {
    const { post } = createTestService({ app: { access: { kind: 'key', key: 'k-1' } } })
    const headers = { authorization: 'k-1', origin: 'http://page', host: 'example.com', 'content-type': 'text/plain' }
    expect((await post('/execute', REQUEST, headers)).status).toBe(200)
  })
})

describe('without a key, for this machine only', () => {
  test.each(['/ping', '/ready', '/health', '/execute', '/nowhere'])(
    '%s refuses what a web page sends',
    async (path) => {
      const { get, post, executor } = createTestService()
      const { app } = createTestService()
      expect(await get(path, { origin: 'http://evil' })).toMatchObject({ status: 403, code: 'FORBIDDEN' })
      expect(await post(path, REQUEST, { origin: 'null' })).toMatchObject({ status: 403, code: 'FORBIDDEN' })
      expect(await get(path, { host: 'rebound.example:8000' })).toMatchObject({ status: 403, code: 'FORBIDDEN' })
      expect((await app.request(`http://rebound.example${path}`)).status).toBe(403)
      expect(executor.tasks).toEqual([])
    },
  )

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'text/json',
    'application/jsonx',
  ])('a body of the type %s is refused', async (type) => {
    const { post, executor } = createTestService()
    for (const path of ['/execute', '/run', '/v2/e/runsync']) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const answer = await post(path, { input: REQUEST }, { 'content-type': type })
      expect(answer).toMatchObject({ status: 415, code: 'UNSUPPORTED_MEDIA_TYPE' })
    }
    expect(executor.tasks).toEqual([])
  })

  test.each(['application/json', 'Application/JSON; charset=utf-8', 'application/json;x'])(
    'a body of the type %s is read',
    async (type) => {
      const { post } = createTestService()
      expect((await post('/execute', REQUEST, { 'content-type': type })).status).toBe(200)
    },
  )

  test('a whole URL in the request line is checked beside Host', async () => {
    await using server = await listen(createTestService())
    const statusOf = async (target: string): Promise<string> =>
      (await sendRaw(server, `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)).text.slice(
        9,
        12,
      )
    for (const target of ['http://localhost/ping', 'http://127.0.0.1:80/ping', 'http://[::1]:8000/ping']) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect([target, await statusOf(target)]).toEqual([target, '200'])
    }
    for (const target of ['http://evil/ping', 'https://localhost.evil/ping', 'http://localhost@evil/ping']) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect([target, await statusOf(target)]).toEqual([target, '403'])
    }
    for (const target of [
      'http://localhost#@evil/',
      'http://localhost\\@evil/ping',
      'localhost/ping',
      '*',
      'file:///ping',
    ]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect([target, await statusOf(target)]).toEqual([target, expect.stringMatching(/^40[034]$/)])
    }
  })

  test('Host decides on a real socket too, whatever the request line says', async () => {
    await using server = await listen(createTestService())
    const statusOf = async (line: string, host: string): Promise<string> =>
      (await sendRaw(server, `GET ${line} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)).text.slice(9, 12)
    expect(await statusOf('/ping', 'localhost')).toBe('200')
    expect(await statusOf('/ping', 'evil.example')).toBe('403')
    expect(await statusOf('http://localhost/ping', 'evil.example')).toBe('403')
    expect(await statusOf('/ping', 'evil.example\r\nHost: localhost')).toBe('400')
    expect(await statusOf('/ping', 'localhost\r\nhost: evil.example')).toBe('400')
    expect(await statusOf('/ping', 'localhost\r\nHOST: localhost')).toBe('400')
    expect((await sendRaw(server, 'GET /ping HTTP/1.1\r\nConnection: close\r\n\r\n')).text).toMatch(/^HTTP\/1\.1 400 /)
    expect((await sendRaw(server, 'GET /ping HTTP/1.0\r\n\r\n')).text).toMatch(/^HTTP\/1\.1 400 /)
  })
})

describe('without a key, by the explicit wish of the operator', () => {
  const app = { access: { kind: 'insecure' } } as const

  test('any host is served, but a web page still is not', async () => {
    await using server = await listen(createTestService({ app }))
    const body = JSON.stringify(REQUEST)
    const post = (headers: Record<string, string>) => send(server, { method: 'POST', path: '/execute', headers, body })
    expect((await post({ ...JSON_TYPE, host: 'other.example' })).status).toBe(200)
    expect((await post({ ...JSON_TYPE, origin: 'http://evil' })).status).toBe(403)
    expect((await post({ 'content-type': 'text/plain' })).status).toBe(415)
  })
})

describe('an upload that waits to be asked', () => {
  async function upload(authorization: string): Promise<readonly (string | undefined)[]> {
    const uploadFolder = await mkdtemp(join(tmpdir(), 'worker-isolate-'))
    const admin = {
      key: 'admin-1',
      uploadFolder,
      newUploadPath: () => join(uploadFolder, 'upload.tar'),
      maxArchiveBytes: 100,
      uploadMs: 1_000,
      deploy: async (endpoint: string) => ({ ok: true, endpoint, version: '1', previous: null }) as const,
      restore: async () => ({ ok: false, message: '' }) as const,
      remove: async () => false,
      explainEgress: async () => ({ isAllowed: false, rule: null, addresses: [], sentences: [] }),
      list: () => [],
    }
    await using server = await listen(createTestService({ app: { admin } }))
    const head = 'PUT /admin/deployments/e HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n'
    const socket = connect(server.address.port, '127.0.0.1')
    let text = ''
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      if (text.endsWith('Continue\r\n\r\n')) socket.write('data')
      if (text.includes('{')) socket.destroy()
    })
    socket.write(`${head}Authorization: ${authorization}\r\n\r\n`)
    await once(socket, 'close')
    await rm(uploadFolder, { recursive: true })
    return [...text.matchAll(/HTTP\/1\.1 (\d+)/gu)].map(([, status]) => status)
  }

  test('is asked for when it has the key, and refused before it is sent when it has not', async () => {
    expect(await upload('admin-1')).toEqual(['100', '200'])
    expect(await upload('admin-2')).toEqual(['401'])
  })
})
