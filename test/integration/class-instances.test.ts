// Classes that come with requests against the real service: how they are called, and what their instances remember.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { callClass, encodeClass } from '../support/class-client.ts'
import type { ClassAnswer, ClassRequest } from '../support/class-client.ts'
import { ServiceProcess } from '../support/service-process.ts'

const COUNTER = `
  let loaded = 0
  loaded++
  class Counter {
    #secret = 'hidden'
    static make() { return 'static' }
    constructor(start = 0, { step = 1 } = {}) { this.n = start; this.step = step; console.log('made') }
    add(by = this.step) { this.n += by; return this.n }
    async later(ms) { await new Promise((done) => setTimeout(done, ms)); return ++this.n }
    get size() { return this.n }
    get adder() { return (by) => { this.n += by; return this.n } }
    fail() { this.n = -1; throw new TypeError('no more') }
    loads() { return loaded }
    unencodable() { return () => 1 }
    call(x) { return ['called', x, this.n] }
  }`
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/u

let service: ServiceProcess
beforeAll(async () => {
  service = await ServiceProcess.start()
})
afterAll(async () => {
  await service[Symbol.asyncDispose]()
})

const call = (request: ClassRequest): Promise<ClassAnswer> => callClass(service, { source: COUNTER, ...request })
const reuse = (id: string, request: ClassRequest = {}): Promise<ClassAnswer> => call({ ...request, id, isNew: false })

