// The methods of the console: they print what Node's own console prints, and are shaped as the WHATWG says.
import { Console } from 'node:console'
import { Writable } from 'node:stream'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { loadConsoleCalls } from '../../sandbox/src/globals/console-calls.ts'
import { describeDuration } from '../../sandbox/src/globals/console-labels.ts'
import { createConsole } from '../../sandbox/src/globals/console.ts'

type Calls = (target: Console) => void

/** What the calls print on a fresh console of each kind. */
function print(calls: Calls): { readonly ours: string; readonly nodes: string; readonly writes: readonly string[] } {
  const writes: string[] = []
  calls(createConsole((text) => writes.push(text), loadConsoleCalls) as Console)
  let nodes = ''
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      nodes += chunk.toString()
      done()
    },
  })
  calls(new Console({ stdout: sink, stderr: sink, colorMode: false }))
  return { ours: writes.join(''), nodes, writes }
}

/** What the calls print on a fresh console of ours. */
function printOurs(calls: Calls): string {
  let text = ''
  calls(createConsole((part) => (text += part), loadConsoleCalls) as Console)
  return text
}

const CASES: Record<string, Calls> = {
  'log, info, debug, warn, error and dirxml': (target) => {
    target.log('a', 1, { b: [] })
    target.info('%s!', 'i')
    target.debug()
    target.warn('w', -0, undefined, null, true)
    target.error(new Error('e').message, 5n)
    target.dirxml({ a: 1 }, 'x')
    target.log('100%', 1)
    target.log('50% of', 'x')
  },
  groups: (target) => {
    target.group('G %s', 'x', 1)
    target.log('in\nside')
    target.log()
    target.group()
    target.log({ a: 'x'.repeat(40), b: 'y'.repeat(40) })
    target.table([1])
    target.groupEnd()
    target.groupCollapsed({ a: 1 }, 'y')
    target.warn('deeper')
    target.groupEnd()
    target.groupEnd()
    target.groupEnd()
    target.log('out')
  },
  assertions: (target) => {
    target.assert(true, 'never')
    target.assert()
    target.assert(false)
    target.assert(0, 'message %s', 1)
    target.assert(false, { a: 1 }, 'x')
    target.assert(false, undefined)
    target.assert(false, '%')
  },
  counts: (target) => {
    target.count()
    target.count('a')
    target.count(undefined)
    target.countReset()
    target.count()
    target.count(null as never)
    target.count(5 as never)
    target.count({} as never)
  },
  'dir with options': (target) => {
    target.dir({ a: { b: { c: { d: 1 } } } })
    target.dir({ a: { b: { c: { d: 1 } } } }, { depth: 0 })
    target.dir({ a: { b: { c: { d: { e: {} } } } } }, { depth: null })
    target.dir([1, 2, 3], { maxArrayLength: 1 })
    target.dir('x'.repeat(20), { maxStringLength: 5 })
    target.dir({ a: { b: 1 } }, { compact: false })
    target.dir([1], { showHidden: true })
    target.dir({ [Symbol.for('nodejs.util.inspect.custom')]: () => 'not asked' })
    target.dir('text')
    target.dir(undefined)
    target.dir(1, 2 as never)
  },
}

const TABLES: readonly (readonly [unknown, (readonly string[])?])[] = [
  [
    [
      { a: 1, b: 'x' },
      { a: 2, c: true },
    ],
  ],
  [
    [
      [1, 2],
      [3, 4],
    ],
  ],
  [[1, 'a', { z: 1 }]],
  [{ first: { a: 1 }, second: 5 }],
  [
    new Map<string, unknown>([
      ['k', { a: 1 }],
      ['j', 2],
    ]),
  ],
  [new Set([1, { q: 2 }])],
  [new Map()],
  [new Set()],
  [[{ a: 1, b: 2 }], ['b']],
  [[{ a: 1, b: 2 }], ['b', 'b', 'c']],
  [[5, { a: 1 }], ['a']],
  [[{ a: 1 }], []],
  [[{ a: { x: 1, y: 2, z: 3 }, b: [1, 2, 3, 4] }]],
  [[{ name: '日本' }, { name: 'é' }]],
  [[{ a: () => 1, b: Symbol('x'), c: new Date(0), d: { e: 1 }, f: -0, g: undefined }]],
  [[{ a: 'several\nlines' }]],
  [[{ 2: 1, 1: 2, b: 3 }]],
  [Object.assign([1, 2], { extra: 3 })],
  [new Uint8Array(2)],
  [[]],
  [{}],
  [[[]]],
  [5],
  ['text'],
  [null],
  [() => 1],
]

