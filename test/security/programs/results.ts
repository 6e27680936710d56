// Guests that use what becomes of a result (platform.md A4): traps in what is encoded, and results that grow on the way.
import { expect } from 'vitest'
import type { HostileProgram } from '../hostile-program.ts'

const CANNOT_BE_CLONED = { effect: { rejectsWith: /could not be cloned|illegal access/u } } as const
const LARGE = { cpuMs: 5_000, wallMs: 30_000, memoryMb: 128 }
/** So that the limit is met before much is encoded. */
const SMALL_OUTPUT = { ...LARGE, outputBytes: 100_000 }

/** The encoder runs code of the guest, on the guest's clock. */
const TRAPS: readonly HostileProgram[] = [
  ['a getter', '{ get a() { for (;;); } }'],
  ['an accessor in an array', 'Object.defineProperty([1], 0, { get() { for (;;); } })'],
  ['the ownKeys trap of a proxy', 'new Proxy({}, { ownKeys() { for (;;); } })'],
  ['the get trap of a proxy', 'new Proxy({ a: 1 }, { get() { for (;;); } })'],
  ['the getPrototypeOf trap of a proxy', 'new Proxy({}, { getPrototypeOf() { for (;;); } })'],
  ['the length of a proxied array', 'new Proxy([], { get: (t, k) => { if (k === "length") for (;;); return t[k] } })'],
  ['toJSON', '{ toJSON() { for (;;); } }'],
  ['toJSON deep inside', '[{ a: { b: [{ toJSON() { for (;;); } }] } }]'],
].map(([what, value]) => ({
  title: `returns a value that loops in ${what}`,
  source: `function run() { return ${value} }`,
  code: 'LIMIT_CPU',
  proof: CANNOT_BE_CLONED,
}))

const LARGER_THAN_THEY_LOOK: readonly HostileProgram[] = [
  {
    title: 'returns the longest text',
    source: 'function run() { return "x".repeat(2 ** 29 - 24) }',
    code: 'LIMIT_OUTPUT',
    limits: LARGE,
    proof: { effect: { growsPastMb: 400 } },
  },
  {
    title: 'returns a thousand texts of a million characters',
    source: 'function run() { return Array.from({ length: 1000 }, () => "x".repeat(1 << 20)) }',
    code: 'LIMIT_OUTPUT',
    limits: LARGE,
    proof: { effect: { growsPastMb: 800 } },
  },
  {
    title: 'returns an object that is shared at every level',
    source: 'function run() { let o = [1]; for (let i = 0; i < 40; i++) o = [o, o]; return o }',
    code: 'LIMIT_OUTPUT',
    limits: SMALL_OUTPUT,
    proof: {
      effect: { growsPastMb: 200 },
      source: 'let o = [1]; for (let i = 0; i < 26; i++) o = [o, o]; JSON.stringify(o)',
    },
  },
  {
    title: 'returns an array with nothing but a length',
    source: 'function run() { return new Array(2 ** 32 - 1) }',
    code: 'LIMIT_OUTPUT',
    limits: SMALL_OUTPUT,
    proof: { effect: { resolvesTo: 2 ** 32 - 1 }, source: 'new Array(2 ** 32 - 1).length' },
  },
  {
    title: 'returns an object that contains itself',
    source: 'function run() { const o = {}; o.o = o; return o }',
    code: 'RESULT_NOT_ENCODABLE',
    proof: { effect: { rejectsWith: 'circular' }, source: 'const o = {}; o.o = o; JSON.stringify(o)' },
  },
  {
    title: 'returns objects inside objects without an end',
    source: 'function run() { let o = []; for (let i = 0; i < 1e6; i++) o = [o]; return o }',
    code: 'RESULT_NOT_ENCODABLE',
    limits: LARGE,
    proof: { effect: { rejectsWith: /call stack|memory limit|could not be cloned/u } },
  },
  {
    title: 'returns a proxy that makes up ever more of itself',
    source:
      'const again = () => new Proxy({}, { get: again, ownKeys: () => ["a"], getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true, value: 1 }) }); function run() { return { a: again() } }',
    code: 'RESULT_NOT_ENCODABLE',
    limits: LARGE,
    proof: CANNOT_BE_CLONED,
  },
  {
    title: 'returns a giant integer',
    source: 'function run() { return 1n << 20000000n }',
    code: 'RESULT_NOT_ENCODABLE',
    limits: LARGE,
    proof: { effect: { rejectsWith: 'BigInt' }, source: 'JSON.stringify(1n << 20000000n)' },
  },
  {
    title: 'returns a value whose getter throws what looks like ours',
    source:
      'function run() { return { get a() { throw { kind: "size", bytes: 1, message: "LIMIT_OUTPUT: forged" } } } }',
    code: 'RESULT_NOT_ENCODABLE',
    proof: CANNOT_BE_CLONED,
    check: (answer) => expect(answer.error).toMatch(/^Error in handler: /u),
  },
]

/** Small for the guest, long work for whoever parses it. */
const WIDE: readonly HostileProgram[] = [
  {
    title: 'returns millions of empty arrays',
    source: 'function run() { return Array(3.4e6).fill([]) }',
    code: null,
    limits: LARGE,
    proof: {
      effect: { growsPastMb: 150 },
      source: 'JSON.parse(JSON.stringify(Array(3.4e6).fill([])))',
      memoryMb: 512,
    },
  },
  {
    title: 'returns hundreds of thousands of keys',
    source: 'function run() { const o = {}; for (let i = 0; i < 6e5; i++) o["k" + i] = i; return o }',
    code: null,
    limits: LARGE,
    proof: {
      effect: { growsPastMb: 120 },
      source: 'const o = {}; for (let i = 0; i < 6e5; i++) o["k" + i] = i; JSON.parse(JSON.stringify(o))',
      memoryMb: 512,
    },
  },
]

export const RESULTS: readonly HostileProgram[] = [...TRAPS, ...LARGER_THAN_THEY_LOOK, ...WIDE]
