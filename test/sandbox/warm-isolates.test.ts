// How long the isolate of a module that nobody calls is kept, and how many of them there are.
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { prepareHosts, script, valueOf } from './module-host-harness.ts'
import type { CreateHost } from './module-host-harness.ts'

const MANY = { idleMs: 60_000, isolatesMax: 2 }
const SHORT = { idleMs: 80, isolatesMax: 32 }
const COUNT = script('let n = 0; const count = () => ++n; const hang = () => new Promise(() => {})', 'count, hang')

let createHost: CreateHost
beforeAll(async () => {
  createHost = await prepareHosts()
})

describe('an isolate that nobody calls', () => {
  test('goes after its time, and the next call starts the module anew', async () => {
    const { call, events, made } = createHost({ a: COUNT }, {}, SHORT)
    expect(
      (await Promise.all([call('count', [], { hash: 'a' }), call('count', [], { hash: 'a' })])).map(valueOf),
    ).toEqual([1, 2])
    await vi.waitFor(() => expect(events).toEqual(['a retired: idle']))
    expect(valueOf(await call('count', [], { hash: 'a' }))).toBe(1)
    expect(made.isolates).toBe(2)
  })

  test('goes while another module of the executor is at work', async () => {
    const { host, call, events } = createHost({ a: COUNT, b: COUNT }, {}, SHORT)
    const hanging = call('hang', [], { hash: 'b', id: 'hanging' })
    await call('count', [], { hash: 'a' })
    await vi.waitFor(() => expect(events).toEqual(['a retired: idle']))
    host.cancel('hanging')
    expect((await hanging).failure?.code).toBe('CANCELLED')
    expect(events).toEqual(['a retired: idle'])
  })
})

describe('more modules than isolates are kept', () => {
  test('the one that has been idle longest makes room, and the others keep their state', async () => {
    const { call, events } = createHost({ a: COUNT, b: COUNT, c: COUNT }, {}, MANY)
    for (const hash of ['a', 'b', 'a', 'c']) {
      // oxlint-disable-next-line no-await-in-loop -- the order is what counts
      await call('count', [], { hash })
    }
    expect(events).toEqual(['b retired: idle'])
    expect(valueOf(await call('count', [], { hash: 'a' }))).toBe(3)
    expect(valueOf(await call('count', [], { hash: 'c' }))).toBe(2)
    expect(valueOf(await call('count', [], { hash: 'b' }))).toBe(1)
  })

  test('one that has calls is never taken away for it', async () => {
    const { host, call, events } = createHost({ a: COUNT, b: COUNT, c: COUNT }, {}, MANY)
    const hanging = ['a', 'b'].map((hash) => call('hang', [], { hash, id: `hanging-${hash}` }))
    expect(valueOf(await call('count', [], { hash: 'c' }))).toBe(1)
    expect(events).toEqual([])
    for (const hash of ['a', 'b']) host.cancel(`hanging-${hash}`)
    expect((await Promise.all(hanging)).map(({ failure }) => failure?.code)).toEqual(['CANCELLED', 'CANCELLED'])
  })
})
