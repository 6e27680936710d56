// Guests that flood what the host gives them: logs, timers, microtasks, messages, keyword arguments.
import { expect } from 'vitest'
import type { ExecuteAnswer } from '../../support/keep-alive-client.ts'
import type { HostileProgram, Proof } from '../hostile-program.ts'

const LOG_BYTES = 10_000
const LOG_LIMITS = { logBytes: LOG_BYTES, cpuMs: 300 }
/** Behind the limit there is room for the mark that says so. */
const isCut = (answer: ExecuteAnswer): void => expect(Buffer.byteLength(answer.stdout)).toBeLessThan(LOG_BYTES + 9_000)
const LOG_FLOOD: Proof = { effect: { growsPastMb: 400 }, source: 'for (;;) log("x".repeat(1e6))' }
const CALL_FLOOD: Proof = { effect: { growsPastMb: 200 }, source: 'for (;;) call(1)' }

const LOGS: readonly HostileProgram[] = [
  ['long lines', 'console.log("x".repeat(1e6))'],
  ['short lines', 'console.log(1)'],
  ['errors', 'console.error(new Error("x"))'],
  ['characters of four bytes', 'console.log("\\u{1f600}".repeat(1e4))'],
  ['lone surrogates', 'console.log("\\ud800".repeat(1e4))'],
].map(([what, print]) => ({
  title: `prints ${what} without end`,
  source: `function run() { for (;;) ${print} }`,
  code: 'LIMIT_CPU',
  limits: LOG_LIMITS,
  proof: LOG_FLOOD,
  check: isCut,
}))

const PRINTED_TRAPS: readonly HostileProgram[] = [
  {
    title: 'prints an object that loops in a trap',
    source:
      'function run() { console.log(new Proxy({}, { get() { for (;;); }, ownKeys() { for (;;); }, getPrototypeOf() { for (;;); } })) }',
    code: 'LIMIT_CPU',
    proof: { effect: { rejectsWith: /could not be cloned/u }, source: 'log(new Proxy({}, {}))' },
  },
  {
    title: 'prints the longest text',
    source: 'function run() { console.log("x".repeat(2 ** 29 - 24)); return 1 }',
    code: 'LIMIT_MEMORY',
    limits: { ...LOG_LIMITS, cpuMs: 2_000 },
    proof: { effect: { growsPastMb: 400 }, source: 'log("x".repeat(2 ** 29 - 24))' },
    check: isCut,
  },
  {
    title: 'prints an object that grows while it is printed',
    source: 'function run() { let o = {}; for (let i = 0; i < 25; i++) o = { a: o, b: o }; console.log(o); return 1 }',
    code: null,
    limits: { ...LOG_LIMITS, cpuMs: 2_000 },
    proof: {
      effect: { growsPastMb: 200 },
      source: 'let o = {}; for (let i = 0; i < 25; i++) o = { a: o, b: o }; JSON.stringify(o)',
    },
    check: isCut,
  },
]

const TIMERS: readonly HostileProgram[] = [
  {
    title: 'sets timers without end',
    source: 'function run() { for (;;) setTimeout(() => {}, 1e6) }',
    code: 'GUEST_THREW',
    limits: { cpuMs: 2_000 },
    proof: CALL_FLOOD,
    check: (answer) => expect(answer.error).toContain('timers are set already'),
  },
  {
    title: 'sets and clears timers without end',
    source: 'function run() { for (let i = 1; ; i++) clearTimeout(setTimeout(() => {}, i)) }',
    code: 'LIMIT_CPU',
    proof: CALL_FLOOD,
  },
  {
    title: 'repeats thousands of timers',
    source: 'function run() { for (let i = 0; i < 1e4; i++) setInterval(() => {}, 1); return new Promise(() => {}) }',
    code: 'LIMIT_CPU',
    proof: CALL_FLOOD,
  },
  {
    title: 'queues microtasks without end',
    source: 'function run() { for (;;) queueMicrotask(() => {}) }',
    code: 'LIMIT_MEMORY',
    limits: { cpuMs: 3_000, wallMs: 20_000 },
    proof: CALL_FLOOD,
  },
]

const MESSAGES: readonly HostileProgram[] = [
  {
    title: 'has two ports answer each other without end',
    source: `function run() {
      const { port1, port2 } = new MessageChannel()
      port1.onmessage = () => port1.postMessage(0)
      port2.onmessage = () => port2.postMessage(0)
      port1.postMessage(0)
      return new Promise(() => {})
    }`,
    code: 'LIMIT_CPU',
    proof: CALL_FLOOD,
  },
  {
    title: 'posts messages without end',
    source:
      'function run() { const { port1, port2 } = new MessageChannel(); port1.start(); for (;;) port2.postMessage([1]) }',
    code: 'LIMIT_MEMORY',
    limits: { cpuMs: 3_000, wallMs: 20_000 },
    proof: CALL_FLOOD,
  },
  {
    title: 'makes and keeps channels without end',
    source: 'function run() { for (const kept = []; ; ) kept.push(new MessageChannel()) }',
    code: 'LIMIT_MEMORY',
    limits: { cpuMs: 3_000, wallMs: 20_000 },
    proof: CALL_FLOOD,
  },
  {
    title: 'posts ten messages for each that comes',
    source: `function run() {
      const { port1, port2 } = new MessageChannel()
      port1.onmessage = () => { for (let each = 0; each < 10; each++) port2.postMessage(0) }
      port2.postMessage(0)
      return new Promise(() => {})
    }`,
    code: 'LIMIT_CPU',
    proof: CALL_FLOOD,
  },
]

const WIDE_CALL = Object.fromEntries(Array.from({ length: 1.1e5 }, (_, index) => [`k${index}`, index]))
const ANSWERS: Proof = { effect: { resolvesTo: 'object' }, source: 'typeof JSON.parse(`{"__proto__":{"a":1}}`)' }

const ARGUMENTS: readonly HostileProgram[] = [
  {
    title: 'is called with more than a hundred thousand keyword arguments',
    source: 'function run(o) { return Object.keys(o).length }',
    kwargs: WIDE_CALL,
    limits: { cpuMs: 3_000, wallMs: 20_000, memoryMb: 128 },
    code: null,
    proof: ANSWERS,
    check: (answer) => expect(answer.value).toBe(1.1e5),
  },
  {
    title: 'is called with keyword arguments and breaks what reads its parameters',
    source: `for (const o of [Array.prototype, String.prototype, RegExp.prototype, Object.prototype]) {
        for (const k of ["push", "slice", "test", "exec", "indexOf", "charCodeAt", "hasOwnProperty"]) {
          if (k in o) o[k] = () => { for (;;); }
        }
      }
      function run(a, b = {}) { return 1 }`,
    kwargs: { a: 1, b: 2 },
    code: 'LIMIT_CPU',
    proof: {
      effect: 'is stopped by the timeout',
      source: 'String.prototype.slice = () => { for (;;); }; "a".slice(1)',
    },
  },
]

export const FLOODS: readonly HostileProgram[] = [...LOGS, ...PRINTED_TRAPS, ...TIMERS, ...MESSAGES, ...ARGUMENTS]
