// The guess that tells whoever sends TypeScript as JavaScript how to send it. Only source that does not compile is guessed about.
import { describe, expect, test } from 'vitest'
import { looksLikeTypescript } from '../../src/core/looks-like-typescript.ts'

describe('the guess', () => {
  test.each([
    'function f(x: number) { return x }',
    'const f = (a, b?: string) => a',
    'const f = (...all: any) => all',
    'const x: number = 1',
    'let list: string[] = []',
    'async function f(a): Promise<number> { return 1 }',
    'const f = (a): void => {}',
    'interface Point { x: number }',
    'export enum Kind { A }',
    'type Id = string | number',
    'export type Box<T> = { value: T }',
    'import type { A } from "./a"',
    'const a = [1] as const',
    'class A { private x = 1 }',
    'function f(user: User) { return user.name }',
  ])('takes %j for TypeScript', (source) => {
    expect(looksLikeTypescript(source)).toBe(true)
  })

  test.each([
    'function f(x { return x }',
    'const f = (a, b) => ({ a: 1, b: 2 }',
    'const g = x ? y : z +',
    'f(a ? b : c, }',
    'const o = { type: 1, as: 2, }}',
    'def f(x):\n    return x',
    'switch (a) { case 1: return }}',
  ])('does not take %j for it', (source) => {
    expect(looksLikeTypescript(source)).toBe(false)
  })

  test('takes time that grows with the source, whatever it is', () => {
    const texts = [
      '(a'.repeat(500_000),
      `(${' '.repeat(1_000_000)}`,
      'const '.repeat(200_000),
      ') : Promise<'.repeat(90_000),
    ]
    const startedAt = performance.now()
    for (const text of texts) looksLikeTypescript(text)
    expect(performance.now() - startedAt).toBeLessThan(2_000)
  })
})
