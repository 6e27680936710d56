// Keyword arguments: the three rules, Python's messages, every way to write a function, and a guest that breaks the parser.
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import fc from 'fast-check'
import ivm from 'isolated-vm'
import { beforeAll, describe, expect, it } from 'vitest'
import { bundleParser } from '../../sandbox/bundle-parser.ts'
import * as parser from '../../sandbox/src/run/acorn-group.ts'
import { bindArguments } from '../../sandbox/src/run/bind-arguments.ts'
import type { Bound } from '../../sandbox/src/run/bind-arguments.ts'
import { readParameters } from '../../sandbox/src/run/parameters.ts'
import { readPlainHead } from '../../sandbox/src/run/plain-head.ts'
import { createSignatures } from '../../sandbox/src/run/signatures.ts'

type Fn = (...args: never[]) => unknown

/** The function that a piece of source is. */
// oxlint-disable-next-line no-eval -- What is tested is how functions look that were compiled from text.
const compile = (source: string): Fn => (0, eval)(source) as Fn

function bind(
  source: string | Fn,
  args: unknown[],
  kwargs: Record<string, unknown>,
  requireAll = false,
  optional: readonly string[] = [],
): Bound {
  const fn = typeof source === 'string' ? compile(source) : source
  const input = { args, keys: Object.keys(kwargs), values: Object.values(kwargs) }
  return bindArguments(fn, 'f', input, createSignatures(() => parser).ofFunction, requireAll ? { optional } : null)
}

function argumentsOf(result: Bound): unknown[] {
  if (!result.ok) throw new Error(result.message)
  return result.args
}

const messageOf = (result: Bound): string => (result.ok ? `bound: ${JSON.stringify(result.args)}` : result.message)

describe('binding by name', () => {
  it.each<[string, unknown[], Record<string, unknown>, unknown[]]>([
    ['(a, b) => a', [], { b: 2, a: 1 }, [1, 2]],
    ['(a, b) => a', [1], { b: 2 }, [1, 2]],
    ['(a, b, c) => a', [], { b: 2 }, [undefined, 2]],
    ['(a = 1, b = 2, c = 3) => a', [], { c: 9 }, [undefined, undefined, 9]],
    ['(a, ...rest) => a', [], { a: 1 }, [1]],
    ['({ x }, b) => b', [], { b: 1 }, [undefined, 1]],
    ['(only) => only', [], { only: 1 }, [1]],
    ['(a, b) => a', [], { a: undefined, b: null }, [undefined, null]],
    ['(a, a1, \\u0061\\u0062) => a', [], { ab: 1 }, [undefined, undefined, 1]],
    ['(ключ, 名) => 名', [], { 名: 1, ключ: 2 }, [2, 1]],
    ['(__proto__, constructor, toString) => 1', [], { constructor: 2, toString: 3, ['__proto__']: 1 }, [1, 2, 3]],
  ])('%s with %j and %j', (source, args, kwargs, expected) => {
    expect(argumentsOf(bind(source, args, kwargs))).toEqual(expected)
  })

  it('copies the positional arguments and reads no parameters when there are no keys', () => {
    const args = [1, 2]
    const result = bindArguments(
      () => 1,
      'f',
      { args, keys: [], values: [] },
      () => {
        throw new Error('the parameters are read')
      },
    )
    expect(argumentsOf(result)).toEqual([1, 2])
    expect(argumentsOf(result)).not.toBe(args)
  })
})

describe('passing the keys as one object', () => {
  it.each<[string, unknown[], Record<string, unknown>]>([
    ['({ x, y }) => x', [], { x: 1, y: 2 }],
    ['({ x }) => x', [], { z: 1 }],
    ['({ x } = {}, b) => x', [], { x: 1, b: 2 }],
    ['(a, { x }) => x', [0], { x: 1 }],
    ['(a, { a: other }) => other', [0], { a: 1 }],
    ['(options) => options', [], { x: 1, y: 2 }],
    ['(a, options = {}) => options', [0], { x: 1 }],
    ['(options, ...rest) => options', [], { x: 1 }],
  ])('%s after %j gets %j', (source, args, kwargs) => {
    expect(argumentsOf(bind(source, args, kwargs))).toEqual([...args, kwargs])
  })

  it('makes an ordinary object of which every key is an own property', () => {
    const object = argumentsOf(bind('({ x }) => x', [], { x: 1, ['__proto__']: { polluted: true } }))[0] as object
    expect(Object.getPrototypeOf(object)).toBe(Object.prototype)
    expect(Object.keys(object)).toEqual(['x', '__proto__'])
    expect('polluted' in object).toBe(false)
  })
})

