// When an executor counts as silent.
import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { describe, expect, test } from 'vitest'
import { Heartbeat } from '../../src/pool/heartbeat.ts'
import { readWaitedMs } from '../../src/pool/process-stat.ts'

describe('an executor that does not answer', () => {
  test('has missed its heartbeats after two of them, and not before', () => {
    const heartbeat = new Heartbeat(1_000)
    expect(heartbeat.beat(0, 0)).toEqual({ kind: 'ping', sequence: 1 })
    expect(heartbeat.beat(1_000, 0)).toEqual({ kind: 'wait' })
    expect(heartbeat.beat(1_999, 0)).toEqual({ kind: 'wait' })
    expect(heartbeat.beat(2_000, 0)).toEqual({ kind: 'missed' })
  })

  test('is not silent for longer than this process has been at work', () => {
    const heartbeat = new Heartbeat(1_000)
    heartbeat.beat(0, 0)
    expect(heartbeat.beat(60_000, 0)).toEqual({ kind: 'wait' })
    expect(heartbeat.beat(61_000, 0)).toEqual({ kind: 'missed' })
  })

  test('has not missed them while it waited for a processor', () => {
    const heartbeat = new Heartbeat(1_000)
    heartbeat.beat(0, 500)
    heartbeat.beat(1_000, 550)
    expect(heartbeat.beat(2_000, 600)).toEqual({ kind: 'wait' })
    expect(heartbeat.beat(3_000, 1_400)).toEqual({ kind: 'missed' })
  })

  test('begins anew with each answer, and one without a ping is a broken contract', () => {
    const heartbeat = new Heartbeat(1_000)
    heartbeat.beat(0, 0)
    heartbeat.answered(1)
    expect(heartbeat.beat(5_000, 0)).toEqual({ kind: 'ping', sequence: 2 })
    expect(() => heartbeat.answered(1)).toThrow('a pong without a ping')
  })
})

describe.runIf(process.platform === 'linux')('the time that a process waits for a processor', () => {
  test('is counted by the kernel, and is nothing for a process that is gone', async () => {
    const hogs = Array.from({ length: 3 * availableParallelism() }, () =>
      spawn(process.execPath, ['-e', 'setTimeout(() => process.exit(), 20_000); for (;;);'], { stdio: 'ignore' }),
    )
    try {
      const [first] = hogs
      await expect.poll(() => readWaitedMs(first?.pid ?? null), { timeout: 10_000 }).toBeGreaterThan(50)
    } finally {
      for (const hog of hogs) hog.kill('SIGKILL')
    }
    expect(readWaitedMs(2 ** 30)).toBe(0)
    expect(readWaitedMs(null)).toBe(0)
  })
})
