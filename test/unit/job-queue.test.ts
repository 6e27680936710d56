// The order in which jobs get to run.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { JobQueue } from '../../src/jobs/job-queue.ts'

const BOUNDS = { runningMax: 4, runningMaxAt: () => 2, waitingPerEndpointMax: 3 }

const takeAll = (queue: JobQueue): readonly string[] => {
  const taken: string[] = []
  for (let id = queue.next(); id !== undefined; id = queue.next()) taken.push(id)
  return taken
}

describe('the queue of jobs', () => {
  test('lets a job run at once as long as there is a place and nobody waits before it', () => {
    const queue = new JobQueue(BOUNDS)
    expect([queue.enter('a'), queue.enter('a'), queue.enter('a')]).toEqual([true, true, false])
    queue.push('a', 'a3', false)
    queue.leave('a')
    expect(queue.enter('a')).toBe(false)
    expect(takeAll(queue)).toEqual(['a3'])
  })

  test('bounds what runs of one endpoint and of all', () => {
    const queue = new JobQueue(BOUNDS)
    for (const endpoint of ['a', 'b', 'c']) for (const n of [1, 2, 3]) queue.push(endpoint, `${endpoint}${n}`, false)
    expect(takeAll(queue)).toEqual(['a1', 'b1', 'c1', 'a2'])
    queue.leave('a')
    expect(takeAll(queue)).toEqual(['b2'])
    queue.leave('b')
    queue.leave('b')
    expect(takeAll(queue)).toEqual(['c2', 'a3'])
  })

  test('gives endpoints their turns, however many jobs one has', () => {
    const queue = new JobQueue({ runningMax: 1, runningMaxAt: () => 1, waitingPerEndpointMax: 100 })
    for (let n = 0; n < 50; n++) queue.push('many', `many${n}`, false)
    queue.push('few', 'few0', false)
    expect(takeAll(queue)).toEqual(['many0'])
    queue.leave('many')
    expect(takeAll(queue)).toEqual(['few0'])
  })

  test('serves low priority after everything else of its endpoint', () => {
    const queue = new JobQueue({ ...BOUNDS, runningMaxAt: () => 4 })
    queue.push('a', 'low', true)
    queue.push('a', 'first', false)
    queue.push('a', 'second', false)
    expect(takeAll(queue)).toEqual(['first', 'second', 'low'])
  })

  test('forgets a job that is taken out', () => {
    const queue = new JobQueue(BOUNDS)
    queue.push('a', 'a1', false)
    queue.push('a', 'a2', false)
    queue.remove('a', 'a1')
    queue.remove('a', 'unknown')
    queue.remove('none', 'a2')
    expect([queue.waiting, queue.waitingOf('a'), takeAll(queue)]).toEqual([1, 1, ['a2']])
  })

  test('says when an endpoint has as many waiting as it may', () => {
    const queue = new JobQueue(BOUNDS)
    for (const id of ['1', '2', '3']) {
      expect(queue.hasRoom('a')).toBe(true)
      queue.push('a', id, false)
    }
    expect([queue.hasRoom('a'), queue.hasRoom('b')]).toEqual([false, true])
  })

  test('never loses a job, never runs one twice, and keeps its bounds, whatever happens in whatever order', () => {
    const step = fc.oneof(
      fc.record({ type: fc.constant('push' as const), endpoint: fc.constantFrom('a', 'b', 'c'), isLow: fc.boolean() }),
      fc.record({ type: fc.constant('next' as const) }),
      fc.record({ type: fc.constantFrom('leave' as const, 'remove' as const), index: fc.nat(20) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const queue = new JobQueue({ runningMax: 3, runningMaxAt: () => 2, waitingPerEndpointMax: 1_000 })
        const waiting = new Map<string, string>()
        const running = new Map<string, string>()
        for (const [index, one] of steps.entries()) {
          if (one.type === 'push') {
            const id = `${one.endpoint}-${index}`
            queue.push(one.endpoint, id, one.isLow)
            waiting.set(id, one.endpoint)
          } else if (one.type === 'next') {
            const id = queue.next()
            if (id === undefined) continue
            expect(waiting.has(id)).toBe(true)
            running.set(id, waiting.get(id) ?? '')
            waiting.delete(id)
          } else {
            const from = one.type === 'leave' ? running : waiting
            const [id, endpoint] = [...from][one.index % Math.max(1, from.size)] ?? []
            if (id === undefined || endpoint === undefined) continue
            from.delete(id)
            if (one.type === 'leave') queue.leave(endpoint)
            else queue.remove(endpoint, id)
          }
          expect(running.size).toBeLessThanOrEqual(3)
          for (const name of ['a', 'b', 'c']) {
            expect([...running.values()].filter((each) => each === name).length).toBeLessThanOrEqual(2)
          }
          expect(queue.waiting).toBe(waiting.size)
        }
        // What waits comes out when there is room.
        for (const endpoint of running.values()) queue.leave(endpoint)
        const rest = new Set<string>()
        for (let id = queue.next(); id !== undefined; id = queue.next()) {
          rest.add(id)
          queue.leave(waiting.get(id) ?? '')
        }
        expect(rest).toEqual(new Set(waiting.keys()))
      }),
    )
  })
})
