// Guests that never end (platform.md A1): by computing, by waiting, in microtasks, in timers, in callbacks of built-ins.
import type { HostileProgram } from '../hostile-program.ts'

const STOPPED = { effect: 'is stopped by the timeout' } as const
const ESCAPES_TIMEOUT = { effect: 'outlives its timeout' } as const

/** Code that V8 can interrupt, wherever it is entered. */
const COMPUTING: readonly HostileProgram[] = [
  { title: 'loops in its function', source: 'function run() { for (;;); }', code: 'LIMIT_CPU', proof: STOPPED },
  { title: 'loops at its top level', source: 'for (;;); function run() {}', code: 'LIMIT_CPU', proof: STOPPED },
  {
    title: 'loops at the top level of a module',
    source: 'for (;;); export function run() {}',
    code: 'LIMIT_CPU',
    proof: { ...STOPPED, isModule: true },
  },
  {
    title: 'loops after a top-level await',
    source: 'await 0; for (;;); export function run() {}',
    code: 'LIMIT_CPU',
    proof: { ...STOPPED, isModule: true },
  },
  {
    title: 'queues microtasks without end',
    source: 'function run() { return new Promise(() => (function f() { Promise.resolve().then(f) })()) }',
    code: 'LIMIT_CPU',
    proof: STOPPED,
  },
  {
    title: 'awaits nothing without end',
    source: 'async function run() { for (;;) await 0 }',
    code: 'LIMIT_CPU',
    proof: STOPPED,
  },
  {
    title: 'loops in an async generator',
    source: 'async function* g() { for (;;) yield 1 } async function run() { for await (const _ of g()); }',
    code: 'LIMIT_CPU',
    proof: STOPPED,
  },
  {
    title: 'matches a regular expression that backtracks without end',
    source: 'function run() { return /^(?:a+)+$/.test("a".repeat(40) + "b") }',
    code: 'LIMIT_CPU',
    proof: STOPPED,
  },
  {
    title: 'sorts with a comparator that loops',
    source: 'function run() { [2, 1].sort(() => { for (;;); }) }',
    code: 'LIMIT_CPU',
    proof: STOPPED,
  },
  {
    title: 'sorts with a comparator that is never content',
    source: 'function run() { for (;;) Array.from({ length: 1e4 }, (_, i) => i).sort(() => Math.random() - 0.5) }',
    code: 'LIMIT_CPU',
    proof: STOPPED,
  },
  {
    title: 'loops in the trap of a proxy',
    source: 'function run() { new Proxy({}, { getPrototypeOf() { for (;;); } }) instanceof Object }',
    code: 'LIMIT_CPU',
    proof: STOPPED,
  },
  {
    title: 'takes from an iterator that never ends',
    source: 'function run() { (function* () { for (;;) yield 1 })().filter(() => false).next() }',
    code: 'LIMIT_CPU',
    proof: STOPPED,
  },
  {
    title: 'unites sets with one that only looks like a set',
    source:
      'function run() { new Set([1]).union({ size: 1, has() {}, keys: () => ({ next: () => ({ done: false, value: 1 }) }) }) }',
    code: 'LIMIT_CPU',
    proof: STOPPED,
  },
  {
    title: 'looks properties up along a deep chain of prototypes',
    source: 'function run() { let o = {}; for (let i = 0; i < 1e5; i++) o = Object.create(o); for (;;) o.nothing }',
    code: 'LIMIT_CPU',
    proof: STOPPED,
  },
  {
    title: 'writes JSON in a loop',
    source: 'function run() { const a = Array(10).fill({ a: 1 }); for (;;) JSON.stringify(a) }',
    code: 'LIMIT_CPU',
    proof: STOPPED,
  },
  {
    title: 'returns a thenable that loops',
    source: 'function run() { return { then() { for (;;); } } }',
    code: 'LIMIT_CPU',
    proof: { ...STOPPED, source: 'async function run() { return { then() { for (;;); } } } run()' },
  },
  {
    title: 'returns a thenable that resolves with itself',
    source: 'function run() { const t = { then(done) { done(t) } }; return t }',
    code: 'LIMIT_CPU',
    proof: { ...STOPPED, source: 'const t = { then(done) { done(t) } }; (async () => t)()' },
  },
]

/** Code that V8's timeout does not reach, since it goes on after the operation that started it. */
const COMING_BACK: readonly HostileProgram[] = [
  {
    title: 'loops after it has waited',
    source: 'async function run() { await new Promise((r) => setTimeout(r, 5)); for (;;); }',
    code: 'LIMIT_CPU',
    proof: ESCAPES_TIMEOUT,
  },
  {
    title: 'awaits nothing without end after it has waited',
    source: 'async function run() { await new Promise((r) => setTimeout(r, 5)); for (;;) await 0 }',
    code: 'LIMIT_CPU',
    proof: ESCAPES_TIMEOUT,
  },
  {
    title: 'loops in the callback of a timer',
    source: 'function run() { return new Promise(() => setTimeout(() => { for (;;); }, 5)) }',
    code: 'LIMIT_CPU',
    proof: ESCAPES_TIMEOUT,
  },
  {
    title: 'loops at the top level of a module after it has waited',
    source: 'await new Promise((r) => setTimeout(r, 5)); for (;;); export function run() {}',
    code: 'LIMIT_CPU',
    proof: {
      ...ESCAPES_TIMEOUT,
      source: '(async () => { await new Promise((r) => setTimeout(r, 5)); for (;;); })()',
    },
  },
]

const SOON = { wallMs: 400 }

const WAITING: readonly HostileProgram[] = [
  {
    title: 'returns a promise that nothing settles',
    source: 'function run() { return new Promise(() => {}) }',
    code: 'LIMIT_WALL',
    limits: SOON,
    proof: ESCAPES_TIMEOUT,
  },
  {
    title: 'awaits at its top level what nothing settles',
    source: 'await new Promise(() => {}); export function run() {}',
    code: 'LIMIT_WALL',
    limits: SOON,
    proof: { ...ESCAPES_TIMEOUT, source: 'new Promise(() => {})' },
  },
  {
    title: 'returns a thenable that never settles',
    source: 'function run() { return { then() {} } }',
    code: 'LIMIT_WALL',
    limits: SOON,
    proof: { ...ESCAPES_TIMEOUT, source: '(async () => ({ then() {} }))()' },
  },
  {
    title: 'waits for a timer that is always one more',
    source: 'function run() { return new Promise(() => { (function again() { setTimeout(again, 20) })() }) }',
    code: 'LIMIT_WALL',
    limits: SOON,
    proof: ESCAPES_TIMEOUT,
  },
]

export const LOOPS: readonly HostileProgram[] = [...COMPUTING, ...COMING_BACK, ...WAITING]