describe('messages', () => {
  it.each<[string, unknown[], Record<string, unknown>, string]>([
    ['(a, b) => a', [], { x: 1 }, "f() got an unexpected keyword argument 'x'"],
    ['() => 1', [], { x: 1 }, "f() got an unexpected keyword argument 'x'"],
    ['(a) => a', [], { a: 1, x: 2 }, "f() got an unexpected keyword argument 'x'"],
    ['(a) => a', [], { y: 2, a: 1, x: 2 }, "f() got an unexpected keyword argument 'y'"],
    ['(a, b) => a', [1, 2], { x: 1 }, "f() got an unexpected keyword argument 'x'"],
    ['(...rest) => 1', [], { rest: 1 }, "f() got an unexpected keyword argument 'rest'"],
    ['(a, ...rest) => 1', [], { rest: 1 }, "f() got an unexpected keyword argument 'rest'"],
    ['(a, ...[b]) => 1', [1], { b: 1 }, "f() got an unexpected keyword argument 'b'"],
    ['([a, b]) => 1', [], { a: 1 }, "f() got an unexpected keyword argument 'a'"],
    ['(a, { b }) => 1', [], { b: 1 }, "f() got an unexpected keyword argument 'b'"],
    ['(a, b) => a', [1], { a: 1 }, "f() got multiple values for argument 'a'"],
    ['(a) => a', [1], { a: 1 }, "f() got multiple values for argument 'a'"],
    ['(a, b, c) => a', [1], { b: 2, a: 1 }, "f() got multiple values for argument 'a'"],
    ['(a, b, c) => a', [1], { x: 2, a: 1 }, "f() got an unexpected keyword argument 'x'"],
  ])('%s with %j and %j', (source, args, kwargs, message) => {
    expect(messageOf(bind(source, args, kwargs))).toBe(message)
  })

  it.each<[string, unknown[], Record<string, unknown>, string]>([
    ['(x) => x', [], {}, "f() missing 1 required positional argument: 'x'"],
    ['(x, y) => x', [], {}, "f() missing 2 required positional arguments: 'x' and 'y'"],
    ['(x, y, z) => x', [], {}, "f() missing 3 required positional arguments: 'x', 'y', and 'z'"],
    ['(w, x, y, z) => x', [], { x: 1 }, "f() missing 3 required positional arguments: 'w', 'y', and 'z'"],
    ['(x, y) => x', [1], {}, "f() missing 1 required positional argument: 'y'"],
    ['(x = 1, y) => x', [], { x: 1 }, "f() missing 1 required positional argument: 'y'"],
    ['({ a, b }) => 1', [], {}, "f() missing 1 required positional argument: '{ a, b }'"],
    ['({ a }, b) => 1', [], { b: 1 }, "f() missing 1 required positional argument: '{ a }'"],
    ['([a]) => 1', [], {}, "f() missing 1 required positional argument: '[a]'"],
  ])('%s with %j and %j when every parameter is required', (source, args, kwargs, message) => {
    expect(messageOf(bind(source, args, kwargs, true))).toBe(message)
  })

  it.each<[string, Record<string, unknown>, unknown[]]>([
    ['(x = 1, ...rest) => x', {}, []],
    ['({ a } = {}) => 1', {}, []],
    ['({ a }, b) => 1', { a: 1 }, [{ a: 1 }]],
    ['(options) => 1', { a: 1 }, [{ a: 1 }]],
    ['() => 1', {}, []],
  ])('%s with %j lacks nothing when every parameter is required', (source, kwargs, expected) => {
    expect(argumentsOf(bind(source, [], kwargs, true))).toEqual(expected)
  })

  it('a parameter that is optional by its type gets nothing, and the others are still needed', () => {
    const source = '(days, title, mark = ".") => title'
    expect(argumentsOf(bind(source, [], { days: 7 }, true, ['title']))).toEqual([7])
    expect(argumentsOf(bind(source, [], { days: 7, mark: '!' }, true, ['title']))).toEqual([7, undefined, '!'])
    expect(messageOf(bind(source, [], {}, true, ['title', 'toString']))).toBe(
      "f() missing 1 required positional argument: 'days'",
    )
  })

  it.each<[string, string]>([
    ['Math.max', 'f() is a native or bound function, whose parameters have no names'],
    ['((a) => a).bind(null)', 'f() is a native or bound function, whose parameters have no names'],
    ['new Proxy((a) => a, {})', 'f() is a native or bound function, whose parameters have no names'],
    ['(class A { constructor(a) {} })', 'f() is a class, which cannot be called'],
    ['(class { })', 'f() is a class, which cannot be called'],
    ['(class/**/extends Array{})', 'f() is a class, which cannot be called'],
    [`(function (${'é'.repeat(70_000)}) {})`, 'f() has parameters whose names cannot be read'],
  ])('%#: %s has no names', (source, message) => {
    expect(messageOf(bind(source, [], { a: 1 }))).toBe(message)
  })

  it('of a parser that runs out of stack are about the function, too', () => {
    const deep = compile(`((a = ${'['.repeat(2_000)}${']'.repeat(2_000)}, b) => a)`)
    expect(messageOf(bind(deep, [], { b: 1 }))).toBe('f() has parameters whose names cannot be read')
  })
})

