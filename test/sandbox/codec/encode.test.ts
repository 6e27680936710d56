// Pickles out: what is carried, what is refused with its path, and where encoding stops.
import { describe, expect, test } from 'vitest'
import { decodePickle } from '../../../sandbox/src/codec/pickle/decode.ts'
import { encodePickle } from '../../../sandbox/src/codec/pickle/encode.ts'
import { marked, MAX_BYTES, refusal, tuple, TYPE } from './codec.ts'

const back = (value: unknown): unknown => decodePickle(encodePickle(value, MAX_BYTES))
const refused = (value: unknown): string => refusal(() => encodePickle(value, MAX_BYTES)).message
const typeOf = (value: unknown): unknown => (value as { readonly [TYPE]?: unknown })[TYPE]

class Point {
  readonly x = 1
  readonly #hidden = 2
  get sum(): number {
    return this.x + this.#hidden
  }
}

class Money {
  readonly #cents: number
  constructor(cents: number) {
    this.#cents = cents
  }
  toJSON(): unknown {
    return { euros: this.#cents / 100, self: this.#cents === 0 ? this : null }
  }
}

describe('what is carried', () => {
  test.each([
    [undefined, null],
    [{ a: undefined }, { a: null }],
    // oxlint-disable-next-line no-sparse-arrays
    [[1, , 3], [1, undefined, 3].map((item) => item ?? null)],
    [5n, 5],
    [-(2n ** 53n), -(2n ** 53n)],
    // oxlint-disable-next-line no-new-wrappers, unicorn/new-for-builtins
    [
      [new String('a'), new Boolean(false), Object(7n)],
      ['a', false, 7],
    ],
    [new Point(), { x: 1 }],
    [new Money(250), { euros: 2.5, self: null }],
    [new (class Names extends Map<string, number> {})([['a', 1]]), { a: 1 }],
    [Object.create(null), {}],
    [new Uint8Array([1, 2]).buffer, new Uint8Array([1, 2])],
    [new DataView(new Uint8Array([1, 2, 3]).buffer, 1), new Uint8Array([2, 3])],
    [new Uint8Array([1, 2, 3, 4]).subarray(1, 3), new Uint8Array([2, 3])],
    [new Float32Array([1.5]), new Float32Array([1.5])],
    [new BigUint64Array([1n]), new BigUint64Array([1n])],
    ['x'.repeat(70_000), 'x'.repeat(70_000)],
  ])('value %# comes back', (value, expected) => {
    expect(back(value)).toEqual(expected)
  })

  test('symbol keys, keys that are not enumerable and what prototypes hold stay behind', () => {
    const value = Object.create(
      { inherited: 1 },
      { hidden: { value: 2 }, seen: { value: 3, enumerable: true } },
    ) as object
    expect(back(Object.assign(value, { [Symbol('s')]: 4 }))).toEqual({ seen: 3 })
  })

  test('cycles and shared parts stay what they are, also through tuples, frozen sets and toJSON', () => {
    const shared = { a: 1 }
    const list: unknown[] = [shared, shared]
    const pair = tuple(list, marked(new Set([tuple(1)]), 'frozenset'))
    list.push(pair, list)
    const money = new Money(1)
    const result = back({ pair, list, moneys: [money, money] }) as {
      readonly pair: readonly unknown[]
      readonly list: readonly unknown[]
      readonly moneys: readonly unknown[]
    }
    expect(result.list[0]).toBe(result.list[1])
    expect(result.list[2]).toBe(result.pair)
    expect(result.list[3]).toBe(result.list)
    expect(result.pair[0]).toBe(result.list)
    expect(typeOf(result.pair)).toBe('tuple')
    expect(typeOf(result.pair[1])).toBe('frozenset')
    expect(result.moneys[0]).toBe(result.moneys[1])
  })

  test('keys that a guest adds to or deletes from an ordered dict take their natural places', () => {
    const dict = back(Object.assign(back({}) as object, { b: 1, 10: 2, 9: 3 })) as Record<string, unknown>
    Object.defineProperty(dict, Symbol.for('python.keys'), { value: ['b', '10', 7, 'gone', '9', 'b'] })
    delete dict['b']
    dict['new'] = 4
    const again = back(dict) as object
    expect((again as { readonly [key: symbol]: unknown })[Symbol.for('python.keys')]).toEqual(['10', '9', 'new'])
  })

  test('a Date, marked or not, and Temporal values keep their time to the microsecond', () => {
    const date = new Date(Date.UTC(2026, 0, 2, 3, 4, 5, 678))
    const local = Object.assign(marked(new Date(date), 'datetime.datetime'), { timeZone: '+05:30', microsecond: 901 })
    expect(back(date)).toEqual(date)
    expect(back(date)).toMatchObject({ microsecond: 0, timeZone: '+00:00' })
    expect(back(local)).toEqual(date)
    expect(back(local)).toMatchObject({ microsecond: 901, timeZone: '+05:30' })
    const naive = back(Temporal.PlainDateTime.from('1969-12-31T23:59:59.999999')) as Date
    expect(naive.getTime()).toBe(-1)
    expect(naive).toMatchObject({ microsecond: 999, timeZone: null })
    expect(back(Temporal.Instant.from('2026-01-02T03:04:05.678Z'))).toEqual(date)
    expect(back(Temporal.ZonedDateTime.from('2026-07-01T12:00[Europe/Berlin]'))).toMatchObject({ timeZone: '+02:00' })
    expect(typeOf(back(Temporal.PlainDate.from('2026-01-02')))).toBe('datetime.date')
    expect(String(back(Temporal.PlainTime.from('01:02:03.000004')))).toBe('01:02:03.000004')
    expect(back(Temporal.Duration.from('-P1DT2H0.000001S'))).toEqual({
      days: -2,
      seconds: 79_199,
      microseconds: 999_999,
    })
  })
})

describe('what is refused, and where', () => {
  const revoked = Proxy.revocable([], {})
  revoked.revoke()
  test.each([
    [
      'result.items[1].callback is a function, which pickle cannot carry',
      () => ({ items: [0, { callback: () => 1 }] }),
    ],
    ['result is a symbol', () => Symbol('s')],
    ['result["not a name"] is a symbol', () => ({ 'not a name': Symbol('s') })],
    ['result.get("k")[0] is a Promise; await it first', () => new Map([['k', [Promise.resolve()]]])],
    ['result.keys()[0] is a function', () => new Map([[() => 1, 1]])],
    ['result.values()[1] is a function', () => new Set([1, (): number => 1])],
    ['result[0] is an Error; return its message instead', () => [new Error('no')]],
    ['result is an iterator', () => [1].values()],
    ['result is an iterator', () => (function* () {})()],
    ['result is an asynchronous iterator', () => (async function* () {})()],
    ['result is a RegExp', () => /a/],
    ['result is a WeakMap', () => new WeakMap()],
    ['result is a WeakRef', () => new WeakRef({})],
    ['result.keys()[0] would be a list, which cannot be a key', () => new Map([[[1], 1]])],
    ['result.values()[0][1] would be a list', () => new Set([tuple(1, [2])])],
    ['result.values()[0] would be a dict', () => new Set([{}])],
    ['result.values()[0] would be a dict', () => new Set([new Point()])],
    ['result is an invalid Date', () => new Date(Number.NaN)],
    ['result is outside of the years 1 to 9999', () => new Date(8.64e15)],
    ['result has nanoseconds', () => Temporal.Instant.from('2026-01-02T03:04:05.000000001Z')],
    ['result is a Temporal.Duration with years or months', () => Temporal.Duration.from('P1Y')],
    ['result is a Temporal.PlainYearMonth, which Python does not have', () => Temporal.PlainYearMonth.from('2026-01')],
    ['result is a Float16Array, which array.array does not have', () => new Float16Array(1)],
    ['result is a bigint of more bytes', () => 1n << 9_000_000n],
    ['result inherits from Map.prototype but is no Map', () => Object.create(Map.prototype)],
    ['result inherits from Date.prototype but is no Date', () => new Proxy(new Date(), {})],
    ['result inherits from a typed array but is none', () => new Proxy(new Uint8Array(2), {})],
    ['result threw while it was read', () => revoked.proxy],
    [
      'result.a threw while it was read: boom',
      () => ({
        get a(): never {
          throw new Error('boom')
        },
      }),
    ],
    [
      'result.c[0] threw while it was read: trap',
      () => ({
        b: { toJSON: 1 },
        c: [
          new Proxy(
            {},
            {
              ownKeys: () => {
                throw new Error('trap')
              },
            },
          ),
        ],
      }),
    ],
    ['result[0] has a mark that an array cannot have', () => [marked([], 'set')]],
    ['result has a mark that an object cannot have', () => marked({}, 'tuple')],
    ['result has a mark that a map cannot have', () => marked(new Map(), 'frozenset')],
    ['result is marked as complex', () => marked({ real: '1' }, 'complex')],
    ['result is marked as a range', () => marked({ start: 0, stop: 1.5, step: 1 }, 'range')],
    // oxlint-disable-next-line no-new-wrappers, unicorn/new-for-builtins
    [
      'result is marked as decimal.Decimal, but its text is not one',
      () => marked(new String('1,5'), 'decimal.Decimal'),
    ],
    ['result is marked as datetime.date, but has a time of day', () => marked(new Date(1), 'datetime.date')],
    ['result has a mark with an unknown factory', () => marked({}, 'collections.defaultdict(eval)')],
    [
      'result is marked as numpy.ndarray, but its shape does not fit',
      () => marked(new Float64Array(2), 'numpy.ndarray'),
    ],
  ] as readonly (readonly [string, () => unknown])[])('%s', (message, makeValue) => {
    expect(refused(makeValue())).toContain(message)
  })

  test.each<readonly [string, () => unknown]>([
    [
      'True and 1 of a Map',
      () =>
        new Map<unknown, unknown>([
          ['a', 1],
          [1, 'x'],
          [true, 'y'],
        ]),
    ],
    ['a number and a bigint of a Set', () => new Set([2n ** 60n, 2 ** 60])],
    ['False and a bigint', () => new Set([0n, false])],
  ])('keys that are one in Python: %s', (_, makeValue) => {
    expect(refused(makeValue())).toContain('is equal to another key or element in Python')
  })

  test('keys that are not equal in Python either are carried', () => {
    const keys = [true, 2, 0n, 2n ** 70n, 1.5, Infinity]
    expect(back(new Set(keys))).toEqual(new Set([true, 2, 0, 2n ** 70n, 1.5, Infinity]))
  })

  test('a mark that changes while it is read names no global of the guest', () => {
    const reads = ['decimal.Decimal', 'os.system', 'posix.system']
    // oxlint-disable-next-line no-new-wrappers, unicorn/new-for-builtins
    const value = Object.defineProperty(new String('1'), TYPE, { get: () => reads.shift() ?? 'os.system' })
    const pickle = Buffer.from(encodePickle(value, MAX_BYTES), 'base64').toString('latin1')
    expect(pickle).toContain('Decimal')
    expect(pickle).not.toContain('system')
  })

  test('a value may be nested 1000 levels deep, and no deeper', () => {
    let value: unknown = {}
    for (let level = 1; level < 1000; level += 1) value = { v: value }
    expect(JSON.stringify(back(value))).toBe(JSON.stringify(value))
    expect(refused([value])).toContain('is nested deeper than 1000 levels')
    const itself = tuple()
    itself.push(itself)
    expect(refused(itself)).toContain('is nested deeper than 1000 levels')
  })
})

describe('the limit', () => {
  test.each([
    'x'.repeat(100),
    'é'.repeat(5000),
    Array.from({ length: 1000 }, (_, index) => index),
    new Uint8Array(999),
    { a: [1, { b: 'c' }] },
  ])('result %# is as long as the limit, or refused', (value) => {
    const { length } = encodePickle(value, MAX_BYTES)
    expect(encodePickle(value, length)).toHaveLength(length)
    for (const maxBytes of [length - 1, Math.floor(length / 2), 4, 0]) {
      const { kind, bytes } = refusal(() => encodePickle(value, maxBytes))
      expect(kind).toBe('size')
      expect(bytes).toBeGreaterThan(maxBytes)
      expect(bytes).toBeLessThanOrEqual(length)
    }
  })

  test.each<readonly [string, () => unknown]>([
    ['a length without end', () => new Proxy([], { get: (_, key) => (key === 'length' ? 2 ** 52 : undefined) })],
    ['four billion holes', () => Object.assign([], { length: 2 ** 32 - 1 })],
    ['a gigabyte of text', () => Array.from({ length: 2000 }).fill('x'.repeat(500_000))],
    ['one text that is too long', () => new Map([[1, 'y'.repeat(1_000_001)]])],
  ])('encoding stops at %s', (_, makeValue) => {
    expect(refusal(() => encodePickle(makeValue(), 1_000_000)).kind).toBe('size')
  })

  test('a Map that grows while it is read ends at the limit', () => {
    const map = new Map<unknown, unknown>()
    const grow = (): object => ({
      get next() {
        map.set(map.size, grow())
        return 1
      },
    })
    map.set('first', grow())
    map.set('second', 2)
    expect(refusal(() => encodePickle(map, 100_000)).kind).toBe('size')
  })
})
