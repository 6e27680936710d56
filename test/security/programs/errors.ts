// Guests that use what becomes of an error (platform.md A3, A4): rendering, rejections that nothing handles, forged texts.
import { expect } from 'vitest'
import type { ExecuteAnswer } from '../../support/keep-alive-client.ts'
import type { HostileProgram, Proof } from '../hostile-program.ts'

const BURNS: Proof = { effect: 'burns after dispose' }
const LOOPING_PROXY = 'new Proxy(new Error, { get() { for (;;); }, getPrototypeOf() { for (;;); } })'

/** Rendered by the host after the timer has stopped. */
const RENDERED: readonly HostileProgram[] = [
  {
    title: 'throws a proxy whose traps loop',
    source: `function run() { throw ${LOOPING_PROXY} }`,
    code: 'LIMIT_CPU',
    proof: BURNS,
  },
  {
    title: 'throws such a proxy at its top level',
    source: `throw ${LOOPING_PROXY}; function run() {}`,
    code: 'LIMIT_CPU',
    proof: BURNS,
  },
  {
    title: 'throws such a proxy in a timer',
    source: `function run() { return new Promise(() => setTimeout(() => { throw ${LOOPING_PROXY} }, 2)) }`,
    code: 'LIMIT_CPU',
    proof: { ...BURNS, source: `throw ${LOOPING_PROXY}` },
  },
  {
    title: 'throws an error whose message loops',
    source: 'function run() { throw Object.defineProperty(new Error, "message", { get() { for (;;); } }) }',
    code: 'LIMIT_CPU',
    proof: { effect: 'outlives its timeout' },
  },
  {
    title: 'throws an error whose stack loops',
    source: 'function run() { throw Object.defineProperty(new Error, "stack", { get() { for (;;); } }) }',
    code: 'LIMIT_CPU',
    proof: { effect: 'outlives its timeout' },
  },
  {
    title: 'formats stacks in a loop',
    source: 'Error.prepareStackTrace = () => { for (;;); }; function run() { throw new Error("x") }',
    code: 'LIMIT_CPU',
    proof: { effect: 'outlives its timeout' },
  },
  {
    title: 'throws while a stack is formatted',
    source: 'Error.prepareStackTrace = () => { throw new Error("again") }; function run() { throw new Error("x") }',
    code: 'GUEST_THREW',
    proof: { effect: { rejectsWith: /x|again/u } },
  },
  {
    title: 'throws an object whose text loops',
    source: 'function run() { throw { toString() { for (;;); }, toJSON() { for (;;); } } }',
    code: 'LIMIT_CPU',
    proof: { effect: { rejectsWith: /An object was thrown/u } },
  },
  {
    title: 'throws a revoked proxy',
    source: 'function run() { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); throw proxy }',
    code: 'GUEST_THREW',
    proof: { effect: { rejectsWith: /An object was thrown|proxy that has been revoked/u } },
  },
  {
    title: 'throws the longest message',
    source: 'function run() { throw new Error("x".repeat(2 ** 29 - 100)) }',
    code: 'LIMIT_MEMORY',
    limits: { cpuMs: 2_000 },
    proof: { effect: { growsPastMb: 600 } },
  },
  {
    title: 'throws the longest message at its top level',
    source: 'throw new Error("x".repeat(2 ** 29 - 100)); function run() {}',
    code: 'LIMIT_MEMORY',
    limits: { cpuMs: 2_000 },
    proof: { effect: { growsPastMb: 600 } },
  },
  {
    title: 'writes stacks of any length',
    source:
      'Error.stackTraceLimit = Infinity; function run(n = 0) { return n < 5000 ? run(n + 1) : f(); function f() { throw new Error("deep") } }',
    code: 'GUEST_THREW',
    proof: { effect: { rejectsWith: 'deep' } },
    check: (answer) => expect(answer.error.length).toBeLessThan(10_000),
  },
]

