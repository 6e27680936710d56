// What `worker-isolate build` sees in a module: exported functions and classes, their methods and their parameters.
import { describe, expect, it } from 'vitest'
import { scanModule } from '../../src/builder/scan-module.ts'
import type { ScannedFunction } from '../../src/builder/scan-module.ts'
import { parseModule } from '../../src/builder/syntax.ts'

function scan(text: string): readonly ScannedFunction[] {
  const problems: string[] = []
  const parsed = parseModule('a.ts', text, (problem) => problems.push(problem))
  if (parsed === null) throw new Error(problems.join('\n'))
  return scanModule(parsed).functions
}

describe('functions', () => {
  it.each([
    ['export function f() {}', [['f', false]]],
    ['export async function f() {}', [['f', true]]],
    ['export const f = async () => {}', [['f', true]]],
    [
      'export const f = function () {}, g = (() => 1) satisfies () => number',
      [
        ['f', false],
        ['g', false],
      ],
    ],
    ['export default function f() {}', [['f', false]]],
    ['const f = () => 1\nexport default f', [['f', false]]],
    [
      'function f() {}\nexport { f, f as g }',
      [
        ['f', false],
        ['g', false],
      ],
    ],
    ['export { f }\nasync function f() {}', [['f', true]]],
    ['function f() {}\nexport { f as default }', [['f', false]]],
    ['export function f(a: string): void\nexport function f(a: unknown) {}', [['f', false]]],
  ])('are exported by: %s', (text, expected) => {
    expect(scan(text).map(({ name, isAsync }) => [name, isAsync])).toEqual(expected)
  })

  it.each([
    'function f() {}',
    'export default function () {}',
    'export default () => {}',
    'export const a = 1, b = [() => 1], c = { f() {} }, d = f()',
    'export const endpoints = {}',
    'export type F = () => void\nexport interface G { (): void }',
    'type F = () => void\nexport type { F }',
    'export declare function f(): void',
    "export { f } from './b.ts'\nexport * from './c.ts'",
    "function f() {}\nexport { f as 'not-a-name' }",
    'export abstract class A { m() {} }',
  ])('are none in: %s', (text) => {
    expect(scan(text)).toEqual([])
  })
})

it('finds the public methods of a class, in their order', () => {
  const text = `
    export class Model {
      declare kind: string
      field = () => 1
      constructor(readonly_: string) {}
      predict(a: string): void
      predict(a: unknown) {}
      async reset() {}
      get size() { return 1 }
      static create() {}
      private hidden() {}
      protected inner() {}
      #secret() {}
      _internal() {}
      [Symbol.iterator]() {}
      'quoted'() {}
      'not-a-name'() {}
    }`
  expect(scan(text)).toMatchObject([{ kind: 'class', methods: ['predict', 'reset', 'quoted'], parameters: null }])
})

describe('parameters', () => {
  it('have the types that are written down, and are required unless the call can leave them out', () => {
    const text = `export function f(this: Window, a: string, b: number, c: boolean, d: Uint8Array, e: Date, f: string | null,
      g, h?: number, i: string = 'x', j = 1) {}`
    expect(scan(text)[0]?.parameters).toEqual([
      { name: 'a', type: 'string', isRequired: true },
      { name: 'b', type: 'number', isRequired: true },
      { name: 'c', type: 'boolean', isRequired: true },
      { name: 'd', type: 'bytes', isRequired: true },
      { name: 'e', type: 'any', isRequired: true },
      { name: 'f', type: 'any', isRequired: true },
      { name: 'g', type: 'any', isRequired: true },
      { name: 'h', type: 'number', isRequired: false },
      { name: 'i', type: 'string', isRequired: false },
      { name: 'j', type: 'any', isRequired: false },
    ])
  })

  it.each(['{ a }: A', '[a]: A', '...a: A', '{ a } = {}'])('are not told when one has no name: %s', (parameter) => {
    expect(scan(`export function f(x: string, ${parameter}) {}`)[0]?.parameters).toBe(null)
  })
})

it('says where a module does not parse', () => {
  const problems: string[] = []
  expect(parseModule('a/b.ts', 'export const a = 1\r\nlet = = 2', (problem) => problems.push(problem))).toBe(null)
  expect(problems).toEqual([expect.stringMatching(/^a\/b\.ts:2:7: \S.*\.$/)])
})
