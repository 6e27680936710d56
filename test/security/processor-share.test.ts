// Who answers comes before who computes: the sessions of executors have a small share of a crowded processor.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ServiceProcess } from '../support/service-process.ts'

const hasGroups = existsSync('/proc/self/autogroup')

/**
 * The nice value of the group that the process shares the processor with.
 * The file is empty for a process whose session is that of the first process: it is in no group, and nothing lowers it.
 */
function groupNice(pid: number): number {
  const text = readFileSync(`/proc/${pid}/autogroup`, 'latin1')
  return text === '' ? 0 : Number(/nice (-?\d+)/u.exec(text)?.[1])
}

let service: ServiceProcess

beforeAll(async () => (service = await ServiceProcess.start()))
afterAll(async () => service[Symbol.asyncDispose]())

describe.runIf(hasGroups)('the session of a process', () => {
  it('has a full share when only the process lowers its priority', () => {
    const child = spawn('/bin/sleep', ['10'], { detached: true, stdio: 'ignore' })
    try {
      expect(groupNice(child.pid ?? 0)).toBe(0)
    } finally {
      child.kill('SIGKILL')
    }
  })

  it('that runs submitted code has half a share', () => {
    const pids = service.executorPids()
    expect(pids.length).toBeGreaterThan(0)
    expect(pids.map(groupNice)).toEqual(pids.map(() => 3))
  })

  it('of the front keeps its share', () => {
    expect(groupNice(service.pid)).toBe(0)
  })
})
