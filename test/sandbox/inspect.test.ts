// The text of values: the same as Node's own `util.inspect`, value by value and for generated ones.
import { inspect as inspectOfNode } from 'node:util'
import type { InspectOptions } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DEFAULT_OPTIONS, MAX_CALL_CHARACTERS } from '../../sandbox/src/inspect/context.ts'
import { inspect, readOptions } from '../../sandbox/src/inspect/value.ts'
import { plainValues } from './inspect-values.ts'

const CUSTOM = inspectOfNode.custom

class A {
  x = 1
}
class B extends A {
  override toString(): string {
    return 'not asked'
  }
}
class OwnMap extends Map<unknown, unknown> {}
class OwnList extends Array<unknown> {}
class OwnBytes extends Uint8Array {}
class OwnDate extends Date {}
class OwnFault extends Error {}
/** What it says is what its getters say. */
class Asked extends Error {
  override get message(): string {
    return 'asked'
  }
  override get name(): string {
    return 'AskedError'
  }
}
class OwnError extends Error {
  override name = 'OwnError'
  field = { a: { b: { c: 1 } } }
}

function circular(): object {
  const outer: Record<string, unknown> = { name: 'outer' }
  const inner = { outer }
  return Object.assign(outer, { self: outer, list: [outer, inner], map: new Map([[outer, inner]]) })
}

function sparse(length: number, entries: Record<number, unknown>): unknown[] {
  return Object.assign(Array.from({ length: 0 }), { length }, entries)
}

/** An error whose stack shares its frames with that of its cause. */
function failTwice(): Error {
  const depth = (left: number): Error => (left === 0 ? new Error('inner') : depth(left - 1))
  const cause = depth(6)
  return Object.assign(new Error('outer', { cause }), { stack: cause.stack?.replace('inner', 'outer') })
}

const deep = {
  a: {
    b: {
      error: new Error('e'),
      errorWithKeys: Object.assign(new Error('e'), { code: 1 }),
      date: new Date(0),
      pattern: Object.assign(/q/, { a: 1 }),
      empty: [[], {}, new Set(), new Map(), Object.create(null)],
      full: [[1], { a: 1 }, new Set([1]), new OwnMap([[1, 1]]), new A(), () => 1, new Uint8Array(1)],
      none: Object.assign(Object.create(null) as object, { z: 1 }),
    },
  },
}

