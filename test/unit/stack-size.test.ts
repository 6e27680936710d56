// How the stack of an executor's main thread is shared out.
import { describe, expect, test } from 'vitest'
import { readStackSizes, stackSizesOf } from '../../src/pool/stack-size.ts'

const limitsWith = (soft: string): string =>
  `Limit                     Soft Limit           Hard Limit           Units     
Max data size             unlimited            unlimited            bytes     
Max stack size            ${soft.padEnd(20)} unlimited            bytes     
`

describe('the stack of guests on the main thread', () => {
  test('is nearly all of it, with room behind for what they call', () => {
    expect(stackSizesOf(limitsWith('8388608'))).toEqual({ guestKb: 6_992, hostKb: 7_792 })
    expect(stackSizesOf(limitsWith('67108864'))).toEqual({ guestKb: 64_336, hostKb: 65_136 })
  })

  test('is that of a pool thread where there is no limit', () => {
    expect(stackSizesOf(limitsWith('unlimited'))).toEqual({ guestKb: 2_048, hostKb: 2_848 })
  })

  test('is nothing where they would notice on which thread they run, or nobody knows', () => {
    expect(stackSizesOf(limitsWith('4194303'))).toBeNull()
    expect(stackSizesOf(limitsWith('4194304'))).not.toBeNull()
    expect(stackSizesOf('')).toBeNull()
  })

  test.runIf(process.platform === 'linux')('is read from the kernel', () => {
    expect(readStackSizes()?.guestKb).toBeGreaterThan(1_024)
  })
})
