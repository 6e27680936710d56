// Which isolates the parent of an executor knows of.
import { describe, expect, test } from 'vitest'
import type { Task } from '../../src/core/task.ts'
import type { Assignment } from '../../src/pool/assignment.ts'
import { countIsolates } from '../../src/pool/count-isolates.ts'
import { LoadedCode } from '../../src/pool/loaded-code.ts'
import { liveTask } from '../support/egress-harness.ts'

function callOf(hash: string): Task {
  const task = liveTask()
  const module = { name: 'm', kind: 'script', code: '', hash, fileName: 'm.js' } as const
  const source = { mode: 'flash', deployment: 'd', module, maxConcurrency: 8 } as const
  return { ...task, invocation: { ...task.invocation, source } }
}

/** Only the task is looked at. */
function assigned(...tasks: readonly Task[]): ReadonlyMap<string, Assignment> {
  return new Map(tasks.map((task) => [task.id, { task } as Assignment]))
}

function loadedOf(...keys: readonly string[]): LoadedCode {
  const loaded = new LoadedCode()
  for (const key of keys) loaded.add(key)
  return loaded
}

describe('the isolates of an executor', () => {
  test('are those of its tasks when it runs code of requests, and none when it belongs to nobody', () => {
    expect(countIsolates('live', assigned(liveTask()), loadedOf())).toEqual({ busy: 1, idle: 0, retired: 0 })
    expect(countIsolates(null, assigned(), loadedOf())).toEqual({ busy: 0, idle: 0, retired: 0 })
  })

  test('are one for each module, however many calls it has', () => {
    const calls = assigned(callOf('a'), callOf('a'), callOf('b'))
    expect(countIsolates('flash', calls, loadedOf('a', 'b', 'c'))).toEqual({ busy: 2, idle: 1, retired: 0 })
  })

  test('are one less when one has retired, until the next call of its module', () => {
    const loaded = loadedOf('a', 'b')
    loaded.retire('a')
    expect(countIsolates('flash', assigned(), loaded)).toEqual({ busy: 0, idle: 1, retired: 1 })
    expect(loaded.add('a')).toBe(false)
    expect(countIsolates('flash', assigned(), loaded)).toEqual({ busy: 0, idle: 2, retired: 0 })
  })

  test('count one as busy that retires while its next call is on the way', () => {
    const loaded = loadedOf('a')
    loaded.retire('a')
    expect(countIsolates('flash', assigned(callOf('a')), loaded)).toEqual({ busy: 1, idle: 0, retired: 0 })
  })

  test('are those of instances by their keys, and none that has ended', () => {
    const call: Task = { ...liveTask(), instance: { key: 'instance-1', isFirst: false } }
    const loaded = loadedOf('instance-1', 'instance-2', 'instance-3')
    loaded.ended('instance-3')
    expect(countIsolates('instances', assigned(call), loaded)).toEqual({ busy: 1, idle: 1, retired: 0 })
  })
})
