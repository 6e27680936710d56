// Which functions count as quick.
import { describe, expect, test } from 'vitest'
import { Pace } from '../../src/executor/pace.ts'

function paceAfter(entriesMs: readonly number[]): Pace {
  const pace = new Pace()
  for (const ms of entriesMs) pace.entryTook('f', ms)
  return pace
}
const QUICK = Array.from({ length: 16 }, () => 0.1)

describe('a function', () => {
  test('is quick after sixteen quick entries, not before', () => {
    expect(paceAfter(QUICK.slice(1)).isQuick('f', '')).toBe(false)
    expect(paceAfter(QUICK).isQuick('f', '')).toBe(true)
    expect(paceAfter(QUICK).isQuick('g', '')).toBe(false)
  })

  test('is no longer quick after one entry that was not, until it has shown it again', () => {
    const pace = paceAfter([...QUICK, 5.1, ...QUICK.slice(1)])
    expect(pace.isQuick('f', '')).toBe(false)
    pace.entryTook('f', 5)
    expect(pace.isQuick('f', '')).toBe(true)
  })

  test('is not quick with an input that takes long to decode', () => {
    expect(paceAfter(QUICK).isQuick('f', 'x'.repeat(64 * 1024))).toBe(true)
    expect(paceAfter(QUICK).isQuick('f', 'x'.repeat(64 * 1024 + 1))).toBe(false)
  })

  test('that comes after 256 others is never quick, so that names cannot fill the memory', () => {
    const pace = new Pace()
    for (let index = 0; index < 300; index++) for (const ms of QUICK) pace.entryTook(`f${index}`, ms)
    expect(pace.isQuick('f255', '')).toBe(true)
    expect(pace.isQuick('f256', '')).toBe(false)
  })
})
