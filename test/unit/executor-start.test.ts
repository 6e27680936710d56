// What an executor does at its start in ways of its own, because the ways of Node.js take longer than all the rest.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { groupDigits } from '../../src/core/group-digits.ts'
import { snapshotChecksum } from '../../src/executor/snapshot-checksum.ts'

describe('numbers in messages', () => {
  test('are grouped and rounded as Intl does it', () => {
    const format = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
    const values = fc.oneof(
      fc.nat(),
      fc.maxSafeNat(),
      fc.double({ min: 0, max: 1e9, noNaN: true }).map((value) => Math.round(value * 100) / 100),
    )
    fc.assert(
      fc.property(values, (value) => {
        expect(groupDigits(value)).toBe(format.format(value))
      }),
    )
  })
})

describe('the checksum of a snapshot', () => {
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 40 })

  test('is another one when any byte is another one', () => {
    fc.assert(
      fc.property(bytes, fc.nat(), fc.integer({ min: 1, max: 255 }), (blob, at, change) => {
        const damaged = blob.map((byte, index) => (index === at % blob.length ? byte ^ change : byte))
        expect(snapshotChecksum(damaged)).not.toBe(snapshotChecksum(blob))
      }),
    )
  })

  test('is another one when the end is missing', () => {
    fc.assert(
      fc.property(bytes, (blob) => {
        expect(snapshotChecksum(blob.subarray(0, -1))).not.toBe(snapshotChecksum(blob))
      }),
    )
  })

  test('does not depend on where in its buffer the snapshot lies', () => {
    fc.assert(
      fc.property(bytes, fc.nat({ max: 7 }), (blob, offset) => {
        const buffer = new Uint8Array(offset + blob.length)
        buffer.set(blob, offset)
        expect(snapshotChecksum(buffer.subarray(offset))).toBe(snapshotChecksum(blob))
      }),
    )
  })
})
