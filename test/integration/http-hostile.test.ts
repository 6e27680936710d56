// Requests made to hurt: each must be answered or cut off, and the service must answer the next one.
import { afterEach, describe, expect, test } from 'vitest'
import { createTestService, listen, send, sendRaw } from '../support/test-service.ts'
import type { TestService } from '../support/test-service.ts'

const HEAD = 'POST /execute HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'
const services: TestService[] = []

function create(inputBytes = 20_000_000): TestService {
  const app = { inputBytes, syncInputBytes: inputBytes }
  const service = createTestService({
    app,
    limits: { inputBytes },
    bufferedBytes: 100_000_000,
    behaviour: ({ invocation }) => ({
      ok: true,
      value: JSON.stringify(invocation.input.text.length),
      stdout: '',
      usage: { cpuMs: 0, wallMs: 0, phases: {} },
    }),
  })
  services.push(service)
  return service
}

afterEach(async () => {
  const left = services.splice(0)
  for (const service of left) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const { status } = await service.get('/ping')
    const isUnharmed = status === 200 && service.defects.length === 0 && service.buffers.usedBytes === 0
    if (!isUnharmed) throw new Error('the service is harmed')
  }
})

describe('hostile JSON', () => {
  test.each([
    ['arrays in args', `{"function_name":"f","function_code":"x","args":${'['.repeat(500_000)}${']'.repeat(500_000)}}`],
    [
      'objects in kwargs',
      `{"function_name":"f","function_code":"x","kwargs":${'{"a":'.repeat(300_000)}1${'}'.repeat(300_000)}}`,
    ],
    ['an ignored key', `{"function_name":"f","function_code":"x","y":${'['.repeat(500_000)}${']'.repeat(500_000)}}`],
    ['nothing but opening brackets', '['.repeat(5_000_000)],
    ['an array of negative zeros', `${'[-0,'.repeat(300_000)}-0${']'.repeat(300_000)}`],
  ])('nested far too deeply in %s is 422', async (_where, body) => {
    const { post } = create()
    for (const path of ['/execute', '/run', '/runsync']) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect(await post(path, body)).toMatchObject({
        status: 422,
        code: 'REQUEST_INVALID',
        json: { detail: [{ type: 'json_invalid' }] },
      })
    }
  })

  test.each([
    ['lists in args', `{"function_name":"f","function_code":"x","args":[${'[],'.repeat(1_100_000)}[]]}`],
    ['strings in an ignored key', `{"function_name":"f","function_code":"x","y":[${'"",'.repeat(1_100_000)}""]}`],
    ['numbers without an end', `[${'1,'.repeat(1_100_000)}"`],
  ])('with more than a million %s is 422', async (_where, body) => {
    const { post } = create()
    for (const path of ['/execute', '/run', '/runsync']) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect(await post(path, body)).toMatchObject({
        status: 422,
        code: 'REQUEST_INVALID',
        json: {
          detail: [{ type: 'json_invalid', ctx: { error: expect.stringContaining('1,000,000 values') } }],
        },
      })
    }
  })

  test('of one string as long as a body may be is just a request', async () => {
    const { post } = create()
    const body = JSON.stringify({ function_name: 'f', function_code: 'x', args: [',[:"'.repeat(3_000_000)] })
    expect(await post('/execute', body)).toMatchObject({ status: 200, code: null })
  })

  test('with nearly a hundred thousand keyword arguments is just a request', async () => {
    const { post } = create()
    const kwargs = Object.fromEntries(Array.from({ length: 99_000 }, (_, index) => [`k${index}`, index]))
    const body = { function_name: 'f', function_code: 'x', kwargs, limits: { inputBytes: 9_999 } }
    expect(await post('/execute', body)).toMatchObject({ status: 200, code: 'PAYLOAD_TOO_LARGE' })
  })

  test('with the same key twice means the last one', async () => {
    const service = create()
    const body = '{"function_name":"a","function_code":"x","function_name":"b","args":[1],"args":[2]}'
    expect((await service.post('/execute', body)).status).toBe(200)
    expect(service.executor.onlyTask.invocation).toMatchObject({
      name: 'b',
      input: { text: '{"args":[2],"kwargs":{}}' },
    })
  })

  test.each([
    '{"__proto__":{"function_name":"f","function_code":"x"}}',
    '{"input":{"__proto__":{"function_name":"f","function_code":"x"}}}',
    '{"function_name":"f","function_code":"x","limits":{"__proto__":{"wallMs":1}}}',
    '{"function_name":"f","function_code":"x","policy":{"__proto__":{"ttl":1}},"modules":{"__proto__":"x"}}',
    '{"constructor":{"prototype":{"polluted":1}},"function_name":"f","function_code":"x"}',
  ])('%s pollutes nothing', async (body) => {
    const service = create()
    for (const path of ['/execute', '/runsync']) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect((await service.post(path, body)).status).toBeLessThan(500)
    }
    expect(Object.keys(Object.prototype)).toEqual([])
    expect('polluted' in {} || 'function_name' in {} || 'wallMs' in {}).toBe(false)
    for (const { limits } of service.executor.tasks) expect(limits.wallMs).toBe(30_000)
  })

  test('with a key of a megabyte, or a name of one, is refused without repeating it', async () => {
    const { post } = create()
    const long = 'x'.repeat(1_000_000)
    const unknown = await post('/execute', { function_name: 'f', function_code: 'x', [long]: 1 })
    expect(unknown.status).toBe(200)
    const named = await post('/execute', { function_name: long, function_code: 'x' })
    expect([named.code, named.text.length < 1_000]).toEqual(['REQUEST_INVALID', true])
    const limit = await post('/execute', { function_name: 'f', function_code: 'x', limits: { [long]: 1 } })
    expect([limit.code, limit.text.length < 1_000]).toEqual(['REQUEST_INVALID', true])
    const missing = await post('/run', { [long]: 1 })
    expect([missing.status, missing.text.length < 1_000]).toEqual([422, true])
  })

  test('that is not UTF-8 is 422', async () => {
    const { app } = create()
    const body = Buffer.concat([Buffer.from('{"function_name":"'), Buffer.from([0xff, 0xc0]), Buffer.from('"}')])
    const response = await app.request('/execute', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
    expect([response.status, await response.text()]).toEqual([422, expect.stringContaining('not UTF-8')])
  })

  test('that begins with a byte order mark is read without it', async () => {
    const { post } = createTestService()
    const request = { function_name: 'f', function_code: 'x', args: [1], serialization_format: 'json' }
    expect(await post('/execute', `\u{FEFF}${JSON.stringify(request)}`)).toMatchObject({
      status: 200,
      json: { success: true },
    })
    expect(await post('/execute', '\u{FEFF}')).toMatchObject({ status: 422, code: 'REQUEST_INVALID' })
  })
})

