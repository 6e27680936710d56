// `node:util` in bundles, beside that of Node.js.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { GuestModules } from '../support/guest-modules.ts'

let guests: GuestModules

beforeAll(() => {
  guests = new GuestModules()
})

afterAll(() => guests[Symbol.dispose]())

const SHOWN = `
import { format, formatWithOptions, inspect } from 'node:util'

class Point { x = 1; #hidden = 2; get sum() { return 3 } }
class Empty {}
class Mine { [inspect.custom](depth, options) { return 'Mine(' + depth + ',' + typeof options.stylize + ')' } }
class Keyed extends Map {}
function named() {}
named.own = 1
const circular = { deep: {} }
circular.deep.self = circular
const deep = { a: { b: { c: { d: { e: 1 } } } }, z: 1, b: 'x'.repeat(30) }

const VALUES = [
  new Map([[1, { a: 2 }], ['k', new Set([1])]]), new Set(['a']), 1n, -0, new Point(), new Empty(), new Mine(), new Keyed([[1, 2]]),
  Point, named, () => {}, function* () {}, async () => {}, Symbol('s'), [1, , 3], [undefined, null, NaN], Object.create(null),
  Object.assign(Object.create(null), { a: 1 }), new Date(0), new Date(NaN), /x/gi, new Uint8Array(3), new ArrayBuffer(2), new WeakMap(), circular,
  "it's", 'a\\nb', { get a() { return 1 }, set b(value) {}, get c() { return 1 }, set c(value) {} }, Object(1), Object('s'), Object(Symbol('q')),
  Array(200).fill(1), deep, (function () { return arguments })(1, 2), [1, 2].values(), new DataView(new ArrayBuffer(2)), { [Symbol('k')]: 1, 'a-b': 2 },
  new Error('m').message, Object.assign([1], { key: 2 }), new (class extends Array {})(3), [['a'], [['b']], [[['c']]]], Math, JSON, Reflect,
]
const OPTIONS = [
  { depth: 0 }, { depth: null }, { maxArrayLength: 2 }, { maxStringLength: 3 }, { sorted: true }, { getters: true }, { compact: false },
  { compact: 1 }, { breakLength: 20 }, { colors: true }, { showHidden: true }, { numericSeparator: true }, { customInspect: false },
]
const FORMATS = [
  ['%s %d %i %f %j %o %O %c%%', 'a', 1.5, '7.9', '1.25', { a: 1 }, { a: { b: 1 } }, { a: 1 }, 'css', 'rest', { more: 1 }],
  ['%s', { a: { b: 1 } }], ['%s', Symbol('a')], ['%d', 5n], ['%i', 'x'], ['%s', -0], ['%x', 1], ['%s'], ['a', 'b', { c: 1 }],
  ['%o', named], ['%j', circular], [1, 2, '3'], ['%s %s', 'one'], ['%O', deep], ['%s', new Map([[1, 2]])], ['%s', null, undefined], ['%', 1], [],
]

export function probe() {
  const answers = [
    ...VALUES.map((value) => inspect(value)),
    ...OPTIONS.flatMap((options) => [[1, 2, 3], 'a string', deep, { b: 1, a: 1_234_567, get g() { return 1 } }, new Mine(), new Map([['k', [1]]])].map((value) => inspect(value, options))),
    ...FORMATS.map((given) => format(...given)),
    formatWithOptions({ colors: true }, '%s %O', 'a', { a: 1 }), formatWithOptions({ compact: false }, { a: 1 }),
    String(inspect.custom), inspect.custom === Symbol.for('nodejs.util.inspect.custom'), inspect.defaultOptions, inspect.colors.red, inspect.styles.number,
    inspect({ a: { b: 1 } }, false, 0, true),
  ]
  const before = inspect.defaultOptions
  inspect.defaultOptions = { depth: 0 }
  answers.push(inspect(deep))
  inspect.defaultOptions = before
  return answers
}
`

describe('node:util', () => {
  it('shows values as that of Node.js does', async () => {
    const [expected, found] = await guests.compare(SHOWN)
    for (const [index, value] of expected.entries()) expect([index, found[index]]).toEqual([index, value])
  })
})