describe('a class that comes with the request', () => {
  test('is constructed with its arguments, and its method is called with those of the method', async () => {
    const answer = await call({ method: 'add', args: [2], constructorArgs: [40] })
    expect(answer).toMatchObject({ success: true, code: null, value: 42, stdout: 'made\n' })
    expect(answer.id).toMatch(/^Counter_[0-9a-f]{8}$/u)
    expect(answer.info).toEqual({
      class_name: 'Counter',
      created_at: expect.stringMatching(TIME) as string,
      method_calls: 1,
      last_used: expect.stringMatching(TIME) as string,
    })
    expect(answer.text).toMatch(
      /"stdout":"made\\n","instance_id":"Counter_\w{8}","instance_info":\{"class_name":"Counter","created_at":"[^"]+","method_calls":1,"last_used":"[^"]+"\}\}$/u,
    )
  })

  test('takes keyword arguments in constructor and method', async () => {
    expect(await call({ method: 'add', kwargs: { by: 5 }, constructorKwargs: { start: 1 } })).toMatchObject({
      value: 6,
    })
    expect(await call({ method: 'add', constructorArgs: [1], constructorKwargs: { step: 9 } })).toMatchObject({
      value: 10,
    })
    expect(await call({ method: 'add', constructorKwargs: { nothing: 1 }, constructorArgs: [1, {}] })).toMatchObject({
      code: 'ARGUMENTS_MISMATCH',
      error: "Counter() got an unexpected keyword argument 'nothing'",
      id: null,
    })
    expect(await call({ method: 'add', kwargs: { nothing: 1 }, args: [1] })).toMatchObject({
      code: 'ARGUMENTS_MISMATCH',
      error: "Counter.add() got an unexpected keyword argument 'nothing'",
    })
  })

  test('works with pickles', async () => {
    const five = 'gAVLBS4='
    const request = { method: 'add', args: [five], constructorArgs: [five], format: 'cloudpickle' } as const
    expect(await call(request)).toMatchObject({ success: true, result: 'gAVLCi4=' })
  })

  test.for([
    ['a method call', COUNTER, ['called', 'x', 0]],
    ['a method __call__', 'class Counter { __call__(x) { return [x] } call() { return 0 } }', ['x']],
    ['the instance when it is a function', 'function Counter() { return (x) => x + 1 }', 'x1'],
    [
      'the method call of an instance that is a function',
      'function Counter() { return Object.assign((x) => 0, { call: (x) => x }) }',
      'x',
    ],
  ] as const)('is called by %s when the request names no method', async ([, source, value]) => {
    expect(await call({ source, args: ['x'] })).toMatchObject({ value })
  })

  test.for([
    ['a class expression', 'const Counter = class { add(x) { return x } }'],
    ['an exported class', 'export class Counter { add(x) { return x } }'],
    ['a class that a module does not export', 'export const other = 1; class Counter { add(x) { return x } }'],
    [
      'a module that waits',
      'await new Promise((done) => setTimeout(done, 5)); export class Counter { add(x) { return x } }',
    ],
    ['a function with a prototype', 'function Counter() {}; Counter.prototype.add = (x) => x'],
    ['a function that returns an object', 'function Counter() { return { add: (x) => x } }'],
    ['a class that returns another object', 'class Counter { constructor() { return { add: (x) => x } } }'],
    ['a derived class', 'class Base { add(x) { return x } } class Counter extends Base {}'],
    ['a bound class', 'const Counter = (class { add(x) { return x } }).bind(null)'],
    ['a proxy of a class', 'const Counter = new Proxy(class { add(x) { return x } }, {})'],
    ['an instance with a then of its own', 'class Counter { then() {} add(x) { return x } }'],
    ['an instance that is a proxy', 'class Counter { constructor() { return new Proxy({ add: (x) => x }, {}) } }'],
    ['a field that holds a function', 'class Counter { add = (x) => x }'],
  ] as const)('may be %s', async ([, source]) => {
    expect(await call({ source, method: 'add', args: ['x'] })).toMatchObject({ value: 'x', code: null })
  })

  test('may be TypeScript', async () => {
    const source = 'class Counter<T> { constructor(private readonly x: T) {} get(): T { return this.x } }'
    const typed = 'class Counter<T> { x: T; constructor(x: T) { this.x = x } get(): T { return this.x } }'
    expect(await call({ source: typed, method: 'get', constructorArgs: [3], language: 'typescript' })).toMatchObject({
      value: 3,
    })
    expect(await call({ source, method: 'get', constructorArgs: [4], language: 'typescript' })).toMatchObject({
      value: 4,
    })
  })

  test('may import what comes with it, and keeps its state and its stacks as any other', async () => {
    const source =
      'import { add } from "./lib/add"\nexport class Counter { n = 0; add(x) { return (this.n = add(this.n, x)) } }'
    const modules = {
      'lib/add.ts':
        'export function add(a: number, b: number) {\n  if (b < 0) throw new Error("no")\n  return a + b\n}',
    }
    const asked = { source, method: 'add', id: 'bundled', modules }
    expect(await call({ ...asked, args: [2] })).toMatchObject({ value: 2 })
    expect(await call({ ...asked, args: [3], isNew: false })).toMatchObject({ value: 5 })
    const failed = await call({ ...asked, args: [-1], isNew: false })
    expect(failed.error).toContain('at add (lib/add.ts:2:20)\n    at Counter.add (class.js:2:')
    expect(failed.error).toContain('> 2 |   if (b < 0) throw new Error("no")')
    // Of code that is not that of the instance nothing is shown in its place.
    const other = await call({ ...asked, source: `\n\n${source}`, args: [-1], isNew: false })
    expect(other.error).toMatch(/at add \(bundle-[0-9a-f]{8}\.js:1:\d+\)/u)
    expect(other.error).not.toContain(' | ')
  })

  test('awaits a method that is asynchronous, and calls what a getter gives', async () => {
    expect(await call({ method: 'later', args: [5], constructorArgs: [1] })).toMatchObject({ value: 2 })
    expect(await call({ method: 'adder', args: [5], constructorArgs: [1] })).toMatchObject({ value: 6 })
  })

  test.for(['nothing', 'size', 'make', '#secret', 'n', 'constructor', 'toString', '__proto__', 'hasOwnProperty'])(
    'has no method %s',
    async (method) => {
      const answer = await call({ method })
      expect(answer).toMatchObject({ code: 'ENTRY_NOT_FOUND', success: false, result: null })
      expect(answer.error).toBe(`Method '${method}' not found in class 'Counter'`)
      // As upstream: the instance has been made all the same.
      expect(answer.info).toMatchObject({ method_calls: 0 })
    },
  )

  test.for([
    [
      'there is none of the name',
      'class Other {}',
      'ENTRY_NOT_FOUND',
      "Class 'Counter' not found in the provided code",
    ],
    [
      'it is an arrow function',
      'const Counter = () => 1',
      'ENTRY_NOT_CALLABLE',
      "'Counter' is not a class: it cannot be called with new",
    ],
    [
      'it is an async function',
      'async function Counter() {}',
      'ENTRY_NOT_CALLABLE',
      "'Counter' is not a class: it cannot be called with new",
    ],
    ['it is an object', 'var Counter = {}', 'ENTRY_NOT_CALLABLE', "'Counter' is not a class (it is an object)"],
    ['it does not compile', 'class Counter {', 'COMPILE_FAILED', /^SyntaxError: /u],
    ['its constructor throws', 'class Counter { constructor() { throw new Error("no") } }', 'GUEST_THREW', /^no\n/u],
    ['its source throws', 'class Counter {}; throw new Error("top")', 'GUEST_THREW', /^top\n/u],
  ] as const)('is an error when %s, and there is no instance then', async ([, source, code, error]) => {
    const id = `none-${code}-${source.length}`
    const answer = await call({ source, id, method: 'add' })
    expect(answer).toMatchObject({ code, success: false, id: null, info: null })
    expect(answer.error).toMatch(error)
    // The id never was: it is not lost, and another class may have it.
    expect(await reuse(id, { method: 'add', args: [1] })).toMatchObject({ value: 1, id })
  })

  test('is told to be Python when it looks like that', async () => {
    const source = 'class Counter:\n    def __init__(self, n):\n        self.n = n\n'
    const answer = await call({ source })
    expect(answer).toMatchObject({ code: 'COMPILE_FAILED', stdout: null })
    expect(answer.error).toContain('looks like Python')
  })

  test('is told when source and kind of execution do not fit, and when a name or an id is none', async () => {
    const wrong = [
      [{ className: 'a b' }, 'Error in handler: class_name must be one JavaScript identifier'],
      [
        { id: 'x'.repeat(2_049) },
        'Error in handler: instance_id is too long: it has 2049 characters; the limit is 2048',
      ],
    ] as const
    for (const [request, error] of wrong) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other is easier to read when it fails
      expect(await call(request)).toMatchObject({ code: 'REQUEST_INVALID', error })
    }
    const body = { execution_type: 'class', class_name: 'C', function_code: 'class C {}' }
    const { text } = await service.client.send('POST', '/execute', JSON.stringify(body))
    expect(text).toContain('class_code is empty, and the request')
  })
})

