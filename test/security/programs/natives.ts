// Guests that stay inside one built-in function (platform.md A3): V8 looks at no timeout there, and `dispose` changes nothing.
import type { HostileProgram, Proof } from '../hostile-program.ts'

const BURNS: Proof = { effect: 'burns after dispose' }
/** It comes to an end by itself, long after its timeout. */
const LATE: Proof = { effect: 'outlives its timeout' }

function native(title: string, expression: string, proof: Proof = BURNS): HostileProgram {
  return { title, source: `function run() { ${expression} }`, code: 'LIMIT_CPU', proof }
}

/** It needs memory faster than time: the watch over the process ends it. */
function greedy(title: string, expression: string, proof: Proof): HostileProgram {
  return { ...native(title, expression, proof), code: 'LIMIT_MEMORY', limits: { cpuMs: 2_000 } }
}

/** Generic array methods over an object that only says how long it is. */
const ENDLESS_ARRAYS = [
  'includes.call({ length: 2 ** 53 - 1 }, 1)',
  'indexOf.call({ length: 2 ** 53 - 1 }, 1)',
  'lastIndexOf.call({ length: 2 ** 53 - 1 }, 1)',
  'reverse.call({ length: 2 ** 53 - 2 })',
  'shift.call({ length: 2 ** 53 - 1 })',
  'unshift.call({ length: 2 ** 53 - 2 }, 1)',
  'splice.call({ length: 2 ** 53 - 1 }, 0, 1)',
  'slice.call({ length: 2 ** 32 - 2 })',
  'copyWithin.call({ length: 2 ** 53 - 1 }, 1, 0)',
  'some.call({ length: 2 ** 53 - 1 }, () => false)',
  'flat.call({ length: 2 ** 53 - 1 })',
].map((call) => native(`calls ${call.slice(0, call.indexOf('.'))} on an endless array`, `Array.prototype.${call}`))

const ENDLESS: readonly HostileProgram[] = [
  native('concatenates an endless array', '[].concat({ length: 2 ** 32 - 1, [Symbol.isConcatSpreadable]: true })'),
  native('fills in an endless template', 'String.raw({ raw: { length: 2 ** 53 - 1 } })'),
  native('shifts an integer ever further to the left', 'let x = 1n; for (;;) x = x << 1000000n'),
  greedy('splits a long text at every character', '"1".repeat(0x7ffffff).split(/1/)', LATE),
  native('lists the keys of a long text', 'Object.keys("x".repeat(2 ** 27))', LATE),
  native('assigns a long text to an object', 'Object.assign({}, "x".repeat(2 ** 27))', LATE),
  native('describes every property of a long text', 'Object.getOwnPropertyDescriptors("x".repeat(2 ** 27))', LATE),
  native('lists the own keys of a long text', 'Reflect.ownKeys(Object("x".repeat(2 ** 28)))', LATE),
  native('flattens an array that one item makes huge', 'const big = Array(2 ** 27); ["x"].flatMap(() => big)', LATE),
  greedy('replaces every character by a call', '"x".repeat(2 ** 28).replace(/x/g, () => "y")', LATE),
  greedy(
    'parses a huge array again and again',
    'const t = `[${"{},".repeat(2e5)}1]`; const k = []; for (;;) k.push(JSON.parse(t))',
    {
      effect: 'runs out of heap',
    },
  ),
]

/** Some seconds in one function; the process can be used again afterwards, but not while it lasts. */
const LONG: readonly HostileProgram[] = [
  greedy('multiplies two giant integers', 'const a = (1n << 200000000n) - 1n; a * (a - 2n)', LATE),
  native('reads a giant integer', 'BigInt("9".repeat(2e7))', LATE),
  native('writes a giant integer', '(1n << 64000000n).toString()', LATE),
  greedy('spreads millions of arguments', 'for (;;) Math.max.apply(null, { length: 6e7 })', LATE),
  greedy(
    'compiles a regular expression with millions of classes',
    'new RegExp(`[${"[^a&&b]".repeat(3e4)}]`, "v").test("c")',
    LATE,
  ),
]

/** The heap grows until V8 aborts the process, which takes many seconds without a limit. */
const SLOW_ABORT: Proof = {
  effect: 'crashes the process',
  isSlow: true,
  timeoutMs: 60_000,
  waitMs: 60_000,
  boundMs: 120_000,
}
const FILLING: readonly HostileProgram[] = [
  native('fills a huge array', 'Array(1e9).fill(0)', SLOW_ABORT),
  native('fills the largest array', 'new Array(2 ** 32 - 1).fill(1)', SLOW_ABORT),
  native('makes an array of an endless one', 'Array.from({ length: 2 ** 32 - 1 })', SLOW_ABORT),
  native(
    'copies an endless array with another item',
    'Array.prototype.with.call({ length: 2 ** 32 - 1 }, 0, 1)',
    SLOW_ABORT,
  ),
  native(
    'copies an endless array without one item',
    'Array.prototype.toSpliced.call({ length: 2 ** 32 - 1 }, 0, 0)',
    SLOW_ABORT,
  ),
  native('copies an endless array backwards', 'Array.prototype.toReversed.call({ length: 2 ** 32 - 1 })', SLOW_ABORT),
  native('fills a large array with objects', 'Array(2 ** 27).fill({})', { ...LATE, isSlow: true }),
]

export const NATIVES: readonly HostileProgram[] = [...ENDLESS_ARRAYS, ...ENDLESS, ...LONG, ...FILLING]
