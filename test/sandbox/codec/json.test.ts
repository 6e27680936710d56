// Strict JSON: as JSON.stringify where that is exact, an error with the path where it is not.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeJson, encodeJson } from '../../../sandbox/src/codec/json/json.ts'
import { utf8Length } from '../../../sandbox/src/codec/utf8.ts'
import { MAX_BYTES, refusal } from './codec.ts'

const encode = (value: unknown): string => encodeJson(value, MAX_BYTES)
const refused = (value: unknown): string => refusal(() => encode(value)).message

class Celsius {
  readonly degrees = 20
  toJSON(key: string): unknown {
    return `${key}:${this.degrees}`
  }
}

describe('as JSON.stringify', () => {
  test('any JSON value gives the very same text', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const text = JSON.stringify(value)
        if (!text.includes('0')) expect(encode(value)).toBe(text)
        expect(decodeJson(encode(value))).toEqual(value)
      }),
    )
  })

  test.each([
    [{ a: undefined, b: 1, [Symbol('s')]: 2 }],
    // oxlint-disable-next-line no-sparse-arrays
    [[undefined, , null]],
    [new Date(0)],
    [{ when: new Date(Number.NaN), at: [new Date(1)] }],
    [{ t: new Celsius(), list: [new Celsius()] }],
    [{ ['__proto__']: { x: 1 } }],
    // oxlint-disable-next-line no-new-wrappers, unicorn/new-for-builtins
    [[new Number(1), new String('a'), new Boolean(true)]],
    ['\ud800 \u2028 "'],
    [Object.create(null)],
    [
      new (class Named {
        readonly name = 'n'
      })(),
    ],
    [{ 2: 'b', 1: 'a', x: 'c' }],
    [[JSON.parse('1e400') === Infinity, 1e21, 5e-324, -1.5]],
    [Temporal.PlainDate.from('2026-01-02')],
    [(JSON as unknown as { rawJSON: (text: string) => unknown }).rawJSON('12345678901234567890')],
    [[(JSON as unknown as { rawJSON: (text: string) => unknown }).rawJSON('1'), new Celsius()]],
  ])('value %# gives the same text', (value) => {
    expect(encode(value)).toBe(JSON.stringify(value))
  })

  test('undefined is null, and -0 keeps its sign for JavaScript and for Python', () => {
    expect(encode(undefined)).toBe('null')
    expect(encode([-0, { a: -0 }])).toBe('[-0.0,{"a":-0.0}]')
  })

  test('a toJSON on BigInt.prototype is honoured', () => {
    expect(refused([1n])).toContain('result[0] is a bigint')
    const prototype = BigInt.prototype as { toJSON?: () => string }
    prototype.toJSON = function toJson(this: bigint) {
      return this.toString()
    }
    try {
      expect(encode({ big: 2n ** 70n })).toBe('{"big":"1180591620717411303424"}')
    } finally {
      delete prototype.toJSON
    }
  })
})

describe('what is refused, and where', () => {
  const cycle: Record<string, unknown> = { name: 'a' }
  cycle['children'] = [{ parent: cycle }]
  test.each([
    [
      'result.rows[0].price is NaN, which JSON cannot carry; use serialization_format "cloudpickle"',
      () => ({ rows: [{ price: Number.NaN }] }),
    ],
    ['result[0] is Infinity, which JSON cannot carry', () => [Infinity]],
    ['result.n is a bigint, which JSON cannot carry', () => ({ n: 1n })],
    ['result.f is a function', () => ({ f(): void {} })],
    ['result[0] is a symbol', () => [Symbol('s')]],
    ['result is a function', () => () => 1],
    ['result is a Map, which JSON cannot carry; use serialization_format "cloudpickle"', () => new Map()],
    ['result.tags is a Set', () => ({ tags: new Set() })],
    ['result is binary data', () => new Uint8Array(1)],
    ['result.b is binary data', () => ({ b: new ArrayBuffer(1) })],
    ['result[0] is a Promise; await it first', () => [Promise.resolve()]],
    ['result is an Error; return its message instead', () => new Error('x')],
    ['result is a Map', () => new (class Mine extends Map {})()],
    [
      'result.children[0].parent is part of a cycle, which JSON cannot carry; use serialization_format "cloudpickle"',
      () => cycle,
    ],
    ['result.a is a Map', () => ({ a: { toJSON: () => new Map() } })],
    [
      'result.a threw while it was read: boom',
      () => ({
        get a(): never {
          throw new Error('boom')
        },
      }),
    ],
    [
      'result.a[0] threw while it was read: trap',
      () => ({
        a: [
          new Proxy(
            {},
            {
              ownKeys: () => {
                throw new TypeError('trap')
              },
            },
          ),
        ],
      }),
    ],
  ] as readonly (readonly [string, () => unknown])[])('%s', (message, makeValue) => {
    expect(refused(makeValue())).toContain(message)
  })

  test.each([() => ({ cb(): void {} }), () => [Symbol('s')]])(
    'nothing is advised where pickles refuse it, too',
    (make) => {
      expect(refused(make())).toMatch(/, which JSON cannot carry$/u)
    },
  )

  test('depth', () => {
    let value: unknown = []
    for (let level = 1; level < 1000; level += 1) value = [value]
    expect(encode(value)).toHaveLength(2000)
    expect(refused([value])).toContain('is nested deeper than 1000 levels')
  })

  test('text that is no JSON', () => {
    expect(refusal(() => decodeJson('{')).kind).toBe('decode')
  })

  test('a key __proto__ of the input is an own property', () => {
    const value = decodeJson('{"__proto__":{"x":1}}') as object
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
    expect(Object.keys(value)).toEqual(['__proto__'])
  })
})

describe('the limit counts bytes of UTF-8', () => {
  test.each(['x'.repeat(50), 'é'.repeat(50), '😀'.repeat(20), { a: ['✓', new Celsius()] }])(
    'text %# is as long as the limit, or refused',
    (value) => {
      const bytes = Buffer.byteLength(JSON.stringify(value))
      expect(encodeJson(value, bytes)).toBe(JSON.stringify(value))
      const error = refusal(() => encodeJson(value, bytes - 1))
      expect(error.kind).toBe('size')
      expect(error.bytes).toBeGreaterThan(bytes - 1)
      expect(error.bytes).toBeLessThanOrEqual(bytes)
    },
  )

  test('a value that shares its parts a trillion times stops there', () => {
    let value: unknown = ['x'.repeat(100)]
    for (let level = 0; level < 40; level += 1) value = [value, value]
    expect(refusal(() => encodeJson(value, 100_000)).kind).toBe('size')
    expect(refusal(() => encodeJson([value, new Celsius()], 100_000)).kind).toBe('size')
  })

  test('any text is counted as a host would, or as more than where counting stops', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(100), (text, stopAfter) => {
        const mixed = `${text}\udc00é😀`
        expect(utf8Length(mixed, 10_000)).toBe(Buffer.byteLength(mixed))
        const counted = utf8Length(mixed, stopAfter)
        expect(counted > stopAfter).toBe(Buffer.byteLength(mixed) > stopAfter)
      }),
    )
  })
})