describe('every way to write a function', () => {
  const PARAMETERS = 'a, b = (x => x)(1), { c, d: [e] }, [g] = [1], ...rest'
  const EXPECTED = [
    ['plain', 'a', false],
    ['plain', 'b', true],
    ['pattern', '{ c, d: [e] }', false],
    ['list', '[g]', true],
    ['rest', 'rest', true],
  ]

  it.each([
    `(function (${PARAMETERS}) { return a })`,
    `(function f(${PARAMETERS}) { "not strict" })`,
    `(function /* ( */ f /* ) */ (${PARAMETERS}) /* { */ { })`,
    `(async function f(${PARAMETERS}) { await a })`,
    `(function* f(${PARAMETERS}) { yield a })`,
    `(async function* (${PARAMETERS}) { yield a })`,
    `((${PARAMETERS}) => a)`,
    `((${PARAMETERS}) => ({ a }))`,
    `((${PARAMETERS}) => (inner) => inner)`,
    `((${PARAMETERS}) => function (other) {})`,
    `(async (${PARAMETERS}) => { await a })`,
    `({ m(${PARAMETERS}) {} }).m`,
    `({ async m(${PARAMETERS}) {} }).m`,
    `({ *m(${PARAMETERS}) {} }).m`,
    `({ async *m(${PARAMETERS}) {} }).m`,
    `({ 'quoted name'(${PARAMETERS}) {} })['quoted name']`,
    `({ 1(${PARAMETERS}) {} })[1]`,
    `({ [(function (other) {}, ((o) => o)('m'))](${PARAMETERS}) {} }).m`,
    `({ [{ m(other) {} } && 'm'](${PARAMETERS}) {} }).m`,
    `({ class(${PARAMETERS}) {} }).class`,
    `({ function(${PARAMETERS}) {} }).function`,
    `({ async(${PARAMETERS}) {} }).async`,
    `({ get(${PARAMETERS}) {} }).get`,
    `({ if(${PARAMETERS}) {} }).if`,
    `({ async function(${PARAMETERS}) {} }).function`,
    `(class { static m(${PARAMETERS}) {} }).m`,
    `(class { static async *m(${PARAMETERS}) {} }).m`,
    `(class { static #m(${PARAMETERS}) {} static m = this.#m }).m`,
    `(class { static [Symbol.iterator](${PARAMETERS}) {} })[Symbol.iterator]`,
  ])('%s', (source) => {
    const read = readParameters(compile(source), () => parser)
    if (!read.ok) throw new Error(read.why)
    expect(read.parameters.map(({ kind, name, hasDefault }) => [kind, name, hasDefault])).toEqual(EXPECTED)
  })

  it.each([
    '(function () {})',
    '(function f( ) {})',
    '(function(a,b){})',
    '(async function f (a, b, ) {})',
    '(async\tfunction\tf\t(a\t, b) {})',
    '(() => 1)',
    '((a, b) => a)',
    '(async (a, b,) => a)',
    '(async(a) => a)',
    '({ m(a, b) {} }).m',
    '({ async m(a, b) {} }).m',
    '({ async(a) {} }).async',
    '({ function(a) {} }).function',
    '({ $_1($, _, a1) {} }).$_1',
    '(class { static m(a, b) {} }).m',
  ])('%s is read without the parser, which would read the same', (source) => {
    const fn = compile(source)
    const plain = readPlainHead(Function.prototype.toString.call(fn))
    const head = parser.readHead(Function.prototype.toString.call(fn))
    if (head === null || head === 'class') throw new Error('the parser cannot read it')
    expect(plain).toEqual(head.params.map(({ start, end }) => head.text.slice(start, end)))
  })

  it.each([
    '((a = 1) => a)',
    '((...a) => a)',
    '(({ a }) => a)',
    '((a /* b */) => a)',
    '((a,\n b) => a)',
    '(function /* f */ (a) {})',
    '(function* (a) {})',
    '(a => a)',
    '(class { constructor(a) {} })',
    '(class A extends (class {}) { m(a) {} })',
    '({ *m(a) {} }).m',
    '({ [`m`](a) {} }).m',
    "({ 'm'(a) {} }).m",
    '(é => é)',
    '((é) => é)',
  ])('%s is left to the parser', (source) => {
    expect(readPlainHead(Function.prototype.toString.call(compile(source)))).toBe(null)
  })

  it.each<[string, readonly string[]]>([
    ['x => x', ['x']],
    ['async x => x', ['x']],
    ['async => async', ['async']],
    ['async (await_) => 1', ['await_']],
    ['yield => 1', ['yield']],
    ['await => 1', ['await']],
    ['let => 1', ['let']],
    ['of => /a/', ['of']],
    ['x => "} => {"', ['x']],
    ['() => 1', []],
    ['(function (a, a) {})', ['a', 'a']],
    ['(function (arguments, eval, static, implements) {})', ['arguments', 'eval', 'static', 'implements']],
    ['(function (a = new.target, b = super_) {}, function (a) {})', ['a']],
    ['({ m(a = super.x, b = () => super.y) {} }).m', ['a', 'b']],
    ['({ set x(value) {} }, Object.getOwnPropertyDescriptor({ set x(value) {} }, "x").set)', ['value']],
    ['Object.getOwnPropertyDescriptor(class { static set #x(v) {} static set x(v) {} }, "x").set', ['v']],
    ['(class { #p; static m(a, b = (o) => #p in o) {} }).m', ['a', 'b']],
    ['(function (a = class { m(other) {} }, b = `${(y => y)(1)}`, c = /[)}]/) {})', ['a', 'b', 'c']],
    ['(function (a = function (other) { return { m(o) {} } }, b = { n(o) {} }) {})', ['a', 'b']],
    ['new Function("a", "b = 1", "return a")', ['a', 'b']],
  ])('%s has the parameters %j', (source, names) => {
    const read = readParameters(compile(source), () => parser)
    if (!read.ok) throw new Error(read.why)
    expect(read.parameters.map(({ name }) => name)).toEqual(names)
  })

  it('binds what JavaScript itself would bind, for any plain parameters', () => {
    const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'), { maxLength: 6 })
    fc.assert(
      fc.property(names, names, fc.nat({ max: 6 }), fc.boolean(), (parameters, keys, given, requireAll) => {
        const args = parameters.slice(0, given).map((_, index) => index)
        const kwargs = Object.fromEntries(keys.map((key) => [key, `value of ${key}`]))
        const fn = compile(`(function (${parameters.join(', ')}) { return [${parameters.join(', ')}] })`)
        const remaining = parameters.slice(given)
        const result = bind(fn, args, kwargs, requireAll)
        if (!keys.every((key) => remaining.includes(key))) {
          const isObject = remaining.length === 1 && !keys.some((key) => parameters.includes(key))
          expect(result.ok).toBe(isObject)
          return
        }
        const isComplete = remaining.every((name) => keys.includes(name))
        expect(result.ok).toBe(isComplete || !requireAll)
        if (!result.ok) return
        expect((fn as (...all: unknown[]) => unknown)(...result.args)).toEqual(
          parameters.map((name, index) => (index < given ? index : kwargs[name])),
        )
      }),
    )
  })
})

