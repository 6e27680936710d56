// Which isolates an executor keeps ready, and which of them a task gets.
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Tier } from '../../sandbox/src/bridge.ts'
import { IsolatePool } from '../../src/executor/isolate-pool.ts'
import type { Snapshots } from '../../src/executor/load-snapshot.ts'
import { disposeSlot } from '../../src/executor/slot.ts'
import { openSnapshots } from '../support/open-snapshots.ts'

const MEMORY_MB = 32
let snapshots: Snapshots
beforeAll(async () => {
  snapshots = await openSnapshots()
})

const pools: IsolatePool[] = []
afterEach(() => {
  for (const pool of pools.splice(0)) pool.dispose()
})

interface Desk {
  readonly asked: Tier[]
  readonly rest: () => Promise<void>
  /** The tier that a task gets which wants one. */
  readonly serve: (tier: Tier, isExact?: boolean) => Tier
}

function open(ready: number): Desk {
  /** Of isolates that were made. */
  const asked: Tier[] = []
  const pool = new IsolatePool({
    memoryMb: MEMORY_MB,
    logBytes: 1_000,
    guestWasm: false,
    ready,
    snapshots: {
      get: (tier) => {
        asked.push(tier)
        return snapshots.get(tier)
      },
    },
    onCatastrophe: () => undefined,
    onFailure: (error) => {
      throw error
    },
  })
  pools.push(pool)
  return {
    asked,
    rest: async () => pool.resume(),
    serve: (tier, isExact = false) => {
      pool.pause()
      const slot = pool.take({ memoryMb: MEMORY_MB, format: 'json', tier, isExact })
      disposeSlot(slot, true)
      return slot.tier
    },
  }
}

describe('the isolates that an executor keeps ready', () => {
  it('are of the smallest tier until a task has wanted another', async () => {
    const { asked, rest } = open(3)
    await rest()
    expect(asked).toEqual([0, 0, 0])
  })

  it('become those that tasks want, one for each that is taken, and the first that lacks something serves', async () => {
    const { asked, rest, serve } = open(3)
    await rest()
    expect(serve(1)).toBe(0)
    await rest()
    expect(asked.splice(0)).toEqual([0, 0, 0, 1])
    expect(serve(1)).toBe(1)
    await rest()
    expect(asked.splice(0)).toEqual([1])
    // Three at once take all of them.
    expect([serve(1), serve(1), serve(1)]).toEqual([1, 0, 0])
    await rest()
    expect(asked.splice(0)).toEqual([1, 1, 1])
  })

  it('are shared among the tiers as the last eight tasks were', async () => {
    const { asked, rest, serve } = open(4)
    for (const tier of [2, 2, 0, 1, 0, 1, 0, 1, 0, 1]) serve(tier)
    asked.length = 0
    await rest()
    expect(asked.toSorted((left, right) => left - right)).toEqual([0, 0, 1, 1])
  })

  it('serve a larger tier to a task that wants a smaller one, before one is made for it', async () => {
    const { asked, rest, serve } = open(2)
    serve(2)
    await rest()
    asked.length = 0
    expect([serve(0), serve(1)]).toEqual([2, 2])
    expect(asked).toEqual([])
    expect(serve(1)).toBe(1)
    expect(asked).toEqual([1])
  })

  it('serve no other tier where only one will do', async () => {
    const { rest, serve } = open(2)
    await rest()
    expect([serve(1, true), serve(0, true), serve(2, true)]).toEqual([1, 0, 2])
  })
})
