// The TypeScript transpiler with real tool processes: cache, tenants, waiting, cancelling, ending.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { setImmediate } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, vi } from 'vitest'
import { cpuMs, isAlive } from '../support/processes.ts'
import { createStripHarness as createHarness, failureOf, FAULTY_TOOL, SLOW_SOURCE } from '../support/strip-harness.ts'

const PARENT = fileURLToPath(new URL('../fixtures/strip/parent.ts', import.meta.url))

describe('the cache', () => {
  it('answers a known source without a process', async () => {
    await using harness = createHarness()
    const first = await harness.strip('let x: A')
    await harness.strip('let y: A', 'other')
    expect(harness.pids()).toHaveLength(2)
    expect(await harness.strip('let x: A')).toBe(first)
    expect(harness.pids()).toHaveLength(2)
  })

  it('answers a known syntax error without a process', async () => {
    await using harness = createHarness()
    const first = await harness.strip('enum A {}')
    expect(await harness.strip('enum A {}')).toBe(first)
    expect(harness.pids()).toHaveLength(1)
  })

  it('does not keep what a broken process answered', async () => {
    await using harness = createHarness()
    const deep = '['.repeat(20_000)
    await harness.strip(deep)
    await harness.strip(deep)
    expect(harness.pids()).toHaveLength(2)
  })

  it('gives no tenant what it keeps for another', async () => {
    await using harness = createHarness({ entryPath: FAULTY_TOOL })
    expect(await harness.strip('counted', 'a')).toEqual({ ok: true, code: '0000001' })
    await harness.strip('echo', 'b')
    // The second request of that process: it has been asked, and not for the answer that tenant a has.
    expect(await harness.strip('counted', 'b')).toEqual({ ok: true, code: '0000002' })
    expect(await harness.strip('counted', 'a')).toEqual({ ok: true, code: '0000001' })
  })

  it('gives requests that wait for the same source one result', async () => {
    await using harness = createHarness({ entryPath: FAULTY_TOOL })
    const results = await Promise.all([harness.strip('counted'), harness.strip('counted'), harness.strip('counted')])
    expect(results).toEqual(Array.from({ length: 3 }, () => ({ ok: true, code: '0000001' })))
  })
})

describe('tenants', () => {
  it('never share a process, and get their own results, however their requests mix', async () => {
    await using harness = createHarness({ entryPath: FAULTY_TOOL, turnMs: 20 })
    const tenants = ['a', 'b', 'c']
    const requests = Array.from({ length: 60 }, (_, index) => {
      const tenant = tenants[(index * index) % 3] ?? ''
      return { tenant, source: index % 9 === 8 ? 'exits' : `of ${tenant} ${index}` }
    })
    const results = await Promise.all(requests.map(({ tenant, source }) => harness.strip(source, tenant)))
    requests.forEach(({ source }, at) => {
      if (source === 'exits') expect(results[at]).toMatchObject({ ok: false, failure: { code: 'COMPILE_FAILED' } })
      else expect(results[at]).toEqual({ ok: true, code: source })
    })
    expect(new Set(harness.pids()).size).toBe(harness.pids().length)
    // Each process ends before the next one is ready: there is never more than one.
    const lives = harness.events.map(({ type, tenant }) => `${type} ${tenant}`)
    expect(lives.length).toBeGreaterThan(5)
    for (let index = 0; index + 1 < lives.length; index += 2) {
      expect(lives[index]).toMatch(/^started/)
      expect(lives[index + 1]).toBe(lives[index]?.replace('started', 'ended'))
    }
  })

  it('wait for at most one request of a tenant with a backlog whose turn is over', async () => {
    await using harness = createHarness({ turnMs: 0 })
    const order: string[] = []
    const request = async (source: string, tenant: string): Promise<void> => {
      await harness.strip(source, tenant)
      order.push(source)
    }
    const backlog = ['a1', 'a2', 'a3', 'a4'].map((source) => request(source, 'a'))
    await Promise.all([...backlog, request('b1', 'b')])
    expect(order.slice(0, 2)).toEqual(['a1', 'b1'])
    expect(order.slice(2)).toEqual(['a2', 'a3', 'a4'])
  })
})

