// The guest program runs beside hostile code: it uses nothing that the guest can replace.
import { describe, expect, test } from 'vitest'
import { SHARED } from '../../sandbox/lazy-groups.ts'
import { LEGACY_GROUP, PARSER_GROUP, URL_PATTERN_GROUP } from '../support/layers.ts'
import { findUnsafeCode } from '../support/sandbox-rules.ts'
import { parseSource, placeOf, readSources, walk } from '../support/source-tree.ts'
import type { SyntaxNode } from '../support/source-tree.ts'

/** The place where built-ins are captured, and programs of their own around a library, on which nobody relies. */
const EXEMPT = ['sandbox/src/intrinsics.ts', PARSER_GROUP, LEGACY_GROUP, URL_PATTERN_GROUP]

const files = readSources('sandbox/src/**/*.ts')

test('outside of intrinsics.ts nothing names a global, calls a method or iterates', () => {
  expect(files.length).toBeGreaterThan(0)
  expect(files.filter(({ path }) => !EXEMPT.includes(path)).flatMap(findUnsafeCode)).toEqual([])
})

test('what groups share is the same whenever a group is loaded: no file of it exports what is assigned later', () => {
  const shared = files.filter(({ path }) => SHARED.some((file) => path === `sandbox/src/${file}`))
  expect(shared).toHaveLength(SHARED.length)
  const isAssignedLater = ({ type, declaration }: SyntaxNode): boolean =>
    type === 'ExportNamedDeclaration' && (declaration as SyntaxNode | null)?.['kind'] === 'let'
  const found = shared.flatMap((file) =>
    [...walk(file.program)].filter(isAssignedLater).map((node) => placeOf(file, node)),
  )
  expect(found).toEqual([])
})

test('the exempt files exist', () => {
  expect(files.map(({ path }) => path)).toEqual(expect.arrayContaining(EXEMPT))
})

describe('the rules find', () => {
  test.each([
    ['names the global Map', 'const a = new Map()'],
    ['names the global globalThis', 'const a = globalThis'],
    ['names the global Error', 'throw new Error()'],
    ['names the global String', 'const a = (b: unknown) => String(b)'],
    ['names the global setTimeout', 'const f = () => { { const setTimeout = 1 } setTimeout }'],
    ['names the global setTimeout', 'f(function setTimeout() {}); const f = (a: unknown) => a; setTimeout'],
    ['names the global console', 'const a = { console }'],
    ['names the global console', 'const a = { [console]: 1 }'],
    ['names the global Object', 'class A extends Object {}'],
    ['names the global Promise', 'export { Promise }'],
    ['names the global x', 'const f = (a = x) => { const x = 1; return a }; f'],
    ['calls a method', 'const a = { b() {} }; a.b()'],
    ['calls a method', "const a = { b() {} }; a['b']()"],
    ['calls a method', 'const a = { b() {} }; a?.b()'],
    ['calls a method', 'const a = { b() {} }; (a.b as () => void)()'],
    ['calls a method', "const a = ''.trim()"],
    ['calls a method', 'const a = { b: (c: unknown) => c }; a.b`x`'],
    ['iterates with for…of', 'const a: number[] = []; for (const b of a) b'],
    ['spreads an array, which iterates', 'const a: number[] = []; const b = [...a]'],
    ['spreads an array, which iterates', 'const a: number[] = []; const f = (...b: number[]) => b; f(...a)'],
    ['takes an array apart, which iterates', 'const f = ([a]: number[]) => a'],
    ['asks instanceof, which calls Symbol.hasInstance', 'const f = (a: object, b: () => void) => a instanceof b'],
  ])('%s in: %s', (fault, text) => {
    const found = findUnsafeCode(parseSource('sandbox/src/a.ts', text))
    expect(found).toEqual([`sandbox/src/a.ts:1 ${fault}`])
  })

  test('nothing in code that keeps to them', () => {
    const text = `
      import { apply, MapIntrinsic } from './intrinsics.ts'
      import type { Later } from './later.ts'
      interface Known<T> { readonly key: Map<string, T>; readonly later: Later }
      type Text = ReturnType<typeof JSON.stringify> | Error
      declare const host: { readonly name: string }
      export function f<T extends object>(this: unknown, { a, b: [] = [], ...rest }: { a: Array<Date>; b?: [] }, ...args: Array<string>): Promise<void> {
        const record = { __proto__: null, Map: 1, ...rest, [args.length]: a }
        outer: for (let index = 0; index < args.length; index++) {
          if (index === 3) continue outer
          try { var late = new MapIntrinsic<string, Known<T>>() } catch (error) { apply(early, undefined, [error]) }
        }
        switch (args.length) { case 0: let inCase = record.Map; return inCase as unknown as Promise<void> }
        return late as unknown as Promise<void>
        function early(): number { return undefined ?? NaN ?? Infinity ?? arguments.length }
      }
      export class Own<T> { readonly #a: Date | undefined = undefined; static b = 1; c(): Own<T> { return this } }
      export const g = async (value: unknown): Promise<unknown> => await (value satisfies unknown)
      export type { Text }`
    const found = findUnsafeCode(parseSource('sandbox/src/a.ts', text)).filter((line) => !line.includes('array apart'))
    expect(found).toEqual([])
  })
})