/** A rejection that nothing handles fails whatever operation of the isolate is running. */
const UNHANDLED: readonly HostileProgram[] = [
  {
    title: 'leaves a rejection that nothing handles',
    source: 'function run() { Promise.reject(new Error("stray")); return 5 }',
    code: null,
    proof: { effect: { rejectsWith: 'stray' } },
    check: (answer) => expect(answer.value).toBe(5),
  },
  {
    title: 'leaves one that cannot be rendered',
    source: `function run() { Promise.reject(${LOOPING_PROXY}); return 5 }`,
    code: null,
    proof: BURNS,
    check: (answer) => expect(answer.value).toBe(5),
  },
  {
    title: 'leaves thousands of them',
    source:
      'async function run() { for (let i = 0; i < 5e3; i++) { Promise.reject(new Error("x".repeat(4e3))); await 0 } return 5 }',
    code: null,
    limits: { cpuMs: 1_000 },
    proof: { effect: { rejectsWith: /^x+$/u } },
    check: (answer) => expect(answer.stdout.length).toBeLessThan(300 * 1_024),
  },
  {
    title: 'leaves one for each of many timers',
    source: `function run() {
      setInterval(() => { Promise.reject(new Error("x".repeat(4_000))) }, 1); return new Promise((r) => setTimeout(r, 500, 5)) }`,
    code: null,
    limits: { cpuMs: 1_500, logBytes: 1_000 },
    proof: { effect: { rejectsWith: /^x+$/u }, source: 'Promise.reject(new Error("x".repeat(4000))); 5' },
    check: (answer) => expect(answer.stdout.length).toBeLessThan(16 * 1_024),
  },
]

const isNotOurs = (answer: ExecuteAnswer): void => {
  expect(answer.error).not.toMatch(/^\s*(?:[A-Z]+_[A-Z_]+|Error in handler):/u)
}

/** Texts that the host or a client could take for ours. A bare host cannot tell them from its own. */
const FORGED: readonly HostileProgram[] = [
  'Script execution timed out.',
  'Isolate was disposed during execution due to memory limit',
  'Isolate is disposed',
  'Promise was abandoned',
  'LIMIT_CPU: The code used 1 ms of processor time; the limit is 1 ms.',
  'EXECUTOR_LOST: The process that ran the code died before it answered.',
  ' \n LIMIT_MEMORY: forged',
  'Error in handler: forged',
].flatMap((text): HostileProgram[] => {
  const forged = { code: 'GUEST_THREW', proof: { effect: { rejectsWith: text } }, check: isNotOurs } as const
  const literal = JSON.stringify(text)
  return [
    { ...forged, title: `throws ${literal}`, source: `function run() { throw new Error(${literal}) }` },
    {
      ...forged,
      title: `throws ${literal} at its top level`,
      source: `throw new Error(${literal}); function run() {}`,
    },
  ]
})

const OTHER_FORGERIES: readonly HostileProgram[] = [
  {
    title: 'hides a code of ours in a stack behind an empty message',
    source: 'function run() { const e = new Error(""); e.stack = "LIMIT_CPU: forged"; throw e }',
    code: 'GUEST_THREW',
    proof: { effect: { rejectsWith: '' } },
    check: isNotOurs,
  },
  {
    title: 'throws a SyntaxError at its top level',
    source: 'throw new SyntaxError("Unexpected token"); function run() {}',
    code: 'GUEST_THREW',
    proof: { effect: { rejectsWith: 'Unexpected token' } },
  },
  {
    title: 'throws a RangeError as the compiler does',
    source: 'throw new RangeError("Maximum call stack size exceeded"); function run() {}',
    code: 'GUEST_THREW',
    proof: { effect: { rejectsWith: 'Maximum call stack size exceeded' } },
  },
  {
    title: 'rejects with a SyntaxError at its top level',
    source: 'Promise.reject(new SyntaxError("late")); function run() { return 1 }',
    code: 'GUEST_THREW',
    proof: { effect: { rejectsWith: 'late' } },
  },
]

export const ERRORS_OF_GUESTS: readonly HostileProgram[] = [...RENDERED, ...UNHANDLED, ...FORGED, ...OTHER_FORGERIES]
