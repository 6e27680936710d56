// What the failure text of a call has behind the stack: the cause, the errors of an AggregateError, and properties.
import { beforeAll, describe, expect, test } from 'vitest'
import type { Failure } from '../../src/errors.ts'
import { pointHome } from '../../src/source-map/point-home.ts'
import { prepareRuns } from './task-run-harness.ts'
import type { StartRun } from './task-run-harness.ts'

let startRun: StartRun
beforeAll(async () => {
  startRun = await prepareRuns()
})

async function failureOf(code: string): Promise<Failure> {
  const { failure, log } = await startRun(code).settled
  if (failure === null) throw new Error(`it did not fail: ${log}`)
  return failure
}

const stackOf = async (body: string): Promise<string> => (await failureOf(`function f() { ${body} }`)).stack ?? ''

describe('behind the stack of what is thrown', () => {
  test('stand its properties, its cause and its errors, as Node shows them', async () => {
    const { message, stack } = await failureOf(`
function inner() { return new TypeError('inner', { cause: { why: 'text' } }) }
function f() {
  const error = new AggregateError([new Error('a'), 2], 'outer', { cause: inner() })
  throw Object.assign(error, { code: 'E_X', details: { a: [1] } })
}`)
    expect(message).toBe('outer')
    expect(stack).toBe(
      [
        'AggregateError: outer',
        '    at f (function.js:4:17) {',
        "  code: 'E_X',",
        '  details: { a: [ 1 ] },',
        '  [cause]: TypeError: inner',
        '      at inner (function.js:2:27)',
        '      at f (function.js:4:75) {',
        "    [cause]: { why: 'text' }",
        '  },',
        '  [errors]: [',
        '    Error: a',
        '        at f (function.js:4:37),',
        '    2',
        '  ]',
        '}',
      ].join('\n'),
    )
  })

  test('stands nothing for an error that has nothing else', async () => {
    expect(await stackOf(`throw Object.assign(new Error('plain'), { name: 'Own' })`)).toBe(
      'Own: plain\n    at f (function.js:1:36)',
    )
    expect(await failureOf(`function f() { throw { cause: 1 } }`)).not.toHaveProperty('stack')
  })

  test('stand causes with their places in the source', async () => {
    const failure = await failureOf(`function f() {\n  throw new Error('a', {\n    cause: new Error('b') })\n}`)
    const { stack } = pointHome(failure, {
      fileName: 'function.js',
      map: '{"version":3,"sources":["own.ts"],"names":[],"mappings":"AAAA;AACA;AACA"}',
      textOf: () => 'x\ny\nz',
    })
    expect(stack).toContain(
      'Error: a\n    at f (own.ts:2:1) {\n  [cause]: Error: b\n      at f (own.ts:3:1)\n}\n\nown.ts:2:1\n',
    )
  })
})

describe('what stands behind a stack is bounded:', () => {
  test.each([
    [
      'a chain of causes',
      `let e = new Error('0'); for (let i = 1; i < 1e4; i++) e = new Error(i, { cause: e }); throw e`,
    ],
    ['many errors', `throw new AggregateError(Array.from({ length: 1e4 }, (_, i) => new Error(i)), 'many')`],
    [
      'a long property',
      `throw Object.assign(new Error('x', { cause: 'why' }), { text: 'y'.repeat(1e6), z: 'z'.repeat(1e6) })`,
    ],
    [
      'many properties',
      `throw Object.assign(new Error('x', { cause: 'why' }), Object.fromEntries(Array.from({ length: 1e4 }, (_, i) => ['k' + i, i])))`,
    ],
  ])('%s', async (_, body) => {
    const stack = await stackOf(body)
    expect(stack.length).toBeLessThan(4_200)
    expect(stack).toMatch(/\{\n {2}\S/u)
  })

  test('a long property leaves room for the cause', async () => {
    const stack = await stackOf(
      `throw Object.assign(new Error('x', { cause: 'why' }), { request: Array(1e4).fill({ text: 'y'.repeat(900) }) })`,
    )
    expect(stack).toMatch(/\n {2}\.\.\. \[cut\],\n {2}\[cause\]: 'why'\n\}$/u)
  })

  test('a cause that is the error itself', async () => {
    expect(await stackOf(`const e = new Error('x'); e.cause = e; throw e`)).toMatch(
      / \{\n {2}cause: \[Circular \*1\]\n\}$/u,
    )
  })

  test.each([
    [
      'getters',
      `throw Object.defineProperties(new Error('x'), { cause: { get() { throw 1 } }, a: { get() { throw 1 }, enumerable: true } })`,
      /\{\n {2}a: \[Getter\],\n {2}\[cause\]: \[Getter\]\n\}$/u,
    ],
    [
      'a cause whose message throws',
      `throw new Error('x', { cause: new (class Odd extends Error { get message() { throw 1 } }) })`,
      /\[cause\]: Odd \[Error\]/u,
    ],
    [
      'a proxy whose traps throw',
      `throw new Error('x', { cause: new Proxy({}, { getPrototypeOf() { throw 1 }, ownKeys() { throw 1 }, getOwnPropertyDescriptor() { throw 1 } }) })`,
      /\[cause\]: <cannot be inspected>/u,
    ],
    [
      'an error behind a proxy',
      `throw new Proxy(new Error('x', { cause: 1 }), { get: (target, key) => target[key], ownKeys() { throw 1 }, getOwnPropertyDescriptor() { throw 1 } })`,
      /^Error: x\n {4}at f \(function\.js:1:\d+\)$/u,
    ],
    [
      'methods for inspection',
      `throw new Error('x', { cause: { [Symbol.for('nodejs.util.inspect.custom')]() { throw 1 } } })`,
      /\[cause\]: \{\n {4}Symbol\(nodejs/u,
    ],
    [
      'replaced built-ins',
      `Object.keys = Object.hasOwn = Reflect.ownKeys = Array.prototype.push = () => { throw 1 }; throw new Error('x', { cause: 1 })`,
      / \{\n {2}\[cause\]: 1\n\}$/u,
    ],
  ])('%s', async (_, body, expected) => {
    expect(await stackOf(body)).toMatch(expected)
  })
})
