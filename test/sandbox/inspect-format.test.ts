// Format specifiers and the joining of arguments: the same as Node's own `util.format`.
import { format as formatOfNode } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createBudget, MAX_CALL_CHARACTERS } from '../../sandbox/src/inspect/context.ts'
import { format } from '../../sandbox/src/inspect/format.ts'
import { plainValues } from './inspect-values.ts'

const ours = (...args: readonly unknown[]): string => format(args, createBudget())

/** Undefined where Node throws what the conversion of an argument throws. */
function tryNode(pattern: string, args: readonly unknown[]): string | undefined {
  try {
    return formatOfNode(pattern, ...args)
  } catch {
    return undefined
  }
}

class WithText {
  toString(): string {
    return 'own text'
  }
}
class Inheriting extends WithText {}
class OwnDate extends Date {}
class OwnError extends Error {
  override toString(): string {
    return 'own error text'
  }
}

const circular: Record<string, unknown> = {}
circular['self'] = circular

const CASES: readonly (readonly unknown[])[] = [
  [],
  [''],
  [undefined],
  ['%%'],
  ['%%', 1],
  ['%s'],
  ['%s %s', 'a'],
  ['%s %d %i %f %j %o %O %c', 1],
  ['%s', -0],
  ['%s', 1n],
  ['%s', Symbol('x')],
  ['%s', () => 1],
  ['%s', { a: { b: { c: 1 } } }],
  ['%s', [1, [2, [3]]]],
  ['%s', new Date(0)],
  ['%s', new OwnDate(0)],
  ['%s', { toString: () => 'own' }],
  ['%s', { [Symbol.toPrimitive]: () => 'primitive' }],
  ['%s', Object.create({ toString: () => 'inherited' })],
  ['%s', { toString: 5 }],
  ['%s', new WithText()],
  ['%s', new Inheriting()],
  ['%s', new OwnError('x')],
  ['%s', Object.create(null)],
  ['%s', new Uint8Array(2)],
  ['%s', Object('wrapped')],
  ['%s', null, undefined],
  ['%d %d %d %d %d', '1', 1n, Symbol('x'), {}, -0],
  ['%d', { valueOf: () => 4 }],
  ['%d%d%d', '', [], new Date(5)],
  ['%i %i %i %i %i', 1.9, '42px', 5n, Symbol('x'), {}],
  ['%f %f %f %f', '1.5x', Symbol('q'), -0, 1n],
  ['%j', { a: 1 }],
  ['%j %j %j', undefined, () => 1, 'x'],
  ['%j', circular],
  ['%O', { a: { b: { c: { d: { e: 1 } } } } }],
  ['%o', { a: 1, f: () => 1 }],
  ['%o', function named() {}],
  ['%o', [{ a: [1] }, new Uint8Array(2), new Map([[1, 2]]), /a/]],
  ['%c%s', 'color: red', 'x'],
  ['%x', 'a'],
  ['100%', 1],
  ['%', 1, 2],
  ['%%%s%%s', 'a'],
  ['%s', 'a', 'b', { c: 1 }, 'd'],
  [1, 'a', { b: 'c' }, '%s'],
  [{ a: 'x' }, "y'z"],
  ['%s', '%s', 'a'],
]

describe('a call looks as in Node:', () => {
  it.each(CASES.map((_, index) => index))('case %d', (index) => {
    const args = CASES[index] ?? []
    expect(ours(...args)).toBe(formatOfNode(...args))
  })

  it('generated patterns and arguments', () => {
    const part = fc.oneof(
      fc.constantFrom('%s', '%d', '%i', '%f', '%o', '%O', '%c', '%%', '%x', '%', ' '),
      fc.string({ maxLength: 5 }),
    )
    const value = fc.oneof(fc.string(), fc.double(), fc.integer(), fc.bigInt(), plainValues())
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), fc.array(value, { maxLength: 6 }), (parts, args) => {
        const expected = tryNode(parts.join(''), args)
        fc.pre(expected !== undefined && expected.length < MAX_CALL_CHARACTERS / 2)
        expect(ours(parts.join(''), ...args)).toBe(expected)
      }),
      { numRuns: 1_000, endOnFailure: true },
    )
  })
})

describe('a conversion that throws', () => {
  const fail = (): never => {
    throw new Error('asked')
  }

  it('shows the object for %s, NaN for numbers, and says so for JSON', () => {
    expect(ours('%s', { toString: fail })).toBe('{ toString: [Function: fail] }')
    expect(ours('%d %i %f', { valueOf: fail }, { toString: fail }, { toString: fail })).toBe('NaN NaN NaN')
    expect(ours('%j %j', { toJSON: fail }, 1n)).toBe('<cannot be written as JSON> <cannot be written as JSON>')
  })
})
