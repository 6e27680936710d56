// What bounds the front process: sizes, the buffer budget, slow and vanishing clients, shutting down.
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { holding, returned } from '../support/fake-executor.ts'
import { createTestService, listen, send, sendRaw, until } from '../support/test-service.ts'

const REQUEST = { function_name: 'f', function_code: 'x', serialization_format: 'json' }
const BODY = JSON.stringify(REQUEST)
const WRAPPED = JSON.stringify({ input: REQUEST })
const headers = { 'content-type': 'application/json' }
const HEAD = 'POST /execute HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'

describe('a body', () => {
  test('that announces too much is refused before it is sent', async () => {
    const service = createTestService()
    await using server = await listen(service)
    const { text } = await sendRaw(server, `${HEAD}Content-Length: 10001\r\n\r\n`)
    expect(text).toMatch(/^HTTP\/1\.1 413 /)
    expect(text).toContain('PAYLOAD_TOO_LARGE: The limit of a body is 10,000 bytes; this one is 10,001 bytes.')
  })

  test.each([
    ['a key', { kind: 'key', key: 'k' } as const],
    ['none', { kind: 'loopback' } as const],
  ])('with a Content-Encoding is refused by that name, by a service with %s', async (_, access) => {
    const { post } = createTestService({ app: { access } })
    const key = { authorization: 'Bearer k' }
    const gzip = await post('/execute', BODY, { ...key, 'content-encoding': 'gzip' })
    expect(gzip).toMatchObject({ status: 415, code: 'UNSUPPORTED_MEDIA_TYPE' })
    expect(gzip.text).toContain('this one has \\"gzip\\".')
    expect((await post('/execute', BODY, { ...key, 'content-encoding': 'Identity' })).status).toBe(200)
  })

  test('without a length is counted while it arrives', async () => {
    const service = createTestService()
    await using server = await listen(service)
    const chunk = `1000\r\n${'x'.repeat(0x1000)}\r\n`
    const { text } = await sendRaw(server, `${HEAD}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(3)}`)
    expect(text).toMatch(/^HTTP\/1\.1 413 /)
    await until(() => service.buffers.usedBytes === 0)
  })

  test('may be exactly as large as the limit, with or without a length', async () => {
    const { post } = createTestService()
    const filler = (bytes: number): string => JSON.stringify({ ...REQUEST, x: 'x'.repeat(bytes) })
    const exact = filler(10_000 - filler(0).length)
    expect((await post('/execute', exact)).status).toBe(200)
    expect((await post('/execute', exact, { 'content-length': '10000' })).status).toBe(200)
    expect(await post('/execute', ` ${exact}`)).toMatchObject({ status: 413, code: 'PAYLOAD_TOO_LARGE' })
  })

  test('in many chunks is put together rightly', async () => {
    const service = createTestService()
    await using server = await listen(service)
    const chunks = [...Buffer.from(JSON.stringify({ ...REQUEST, args: ['é'] }))].map((byte) =>
      Buffer.concat([Buffer.from('1\r\n'), Buffer.from([byte]), Buffer.from('\r\n')]),
    )
    const bytes = Buffer.concat([
      Buffer.from(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`),
      ...chunks,
      Buffer.from('0\r\n\r\n'),
    ])
    const { text } = await sendRaw(server, bytes)
    expect(text).toMatch(/^HTTP\/1\.1 200 /)
    expect(service.executor.onlyTask.invocation.input.text).toBe('{"args":["é"],"kwargs":{}}')
  })

  test('that stops arriving is given up, and its bytes are free again', async () => {
    const service = createTestService({ app: { uploadMs: 100 } })
    await using server = await listen(service)
    const { text } = await sendRaw(server, `${HEAD}Content-Length: 500\r\n\r\n{"a"`)
    expect(text).toMatch(/^HTTP\/1\.1 408 /)
    expect(text).toContain('UPLOAD_TOO_SLOW: ')
    await until(() => service.buffers.usedBytes === 0)
  })

  test('that trickles in does not win time with each byte', async () => {
    const service = createTestService({ app: { uploadMs: 200 } })
    await using server = await listen(service)
    const socket = connect(server.address.port, '127.0.0.1')
    socket.on('error', () => undefined)
    socket.write(`${HEAD}Content-Length: 500\r\n\r\n`)
    const trickle = setInterval(() => socket.write(' '), 20)
    const started = performance.now()
    const [first] = await new Promise<Buffer[]>((resolve) => socket.once('data', (data: Buffer) => resolve([data])))
    clearInterval(trickle)
    socket.destroy()
    expect(first?.toString()).toMatch(/^HTTP\/1\.1 408 /)
    expect(performance.now() - started).toBeLessThan(1_000)
  })

  test('whose client goes away leaves nothing behind', async () => {
    const service = createTestService()
    await using server = await listen(service)
    const socket = connect(server.address.port, '127.0.0.1')
    socket.write(`${HEAD}Content-Length: 500\r\n\r\n{"a"`)
    await until(() => service.buffers.usedBytes === 500)
    socket.destroy()
    await until(() => service.buffers.usedBytes === 0)
    expect(service.executor.tasks).toEqual([])
    expect(service.defects).toEqual([])
  })
})

describe('the buffer budget', () => {
  test('is taken by running requests, and another is refused before its body is sent', async () => {
    const { behaviour, release } = holding()
    const service = createTestService({ behaviour, bufferedBytes: 1_000 })
    await using server = await listen(service)
    const large = JSON.stringify({ ...REQUEST, args: ['x'.repeat(700)] })
    const first = send(server, { method: 'POST', path: '/execute', headers, body: large })
    await until(() => service.executor.tasks.length === 1)
    const second = await sendRaw(server, `${HEAD}Content-Length: 500\r\n\r\n`)
    expect(second.text).toMatch(/^HTTP\/1\.1 429 /)
    expect(second.text).toMatch(/x-error-code: BUFFERS_FULL/i)
    release(returned('1'))
    expect((await first).status).toBe(200)
    await until(() => service.buffers.usedBytes === 0)
    expect((await send(server, { method: 'POST', path: '/execute', headers, body: large })).status).toBe(200)
  })

  test.each([
    ['an id that no function has', { instance_id: 'x'.repeat(700) }],
    ['the name of a class in a request for a function', { class_name: 'x'.repeat(700) }],
    ['a method of no class', { method_name: 'x'.repeat(700) }],
  ])('is taken by texts that nobody reads: %s', async (_what, junk) => {
    const { behaviour, release } = holding()
    const service = createTestService({ behaviour, bufferedBytes: 1_000 })
    await using server = await listen(service)
    const body = JSON.stringify({ ...REQUEST, ...junk })
    const first = send(server, { method: 'POST', path: '/execute', headers, body })
    await until(() => service.executor.tasks.length === 1)
    const second = await sendRaw(server, `${HEAD}Content-Length: 500\r\n\r\n`)
    expect(second.text).toMatch(/x-error-code: BUFFERS_FULL/i)
    release(returned('1'))
    expect((await first).status).toBe(200)
    await until(() => service.buffers.usedBytes === 0)
  })

  test('is held by a job of /run until it ends, and not by its answer', async () => {
    const { behaviour, release } = holding()
    const service = createTestService({ behaviour })
    await service.post('/run', WRAPPED)
    await until(() => service.executor.tasks.length === 1)
    expect(service.buffers.usedBytes).toBeGreaterThan(0)
    release()
    await until(() => service.buffers.usedBytes === 0)
  })

  test('counts a body without a length as it grows', async () => {
    const service = createTestService({ bufferedBytes: 5_000 })
    await using server = await listen(service)
    const chunk = `1000\r\n${' '.repeat(0x1000)}\r\n`
    const { text } = await sendRaw(server, `${HEAD}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(2)}`)
    expect(text).toMatch(/^HTTP\/1\.1 429 /)
  })

  test('counts numbers that grow when they are written again', async () => {
    const service = createTestService({ bufferedBytes: 6_000 })
    const args = `[${'1e20,'.repeat(1_000)}1]`
    const answer = await service.post('/execute', `{"function_name":"f","function_code":"x","args":${args}}`)
    expect(answer).toMatchObject({ status: 429, code: 'BUFFERS_FULL' })
    expect(service.buffers.usedBytes).toBe(0)
  })

  test('turns an answer for which there is no room into an error, not into memory', async () => {
    const service = createTestService({ behaviour: () => returned(`"${'x'.repeat(200_000)}"`), bufferedBytes: 100_000 })
    const executed = await service.post('/execute', BODY)
    expect(executed).toMatchObject({
      status: 200,
      code: 'BUFFERS_FULL',
      json: { success: false, error: expect.stringMatching(/^BUFFERS_FULL: /) },
    })
    const ran = await service.post('/runsync', WRAPPED)
    expect(ran).toMatchObject({ status: 200, code: 'BUFFERS_FULL', json: { status: 'IN_PROGRESS' } })
    const id = JSON.parse(ran.text).id
    expect(await service.get(`/status/${id}`)).toMatchObject({ status: 429, code: 'BUFFERS_FULL' })
    expect(service.buffers.usedBytes).toBe(0)
  })

  test('covers an answer until its client has read it, and a client that does not read is cut off', async () => {
    const behaviour = () => returned(`"${'x'.repeat(8_000_000)}"`)
    const service = createTestService({ behaviour, bufferedBytes: 10_000_000, app: { sendMs: 300 } })
    await using server = await listen(service)
    const socket = connect(server.address.port, '127.0.0.1')
    socket.on('error', () => undefined)
    socket.pause()
    socket.write(`${HEAD}Content-Length: ${BODY.length}\r\n\r\n${BODY}`)
    await until(() => service.buffers.usedBytes > 8_000_000)
    expect(socket.destroyed).toBe(false)
    await until(() => service.buffers.usedBytes === 0)
    socket.destroy()
  })
})

describe('a client that goes away', () => {
  test('cancels its task of /execute', async () => {
    const { behaviour } = holding()
    const service = createTestService({ behaviour })
    await using server = await listen(service)
    const controller = new AbortController()
    const gone = send(server, { method: 'POST', path: '/execute', headers, body: BODY, signal: controller.signal })
    await until(() => service.executor.tasks.length === 1)
    controller.abort()
    await expect(gone).rejects.toThrow('aborted')
    await until(() => service.records.length === 1)
    expect(service.records).toMatchObject([{ route: '/execute', code: 'CANCELLED' }])
    expect(service.buffers.usedBytes).toBe(0)
  })

  test('does not cancel its job of /runsync', async () => {
    const { behaviour, release } = holding()
    const service = createTestService({ behaviour })
    await using server = await listen(service)
    const controller = new AbortController()
    const gone = send(server, { method: 'POST', path: '/runsync', headers, body: WRAPPED, signal: controller.signal })
    await until(() => service.executor.tasks.length === 1)
    controller.abort()
    await expect(gone).rejects.toThrow('aborted')
    const { id } = service.executor.onlyTask
    release(returned('7'))
    await until(() => service.jobs.counts(null).completed === 1)
    expect((await service.get(`/status/${id}`)).json).toMatchObject({ status: 'COMPLETED', output: { json_result: 7 } })
    await until(() => service.buffers.usedBytes === 0)
  })

  test('and one that stays is not cancelled by having sent everything', async () => {
    const { behaviour, release } = holding()
    const service = createTestService({ behaviour })
    await using server = await listen(service)
    const answer = send(server, { method: 'POST', path: '/execute', headers, body: BODY })
    await until(() => service.executor.tasks.length === 1)
    release(returned('1'))
    expect((await answer).text).toContain('"success":true')
  })
})

describe('connections', () => {
  const ping = 'GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n'

  test('above their number are closed without an answer, counted, and let in again when others go', async () => {
    let refused = 0
    const options = { connectionsMax: 3, onConnectionsRefused: (count: number) => (refused += count) }
    await using server = await listen(createTestService(), options)
    const connected = async (): Promise<Socket> => {
      const socket = connect(server.address.port, '127.0.0.1')
      socket.write(ping)
      await once(socket, 'data')
      return socket
    }
    const [first, second] = await Promise.all([connected(), connected(), connected()])
    const extra = await Promise.all(Array.from({ length: 4 }, () => sendRaw(server, ping)))
    expect(extra).toEqual(extra.map(() => ({ text: '', isClosed: true })))
    first.write(ping)
    expect(String(await once(first, 'data'))).toContain('200 OK')
    await until(() => refused === 4)
    expect([server.refusedConnections, await server.countConnections()]).toEqual([4, 3])
    second.destroy()
    await once(second, 'close')
    expect((await sendRaw(server, ping)).text).toContain('200 OK')
  })

  test('on which nothing is asked are cut off after the deadline for headers', async () => {
    await using server = await listen(createTestService(), { headersMs: 200, requestMs: 400 })
    const { isClosed } = await sendRaw(server, '', { waitMs: 4_000, answers: 2 })
    expect(isClosed).toBe(true)
  })

  test('on which a body comes for a route that reads none are cut off', async () => {
    await using server = await listen(createTestService())
    const head = 'GET /ping HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello'
    const { text, isClosed } = await sendRaw(server, head, { waitMs: 4_000, answers: 2 })
    expect([isClosed, text.slice(0, 15)]).toEqual([true, 'HTTP/1.1 200 OK'])
  })
})

describe('closing the server', () => {
  test('lets a running request end, takes no other, and closes idle connections', async () => {
    const { behaviour, release } = holding()
    const service = createTestService({ behaviour })
    const server = await listen(service, { keepAliveMs: 60_000 })
    const idle = connect(server.address.port, '127.0.0.1')
    const idleClosed = new Promise((resolve) => idle.once('close', resolve))
    idle.write('GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await new Promise((resolve) => idle.once('data', resolve))
    const { port } = server.address
    const busy = connect(port, '127.0.0.1')
    const busyClosed = new Promise((resolve) => busy.once('close', resolve))
    let text = ''
    busy.on('data', (data: Buffer) => (text += data.toString()))
    busy.write(`${HEAD}Content-Length: ${BODY.length}\r\n\r\n${BODY}`)
    await until(() => service.executor.tasks.length === 1)
    const closed = server.close(5_000)
    await idleClosed
    await expect(new Promise((_resolve, reject) => connect(port, '127.0.0.1').once('error', reject))).rejects.toThrow(
      'ECONNREFUSED',
    )
    release(returned('1'))
    await closed
    await busyClosed
    expect(text).toContain('"success":true')
  })

  test('cuts what has not ended when the grace is over', async () => {
    const { behaviour } = holding()
    const service = createTestService({ behaviour })
    const server = await listen(service)
    const running = send(server, { method: 'POST', path: '/execute', headers, body: BODY })
    const broken = running.then(
      () => 'answered',
      (error: Error) => error.message,
    )
    await until(() => service.executor.tasks.length === 1)
    await server.close(20)
    expect(await broken).toBe('socket hang up')
  })
})