describe('in an isolate', () => {
  let parserScript: string
  let script: string

  beforeAll(async () => {
    parserScript = await bundleParser()
    const { outputFiles } = await build({
      stdin: {
        contents: `export * from './bind-arguments.ts'; export * from './signatures.ts'`,
        resolveDir: fileURLToPath(new URL('../../sandbox/src/run', import.meta.url)),
      },
      bundle: true,
      write: false,
      format: 'iife',
      globalName: 'binding',
    })
    script = `${outputFiles[0]?.text ?? ''}; globalThis.loads = 0; globalThis.bind = (({ bindArguments, createSignatures }) => {
      const { ofFunction } = createSignatures(() => { loads++; ${parserScript}; return parser })
      return (fn, keys, values) => bindArguments(fn, 'f', { args: [], keys, values }, ofFunction)
    })(binding)
    globalThis.typesOf = (fn) => {
      ${parserScript}; return parser.readHead(Function.prototype.toString.call(fn)).params.map(({ type }) => type)
    }`
  })

  function run(guest: string): unknown {
    const isolate = new ivm.Isolate({ memoryLimit: 64 })
    try {
      const context = isolate.createContextSync()
      context.evalSync(script)
      return context.evalSync(guest, { timeout: 5_000, copy: true })
    } finally {
      isolate.dispose()
    }
  }

  it('takes less than 120 KB of every snapshot for the parser', () => {
    expect(Buffer.byteLength(parserScript)).toBeLessThan(120_000)
  })

  it('evaluates the parser once, and only for keys of a function whose head is not plain', () => {
    const bound = (fn: string): string => `bind(${fn}, ["b"], [2]).args.length, loads`
    const source = `{ const f = (a, b = 1) => a
      ;[bind(f, [], []).args.length, loads, ${bound('(a, b) => a')}, ${bound('f')}, ${bound('f')}, ${bound('(b, a = 1) => a')}] }`
    expect(run(source)).toEqual([0, 0, 2, 0, 2, 1, 2, 1, 1, 1])
  })

  it.each([
    'Array.prototype.push = () => { throw 1 }',
    'Array.prototype.push = function (x) { this[this.length] = { evil: true } }',
    'RegExp.prototype.exec = () => null',
    'RegExp.prototype.test = () => true',
    'String.prototype.charCodeAt = () => 40',
    'String.prototype.slice = () => ({})',
    'Function.prototype.toString = () => "(z) => z"',
    'Function.prototype.call = Function.prototype.apply = () => { throw new Error("no") }',
    'Object.create = Object.defineProperty = Object.getOwnPropertyNames = () => { throw new Error("no") }',
    'Array.prototype[Symbol.iterator] = () => { throw new Error("no") }',
    'Object.defineProperty(Object.prototype, "params", { get() { throw new Error("no") }, set() {} })',
    'Object.defineProperty(Object.prototype, "type", { get: () => "Identifier", set() {} })',
    'for (let i = 0; i < 9; i++) Object.defineProperty(Array.prototype, i, { get() { throw new Error("no") } })',
    'Object.defineProperty(Array.prototype, "0", { get: () => "stolen", set() { throw new Error("no") } })',
    `const all = globalThis, keys = Reflect.ownKeys(all)
     for (let i = 0; i < keys.length; i++) if (keys[i] !== 'bind' && keys[i] !== 'loads') delete all[keys[i]]`,
    `const types = [Array, String, RegExp, Object, Function, Map], { ownKeys, defineProperty } = Reflect
     for (let i = 0; i < types.length; i++) {
       const keys = ownKeys(types[i].prototype)
       // The length of the array that Array.prototype is cannot become undefined.
       for (let j = 0; j < keys.length; j++) try { defineProperty(types[i].prototype, keys[j], { value: undefined }) } catch {}
     }`,
  ])('ends in a binding or a message, never an exception, after %s', (poison) => {
    for (const fn of ['(a, b) => a', '(a, b = 1) => a']) {
      const result = run(`${poison}; { const { ok, message, args } = bind(${fn}, ["b"], [2]);
        ok ? 'bound ' + args.length : message }`) as string
      expect(result).toMatch(/^(bound \d|f\(\) )/)
    }
    // A function without parameters, so that nothing remains.
    expect(run(`${poison}; bind(() => 1, ["b"], [2]).message`)).toMatch(/^f\(\) /)
  })

  it.each([
    [
      '(function (a, { b: [c] }, [d] = [1], e = /(?<x>[\\p{L}--[a-z]])\\k<x>/v, f = class { #p; m(o) {} }, ...g) {})',
      ['Identifier', 'ObjectPattern', 'AssignmentPattern', 'AssignmentPattern', 'AssignmentPattern', 'RestElement'],
    ],
    ['({ async *[`m${(() => 1)()}`](a, b = x => ({ m(o) {} })) {} }).m1', ['Identifier', 'AssignmentPattern']],
    ['(class { static #m(a) {} static m = this.#m }).m', ['Identifier']],
    [
      'async (a, b) => { for await (const c of d) switch (e) { case 1: try {} finally {} } }',
      ['Identifier', 'Identifier'],
    ],
  ])('reads with the minified parser what %s takes', (source, types) => {
    expect(run(`typesOf(${source})`)).toEqual(types)
  })

  it('uses the real text of functions, whatever the guest puts in its place', () => {
    const poison = 'Function.prototype.toString = () => "(z) => z"'
    expect(run(`${poison}; bind((a, b) => a, ["b"], [2]).args`)).toEqual([undefined, 2])
  })
})