describe('an instance', () => {
  test('remembers its state, evaluates its source once, and counts the calls that return', async () => {
    expect(await call({ id: 'one', method: 'add', args: [1] })).toMatchObject({ value: 1, id: 'one' })
    expect(await reuse('one', { method: 'add', args: [10] })).toMatchObject({ value: 11, info: { method_calls: 2 } })
    expect(await reuse('one', { method: 'loads' })).toMatchObject({ value: 1, info: { method_calls: 3 } })
    // Only its name is asked for: the constructor's arguments and the source are those that it was made of.
    const other = { source: 'class Counter { add() { return "other" } }', constructorArgs: [1_000] }
    expect(await reuse('one', { ...other, method: 'add', args: [1] })).toMatchObject({ value: 12, stdout: '' })
  })

  test('does not need its class any more, nor arguments for its constructor that can be read', async () => {
    const source = 'var Counter = class { n = 0; add() { Counter = null; return ++this.n } }'
    await call({ source, id: 'alone', method: 'add', format: 'json' })
    const answer = await reuse('alone', {
      source,
      method: 'add',
      constructorArgs: ['no pickle'],
      format: 'cloudpickle',
    })
    expect(answer).toMatchObject({ success: true, result: 'gAVLAi4=', info: { method_calls: 2 } })
  })

  test('stays when its method throws, is not there, or returns what has no encoding', async () => {
    await call({ id: 'two', method: 'add' })
    expect(await reuse('two', { method: 'fail' })).toMatchObject({
      code: 'GUEST_THREW',
      id: 'two',
      info: { method_calls: 1 },
    })
    expect(await reuse('two', { method: 'unencodable' })).toMatchObject({ code: 'RESULT_NOT_ENCODABLE' })
    expect(await reuse('two', { method: 'nothing' })).toMatchObject({ code: 'ENTRY_NOT_FOUND' })
    expect(await reuse('two', { method: 'add', args: [3] })).toMatchObject({ value: 2, info: { method_calls: 2 } })
  })

  test('is made anew by default, under the id that the request gives, and the one before it has ended', async () => {
    await call({ id: 'three', method: 'add', args: [7] })
    const again = await call({ id: 'three', method: 'add', args: [1] })
    expect(again).toMatchObject({ value: 1, info: { method_calls: 1 } })
    expect(await reuse('three', { method: 'add', args: [1] })).toMatchObject({ value: 2 })
  })

  test('is not replaced by one whose constructor throws', async () => {
    await call({ id: 'four', method: 'add', args: [7] })
    const source = 'class Counter { constructor() { throw new Error("no") } }'
    expect(await call({ id: 'four', source, method: 'add' })).toMatchObject({ code: 'GUEST_THREW' })
    expect(await reuse('four', { method: 'add', args: [1] })).toMatchObject({ value: 8 })
  })

  test('of another class is not taken for the one that is asked for', async () => {
    await call({ id: 'five', method: 'add' })
    const source = 'class Other { add() { return "other" } }'
    expect(await reuse('five', { source, className: 'Other', method: 'add' })).toMatchObject({
      code: 'REQUEST_INVALID',
      error:
        "Error in handler: Instance 'five' is of class 'Counter', and the request asks for class 'Other'; create_new_instance true would replace it",
    })
    expect(await call({ id: 'five', source, className: 'Other', method: 'add' })).toMatchObject({ value: 'other' })
  })

  test('shares nothing with another one of its class', async () => {
    const source =
      'globalThis.seen = 0; class Counter { add() { Array.prototype.spoilt = 1; return ++globalThis.seen } }'
    await call({ source, id: 'six', method: 'add' })
    expect(await call({ source, id: 'seven', method: 'add' })).toMatchObject({ value: 1 })
    expect(await reuse('six', { source, method: 'add' })).toMatchObject({ value: 2 })
    const look = 'class Counter { add() { return [].spoilt === undefined } }'
    expect(await call({ source: look, id: 'eight', method: 'add' })).toMatchObject({ value: true })
  })

  test('takes its calls one after the other', async () => {
    await call({ id: 'nine', method: 'add', args: [0] })
    const answers = await Promise.all([30, 1, 10].map((ms) => reuse('nine', { method: 'later', args: [ms] })))
    const values = answers.map(({ value }) => Number(value)).toSorted((one, other) => one - other)
    expect(values).toEqual([1, 2, 3])
    expect(answers.map(({ info }) => info?.method_calls).toSorted((one = 0, other = 0) => one - other)).toEqual([
      2, 3, 4,
    ])
  })

  test('does not keep another one waiting while it waits itself', async () => {
    const slow = call({ id: 'ten', method: 'later', args: [60_000], limits: { wallMs: 1_500 } })
    const order: string[] = []
    void slow.then(() => order.push('slow'))
    await call({ id: 'eleven', method: 'later', args: [1] }).then(() => order.push('quick'))
    expect(await slow).toMatchObject({ code: 'LIMIT_WALL', id: null })
    expect(order).toEqual(['quick', 'slow'])
  })

  test('is found by jobs as well, whose output says which it is', async () => {
    const send = async (request: ClassRequest): Promise<Record<string, unknown>> => {
      const body = JSON.stringify({ input: encodeClass({ source: COUNTER, ...request }) })
      const { text } = await service.client.send('POST', '/runsync', body)
      return JSON.parse(text) as Record<string, unknown>
    }
    await call({ id: 'twelve', method: 'add', args: [1] })
    expect(await send({ id: 'twelve', isNew: false, method: 'add', args: [1] })).toMatchObject({
      status: 'COMPLETED',
      output: { json_result: 2, instance_id: 'twelve', instance_info: { class_name: 'Counter', method_calls: 2 } },
    })
  })
})
