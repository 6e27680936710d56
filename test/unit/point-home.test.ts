// Failures that point into what was submitted: mapped stacks, code frames, and texts that a guest made up.
import { encode } from '@jridgewell/sourcemap-codec'
import { TraceMap } from '@jridgewell/trace-mapping'
import { transformSync } from 'esbuild'
import { describe, expect, test } from 'vitest'
import type { Failure } from '../../src/errors.ts'
import { codeFrame, MAX_FRAME_CHARACTERS } from '../../src/source-map/code-frame.ts'
import { pointHome } from '../../src/source-map/point-home.ts'
import type { SourceOrigin } from '../../src/source-map/point-home.ts'

const SOURCE = 'enum A { B }\nexport const f = (): void => {\n  throw new Error(`${A.B}`)\n}\n'
const { code, map } = transformSync(SOURCE, {
  loader: 'ts',
  sourcemap: 'external',
  sourcefile: 'function.ts',
  minifyWhitespace: true,
})
const ORIGIN: SourceOrigin = {
  fileName: 'bundle-1.js',
  map,
  textOf: (name) => (name === 'function.ts' ? SOURCE : undefined),
}
/** Where the bundle throws. */
const COLUMN = code.indexOf('new Error') + 1
const threw = (stack: string): Failure => ({ code: 'GUEST_THREW', message: '0', stack })
const stackOf = (stack: string, origin = ORIGIN): string => pointHome(threw(stack), origin).stack ?? ''

describe('a stack', () => {
  test('has the positions of the source, and the lines around the first of them', () => {
    expect(new TraceMap(map).sources).toEqual(['function.ts'])
    expect(stackOf(`Error: 0\n    at f (bundle-1.js:1:${COLUMN})\n    at async bundle-1.js:1:${COLUMN}`)).toBe(
      [
        'Error: 0',
        '    at f (function.ts:3:9)',
        '    at async function.ts:3:9',
        '',
        'function.ts:3:9',
        '  2 | export const f = (): void => {',
        '> 3 |   throw new Error(`${A.B}`)',
        '    |         ^',
        '  4 | }',
      ].join('\n'),
    )
  })

  test('loses the frames of what the bundler added, and keeps what is no frame', () => {
    const stack = 'Error: see bundle-1.js:1:2\n    at __require (bundle-1.js:9:1)\n    at eval (<anonymous>:1:1)'
    expect(stackOf(stack)).toBe('Error: see bundle-1.js:1:2\n    at eval (<anonymous>:1:1)')
  })

  test('of another file with a longer name is left alone', () => {
    const stack = `Error: 0\n    at f (xbundle-1.js:1:${COLUMN})\n    at f (lib/bundle-1.js:1:${COLUMN})`
    expect(stackOf(stack)).toBe(stack)
  })

  test('of code that ran as it was sent gets its lines only', () => {
    const origin: SourceOrigin = { fileName: 'function.js', map: null, textOf: () => 'a\n\tb()' }
    expect(stackOf('E\n    at function.js:2:2', origin)).toBe(
      'E\n    at function.js:2:2\n\nfunction.js:2:2\n  1 | a\n> 2 | \tb()\n    | \t^',
    )
    for (const place of ['3:1', '2:9', '0:1', '99999999:1', '2:0'])
      expect(stackOf(`E\n    at function.js:${place}`, origin)).toBe(`E\n    at function.js:${place}`)
  })

  test('that a guest wrote costs a bounded time, whatever is in it, and so does a map that is none', () => {
    const lines = Array.from({ length: 150 }, () => `    at bundle-1.js:1:${COLUMN}`)
    const started = performance.now()
    const stack = stackOf(
      ['E', ...lines, `    at ${'bundle-1.js:'.repeat(300)}`, `    at ${' '.repeat(4_000)}x`].join('\n'),
    )
    expect(stack.match(/function\.ts:3:9/gu)).toHaveLength(128 + 1)
    for (const broken of ['{', 'null', '{"version":3}', '{"version":3,"sources":[],"names":[],"mappings":"!!"}'])
      expect(stackOf('E\n    at bundle-1.js:1:1', { ...ORIGIN, map: broken })).toBe('E')
    expect(stackOf('E\n    at bundle-1.js:1:1', { ...ORIGIN, map: '' })).toBe('E\n    at bundle-1.js:1:1')
    expect(performance.now() - started).toBeLessThan(500)
  })
})

