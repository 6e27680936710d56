// Both directions against a real Python: its pickles of every type and protocol, and ours of any value.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodePickle } from '../../../sandbox/src/codec/pickle/decode.ts'
import { encodePickle } from '../../../sandbox/src/codec/pickle/encode.ts'
import { hasPython, marked, MAX_BYTES, runPython, tuple, TYPE } from './codec.ts'

const program = readFileSync(join(import.meta.dirname, '..', '..', 'fixtures', 'python-values.py'), 'utf8')
type Pickled = readonly [name: string, protocol: number, base64: string]

/** A text that is equal for equal values of equal types, marks and order of keys included. */
function describeValue(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const type = ((value as { readonly [TYPE]?: unknown })[TYPE] ?? Object.prototype.toString.call(value)) as string
  if (value instanceof Date)
    return `${type}(${value.getTime()} ${JSON.stringify(Object.getOwnPropertyDescriptors(value))})`
  if (Object.prototype.toString.call(value) === '[object String]') return `${type}(${value.valueOf() as string})`
  if (value instanceof Map)
    return `${type}{${[...value].map(([k, v]) => `${describeValue(k)}:${describeValue(v)}`).join()}}`
  if (value instanceof Set) return `${type}(${[...value].map(describeValue).toSorted().join()})`
  if (Array.isArray(value)) return `${type}[${value.map(describeValue).join()}]`
  if (ArrayBuffer.isView(value)) return `${type}[${(value as Uint8Array).join()}]`
  const order = (value as { readonly [key: symbol]: unknown })[Symbol.for('python.keys')]
  const keys = (order as readonly string[] | undefined) ?? Object.keys(value)
  const members = value as Readonly<Record<string, unknown>>
  return `${type}{${keys.map((key) => `${JSON.stringify(key)}:${describeValue(members[key])}`).join()}}`
}

/** Numbers without a fraction come back as integers, whichever they were. */
const scalar = fc.oneof(
  fc.constantFrom(null, true, false, Number.NaN, Infinity, -0),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double({ noInteger: true }),
  // Two lone surrogates side by side are one character in JavaScript, and two in Python.
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('\ud800', 'a\udfff', '\n\\u0041'),
  fc.bigInt().map((big) => (big >= -(2n ** 53n) && big <= 2n ** 53n ? big + 2n ** 60n : big)),
  fc.date({ min: new Date('0001-01-02'), max: new Date('9999-12-30'), noInvalidDate: true }).map((date) =>
    Object.defineProperties(marked(date, 'datetime.datetime'), {
      microsecond: { value: date.getTime() & 511, writable: true, configurable: true },
      timeZone: { value: date.getTime() % 2 === 0 ? null : '-03:30', writable: true, configurable: true },
    }),
  ),
)
const hashable = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.array(fc.integer(), { maxLength: 5 }).map((items) => tuple(...items)),
)
const anything: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    scalar,
    fc.array(tie('value'), { maxLength: 5 }),
    fc.array(tie('value'), { maxLength: 5 }).map((items) => tuple(...items)),
    fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor')), tie('value'), {
      maxKeys: 5,
      noNullPrototype: true,
    }),
    fc.array(fc.tuple(fc.integer(), tie('value')), { minLength: 1, maxLength: 4 }).map((pairs) => new Map(pairs)),
    fc.array(hashable, { maxLength: 3 }).map((items) => new Set(items.filter((item) => !Array.isArray(item)))),
    fc.array(fc.integer(), { maxLength: 3 }).map((items) => marked(new Set(items), 'frozenset')),
    fc.uint8Array({ maxLength: 300 }),
    fc.uint8Array({ maxLength: 20 }).map((bytes) => marked(bytes, 'bytearray')),
  ),
})).value

describe.skipIf(!hasPython)('a real Python', () => {
  test('gets back every value that it sent, in each of its protocols', { timeout: 60_000 }, () => {
    const pickles = runPython(program, { do: 'dump' }) as readonly Pickled[]
    expect(pickles.length).toBeGreaterThan(700)
    const again = pickles.map(([name, protocol, base64]) => [
      name,
      protocol,
      encodePickle(decodePickle(base64), MAX_BYTES),
    ])
    expect(runPython(program, { do: 'compare', pickles: again })).toEqual([])
  })

  test('writes plain values as the same bytes as the encoder', () => {
    const pickles = (runPython(program, { do: 'dump' }) as readonly Pickled[]).filter(
      ([name, protocol]) => protocol === 5 && /^(ints|texts|bytes|sequences|dicts|sets|cycles) /.test(name),
    )
    const differing = pickles.filter(([, , base64]) => encodePickle(decodePickle(base64), MAX_BYTES) !== base64)
    expect(differing.map(([name]) => name)).toEqual([])
  })

  test('loads any value and sends it back unchanged in each of its protocols', { timeout: 60_000 }, () => {
    const values = fc.sample(anything, { numRuns: 1_000, seed: 7 })
    const answer = runPython(program, { do: 'again', pickles: values.map((value) => encodePickle(value, MAX_BYTES)) })
    for (const [index, pickles] of (answer as readonly string[][]).entries()) {
      const expected = describeValue(decodePickle(encodePickle(values[index], MAX_BYTES)))
      expect(pickles.map((base64) => describeValue(decodePickle(base64)))).toEqual(pickles.map(() => expected))
      expect(expected).toBe(describeValue(values[index]))
    }
  })
})
