// The queue of ids by time, against a list that is sorted anew.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DueQueue } from '../../src/jobs/due-queue.ts'

test('the first id is always the one whose time comes first, however ids come, move and go', () => {
  const step = fc.record({
    id: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'),
    at: fc.option(fc.integer({ min: 0, max: 5 }), { nil: null }),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 0, max: 6 }), (steps, until) => {
      const queue = new DueQueue()
      const model = new Map<string, { readonly at: number; readonly order: number }>()
      const sorted = (): readonly string[] =>
        [...model].toSorted(([, a], [, b]) => a.at - b.at || a.order - b.order).map(([id]) => id)
      steps.forEach(({ id, at }, order) => {
        if (at === null) {
          queue.delete(id)
          model.delete(id)
        } else {
          queue.set(id, at, order)
          model.set(id, { at, order })
        }
        expect([queue.peek(), queue.size]).toEqual([sorted()[0], model.size])
      })
      const due = sorted().filter((id) => (model.get(id)?.at ?? 0) <= until)
      let count = 0
      expect(queue.take(until, () => (count += 1) > 3)).toEqual(due.slice(0, 3))
      expect(queue.take(until, () => false)).toEqual(due)
      expect(queue.peek(until)).toBe(due[0])
      expect(queue.size).toBe(model.size)
    }),
  )
})
