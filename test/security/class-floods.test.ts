// Whoever makes instances without end: what the front keeps of them, and what their processes may hold.
import { afterEach, describe, expect, it } from 'vitest'
import { callClass } from '../support/class-client.ts'
import { statusOf } from '../support/processes.ts'
import { ServiceProcess } from '../support/service-process.ts'

const COUNTER = 'class Counter { n = 0; add() { return ++this.n } }'
const SLOW_MS = 300_000

let service: ServiceProcess
afterEach(async () => service[Symbol.asyncDispose]())

const residentMb = (pid: number): number => Number(/\d+/.exec(statusOf(pid, 'VmRSS'))?.[0] ?? 0) / 1_024

describe('ten thousand ids in a row', () => {
  it('leave no more in the front than the first two thousand did', { tags: ['slow'], timeout: SLOW_MS }, async () => {
    service = await ServiceProcess.start({ env: { INSTANCES_MAX: '16' } })
    // A long name, which is what the front keeps of each.
    const idOf = (index: number): string => `${index}-${'x'.repeat(1_000)}`
    let next = 0
    const makeUntil = async (end: number): Promise<void> => {
      while (next < end) {
        // oxlint-disable-next-line no-await-in-loop -- one client
        const { value } = await callClass(service, { source: COUNTER, method: 'add', id: idOf(next++), isNew: false })
        expect(value).toBe(1)
      }
    }
    const makeMany = async (end: number): Promise<void> => {
      await Promise.all(Array.from({ length: 4 }, async () => makeUntil(end)))
    }
    await makeMany(2_000)
    const before = residentMb(service.pid)
    await makeMany(10_000)
    expect(residentMb(service.pid) - before).toBeLessThan(64)
    expect(await callClass(service, { source: COUNTER, method: 'add', id: idOf(9_000), isNew: false })).toMatchObject({
      code: 'INSTANCE_LOST',
    })
    expect(await callClass(service, { source: COUNTER, method: 'add', id: idOf(5), isNew: false })).toMatchObject({
      value: 1,
    })
    const held = service.executorPids().map(residentMb)
    expect(Math.max(...held)).toBeLessThan(1_000)
  })
})

describe('many instances that each keep as much as they may', () => {
  it('stay within what their processes may hold, and remember', async () => {
    service = await ServiceProcess.start({ env: { INSTANCE_EXECUTORS_MAX: '1', MEMORY_MB: '32' } })
    const source = `class Full { constructor() { this.kept = new Array(2_000_000).fill(1.5) } size() { return this.kept.length } }`
    const ids = Array.from({ length: 12 }, (_, index) => `full-${index}`)
    for (const id of ids) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect(await callClass(service, { source, className: 'Full', method: 'size', id })).toMatchObject({
        value: 2_000_000,
      })
    }
    const again = await Promise.all(
      ids.map((id) => callClass(service, { source, className: 'Full', method: 'size', id, isNew: false })),
    )
    expect(again.map(({ value }) => value)).toEqual(ids.map(() => 2_000_000))
  })

  it('may do so while calls go on all the time', async () => {
    service = await ServiceProcess.start({ env: { INSTANCE_EXECUTORS_MAX: '1', MEMORY_MB: '32' } })
    const source = `class Full { constructor(n) { this.kept = new Array(n).fill(1.5) }
      size() { return this.kept.length }
      wait() { return new Promise(() => {}) } }`
    const ask = (id: string, request: object = {}) =>
      callClass(service, { source, className: 'Full', method: 'size', id, constructorArgs: [2_500_000], ...request })
    const controller = new AbortController()
    const waiting = callClass(
      service,
      { source, className: 'Full', method: 'wait', id: 'waiting', constructorArgs: [1] },
      controller.signal,
    ).catch(() => 'gone')
    const ids = Array.from({ length: 20 }, (_, index) => `full-${index}`)
    for (const id of ids) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other, beside the one that waits
      expect(await ask(id)).toMatchObject({ value: 2_500_000 })
    }
    const again = await Promise.all(ids.map((id) => ask(id, { isNew: false })))
    expect(again.map(({ code }) => code)).toEqual(ids.map(() => null))
    controller.abort()
    expect(await waiting).toBe('gone')
  })

  it('are all told as lost when they keep more outside of their heaps than that', async () => {
    service = await ServiceProcess.start({
      env: { INSTANCE_EXECUTORS_MAX: '1', MEMORY_MB: '32', GUEST_WASM: 'true', HEARTBEAT_MS: '200' },
    })
    // Memory of WebAssembly is counted by nobody but the kernel.
    const source = `class Sly { kept = []
      grow(mb) { const { buffer } = new WebAssembly.Memory({ initial: mb * 16 })
        new Uint8Array(buffer).fill(1); this.kept.push(buffer); return this.kept.length } }`
    const grow = (isNew: boolean) =>
      callClass(service, { source, className: 'Sly', method: 'grow', args: [60], id: 'sly', isNew })
    let answer = await grow(true)
    for (let calls = 1; answer.code === null && calls < 20; calls++) {
      // oxlint-disable-next-line no-await-in-loop -- each call keeps a little more
      answer = await grow(false)
    }
    expect(answer.code).toBeOneOf(['LIMIT_MEMORY', 'INSTANCE_LOST'])
    expect((await grow(false)).error).toMatch(
      /^INSTANCE_LOST: .*: its process was ended because its modules keep too much memory|INSTANCE_LOST: .*\(LIMIT_MEMORY\)/u,
    )
  })
})
