// Guests that end the whole process of a bare isolate, with every safe option on (platform.md B2).
import type { HostileProgram, Proof } from '../hostile-program.ts'

const CRASHES: Proof = { effect: 'crashes the process' }

/** Runs out of stack, and compiles something where hardly any stack is left: the guard page is touched. */
const AT_THE_END_OF_THE_STACK = (source: string): string =>
  `let d = 0; (function f() { try { f() } catch {} if (d++ < 400) { try { eval(${source}) } catch {} } })()`

export const CRASHES_OF_V8: readonly HostileProgram[] = [
  {
    title: 'returns an array of half-precision numbers',
    source: 'function run() { return new Float16Array(4) }',
    code: 'RESULT_NOT_ENCODABLE',
    proof: CRASHES,
  },
  {
    title: 'sorts a copy of an endless array',
    source: 'function run() { Array.prototype.toSorted.call({ length: 2 ** 32 - 1 }) }',
    code: 'LIMIT_MEMORY',
    proof: CRASHES,
  },
  {
    title: 'sorts an endless array',
    source: 'function run() { Array.prototype.sort.call({ length: 2 ** 53 - 1 }) }',
    code: 'LIMIT_MEMORY',
    proof: CRASHES,
  },
  {
    title: 'splits the longest text into characters',
    source: 'function run() { "x".repeat(2 ** 29 - 24).split("") }',
    code: 'LIMIT_MEMORY',
    limits: { cpuMs: 2_000 },
    proof: CRASHES,
  },
  {
    title: 'collects every match of a long text',
    source: 'function run() { "x".repeat(2 ** 28).match(/x/g) }',
    code: 'LIMIT_MEMORY',
    limits: { cpuMs: 2_000 },
    proof: CRASHES,
  },
  {
    title: 'compiles code where the stack ends',
    source: `function run() { ${AT_THE_END_OF_THE_STACK('"((((((1))))))+`${1}`"')} }`,
    code: 'EXECUTOR_LOST',
    limits: { cpuMs: 2_000 },
    proof: { ...CRASHES },
  },
  {
    title: 'compiles code where the stack ends, at its top level',
    source: `${AT_THE_END_OF_THE_STACK('"((((((1))))))+`${1}`"')}; function run() {}`,
    code: 'EXECUTOR_LOST',
    limits: { cpuMs: 2_000 },
    proof: { ...CRASHES },
  },
]
