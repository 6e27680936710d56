// What the guest program makes of what a host tells it of its requests, in any order and number.
import { beforeAll, describe, expect, test } from 'vitest'
import { EXCHANGE_ACCEPTED, EXCHANGE_EVENT, KIND, OP } from '../../sandbox/src/bridge.ts'
import { ensureRuntime } from '../../src/cli/ensure-runtime.ts'
import { loadSnapshot } from '../../src/executor/load-snapshot.ts'
import { createSlot, disposeSlot } from '../../src/executor/slot.ts'
import type { SlotOptions } from '../../src/executor/slot.ts'

const TIMEOUT_MS = 60_000
const HEAD = JSON.stringify({
  status: 200,
  statusText: '',
  headers: [],
  url: 'http://a/',
  isRedirected: false,
  hasBody: true,
})

let options: SlotOptions
beforeAll(async () => {
  const runtime = await ensureRuntime()
  if (!runtime.ok) throw new Error(runtime.message)
  const snapshot = loadSnapshot(runtime.files.snapshotPath)
  options = { memoryMb: 128, logBytes: 1e6, snapshot, guestWasm: false, onCatastrophe: () => undefined }
})

/** A guest that has run `code`, which leaves what it saw in `seen`. */
async function startGuest(code: string) {
  const slot = createSlot(options)
  const asked: [op: number, payload: string][] = []
  slot.onSend = (op, _id, payload) => {
    if (op >= OP.exchangeOpen && op <= OP.exchangeCancel) asked.push([op, payload])
    return EXCHANGE_ACCEPTED
  }
  await slot.context.eval(`globalThis.seen = []; ${code}; 0`, { timeout: TIMEOUT_MS })
  return {
    asked,
    tell: async (id: number, event: string, text = '') =>
      slot.enter(KIND.exchange, 0, `${id}\n${event}\n${text}`, TIMEOUT_MS),
    run: async (more: string) => slot.context.eval(`${more}; 0`, { timeout: TIMEOUT_MS }),
    seen: async () =>
      JSON.parse((await slot.context.eval('JSON.stringify(seen)', { copy: true })) as string) as unknown,
    [Symbol.dispose]: () => disposeSlot(slot, true),
  }
}

describe('the guest program', () => {
  test('reads any number of pieces that have come, and tells of them in halves of what it may hold', async () => {
    using guest = await startGuest(`fetch('http://a/').then((r) => { globalThis.response = r })`)
    await guest.tell(1, EXCHANGE_EVENT.head, HEAD)
    // oxlint-disable-next-line no-await-in-loop -- one entry after the other
    for (let count = 0; count < 10_000; count++) await guest.tell(1, EXCHANGE_EVENT.piece, 'YWJjZA==')
    await guest.run(`response.text().then((text) => seen.push(text.length))`)
    expect(await guest.seen()).toEqual([])
    await guest.tell(1, EXCHANGE_EVENT.end)
    expect(await guest.seen()).toEqual([40_000])
    expect(guest.asked.slice(1)).toEqual([[OP.exchangeRead, '1\n32768']])
  })

  test('goes by what fits, and drops what does not', async () => {
    using guest = await startGuest(`
      fetch('http://a/').then((r) => r.text()).then((text) => seen.push(text), (error) => seen.push(error.cause.code))
      fetch('http://b/', { method: 'PUT', body: 'x' }).catch((error) => seen.push(error.cause.message))`)
    await guest.tell(7, EXCHANGE_EVENT.head, HEAD)
    await guest.tell(1, EXCHANGE_EVENT.room)
    await guest.tell(2, EXCHANGE_EVENT.closed)
    await guest.tell(2, EXCHANGE_EVENT.room)
    await guest.tell(1, EXCHANGE_EVENT.head, HEAD)
    await guest.tell(1, EXCHANGE_EVENT.piece, 'YQ==')
    await guest.tell(1, EXCHANGE_EVENT.failure, '["EGRESS_FAILED","It was cut."]')
    await guest.tell(1, EXCHANGE_EVENT.end)
    await guest.tell(2, EXCHANGE_EVENT.failure, '["EGRESS_DENIED","No."]')
    await guest.tell(2, EXCHANGE_EVENT.failure, '["EGRESS_DENIED","No again."]')
    expect(await guest.seen()).toEqual(['EGRESS_FAILED', 'No.'])
    expect(guest.asked.map(([op]) => op)).toEqual([OP.exchangeOpen, OP.exchangeOpen, OP.exchangeWrite])
  })

  test('reads what has come of an answer that failed as failed, and one that ended to its end', async () => {
    using guest = await startGuest(`
      const keep = (r) => { (globalThis.all ??= []).push(r) }
      fetch('http://a/').then(keep); fetch('http://b/').then(keep)`)
    for (const id of [1, 2]) {
      // oxlint-disable-next-line no-await-in-loop -- one entry after the other
      await guest.tell(id, EXCHANGE_EVENT.head, HEAD)
      // oxlint-disable-next-line no-await-in-loop -- as above
      await guest.tell(id, EXCHANGE_EVENT.piece, 'YWI=')
    }
    await guest.tell(1, EXCHANGE_EVENT.failure, '["EGRESS_FAILED","It was cut."]')
    await guest.tell(2, EXCHANGE_EVENT.end)
    await guest.run(
      `for (const r of all) r.text().then((text) => seen.push(text), (error) => seen.push(error.cause.message))`,
    )
    expect(await guest.seen()).toEqual(['It was cut.', 'ab'])
  })
})