const VALUES: Record<string, readonly unknown[]> = {
  numbers: [0, -0, 1.5, Number.NaN, Infinity, -Infinity, 1e21, 1e-7, 12n, -5n],
  primitives: [undefined, null, true, false, Symbol('s'), Symbol('a\nb'), Symbol.iterator],
  quotes: ["it's", 'say "x"', `both ' "`, 'all \' " `', 'both \' " ${'],
  escapes: ['\n\t\b\f\r\v\0\u001B\u007F\u009F\\', '\ud83d', '\ude00x\u{1f600}\ud83d', 'é日本', ''],
  'long texts': ['x'.repeat(200), { a: 'x'.repeat(100), b: `${'line '.repeat(9)}\n${'two '.repeat(9)}\n` }],
  'texts over the limit': ['y'.repeat(10_005), ['z'.repeat(10_001)]],
  keys: [{ $a: 1, 'a-b': 2, a1: 3, 1: 4, _x: 5, é: 6, ['__proto__']: 7, "it's": 8, '': 9, constructor: 1, '\n': 2 }],
  symbols: [{ [Symbol('a b')]: 1, [Symbol('')]: 2, [Symbol("q'r")]: {} }],
  accessors: [
    {
      get a(): never {
        throw new Error('asked')
      },
      set a(_value) {},
      get b() {
        return 1
      },
      set c(_value: unknown) {},
    },
  ],
  'hidden properties': [Object.defineProperty({ shown: 1 }, 'hidden', { value: 1 })],
  nesting: [
    { a: { b: { c: { d: {} } } } },
    [[[[[]]]]],
    { m: new Map([[{ a: { b: { c: 1 } } }, new Set([[1]])]]) },
    deep,
  ],
  'small arrays': [[], [1], ['a', 'b'], [undefined, null], Object.assign([1, 2], { extra: 'x', [Symbol('s')]: 1 })],
  columns: [
    Array.from({ length: 7 }, (_, index) => index),
    Array.from({ length: 100 }, (_, index) => index * index),
    Array.from({ length: 101 }, (_, index) => index),
    Array.from({ length: 200 }, (_, index) => `item ${index}`),
    Array.from({ length: 20 }, (_, index) => '日本'.repeat(index % 4)),
    Array.from({ length: 30 }, (_, index) => BigInt(index)),
    Array.from({ length: 8 }, (_, index) => ({ index })),
    [1, 'a', 2, 'b', 3, 'c', 4, 'd'],
    Object.assign([1, 2, 3, 4, 5, 6, 7], { a: 1 }),
    [1.5, -22.25, 333, 4444.5, 5, 6, 7, 8, 9],
  ],
  holes: [
    sparse(3, { 0: 1, 2: 3 }),
    sparse(7, { 1: 1 }),
    sparse(1_000_000, {}),
    sparse(4_000_000_001, { 4_000_000_000: 1 }),
    Object.assign(sparse(2, {}), { a: 1 }),
  ],
  'maps and sets': [
    new Map<unknown, unknown>([
      ['a', 1],
      [{ b: 1 }, [1, 2]],
    ]),
    new Set<unknown>([1, 'a', { b: 2 }, new Set()]),
    new Map(Array.from({ length: 101 }, (_, index) => [index, index])),
    new Set(Array.from({ length: 101 }, (_, index) => index)),
    Object.assign(new Map(), { extra: 1 }),
  ],
  'typed arrays': [
    new Uint8Array(3),
    new Float32Array([1.5, -0]),
    new BigInt64Array(2),
    new Uint8Array(300),
    new Float64Array(0),
    Object.assign(new Uint8Array(1), { extra: 1 }),
    new OwnBytes(2),
  ],
  buffers: [new ArrayBuffer(0), new ArrayBuffer(4), new ArrayBuffer(200), new DataView(new ArrayBuffer(3), 1)],
  'wrapped primitives': [
    Object(1),
    Object(-0),
    Object('abc'),
    Object.assign(Object('xy') as object, { z: 1 }),
    Object(true),
    Object(2n),
    Object(Symbol('q')),
  ],
  dates: [new Date(0), new Date(Number.NaN), new OwnDate(0), Object.assign(new Date(0), { extra: 1 })],
  patterns: [/a/dgimsuy, /[a]\/\n/v, new RegExp('\n'), Object.assign(/x/, { extra: 1 })],
  functions: [
    () => 1,
    function named() {},
    async () => 1,
    function* () {},
    async function* generate() {},
    Math.max,
    Object.assign(function withKeys() {}, { a: 1 }),
    Object.setPrototypeOf(() => 1, null),
    // Methods with names that look like the beginning of a class.
    { class() {} }.class,
    { 'class x'() {} }['class x'],
    { class_() {} }.class_,
    (() => 1).bind(null),
  ],
  classes: [A, B, class {}, class extends A {}, OwnMap, Object.assign(class WithKeys {}, { a: 1 })],
  instances: [new A(), new B(), new OwnMap([[1, 2]]), OwnList.from([1]), new OwnList(), [new A(), { b: new B() }]],
  prototypes: [
    Object.create(null),
    Object.assign(Object.create(null) as object, { a: 1 }),
    Object.create(Object.create(null) as object),
    Object.create(Object.assign(Object.create(null) as object, { a: 1 })),
    Object.create({ a: 1 }),
    Object.setPrototypeOf([1, 2], null),
    A.prototype,
    B.prototype,
    Map.prototype,
    Error.prototype,
    Array.prototype,
    Object.prototype,
    { constructor: 'x' },
    { constructor: A },
    Object.create({ constructor: null }),
  ],
  tags: [
    { [Symbol.toStringTag]: 'Own' },
    Object.create({ [Symbol.toStringTag]: 'Inherited' }),
    Object.defineProperty({ a: 1 }, Symbol.toStringTag, { value: 'Hidden' }),
    Math,
    JSON,
    new Intl.NumberFormat('en'),
  ],
  errors: [
    new Error('one'),
    new TypeError('several\nlines'),
    new OwnFault('fault'),
    new OwnError('own'),
    new RangeError(''),
    { error: new Error('inside') },
    Object.assign(new Error('k'), { code: 'E_CODE', details: { a: { b: { c: {} } } } }),
    Object.assign(new Error('before'), { message: 'after' }),
    Object.assign(new Error('x'), { name: 'Renamed' }),
    Object.assign(new Error('x'), { stack: 'no frames' }),
    Object.assign(new Error('x'), { stack: undefined }),
    new Error('c', { cause: 'text' }),
    new Error('c', { cause: new Error('d', { cause: null }) }),
    new AggregateError([new Error('a'), 1], 'several'),
    failTwice(),
    new DOMException('text', 'DataError'),
    new Asked(),
    new Asked('own'),
    Object.assign(new Error('before'), { message: 'several\n    at lines' }),
    Object.assign(new Error(), { message: 'node' }),
    Object.assign(new Error('abc'), { message: 'at ' }),
  ],
  circles: [circular(), Object.assign(new Error('e'), { self: circular() })],
  arguments: [
    (function () {
      // oxlint-disable-next-line prefer-rest-params -- The object itself is what is shown.
      return arguments
    })(),
  ],
  weak: [new WeakMap(), new WeakSet(), new WeakRef({})],
  generators: [(function* () {})(), [1].values(), [1].values().map((item) => item)],
  'lines that just fit': Array.from({ length: 30 }, (_, index) => ({ key: 'x'.repeat(50 + index) })),
  'entries that just fit': Array.from({ length: 12 }, (_, index) => ({
    a: [1, 2],
    b: 'x'.repeat(40 + index),
    c: { d: 1 },
  })),
  records: [
    {
      users: [{ id: 1, name: 'Ada', roles: ['admin', 'user'], meta: { created: new Date(0), tags: new Set(['x']) } }],
      total: 2,
    },
  ],
  'custom texts': [
    { a: { [CUSTOM]: () => 'two\nlines' } },
    { a: { [CUSTOM]: () => ({ x: 1 }) } },
    {
      [CUSTOM](this: unknown) {
        return this
      },
      z: 1,
    },
    {
      [CUSTOM]: (depth: number, options: { stylize: (text: string) => string }, nested: typeof inspectOfNode) =>
        `${depth} ${nested({ a: { b: 1 } }, { depth: 0 })} ${options.stylize('plain')}`,
    },
  ],
}