describe('waiting requests', () => {
  it('are bounded, for one tenant and for all together', async () => {
    await using harness = createHarness({ entryPath: FAULTY_TOOL, deadlineMs: 300, waiting: 3, waitingPerTenant: 2 })
    const served = harness.strip('silent', 'a')
    await vi.waitFor(() => expect(harness.pids()).toHaveLength(1), { timeout: 10_000 })
    const waiting = [harness.strip('echo', 'a'), harness.strip('counted', 'a')]
    expect(failureOf(await harness.strip('other', 'a'))).toMatchObject({ code: 'QUEUE_FULL' })
    waiting.push(harness.strip('echo', 'b'))
    expect(failureOf(await harness.strip('other', 'c'))).toMatchObject({ code: 'QUEUE_FULL' })
    expect(failureOf(await served).code).toBe('LIMIT_TRANSPILE')
    expect((await Promise.all(waiting)).map(({ ok }) => ok)).toEqual([true, true, true])
  })

  it('leave the queue at once when they are cancelled', async () => {
    await using harness = createHarness({ entryPath: FAULTY_TOOL, deadlineMs: 300 })
    const served = harness.strip('silent')
    const controller = new AbortController()
    const cancelled = harness.strip('counted', 'tenant', controller.signal)
    const next = harness.strip('echo')
    await vi.waitFor(() => expect(harness.pids()).toHaveLength(1), { timeout: 10_000 })
    controller.abort()
    expect(failureOf(await cancelled).code).toBe('CANCELLED')
    expect(failureOf(await served).code).toBe('LIMIT_TRANSPILE')
    expect((await next).ok).toBe(true)
    // Only the sources that somebody wanted took a number of the second process.
    expect(await harness.strip('counted')).toEqual({ ok: true, code: '0000002' })
  })

  it('start nothing when they are cancelled before they begin', async () => {
    await using harness = createHarness()
    expect(failureOf(await harness.strip('let x: A', 'tenant', AbortSignal.abort())).code).toBe('CANCELLED')
    expect(harness.events).toEqual([])
  })

  it('are served although the request before them is cancelled while it is stripped', async () => {
    await using harness = createHarness({ deadlineMs: 500 })
    const controller = new AbortController()
    const slow = harness.strip(SLOW_SOURCE, 'tenant', controller.signal)
    const next = harness.strip('let x: A')
    await vi.waitFor(() => expect(harness.pids()).toHaveLength(1), { timeout: 10_000 })
    controller.abort()
    expect(failureOf(await slow).code).toBe('CANCELLED')
    expect((await next).ok).toBe(true)
  })
})

describe('the end', () => {
  it('of the transpiler settles every request and leaves no process', async () => {
    const harness = createHarness({ deadlineMs: 60_000 })
    const requests = [harness.strip(SLOW_SOURCE), harness.strip('let x: A'), harness.strip('let y: A', 'other')]
    await vi.waitFor(() => expect(harness.pids()).toHaveLength(1), { timeout: 10_000 })
    await harness[Symbol.asyncDispose]()
    expect((await Promise.all(requests)).map((result) => failureOf(result).code)).toEqual(
      Array.from({ length: 3 }, () => 'DRAINING'),
    )
    expect(harness.pids().filter(isAlive)).toEqual([])
    expect(failureOf(await harness.strip('let z: A')).code).toBe('DRAINING')
  })

  it('of the transpiler does not wait for a process that is just starting', async () => {
    const harness = createHarness()
    const request = harness.strip('let x: A')
    // Everything up to the spawn is microtasks; being ready takes the process tens of milliseconds more.
    await setImmediate()
    expect(harness.pids()).toEqual([])
    await harness[Symbol.asyncDispose]()
    expect(failureOf(await request).code).toBe('DRAINING')
    expect(harness.events).toMatchObject([{ type: 'ended' }])
  })

  it.each([
    ['is idle', 'let x: A', 'true'],
    ['strips and hears nothing', SLOW_SOURCE, null],
  ])('of the service ends a tool process within a second while it %s', async (_state, source, answer) => {
    const parent = spawn(process.execPath, [PARENT, source], { stdio: ['ignore', 'pipe', 'inherit'] })
    const lines = createInterface({ input: parent.stdout })[Symbol.asyncIterator]()
    const pid = Number((await lines.next()).value)
    expect(isAlive(pid)).toBe(true)
    if (answer === null) {
      const before = cpuMs(pid)
      await vi.waitFor(() => expect(cpuMs(pid) - before).toBeGreaterThan(200), { timeout: 10_000 })
    } else {
      expect((await lines.next()).value).toBe(answer)
    }
    parent.kill('SIGKILL')
    await once(parent, 'exit')
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 1_000, interval: 20 })
  })
})
