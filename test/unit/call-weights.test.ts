// How many calls of a route may overlap where the manifest does not say: as many as are light.
import { describe, expect, test } from 'vitest'
import type { FlashSource } from '../../src/core/invocation.ts'
import type { Task } from '../../src/core/task.ts'
import { CallWeights } from '../../src/pool/call-weights.ts'

const LIMITS = { wallMs: 60_000, cpuMs: 500, memoryMb: 64, inputBytes: 100, outputBytes: 100, logBytes: 100 }

function callOf({
  name = 'f',
  hash = 'h',
  ...source
}: Partial<FlashSource> & { readonly name?: string; readonly hash?: string } = {}): Task {
  const module = { name: 'm', kind: 'script', code: '', hash, fileName: 'm.js' } as const
  const flash: FlashSource = {
    mode: 'flash',
    deployment: 'd@1',
    module,
    maxConcurrency: 8,
    learnsConcurrency: true,
    ...source,
  }
  const input = { format: 'json', text: '{"args":[],"kwargs":{}}' } as const
  return { id: 't', tenant: 'default', limits: LIMITS, invocation: { kind: 'function', source: flash, name, input } }
}

describe('calls of a route whose overlap nobody has set', () => {
  test('run alone until one has shown that they are light', () => {
    const weights = new CallWeights()
    expect(weights.overlap(callOf())).toBe(1)
    weights.learn(callOf(), 0.2)
    expect(weights.overlap(callOf())).toBe(8)
    expect(weights.overlap(callOf({ name: 'other' }))).toBe(1)
    expect(weights.overlap(callOf({ hash: 'other' }))).toBe(1)
  })

  test('run alone from a heavy one on, and overlap again after many light ones', () => {
    const weights = new CallWeights()
    weights.learn(callOf(), 0.2)
    weights.learn(callOf(), 200)
    expect(weights.overlap(callOf())).toBe(1)
    let light = 0
    while (weights.overlap(callOf()) === 1 && light < 100) {
      weights.learn(callOf(), 0.2)
      light += 1
    }
    expect(light).toBeGreaterThan(8)
    expect(light).toBeLessThan(64)
  })

  test('are learned anew when more functions are known than are called at a time', () => {
    const weights = new CallWeights()
    weights.learn(callOf(), 0.2)
    for (let index = 0; index < 4_096; index += 1) weights.learn(callOf({ hash: `h${index}` }), 0.2)
    expect(weights.overlap(callOf())).toBe(1)
    expect(weights.overlap(callOf({ hash: 'h4095' }))).toBe(8)
  })
})

test('calls whose overlap the manifest sets keep it whatever they cost', () => {
  const weights = new CallWeights()
  const { learnsConcurrency: _, ...told } = callOf().invocation.source as FlashSource
  const task = callOf()
  const toldTask: Task = { ...task, invocation: { ...task.invocation, source: { ...told, maxConcurrency: 3 } } }
  expect(weights.overlap(toldTask)).toBe(3)
  weights.learn(toldTask, 500)
  expect(weights.overlap(toldTask)).toBe(3)
})

test('tasks of code that came with the request never overlap', () => {
  const task = callOf()
  const source = { mode: 'live', language: 'javascript', code: '' } as const
  expect(new CallWeights().overlap({ ...task, invocation: { ...task.invocation, source } })).toBe(1)
})
