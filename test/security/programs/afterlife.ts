// Guests that go on after their answer: nothing of them may reach the next task of the same executor.
import { expect } from 'vitest'
import type { ExecuteAnswer } from '../../support/keep-alive-client.ts'
import type { HostileProgram, Proof } from '../hostile-program.ts'

const isOne = (answer: ExecuteAnswer): void => expect(answer.value).toBe(1)
const LATER = 'for (let i = 0; i < 50; i++) await 0;'
const NATIVE = 'Array.prototype.includes.call({ length: 2 ** 53 - 1 }, 1)'
const CRASH =
  'let d = 0; (function f() { try { f() } catch {} if (d++ < 400) { try { eval("((((((1))))))+`${1}`") } catch {} } })()'

function after(title: string, body: string, proof: Proof): HostileProgram {
  return {
    title: `answers, and then ${title}`,
    source: `function run() { ${body}; return 1 }`,
    code: null,
    proof,
    check: isOne,
  }
}

/** Cleanup callbacks run when V8 likes, between two operations: no clock covers them. */
const collected = (act: string): string =>
  `const registry = new FinalizationRegistry(() => { ${act} })
   for (let i = 0; i < 200; i++) registry.register({}, i)
   for (let i = 0; i < 40; i++) new Uint8Array(1 << 20)`

export const AFTERLIFE: readonly HostileProgram[] = [
  after('loops in a microtask', `(async () => { ${LATER} for (;;); })()`, { effect: 'is stopped by the timeout' }),
  after('awaits nothing without end', `(async () => { for (;;) await 0 })()`, { effect: 'is stopped by the timeout' }),
  after('stays in a built-in function', `(async () => { ${LATER} ${NATIVE} })()`, { effect: 'burns after dispose' }),
  after('ends its process', `(async () => { ${LATER} ${CRASH} })()`, { effect: 'crashes the process' }),
  after('wants memory', `(async () => { ${LATER} const k = []; for (;;) k.push([1]) })()`, {
    effect: 'runs out of heap',
  }),
  after('throws', `(async () => { ${LATER} throw new Error("late") })()`, { effect: { rejectsWith: 'late' } }),
  after('runs a timer', 'setInterval(() => { for (;;); }, 1)', {
    effect: 'outlives its timeout',
    source: 'new Promise(() => setTimeout(() => { for (;;); }, 1))',
  }),
  after('runs thousands of timers', 'for (let i = 0; i < 9e3; i++) setTimeout(() => { for (;;); }, 1 + (i % 5))', {
    effect: 'outlives its timeout',
    source: 'new Promise(() => setTimeout(() => { for (;;); }, 1))',
  }),
  after('stays in a built-in function when its garbage is collected', collected(NATIVE), {
    effect: 'burns after its answer',
  }),
  after(
    'has an async generator that never returns',
    `(async () => { for await (const _ of (async function* () { try { for (;;) yield 1 } finally { for (;;); } })()); })()`,
    {
      effect: 'is stopped by the timeout',
    },
  ),
]
