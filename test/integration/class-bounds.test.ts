// How many instances there are and for how long, against the real service; and those of deployed classes.
import { afterEach, describe, expect, test } from 'vitest'
import { AdminClient, ADMIN_KEY } from '../support/admin-client.ts'
import { callClass } from '../support/class-client.ts'
import type { ClassAnswer, ClassRequest } from '../support/class-client.ts'
import { artifactOf, DeployedService } from '../support/deployed-service.ts'
import type { Artifact } from '../support/deployed-service.ts'
import { ServiceProcess, waitFor } from '../support/service-process.ts'

const COUNTER = `class Counter { n = 0
  add() { return ++this.n }
  async later(ms) { await new Promise((done) => setTimeout(done, ms)); return ++this.n } }`
const WAIT_MS = 8_000

let service: ServiceProcess
afterEach(async () => service[Symbol.asyncDispose]())

const call = (id: string, request: ClassRequest = {}): Promise<ClassAnswer> =>
  callClass(service, { source: COUNTER, method: 'add', id, isNew: false, ...request })

test('an instance that is not called for its idle time ends, and whoever calls it then is told', async () => {
  service = await ServiceProcess.start({ env: { INSTANCE_IDLE_MS: '400' } })
  expect(await call('a')).toMatchObject({ value: 1 })
  // Any call would be one: only time can pass.
  await new Promise((resolve) => setTimeout(resolve, 500))
  const answer = await call('a')
  expect(answer.code).toBe('INSTANCE_LOST')
  expect(answer.error).toContain(': it was not called for 400 ms.')
  expect(await call('a', { isNew: true })).toMatchObject({ value: 1 })
})

test('the least recently used instance makes room, and one that runs does not', async () => {
  service = await ServiceProcess.start({ env: { INSTANCES_MAX: '2' } })
  await call('a')
  await call('b')
  const running = call('a', { method: 'later', args: [1_000] })
  await call('b')
  // The one that runs was used longer ago.
  expect(await call('c')).toMatchObject({ value: 1 })
  expect(await running).toMatchObject({ value: 2 })
  expect(await call('a')).toMatchObject({ value: 3 })
  const lost = await call('b')
  expect(lost.error).toMatch(/^INSTANCE_LOST: .*: 2 others were used later, and the limit is 2\./u)
})

test('a service that is told to stop lets the calls of instances come to their end, those that wait too', async () => {
  service = await ServiceProcess.start()
  // Two connections are open then, and neither call comes late.
  await Promise.all([call('a'), call('b')])
  const calls = [call('a', { method: 'later', args: [1_000] }), call('a', { method: 'later', args: [5] })]
  await waitFor(
    async () => JSON.parse((await service.client.get('/health')).text).workers.running > 0,
    WAIT_MS,
    'the call never ran',
  )
  const stopped = service.stop()
  const values = (await Promise.all(calls)).map(({ value }) => Number(value))
  expect(values.toSorted((one, other) => one - other)).toEqual([2, 3])
  expect(await stopped).toMatchObject({ code: 0 })
})

describe('a deployed class', () => {
  const artifact = (version: number): Artifact =>
    artifactOf(
      {
        m: `let seen = 0
          export class Model { constructor(start = 0) { this.n = start }
            add(by = 1) { this.n += by; seen++; return [${version}, this.n, seen] } }
          export const look = () => seen`,
      },
      [
        { name: 'Model', module: 'm', is_class: true, class_methods: ['add'] },
        { name: 'look', module: 'm' },
      ],
    )

  test('has instances that remember and say who they are, with a module of their own each', async () => {
    await using deployed = await DeployedService.start(artifact(1))
    ;({ service } = deployed)
    const model = { source: null, className: 'Model', constructorArgs: [40] } as const
    expect(await call('a', model)).toMatchObject({ value: [1, 41, 1], id: 'a', info: { method_calls: 1 } })
    expect(await call('b', model)).toMatchObject({ value: [1, 41, 1] })
    expect(await call('a', { ...model, args: [1] })).toMatchObject({
      value: [1, 42, 2],
      info: { class_name: 'Model', method_calls: 2 },
    })
    expect((await deployed.call('look')).value).toBe(0)
    const fresh = await callClass(service, { source: null, className: 'Model', method: 'add' })
    expect(fresh.id).toMatch(/^Model_[0-9a-f]{8}$/u)
    // A Live class of the same id is another one.
    expect(await call('a')).toMatchObject({ value: 1, info: { class_name: 'Counter' } })
    const missing = await call('a', { ...model, method: 'nothing' })
    expect(missing.error).toBe("Failed to execute Flash function 'Model': Method 'nothing' not found in class 'Model'")
    expect(missing.id).toBe('a')
  })

  test('loses its instances to another version, and says so', async () => {
    service = await ServiceProcess.start({ env: { ADMIN_KEY } })
    const admin = new AdminClient(service.url)
    const send = async (fields: object): Promise<Record<string, unknown>> => {
      const input = { execution_type: 'class', class_name: 'Model', method_name: 'add', serialization_format: 'json' }
      const body = JSON.stringify({ input: { ...input, instance_id: 'a', ...fields } })
      return JSON.parse((await service.client.send('POST', '/v2/models/runsync', body)).text) as Record<string, unknown>
    }
    expect((await admin.deploy('models', artifact(1))).status).toBe(200)
    expect(await send({})).toMatchObject({ output: { json_result: [1, 1, 1] } })
    expect(await send({ create_new_instance: false })).toMatchObject({ output: { json_result: [1, 2, 2] } })
    expect((await admin.deploy('models', artifact(2))).status).toBe(200)
    const lost = await send({ create_new_instance: false })
    expect(lost['error']).toMatch(/^INSTANCE_LOST: .*: another version of its deployment took over\./u)
    expect(await send({})).toMatchObject({ output: { json_result: [2, 1, 1] } })
  })

  test('has a method that returns an iterator, which is a list where nothing streams', async () => {
    await using deployed = await DeployedService.start(
      artifactOf({ m: 'export class Model { *add() { yield 1 } }' }, [
        { name: 'Model', module: 'm', is_class: true, class_methods: ['add'] },
      ]),
    )
    ;({ service } = deployed)
    expect(await call('a', { source: null, className: 'Model' })).toMatchObject({ code: null, value: [1] })
  })
})
