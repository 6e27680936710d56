// Requests that a client sends before it has its answers: they wait for each other, and nobody else waits for them.
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import type { HttpServer } from '../../src/http/http-server.ts'
import { holding, returned } from '../support/fake-executor.ts'
import { createTestService, listen, sendRaw, until } from '../support/test-service.ts'

const PING = 'GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n'
const HEALTH = PING.replace('/ping', '/health')
const CALL = JSON.stringify({ function_name: 'f', function_code: 'x', serialization_format: 'json' })
const EXECUTE =
  `POST /execute HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n` +
  `Content-Length: ${CALL.length}\r\n\r\n${CALL}`

const sockets: Socket[] = []
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
})

interface Client {
  readonly socket: Socket
  readonly statuses: () => string[]
}

async function open(server: HttpServer): Promise<Client> {
  const socket = connect(server.address.port, '127.0.0.1')
  sockets.push(socket)
  let text = ''
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1'))).on('error', () => undefined)
  await once(socket, 'connect')
  return { socket, statuses: () => text.match(/HTTP\/1\.1 \d+/g) ?? [] }
}

describe('requests in a pipeline', () => {
  test('run no code before those in front of them are answered', async () => {
    const { behaviour, release } = holding()
    const service = createTestService({ behaviour })
    await using server = await listen(service)
    const { socket, statuses } = await open(server)
    socket.write(EXECUTE.repeat(3))
    await until(() => service.executor.tasks.length === 1)
    await sendRaw(server, PING)
    expect(service.executor.tasks).toHaveLength(1)
    release(returned('1'))
    await until(() => statuses().length === 3)
    expect(service.executor.tasks).toHaveLength(3)
  })

  test('take turns with those of other connections', async () => {
    const service = createTestService()
    await using server = await listen(service)
    const many = await open(server)
    const one = await open(server)
    many.socket.write(PING.repeat(100))
    one.socket.write(HEALTH)
    await until(() => many.statuses().length === 100)
    const routes = service.records.map(({ route }) => route)
    expect(routes).toHaveLength(101)
    expect(routes.indexOf('/health')).toBeLessThan(20)
  })

  test('are forgotten when their client goes away', async () => {
    const { behaviour } = holding()
    const service = createTestService({ behaviour })
    await using server = await listen(service)
    const { socket } = await open(server)
    socket.write(EXECUTE.repeat(3))
    await until(() => service.executor.tasks.length === 1)
    socket.resetAndDestroy()
    await until(() => service.records.length === 1 && service.buffers.usedBytes === 0)
    expect((await sendRaw(server, PING)).text).toMatch(/^HTTP\/1\.1 200 /)
    expect(service.executor.tasks).toHaveLength(1)
    expect(service.defects).toEqual([])
  })

  test('of which more than a hundred wait close their connection', async () => {
    const service = createTestService()
    await using server = await listen(service)
    const within = await open(server)
    within.socket.write(PING.repeat(101))
    await until(() => within.statuses().length === 101)
    const above = await open(server)
    above.socket.write(PING.repeat(10_000))
    await until(() => above.socket.destroyed)
    expect(service.records.length).toBeLessThan(300)
    expect((await sendRaw(server, PING)).text).toMatch(/^HTTP\/1\.1 200 /)
  })

  test('have their bodies read in turn, also those that are longer than a packet', async () => {
    const service = createTestService({ app: { inputBytes: 1_000_000 }, limits: { inputBytes: 1_000_000 } })
    await using server = await listen(service)
    const body = JSON.stringify({ ...(JSON.parse(CALL) as object), args: ['x'.repeat(300_000)] })
    const one = EXECUTE.replace(/Content-Length.*$/su, `Content-Length: ${body.length}\r\n\r\n${body}`)
    const { socket, statuses } = await open(server)
    socket.write(one + PING + one + PING)
    await until(() => statuses().length === 4)
    expect(statuses()).toEqual(Array(4).fill('HTTP/1.1 200'))
    expect(service.executor.tasks).toHaveLength(2)
  })
})