describe('hostile HTTP', () => {
  test.each([
    ['a length beside chunks', `${HEAD}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['two lengths', `${HEAD}Content-Length: 5\r\nContent-Length: 6\r\n\r\n12345`],
    ['a length that is no number', `${HEAD}Content-Length: -5\r\n\r\n`],
    ['a length beyond all numbers', `${HEAD}Content-Length: 99999999999999999999999\r\n\r\n`],
    ['a chunk size that is none', `${HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\n`],
    ['an unknown transfer encoding', `${HEAD}Transfer-Encoding: gzip\r\n\r\n`],
    ['a line feed in a header', `${HEAD}X: a\nContent-Length: 5\r\n\r\n`],
    ['a backslash in the path', 'GET /\\evil HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'],
    ['a Host that is none', 'GET /ping HTTP/1.1\r\nHost: a b/../c\r\nConnection: close\r\n\r\n'],
    ['no HTTP at all', '\x16\x03\x01\x02\x00\x01\x00'],
  ])('with %s is refused', async (_what, bytes) => {
    await using server = await listen(create())
    const { text } = await sendRaw(server, bytes)
    expect(text).toMatch(/^HTTP\/1\.1 (400|403|413|501) /)
  })

  test('with too many bytes of headers is 431', async () => {
    await using server = await listen(create())
    const { text } = await sendRaw(server, `${HEAD}X-Long: ${'x'.repeat(40_000)}\r\n\r\n`)
    expect(text).toMatch(/^HTTP\/1\.1 431 /)
  })

  test('whose headers never end is cut off', async () => {
    await using server = await listen(create(), { headersMs: 200, requestMs: 400 })
    const { text, isClosed } = await sendRaw(server, 'POST /execute HTTP/1.1\r\nHost: localhost\r\nX: 1\r\n', {
      waitMs: 4_000,
      answers: 2,
    })
    expect(isClosed).toBe(true)
    expect(text).toMatch(/^(HTTP\/1\.1 408 |$)/)
  })

  test('on an idle connection is cut off after its keep-alive time', async () => {
    await using server = await listen(create(), { keepAliveMs: 100 })
    const { isClosed, text } = await sendRaw(server, 'GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n', {
      waitMs: 4_000,
      answers: 2,
    })
    expect([isClosed, text.slice(0, 15)]).toEqual([true, 'HTTP/1.1 200 OK'])
  })

  test('in a pipeline gets its answers in order', async () => {
    await using server = await listen(create())
    const one = (body: string): string => `${HEAD}Content-Length: ${body.length}\r\n\r\n${body}`
    const { text } = await sendRaw(
      server,
      one('[1]') + one('{}') + 'GET /ping HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
      { answers: 3 },
    )
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 422', 'HTTP/1.1 200', 'HTTP/1.1 200'])
  })

  test('that smuggles a second request behind a refused body gets no second answer out of it', async () => {
    const service = create(10)
    await using server = await listen(service)
    const inner = 'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n'
    const { text } = await sendRaw(server, `${HEAD}Content-Length: ${inner.length}\r\n\r\n${inner}`, {
      waitMs: 300,
      answers: 2,
    })
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 413'])
  })

  test.each([
    '/%',
    '/%zz/run',
    '//run',
    '/v2//run',
    '/v2/%00/run',
    `/v2/${'x'.repeat(10_000)}/run`,
    '/status/%ff',
    '/run?%',
    '/runsync?wait=%',
  ])('to the path %s is answered', async (path) => {
    await using server = await listen(create())
    const headers = { 'content-type': 'application/json' }
    const answer = await send(server, { method: 'POST', path, headers, body: '{}' })
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(answer.status).toBeLessThan(500)
    expect(answer.headers['content-type']).toBe('application/json')
  })
})
