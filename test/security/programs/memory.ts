// Guests that want memory (platform.md B1): on the heap that V8 counts, and beside it where nobody counts.
import { expect } from 'vitest'
import type { ExecuteAnswer } from '../../support/keep-alive-client.ts'
import type { HostileProgram, Proof } from '../hostile-program.ts'

const TIME = { cpuMs: 5_000, wallMs: 20_000 }
const HEAP: Proof = { effect: 'runs out of heap' }
const UNCOUNTED: Proof = { effect: { growsPastMb: 400 } }

function heap(title: string, body: string, proof: Proof = HEAP): HostileProgram {
  return { title, source: `function run() { const k = []; ${body} }`, code: 'LIMIT_MEMORY', limits: TIME, proof }
}

const ON_THE_HEAP: readonly HostileProgram[] = [
  heap('keeps objects', 'for (;;) k.push({ a: 1 })'),
  heap('keeps closures', 'for (;;) k.push(() => k)'),
  heap('keeps map entries', 'const m = new Map(); for (let i = 0; ; i++) m.set(i, [i])'),
  heap('keeps generators', 'function* g() { yield 1 } for (;;) { const i = g(); i.next(); k.push(i) }'),
  heap('keeps promises', 'for (;;) k.push(new Promise(() => {}))'),
  heap('queues microtasks that it never lets run', 'for (;;) Promise.resolve().then(() => k)'),
  heap('doubles an array', 'let a = [1]; for (;;) a = a.concat(a)', { effect: { growsPastMb: 250 } }),
  heap('doubles a text', 'let t = "x"; for (;;) { t += t; k.push([...t].length) }'),
]

/** Catchable where V8 counts: the code goes on, and the process stays small. */
const threw = (message: string) => (answer: ExecuteAnswer) => expect(answer.error).toContain(message)

const BESIDE_THE_HEAP: readonly HostileProgram[] = [
  {
    title: 'keeps buffers',
    source: 'function run() { const k = []; for (;;) k.push(new Uint8Array(1 << 20).fill(1)) }',
    code: 'GUEST_THREW',
    limits: TIME,
    proof: { effect: { rejectsWith: 'Array buffer allocation failed' } },
    check: threw('Array buffer allocation failed'),
  },
  {
    title: 'resizes a buffer',
    source: `function run() {
      const b = new ArrayBuffer(0, { maxByteLength: 2 ** 31 }); b.resize(2 ** 31 - 65536)
      const u = new Uint8Array(b); for (let i = 0; i < u.length; i += 4096) u[i] = 1 }`,
    code: 'GUEST_THREW',
    limits: TIME,
    proof: UNCOUNTED,
    check: threw('resizable buffers are switched off'),
  },
  {
    title: 'grows a shared buffer',
    source: `function run() {
      const b = new SharedArrayBuffer(0, { maxByteLength: 2 ** 31 }); b.grow(2 ** 31 - 65536)
      const u = new Uint8Array(b); for (let i = 0; i < u.length; i += 4096) u[i] = 1 }`,
    code: 'GUEST_THREW',
    limits: TIME,
    proof: UNCOUNTED,
    check: threw('SharedArrayBuffer is not defined'),
  },
  {
    title: 'grows the memory of WebAssembly',
    source: `function run() {
      const u = new Uint8Array(new WebAssembly.Memory({ initial: 20000 }).buffer)
      for (let i = 0; i < u.length; i += 4096) u[i] = 1 }`,
    code: 'GUEST_THREW',
    limits: TIME,
    proof: UNCOUNTED,
    check: threw('WebAssembly is not defined'),
  },
  {
    title: 'keeps formatters, which live outside the heap',
    source: `function run() {
      const k = []; for (;;) k.push(new Intl.DateTimeFormat('de', { timeZone: 'Europe/Berlin' })) }`,
    code: 'LIMIT_MEMORY',
    limits: TIME,
    proof: UNCOUNTED,
    check: threw('outside the heap that V8 counts'),
  },
]

export const MEMORY: readonly HostileProgram[] = [
  ...ON_THE_HEAP,
  ...BESIDE_THE_HEAP,
  {
    title: 'lists the keys of a huge array',
    source: 'function run() { Object.keys(new Array(3e7).fill(1)) }',
    code: 'LIMIT_MEMORY',
    limits: TIME,
    proof: { effect: { growsPastMb: 400 }, isSlow: true },
  },
]

const SWITCHED_OFF = ['resizes a buffer', 'grows a shared buffer', 'grows the memory of WebAssembly']

/** The same three where the operator lets guests have them: only the watch over the process bounds them. */
export const UNCOUNTED_MEMORY: readonly HostileProgram[] = MEMORY.filter(({ title }) =>
  SWITCHED_OFF.includes(title),
).map(({ title, source, limits, proof }): HostileProgram => ({
  title,
  source,
  limits: limits ?? TIME,
  proof,
  code: 'LIMIT_MEMORY',
}))
