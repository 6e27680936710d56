// Functions that have been quick are entered on the executor's own thread: their end is known before the entry returns.
import { beforeAll, describe, expect, test } from 'vitest'
import { KIND } from '../../sandbox/src/bridge.ts'
import { ensureRuntime } from '../../src/cli/ensure-runtime.ts'
import { loadSnapshot } from '../../src/executor/load-snapshot.ts'
import { createSlot, disposeSlot } from '../../src/executor/slot.ts'
import { prepareHosts, script, valueOf } from './module-host-harness.ts'
import type { Asked, CreateHost } from './module-host-harness.ts'

const MODULE = script(
  `let last = 0
   const add = (a, b) => a + b
   const later = async (a) => { await null; return a + 1 }
   const print = (text) => { console.log(text); return text }
   const change = () => { Array.prototype.map = null; return 1 }
   const spin = (ms) => { const end = Date.now() + ms; while (Date.now() < end); return ms }
   const wait = (ms) => new Promise((done) => setTimeout(done, ms, ms))
   const stray = (wanted) => { if (wanted) Promise.reject(new Error('stray')); return 1 }
   const fail = (wanted) => { if (wanted) throw new TypeError('wanted'); return 1 }
   const fill = (wanted) => { const kept = []; while (wanted) kept.push(new Array(1e5).fill(1.5)); return 1 }
   const list = function* (wanted) { if (wanted) yield* [1, 2, 3] }`,
  'add, later, print, change, spin, wait, stray, fail, fill, list',
)

let createHost: CreateHost
beforeAll(async () => {
  createHost = await prepareHosts()
})

type Host = ReturnType<CreateHost>

/** Calls it until a call is over when its entry returns: a busy machine makes some of the calls slow. */
async function beQuick({ settled, call }: Host, name: string, args: readonly unknown[] = []): Promise<void> {
  for (let calls = 0; calls < 500; calls++) {
    const id = `quick ${name} ${calls}`
    const ends = call(name, args, { id })
    const isQuick = settled.has(id)
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await ends
    if (isQuick) return
  }
  throw new Error(`${name} has not been quick in 500 calls`)
}

/** For one whose quick calls are not over when their entry returns. */
async function callOften({ call }: Host, name: string, args: readonly unknown[]): Promise<void> {
  // oxlint-disable-next-line no-await-in-loop -- one after the other
  for (let calls = 0; calls < 16; calls++) await call(name, args)
}

/** What is known of a call when the entry into the host returns: undefined when it is still on its way. */
function callNow(host: Host, name: string, args: readonly unknown[], asked: Asked = {}): unknown {
  host.settled.delete('now')
  void host.call(name, args, { ...asked, id: 'now' })
  const settled = host.settled.get('now')
  return settled === undefined ? undefined : valueOf(settled)
}

