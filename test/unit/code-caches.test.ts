// What V8 made of modules: kept within a bound, per owner, and never handed to another.
import { describe, expect, test } from 'vitest'
import { CodeCaches } from '../../src/pool/code-caches.ts'

describe('a code cache', () => {
  test('is given back to its cordon, and to no other', () => {
    const caches = new CodeCaches({ maxCharacters: 100 })
    caches.set('a', 'h', 'AAAA')
    expect(caches.get('a', 'h')).toBe('AAAA')
    expect(caches.get('b', 'h')).toBe('')
    expect(caches.get('a', 'g')).toBe('')
    expect(caches.get('ah', '')).toBe('')
  })

  test('replaces the one before it, whose room is free again', () => {
    const caches = new CodeCaches({ maxCharacters: 12 })
    for (let round = 0; round < 10; round++) caches.set('a', 'h', 'AAAAAAAA')
    caches.set('a', 'g', 'BBBB')
    expect([caches.get('a', 'h'), caches.get('a', 'g')]).toEqual(['AAAAAAAA', 'BBBB'])
  })

  test('that was used least recently goes first when there is no room', () => {
    const caches = new CodeCaches({ maxCharacters: 12 })
    for (const hash of ['h1', 'h2', 'h3']) caches.set('a', hash, 'AAAA')
    caches.get('a', 'h1')
    caches.set('a', 'h4', 'AAAA')
    expect(['h1', 'h2', 'h3', 'h4'].map((hash) => caches.get('a', hash) !== '')).toEqual([true, false, true, true])
  })

  test('above the bound is not kept, and leaves what was there', () => {
    const caches = new CodeCaches({ maxCharacters: 8 })
    caches.set('a', 'h', 'AAAA')
    caches.set('a', 'h', 'A'.repeat(12))
    caches.set('a', 'g', 'A'.repeat(12))
    expect([caches.get('a', 'h'), caches.get('a', 'g')]).toEqual(['AAAA', ''])
  })

  test.for(['no base64!', 'AAAA\n', 'A=A', 'AAA===', '\0'])(
    'that is %j is not kept: an executor may say anything',
    (text) => {
      const caches = new CodeCaches({ maxCharacters: 100 })
      caches.set('a', 'h', text)
      expect(caches.get('a', 'h')).toBe('')
    },
  )

  test('goes with its cordon, and the others of a like name stay', () => {
    const caches = new CodeCaches({ maxCharacters: 12 })
    caches.set('a', 'h', 'AAAA')
    caches.set('a', 'g', 'AAAA')
    caches.set('ab', 'h', 'BBBB')
    caches.drop('a')
    expect([caches.get('a', 'h'), caches.get('a', 'g'), caches.get('ab', 'h')]).toEqual(['', '', 'BBBB'])
    caches.set('c', 'h', 'CCCCCCCC')
    expect(caches.get('ab', 'h')).toBe('BBBB')
  })
})
