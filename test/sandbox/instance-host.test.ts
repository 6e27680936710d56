// Instances of classes in isolates of this process: what ends one, what does not, and that none is made twice.
import { beforeAll, describe, expect, test } from 'vitest'
import { prepareHosts, valueOf } from './module-host-harness.ts'
import type { Asked, CreateHost } from './module-host-harness.ts'

const SOURCE = `class Kept {
  n = 0
  kept = []
  add() { return ++this.n }
  keep(count) { this.kept.push(new Array(count).fill(1.5)); return this.kept.length }
  spoil() { Array.prototype.spoilt = 1; Map.prototype.get = null; return ++this.n }
  spin() { for (;;); }
  fail() { throw new Error('no') }
}`
/** The heap is looked at after each 128 calls of a module, and its built-ins one by one. */
const MANY_CALLS = 300
/** More than it takes for a function to be entered on the executor's own thread. */
const QUICK_CALLS = 40

let createHost: CreateHost
beforeAll(async () => {
  createHost = await prepareHosts()
})

function createInstances(source = SOURCE) {
  const created = createHost({})
  const make = (hash: string): void =>
    created.host.load({ type: 'load', hash, kind: 'source', fileName: 'class.js', memoryMb: 64 }, [source])
  const call = (hash: string, method: string, args: readonly unknown[] = [], asked: Asked = {}) =>
    created.call('Kept', args, { hash, ...asked, message: { method: { name: method }, isInstance: true } })
  return { ...created, make, callOf: call }
}

describe('an instance', () => {
  test('is made by its first call, which says so, and called by the others', async () => {
    const { make, callOf, made } = createInstances()
    make('a')
    const first = await callOf('a', 'add')
    const second = await callOf('a', 'add')
    expect([first, second].map(valueOf)).toEqual([1, 2])
    expect([first.madeInstance, second.madeInstance]).toEqual([true, undefined])
    expect(made.isolates).toBe(1)
  })

  test('whose method throws in the first call has been made', async () => {
    const { make, callOf } = createInstances()
    make('a')
    expect(await callOf('a', 'fail')).toMatchObject({ failure: { code: 'GUEST_THREW' }, madeInstance: true })
    expect(valueOf(await callOf('a', 'add'))).toBe(1)
  })

  test('does not wear out: neither by calls, nor by a full heap, nor by built-ins that it changes', async () => {
    const { make, callOf, events } = createInstances()
    make('a')
    expect(valueOf(await callOf('a', 'keep', [5_500_000]))).toBe(1)
    expect(valueOf(await callOf('a', 'spoil'))).toBe(1)
    for (let index = 0; index < MANY_CALLS; index++) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await callOf('a', 'add')
    }
    expect(valueOf(await callOf('a', 'add'))).toBe(MANY_CALLS + 2)
    expect(events).toEqual([])
  })

  test('is never entered on the thread that stops it, however quick it was', async () => {
    const { make, callOf, events } = createInstances()
    make('a')
    for (let index = 0; index < QUICK_CALLS; index++) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await callOf('a', 'add')
    }
    // From this thread nobody would see the processor time, and the wall limit would end it.
    expect(valueOf(await callOf('a', 'spin', [], { limits: { cpuMs: 200 } }))).toBe('LIMIT_CPU')
    expect(events[0]).toBe('a retired: limit')
  })

  test('that is dropped, or ended by a limit, is not made again', async () => {
    const { host, make, callOf, events, made } = createInstances()
    make('a')
    make('b')
    await Promise.all([callOf('a', 'add'), callOf('b', 'add')])
    host.drop('a')
    host.drop('a')
    expect(valueOf(await callOf('b', 'spin', [], { limits: { cpuMs: 100 } }))).toBe('LIMIT_CPU')
    host.drop('b')
    expect((await Promise.all([callOf('a', 'add'), callOf('b', 'add')])).map(valueOf)).toEqual([
      'INSTANCE_LOST',
      'INSTANCE_LOST',
    ])
    expect(made.isolates).toBe(2)
    expect(events.filter((event) => event.includes('retired'))).toEqual(['a retired: dropped', 'b retired: limit'])
  })

  test('stays when the time of a call is over before its turn has come', async () => {
    const { make, callOf, events } = createInstances()
    make('a')
    make('b')
    await Promise.all([callOf('a', 'add'), callOf('b', 'add')])
    const spinning = callOf('a', 'spin', [], { limits: { cpuMs: 1_000, wallMs: 60_000 } })
    expect(valueOf(await callOf('b', 'add', [], { limits: { wallMs: 100 } }))).toBe('LIMIT_WALL')
    expect(valueOf(await spinning)).toBe('LIMIT_CPU')
    expect(valueOf(await callOf('b', 'add'))).toBe(2)
    expect(events.filter((event) => event.includes('retired'))).toEqual(['a retired: limit'])
  })
})

describe('the source of an instance', () => {
  test('may be a module, which is waited for', async () => {
    const { make, callOf } = createInstances(
      'const one = await new Promise((done) => setTimeout(() => done(1), 10)); export class Kept { add() { return one } }',
    )
    make('a')
    expect(valueOf(await callOf('a', 'add'))).toBe(1)
  })

  test('that does not compile has not run, and leaves nothing', async () => {
    const { make, callOf, events } = createInstances('class Kept {')
    make('a')
    expect(await callOf('a', 'add')).toMatchObject({ failure: { code: 'COMPILE_FAILED' }, ran: false })
    expect(events).toEqual(['a retired: load failed'])
  })

  test('has no way to other resources, whatever text is in it', async () => {
    const { make, callOf, remotes } = createInstances('class Kept { add() { return typeof workerIsolateRemote } }')
    make('a')
    expect(valueOf(await callOf('a', 'add'))).toBe('undefined')
    expect(remotes).toEqual([])
  })
})