describe('the methods print what they print in Node:', () => {
  it.each(Object.keys(CASES))('%s', (name) => {
    const { ours, nodes } = print(CASES[name] as Calls)
    expect(ours).toBe(nodes)
    expect(ours).not.toBe('')
  })

  it.each(TABLES.map((_, index) => index))('table %d', (index) => {
    const [data, columns] = TABLES[index] as (typeof TABLES)[number]
    const { ours, nodes } = print((target) => target.table(data, columns as string[]))
    expect(ours).toBe(nodes)
  })

  it('one text for each call, which ends in a line feed', () => {
    const { writes } = print((target) => {
      target.log('a\nb')
      target.table([1])
      target.group('g')
      target.groupEnd()
      target.log({ a: 'x'.repeat(200), b: 1 })
    })
    expect(writes).toHaveLength(4)
    expect(writes.every((text) => text.endsWith('\n'))).toBe(true)
  })
})

describe('trace', () => {
  it('prints the message and where it was called, without the frames of the console', () => {
    const text = printOurs(function caller(target) {
      target.trace('at %s', 'here')
    })
    const [first, second] = text.split('\n')
    expect(first).toBe('Trace: at here')
    expect(second).toMatch(/^ {4}at caller \(.*console\.test\.ts/)
    expect(text).not.toMatch(/globals|inspect/)
    expect(printOurs((target) => target.trace())).toMatch(/^Trace\n {4}at /)
  })
})

describe('timers', () => {
  afterEach(() => vi.useRealTimers())

  it.each([
    [0, '0ms'],
    [999, '999ms'],
    [1_000, '1.000s'],
    [59_999, '59.999s'],
    [62_345, '1:02.345 (m:ss.mmm)'],
    [3_600_000, '1:00:00.000 (h:mm:ss.mmm)'],
    [45_296_789, '12:34:56.789 (h:mm:ss.mmm)'],
  ])('%d ms are %s', (ms, expected) => {
    expect(describeDuration(ms)).toBe(expected)
  })

  it('are logged, with further values, and end once', () => {
    const text = printOurs((target) => {
      target.time('t')
      target.timeLog('t', { a: 1 }, '%s', 'b')
      target.timeEnd('t')
      target.timeEnd('t')
      target.time()
      target.time()
      target.timeLog('none', 1)
      target.countReset('none')
    })
    expect(text.replaceAll(/\d+ms/g, '#ms')).toBe(
      [
        't: #ms { a: 1 } %s b',
        't: #ms',
        "Warning: No such label 't' for console.timeEnd()",
        "Warning: Label 'default' already exists for console.time()",
        "Warning: No such label 'none' for console.timeLog() 1",
        "Warning: Count for 'none' does not exist",
        '',
      ].join('\n'),
    )
  })
})

describe('the console object', () => {
  const target = createConsole(() => undefined, loadConsoleCalls)
  const NAMES = [
    ...['assert', 'clear', 'count', 'countReset', 'debug', 'dir', 'dirxml', 'error', 'group', 'groupCollapsed'],
    ...[
      'groupEnd',
      'info',
      'log',
      'profile',
      'profileEnd',
      'table',
      'time',
      'timeEnd',
      'timeLog',
      'timeStamp',
      'trace',
      'warn',
    ],
  ]

  it('has the methods as writable, enumerable, configurable properties of length 0 that are no constructors', () => {
    expect(Object.keys(target).toSorted()).toEqual(NAMES)
    for (const name of NAMES) {
      const descriptor = Object.getOwnPropertyDescriptor(target, name)
      const method = descriptor?.value as (...args: unknown[]) => unknown
      expect(descriptor).toEqual({ value: method, writable: true, enumerable: true, configurable: true })
      expect([method.name, method.length]).toEqual([name, 0])
      expect(Object.hasOwn(method, 'prototype')).toBe(false)
    }
  })

  it('is a namespace object: its prototype is an empty object, its tag is console', () => {
    expect(Object.prototype.toString.call(target)).toBe('[object console]')
    expect(Object.getOwnPropertyDescriptor(target, Symbol.toStringTag)).toEqual({
      value: 'console',
      writable: false,
      enumerable: false,
      configurable: true,
    })
    const prototype = Object.getPrototypeOf(target) as object
    expect(Reflect.ownKeys(prototype)).toEqual([])
    expect(Object.getPrototypeOf(prototype)).toBe(Object.prototype)
  })

  it('needs no this, and what has nothing to do returns undefined', () => {
    let text = ''
    const { log, count, group, clear, profile, profileEnd, timeStamp } = createConsole(
      (part) => (text += part),
      loadConsoleCalls,
    ) as Record<
      'log' | 'count' | 'group' | 'clear' | 'profile' | 'profileEnd' | 'timeStamp',
      (data?: string) => unknown
    >
    for (const method of [clear, profile, profileEnd, timeStamp]) expect(method()).toBe(undefined)
    ;['x'].forEach((item) => group(item))
    log('y')
    count()
    expect(text).toBe('x\n  y\n  default: 1\n')
  })

  it('keeps counts, timers and groups of its own', () => {
    expect(printOurs((one) => one.count())).toBe('default: 1\n')
    expect(printOurs((one) => one.count())).toBe('default: 1\n')
  })
})