/** Values whose text is longer than one call may write are no concern here. */
function expectSame(value: unknown, options: InspectOptions = {}): void {
  const expected = inspectOfNode(value, options)
  fc.pre(expected.length < MAX_CALL_CHARACTERS / 2)
  expect(inspect(value, readOptions(options))).toBe(expected)
}

describe('a value looks as in Node:', () => {
  // Names only: the runner would look at the values too, and it takes long for some of them.
  it.each(Object.keys(VALUES))('%s', (name) => {
    const values = VALUES[name] ?? []
    expect(values).not.toHaveLength(0)
    for (const value of values) expect(inspect(value)).toBe(inspectOfNode(value))
    expect(inspect([...values])).toBe(inspectOfNode([...values]))
  })

  it('namespaces of modules', async () => {
    const source: string = 'data:text/javascript,export default 1; export const b = { a: 1 }'
    const module: unknown = await import(source)
    expect(inspect(module)).toBe(inspectOfNode(module))
  })

  it('generated values', () => {
    fc.assert(
      fc.property(plainValues(), (value) => {
        expectSame(value)
      }),
      { numRuns: 1_000, endOnFailure: true },
    )
  })

  it('generated values with generated options', () => {
    const options = fc.record(
      {
        depth: fc.option(fc.integer({ min: -1, max: 6 }), { nil: null }),
        breakLength: fc.constantFrom(20, 40, 80, 120, Infinity),
        compact: fc.constantFrom(false as const, 1, 2, 3, 5),
        maxArrayLength: fc.option(fc.integer({ min: 0, max: 10 }), { nil: null }),
        maxStringLength: fc.option(fc.integer({ min: 0, max: 20 }), { nil: null }),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(plainValues(), options, (value, asked) => {
        expectSame(value, asked)
      }),
      { numRuns: 500, endOnFailure: true },
    )
  })

  it('hidden properties, if they are asked for', () => {
    const values = [[1], () => 1, class K {}, /x/, Object('ab'), new Uint8Array(2), { a: [1] }, Promise]
    for (const value of values) {
      expect(inspect(value, { ...DEFAULT_OPTIONS, depth: 4, showHidden: true })).toBe(
        inspectOfNode(value, { depth: 4, showHidden: true }),
      )
    }
  })
})

describe('a value looks different from Node where', () => {
  it('only V8 itself could tell more: promises and iterators of maps and sets', () => {
    expect(inspect([Promise.resolve(1), Promise.withResolvers().promise])).toBe(
      '[ Promise { <state unknown> }, Promise { <state unknown> } ]',
    )
    expect(inspect([new Map([[1, 2]]).entries(), new Set([1]).values()])).toBe(
      '[ Object [Map Iterator] {}, Object [Set Iterator] {} ]',
    )
  })

  it('a getter would run: names and tags that are getters are not shown', () => {
    class Tagged {
      get [Symbol.toStringTag](): never {
        throw new Error('asked')
      }
    }
    expect(inspect(new Tagged())).toBe('Tagged {}')
  })

  it('an object is a proxy: it looks like what it lets be seen', () => {
    expect(inspect(new Proxy({ a: 1 }, {}))).toBe('{ a: 1 }')
    expect(inspect(new Proxy([1], {}))).toBe('[ 1 ]')
    expect(inspect(new Proxy(new Map([[1, 2]]), {}))).toBe('Map {}')
  })

  it('a built-in has lost its prototype: it looks like an object', () => {
    expect(inspect(Object.setPrototypeOf(new Map([[1, 2]]), null))).toBe('[Object: null prototype] {}')
  })

  it('listing its keys would fill the memory: long arrays show no other properties', () => {
    const list = Object.assign(Array.from({ length: 10_001 }).fill(1), { extra: 1 })
    expect(inspectOfNode(list)).toContain('extra: 1')
    expect(inspect(list)).not.toContain('extra')
    expect(inspect(list)).toContain('... 9901 more items')
  })
})
