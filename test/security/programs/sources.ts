// Guests that attack with their source: the compiler has no timeout, and its errors carry text of the guest.
import { expect } from 'vitest'
import type { ExecuteAnswer } from '../../support/keep-alive-client.ts'
import type { HostileProgram } from '../hostile-program.ts'

const TIME = { cpuMs: 3_000, wallMs: 15_000, memoryMb: 128 }
const isShort = (answer: ExecuteAnswer): void => expect(answer.text.length).toBeLessThan(10_000)
const nested = (open: string, close: string, depth: number): string => open.repeat(depth) + close.repeat(depth)
const OUT_OF_STACK = { effect: { rejectsWith: 'Maximum call stack size exceeded' } } as const

const DEEP: readonly HostileProgram[] = [
  ['brackets', nested('[', ']', 2e5)],
  ['parentheses', nested('(', '1)', 2e5)],
  ['functions', nested('(function () {', '})', 5e3)],
  ['blocks', nested('{', '}', 2e5)],
  ['negations', `${'!'.repeat(1e6)}1`],
].map(([what = '', text = '']) => ({
  title: `nests ${what} too deeply for the compiler`,
  source: `${text}; function run() {}`,
  code: 'COMPILE_FAILED',
  limits: TIME,
  proof: OUT_OF_STACK,
  check: isShort,
}))

const LONG_TEXTS: readonly HostileProgram[] = [
  {
    title: 'declares a name of millions of characters twice',
    source: `let ${'x'.repeat(3e6)}; let ${'x'.repeat(3e6)}; function run() {}`,
    code: 'COMPILE_FAILED',
    limits: TIME,
    proof: { effect: { rejectsWith: /^Identifier 'x{500}/u }, memoryMb: 128 },
    check: isShort,
  },
  {
    title: 'imports a name of millions of control characters',
    source: `import "${String.raw`\x01`.repeat(2e6)}"; export function run() {}`,
    code: 'COMPILE_FAILED',
    limits: TIME,
    proof: { effect: { rejectsWith: 'there is nothing to import' }, isModule: true, memoryMb: 128 },
    check: isShort,
  },
  {
    title: 'writes a regular expression of millions of characters that is none',
    source: `/(${'"a'.repeat(1.5e6)}/; function run() {}`,
    code: 'COMPILE_FAILED',
    limits: TIME,
    proof: { effect: { rejectsWith: /^Invalid regular expression: .{500}/u }, memoryMb: 128 },
    check: isShort,
  },
]

const MUCH: readonly HostileProgram[] = [
  {
    title: 'is ten million characters of nothing',
    source: `//${'x'.repeat(1e7)}\nfunction run() { return 1 }`,
    code: null,
    limits: TIME,
    proof: { effect: { resolvesTo: 1 }, source: `//${'x'.repeat(1e5)}\n1`, memoryMb: 128 },
  },
  {
    title: 'declares a function half a million times',
    source: `${'function a(){};'.repeat(5e5)} function run() {}`,
    code: 'LIMIT_MEMORY',
    limits: TIME,
    proof: { effect: { growsPastMb: 250 }, memoryMb: 256 },
  },
  {
    title: 'imports hundreds of thousands of modules',
    source: `${Array.from({ length: 3e5 }, (_, i) => `import"${i}"`).join('\n')}\nexport function run() {}`,
    code: 'COMPILE_FAILED',
    limits: { ...TIME, cpuMs: 200 },
    proof: { effect: { rejectsWith: 'there is nothing to import' }, isModule: true, memoryMb: 128, isSlow: true },
  },
  {
    title: 'compiles ever new code at run time',
    source: 'function run() { for (let i = 0; ; i++) new Function(`return ${i} + "${"x".repeat(1e4)}"`)() }',
    code: 'LIMIT_CPU',
    proof: { effect: 'is stopped by the timeout' },
  },
]

export const SOURCES: readonly HostileProgram[] = [...DEEP, ...LONG_TEXTS, ...MUCH]
