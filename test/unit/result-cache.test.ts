// The cache of what tools made: keys, order of leaving, bytes.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Transpiled } from '../../src/core/transpiler.ts'
import { ResultCache } from '../../src/tool-client/result-cache.ts'

const result = (code: string): Transpiled => ({ ok: true, code })

const cacheOf = (maxBytes: number): ResultCache<Transpiled> =>
  new ResultCache({ maxBytes, sizeOf: (one) => (one.ok ? one.code.length : one.failure.message.length) })

describe('ResultCache', () => {
  it('keeps what the same source of two tenants gave apart', () => {
    const cache = cacheOf(10_000)
    cache.set(ResultCache.key('a', 'source'), result('for a'))
    expect(cache.get(ResultCache.key('b', 'source'))).toBeNull()
    expect(cache.get(ResultCache.key('a', 'source'))).toEqual(result('for a'))
  })

  it('has one key for one pair of tenant and source', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), fc.string(), (tenantA, sourceA, tenantB, sourceB) => {
        const areEqual = ResultCache.key(tenantA, sourceA) === ResultCache.key(tenantB, sourceB)
        expect(areEqual).toBe(tenantA === tenantB && sourceA === sourceB)
      }),
    )
  })

  it('lets go of what was not asked for the longest', () => {
    const cache = cacheOf(2_500)
    for (const key of ['a', 'b', 'c']) cache.set(key, result('x'.repeat(250)))
    expect(cache.get('a')).not.toBeNull()
    cache.set('d', result('x'.repeat(250)))
    expect([cache.get('a'), cache.get('b'), cache.get('c'), cache.get('d')].map((entry) => entry !== null)).toEqual([
      true,
      false,
      true,
      true,
    ])
  })

  it('keeps nothing that is larger than itself, and nothing else leaves for it', () => {
    const cache = cacheOf(1_000)
    cache.set('small', result('x'))
    cache.set('large', result('x'.repeat(1_000)))
    expect([cache.get('small'), cache.get('large')]).toEqual([result('x'), null])
  })

  it('never counts more than its bytes, nor less than the texts that it holds take', () => {
    const entry = fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd', 'e'), length: fc.integer({ min: 0, max: 900 }) })
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 40 }), (entries) => {
        const cache = cacheOf(4_000)
        for (const { key, length } of entries) {
          cache.set(
            key,
            length % 5 === 0
              ? { ok: false, failure: { code: 'COMPILE_FAILED', message: 'x'.repeat(length) } }
              : result('x'.repeat(length)),
          )
          const held = ['a', 'b', 'c', 'd', 'e'].reduce((sum, each) => {
            const found = cache.get(each)
            return sum + (found === null ? 0 : 2 * (found.ok ? found.code.length : found.failure.message.length))
          }, 0)
          expect(cache.bytes).toBeLessThanOrEqual(4_000)
          expect(cache.bytes).toBeGreaterThanOrEqual(held)
        }
      }),
    )
  })
})