describe('what does not compile', () => {
  const failed = (message: string, origin = ORIGIN): string => {
    const { message: text, stack = '' } = pointHome({ code: 'COMPILE_FAILED', message }, origin)
    return `${text}\n${stack}`
  }

  test('is shown where it stands, whoever says it', () => {
    const caret = 'function.ts:2:3\n  1 | enum A { B }\n> 2 | export const f = (): void => {\n    |   ^\n  3 |'
    expect(failed('function.ts:2:3: No.\nfunction.ts:3:1: No.')).toContain(`No.\n${caret}`)
    expect(failed('line 2, column 3: No', { ...ORIGIN, fileName: 'function.ts', map: null })).toContain(caret)
    const message = `SyntaxError: No at line 1, column ${COLUMN} (bundle-1.js:1:${COLUMN})`
    expect(failed(message)).toContain('SyntaxError: No at line 3, column 9 (function.ts:3:9)\nfunction.ts:3:9\n  2 | ')
    expect(failed('It crashed.')).toBe('It crashed.\n')
  })
})

describe('a code frame', () => {
  test('shows a part of a long line, around the place, without what a terminal would obey', () => {
    const frame = codeFrame(`${'a'.repeat(500)}\u001B[2J!${'b'.repeat(500)}`, 1, 505) ?? ''
    const [row = '', caret = ''] = frame.split('\n')
    expect(row.length).toBeLessThan(130)
    expect(row[caret.indexOf('^')]).toBe('!')
    expect(frame).not.toContain('\u001B')
  })

  test('counts every line end that V8 counts', () => {
    expect(codeFrame('a\r\nb\rc\u2028d\u2029e\nf', 6, 1)).toBe('  5 | e\n> 6 | f\n    | ^')
  })

  test('is there up to a number of characters of the source, however many lines they are', () => {
    const before = '\n'.repeat(MAX_FRAME_CHARACTERS - 2)
    expect(codeFrame(`${before}ab\ncd`, MAX_FRAME_CHARACTERS - 1, 2)).toBe('  524286 |\n> 524287 | ab\n         |  ^')
    expect(codeFrame(`${before}ab\ncd`, MAX_FRAME_CHARACTERS, 1)).toBeNull()
    const long = `${'a'.repeat(MAX_FRAME_CHARACTERS)}b`
    expect(codeFrame(long, 1, MAX_FRAME_CHARACTERS)).toContain('^')
    expect(codeFrame(long, 1, MAX_FRAME_CHARACTERS + 2)).toBeNull()
  })

  test('is left out behind them, for stacks, syntax errors and deployed modules alike; the places stay', () => {
    const text = `${'\n'.repeat(MAX_FRAME_CHARACTERS)}throw 1`
    const line = MAX_FRAME_CHARACTERS + 1
    const own: SourceOrigin = { fileName: 'function.js', map: null, textOf: () => text }
    const stack = `E\n    at function.js:${line}:1`
    expect(stackOf(stack, own)).toBe(stack)
    const message = `SyntaxError: No at line ${line}, column 1 (function.js:${line}:1)`
    expect(pointHome({ code: 'COMPILE_FAILED', message }, own)).toEqual({ code: 'COMPILE_FAILED', message })
    const json = JSON.stringify({ version: 3, sources: ['m.ts'], names: [], mappings: encode([[[0, 0, line - 1, 0]]]) })
    const far: SourceOrigin = { fileName: 'm.js', map: json, textOf: () => text }
    expect(stackOf('E\n    at m.js:1:1', far)).toBe(`E\n    at m.ts:${line}:1`)
  })
})
