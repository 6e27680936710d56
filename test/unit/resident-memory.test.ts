// The resident memory of a process, read from the kernel: of this one, which can be made to grow.
import { describe, expect, test } from 'vitest'
import { ResidentMemory } from '../../src/pool/resident-memory.ts'

const MB = 1024 * 1024
/** More than the slack that is not counted. */
const GROWN_BYTES = 260 * MB
const ALLOWED_MB = 16

describe.runIf(process.platform === 'linux')('what a process has grown by', () => {
  test('is seen at once while a task runs, and at rest when the last reading is 5 ms old', () => {
    let now = 1_000
    const memory = new ResidentMemory(() => now)
    memory.open(process.pid)
    const buffer = Buffer.alloc(GROWN_BYTES, 1)

    expect(memory.hasGrownOver(ALLOWED_MB)).toBe(true)
    expect(memory.keepsOver(ALLOWED_MB)).toBe(false)
    memory.rest()
    expect(memory.hasGrownOver(ALLOWED_MB)).toBe(true)

    now += 5
    expect(memory.keepsOver(ALLOWED_MB)).toBe(true)
    memory.rest()
    expect(memory.hasGrownOver(ALLOWED_MB)).toBe(false)
    expect(buffer.length).toBe(GROWN_BYTES)
    memory.close()
  })

  test('is nothing for a process that there is not', () => {
    const memory = new ResidentMemory(() => 0)
    memory.open(null)
    expect([memory.hasGrownOver(0), memory.keepsOver(0)]).toEqual([false, false])
  })
})