describe('a function that has been quick', () => {
  test('is over when its entry returns, with or without promises, and was not before it was known', async () => {
    const host = createHost({ m: MODULE })
    await host.call('add', [1, 2])
    expect(callNow(host, 'add', [1, 2])).toBeUndefined()
    await beQuick(host, 'add', [1, 2])
    expect(callNow(host, 'add', [20, 22])).toBe(42)
    await beQuick(host, 'later', [1])
    expect(callNow(host, 'later', [41])).toBe(42)
  })

  test('has its own stdout, also what it says of a rejection that nothing handles', async () => {
    const host = createHost({ m: MODULE })
    await beQuick(host, 'print', ['before'])
    expect(callNow(host, 'print', ['now'])).toBe('now')
    expect(host.settled.get('now')?.log).toBe('now\n')
    await beQuick(host, 'stray', [false])
    const { log, value } = await host.call('stray', [true])
    expect([value, log]).toEqual(['1', expect.stringContaining('stray')])
  })

  test('that waits goes on as every other does, and so do calls beside it', async () => {
    const host = createHost({ m: MODULE })
    await callOften(host, 'wait', [0])
    await beQuick(host, 'add', [1, 2])
    const waiting = host.call('wait', [30])
    // Not alone: it must not keep the thread.
    expect(callNow(host, 'add', [1, 2])).toBeUndefined()
    expect(valueOf(await waiting)).toBe(30)
  })

  test('that throws, or is not quick this time, ends with what it did', async () => {
    const host = createHost({ m: MODULE })
    await beQuick(host, 'fail', [false])
    expect(callNow(host, 'fail', [true])).toBe('GUEST_THREW')
    await beQuick(host, 'spin', [0])
    expect(callNow(host, 'spin', [20])).toBe(20)
    // It has to show again that it is quick.
    expect(callNow(host, 'spin', [0])).toBeUndefined()
  })

  test('is stopped at its wall limit, and the isolate goes with it', async () => {
    const host = createHost({ m: MODULE })
    await beQuick(host, 'spin', [0])
    expect(valueOf(await host.call('spin', [5_000], { limits: { wallMs: 60 } }))).toBe('LIMIT_WALL')
    expect(host.events).toEqual(['m retired: limit'])
    expect(valueOf(await host.call('add', [1, 2]))).toBe(3)
    expect(host.made.isolates).toBe(2)
  })

  test('that has used up its processor time has ended with the entry that did so', async () => {
    const host = createHost({ m: MODULE })
    await callOften(host, 'wait', [0])
    await beQuick(host, 'spin', [0])
    // It ends by itself: what it returned counts.
    expect(callNow(host, 'spin', [80], { limits: { cpuMs: 20 } })).toBe(80)
  })

  test('that runs out of memory says so', async () => {
    const host = createHost({ m: MODULE })
    await beQuick(host, 'fill', [false])
    expect(valueOf(await host.call('fill', [true]))).toBe('LIMIT_MEMORY')
    expect(valueOf(await host.call('add', [1, 2]))).toBe(3)
  })

  test('that changes a built-in costs the isolate, not the call', async () => {
    const host = createHost({ m: MODULE })
    await beQuick(host, 'add', [1, 2])
    await host.call('change')
    for (let calls = 0; calls < 200 && host.events.length === 0; calls++) {
      // oxlint-disable-next-line no-await-in-loop -- one built-in is looked at after each call
      expect(valueOf(await host.call('add', [1, 2]))).toBe(3)
    }
    expect(host.events).toEqual(['m retired: built-ins'])
    expect(valueOf(await host.call('add', [1, 2]))).toBe(3)
  })

  test('may return an iterator all the same', async () => {
    const host = createHost({ m: MODULE })
    await callOften(host, 'list', [false])
    const { chunks } = await host.call('list', [true], { id: 'streamed' })
    expect(chunks).toBe(3)
    expect(host.chunksOf('streamed')).toEqual([1, 2, 3])
  })
})

test('an isolate that waits for a callback cannot be entered from the thread of that callback', async () => {
  const runtime = await ensureRuntime()
  if (!runtime.ok) throw new Error(runtime.message)
  const snapshot = loadSnapshot(runtime.files.snapshotPath)
  const slot = createSlot({ memoryMb: 32, logBytes: 1_000, snapshot, guestWasm: false, onCatastrophe: () => undefined })
  const told: unknown[] = []
  slot.onSend = () => {
    try {
      slot.enterNow(KIND.timer, 0, '', 100)
    } catch (error) {
      told.push(String(error))
    }
    return ''
  }
  await slot.context.eval('console.log("heard")')
  await slot.enter(KIND.call, 0, '{"name":"none","format":"json","outputBytes":100}\n{"args":[],"kwargs":{}}', 100)
  disposeSlot(slot, false)
  expect(told.length).toBeGreaterThan(0)
  expect(told).toEqual(told.map(() => 'Error: The guest waits for a callback, and must not be entered.'))
})
