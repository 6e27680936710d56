// The parts of the HTTP front that decide alone: the buffer budget, hosts, waiting.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BodyPieces } from '../../src/http/body-pieces.ts'
import { BufferBudget } from '../../src/http/buffer-budget.ts'
import { createAccessCheck, isLoopbackHost } from '../../src/http/check-access.ts'
import { settledWithin } from '../../src/http/settled-within.ts'

describe('the buffer budget', () => {
  test('never holds more than its limit, and gives back exactly what was taken', () => {
    const step = fc.record({
      lease: fc.nat(4),
      action: fc.constantFrom('reserve', 'resize', 'release'),
      bytes: fc.nat(60),
    })
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const budget = new BufferBudget({ bufferedBytes: 100 })
        const leases = new Map<number, ReturnType<BufferBudget['reserve']>>()
        for (const { lease, action, bytes } of steps) {
          if (action === 'reserve' && !leases.has(lease)) leases.set(lease, budget.reserve(bytes))
          else if (action === 'resize') leases.get(lease)?.resize(bytes)
          else leases.get(lease)?.release()
          expect(budget.usedBytes).toBeLessThanOrEqual(100)
          expect(budget.usedBytes).toBeGreaterThanOrEqual(0)
        }
        for (const lease of leases.values()) lease?.release()
        expect(budget.usedBytes).toBe(0)
      }),
    )
  })

  test('refuses growth that does not fit and keeps what was held', () => {
    const budget = new BufferBudget({ bufferedBytes: 100 })
    const first = budget.reserve(60)
    expect(budget.reserve(41)).toBeNull()
    expect(first?.resize(101)).toBe(false)
    expect(budget.usedBytes).toBe(60)
    first?.release()
    first?.resize(50)
    expect(budget.usedBytes).toBe(0)
  })
})

describe('a loopback host', () => {
  test.each(['localhost', 'LOCALHOST:80', 'ep.localhost:8000', '127.0.0.1', '127.1.2.3:1', '[::1]', '[::1]:65535'])(
    '%s is one',
    (host) => {
      expect(isLoopbackHost(host)).toBe(true)
    },
  )

  test.each([
    'example.com',
    'localhost.example.com',
    'notlocalhost',
    '127.0.0.1.example.com',
    '127.0.0.1.nip.io:80',
    '10.0.0.1',
    '[::2]',
    '::1',
    '',
    'localhost@evil.com',
    'localhost:80:80',
    'localhost ',
    'evil.com/localhost',
    '0.0.0.0',
  ])('%j is none', (host) => {
    expect(isLoopbackHost(host)).toBe(false)
  })
})

test('an empty key is refused, because it would protect nothing', () => {
  expect(() => createAccessCheck({ kind: 'key', key: '' })).toThrow('An empty key')
})

describe('waiting for a promise', () => {
  test('ends with its value when it settles in time and with null when not', async () => {
    expect(await settledWithin(Promise.resolve(5), 1_000)).toBe(5)
    expect(await settledWithin(new Promise(() => undefined), 5)).toBeNull()
  })

  test('passes a rejection on', async () => {
    await expect(settledWithin(Promise.reject(new Error('x')), 1_000)).rejects.toThrow('x')
  })
})

describe('the pieces of a body', () => {
  test('are put together as they came, whatever their sizes', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.nat(100), fc.nat(10_000), fc.constant(70_000)), { maxLength: 60 }), (sizes) => {
        const all = sizes.map((size, index) => Buffer.alloc(size, index))
        const pieces = new BodyPieces()
        for (const one of all) pieces.add(one)
        expect(pieces.join().equals(Buffer.concat(all))).toBe(true)
        expect(pieces.bytes).toBe(Buffer.concat(all).length)
      }),
    )
  })

  test('are too small when there are many of less than 64 bytes', () => {
    const piecesOf = (bytes: number, count: number): BodyPieces => {
      const pieces = new BodyPieces()
      for (let index = 0; index < count; index += 1) pieces.add(Buffer.alloc(bytes))
      return pieces
    }
    expect(piecesOf(1, 8_000).areTooSmall).toBe(false)
    expect(piecesOf(1, 8_400).areTooSmall).toBe(true)
    expect(piecesOf(64, 100_000).areTooSmall).toBe(false)
  })
})
