// The queue that serves tenants in turn.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TenantQueue } from '../../src/tool-client/tenant-queue.ts'

const LIMITS = { waiting: 100, waitingPerTenant: 50 }

function drain(queue: TenantQueue<string>, preferred: string | null = null): readonly string[] {
  const items: string[] = []
  for (let next = queue.take(preferred); next !== null; next = queue.take(preferred)) items.push(next.item)
  return items
}

describe('TenantQueue', () => {
  it('serves tenants in turn and each tenant in order', () => {
    const queue = new TenantQueue<string>(LIMITS)
    for (const item of ['a1', 'a2', 'a3', 'b1', 'c1', 'c2']) queue.add(item.charAt(0), item)
    expect(drain(queue)).toEqual(['a1', 'b1', 'c1', 'a2', 'c2', 'a3'])
  })

  it('serves the preferred tenant first as long as it has items', () => {
    const queue = new TenantQueue<string>(LIMITS)
    for (const item of ['a1', 'b1', 'b2', 'c1']) queue.add(item.charAt(0), item)
    expect(drain(queue, 'b')).toEqual(['b1', 'b2', 'a1', 'c1'])
  })

  it('does not serve the last tenant again while another one waits, although its queue was empty between', () => {
    const queue = new TenantQueue<string>(LIMITS)
    queue.add('a', 'a1')
    expect(queue.take(null)?.item).toBe('a1')
    queue.add('a', 'a2')
    queue.add('b', 'b1')
    expect(drain(queue)).toEqual(['b1', 'a2'])
  })

  it('has no room beyond either limit, and room again for what leaves', () => {
    const queue = new TenantQueue<string>({ waiting: 3, waitingPerTenant: 2 })
    expect([queue.add('a', '1'), queue.add('a', '2'), queue.add('a', '3')]).toEqual([true, true, false])
    expect([queue.add('b', '4'), queue.add('c', '5')]).toEqual([true, false])
    expect([queue.remove('a', '1'), queue.remove('a', '1'), queue.remove('c', '5')]).toEqual([true, false, false])
    expect([queue.add('c', '5'), queue.size]).toEqual([true, 3])
  })

  it('keeps its size and gives out every item once, whatever happens to it', () => {
    const step = fc.record({
      kind: fc.constantFrom('add', 'take', 'remove'),
      tenant: fc.constantFrom('a', 'b', 'c'),
      item: fc.integer({ min: 0, max: 9 }),
      preferred: fc.option(fc.constantFrom('a', 'b', 'c')),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const queue = new TenantQueue<number>({ waiting: 12, waitingPerTenant: 5 })
        const model = new Map<string, number[]>([
          ['a', []],
          ['b', []],
          ['c', []],
        ])
        const count = (): number => [...model.values()].reduce((sum, items) => sum + items.length, 0)
        for (const { kind, tenant, item, preferred } of steps) {
          const items = model.get(tenant) ?? []
          if (kind === 'add') {
            const hasRoom = items.length < 5 && count() < 12
            expect(queue.add(tenant, item)).toBe(hasRoom)
            if (hasRoom) items.push(item)
          } else if (kind === 'remove') {
            const index = items.indexOf(item)
            expect(queue.remove(tenant, item)).toBe(index !== -1)
            if (index !== -1) items.splice(index, 1)
          } else {
            const waiting = count()
            const next = queue.take(preferred)
            expect(next === null).toBe(waiting === 0)
            if (next !== null) expect(next.item).toBe(model.get(next.tenant)?.shift())
          }
          expect(queue.size).toBe(count())
        }
      }),
    )
  })
})
