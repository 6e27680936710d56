// Kinds of deployed modules against the real service: languages, classes, the messages of upstream, and what never goes live.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DeployedService, artifactOf } from '../support/deployed-service.ts'
import type { DeployedEntry } from '../support/deployed-service.ts'

/** One executor, so that every call of a module finds the same isolate for as long as that lives. */
const ONE_EXECUTOR = { EXECUTORS_PER_DEPLOYMENT: '1', MODULE_EXECUTORS_MAX: '1' }

const MODULES: Readonly<Record<string, string>> = {
  'typed.ts': `enum Kind { Small = 'small' }
    interface Point<T> { readonly x: T }
    export class Shape<T> { constructor(private readonly point: Point<T>) {} at(): T { return this.point.x } }
    export const kindOf = (x: number): Kind | null => (x < 10 ? Kind.Small : null)`,
  'deep/inner.ts': `import { double } from '../lib/double.ts'
    export const quadruple = (x: number): number => double(double(x))`,
  'lib/double.ts': 'export const double = (x: number): number => x * 2',
  'mapped/api.ts': `import { check } from '../lib/check.ts'
    enum Least { Value = 1 }

    export function mapped(x: number): number {
      return check(x + Least.Value)
    }`,
  'lib/check.ts': `interface Never { readonly never: true }

export const check = (x: number): never => {
  throw new RangeError(\`no \${x}\`)
}`,
  'common/cjs.js': 'let n = 0; module.exports = { common: (x) => [x, ++n] }',
  classes: `let made = 0
    export class Greeter {
      constructor(greeting = 'hello', { mark = '.' } = {}) { made++; this.text = greeting; this.mark = mark; this.calls = 0 }
      greet(name) { return this.text + ' ' + name + this.mark + ++this.calls }
      async later() { await 0; return this.text }
      get broken() { return 5 }
      fail() { throw new Error('no greeting') }
    }
    export class Called { call(x) { return ['called', x] } }
    export class Uncalled {}
    export class Derived extends Greeter { toString() { return 'derived' } }
    export class Unbuilt { constructor() { throw new Error('unbuilt') } go() {} }
    export const countMade = () => made
    export const plain = { a: 1 }`,
  failing: `export function fail(text) { console.log('before'); throw new TypeError(text) }
    export const number = 5
    export const wrong = () => ({ list: [1, NaN] })`,
}

const ENTRIES: readonly DeployedEntry[] = [
  { name: 'Shape', module: 'typed', is_class: true, class_methods: ['at'] },
  { name: 'kindOf', module: 'typed' },
  { name: 'quadruple', module: 'deep.inner' },
  { name: 'common', module: 'common.cjs' },
  { name: 'mapped', module: 'mapped.api' },
  ...['Greeter', 'Called', 'Uncalled', 'Unbuilt', 'Derived'].map((name) => ({
    name,
    module: 'classes',
    is_class: true,
    class_methods: ['greet'],
  })),
  ...['countMade', 'plain'].map((name) => ({ name, module: 'classes' })),
  ...['fail', 'number', 'absent', 'wrong'].map((name) => ({ name, module: 'failing' })),
]

let deployed: DeployedService
beforeAll(async () => {
  deployed = await DeployedService.start(artifactOf(MODULES, ENTRIES), ONE_EXECUTOR)
})
afterAll(() => deployed[Symbol.asyncDispose]())

describe('kinds of modules', () => {
  test('TypeScript is compiled, enums and parameter properties included', async () => {
    expect((await deployed.call('kindOf', [5])).value).toBe('small')
    expect((await deployed.call('kindOf', [50])).value).toBeNull()
    expect(await deployed.callClass('Shape', { method: 'at', constructorArgs: [{ x: 3 }] })).toMatchObject({ value: 3 })
  })

  test('the name of a module can lead into folders, and imports are bundled', async () => {
    expect((await deployed.call('quadruple', [3])).value).toBe(12)
  })

  test('a CommonJS module keeps its state too', async () => {
    expect((await deployed.call('common', ['a'])).value).toEqual(['a', 1])
    expect((await deployed.call('common', ['b'])).value).toEqual(['b', 2])
  })
})

describe('a class', () => {
  test('is constructed for each FunctionRequest, in an isolate of its own, with its arguments', async () => {
    const before = Number((await deployed.call('countMade')).value)
    const options = { method: 'greet', args: ['you'], constructorArgs: ['hi'] }
    expect(await deployed.callClass('Greeter', options)).toMatchObject({ value: 'hi you.1' })
    expect(await deployed.callClass('Greeter', options)).toMatchObject({ value: 'hi you.1' })
    expect((await deployed.call('countMade')).value).toBe(before)
  })

  test('takes keyword arguments in its constructor and in its methods', async () => {
    const options = { method: 'greet', kwargs: { name: 'all' }, constructorKwargs: { greeting: 'hey' } }
    expect(await deployed.callClass('Greeter', options)).toMatchObject({ value: 'hey all.1' })
    const wrong = await deployed.callClass('Greeter', { method: 'greet', constructorKwargs: { nothing: 1 } })
    expect(wrong.code).toBe('ARGUMENTS_MISMATCH')
    expect(wrong.error).toContain("Greeter() got an unexpected keyword argument 'nothing'")
  })

  test('has the methods of its base classes, and those of Object that it defines itself', async () => {
    expect(await deployed.callClass('Derived', { method: 'greet', args: ['you'] })).toMatchObject({
      value: 'hello you.1',
    })
    expect(await deployed.callClass('Derived', { method: 'toString' })).toMatchObject({ value: 'derived' })
  })

  test('awaits a method that is asynchronous', async () => {
    expect(await deployed.callClass('Greeter', { method: 'later' })).toMatchObject({ value: 'hello' })
  })

  test('is called by __call__ where the request names no method, which is call in JavaScript', async () => {
    expect(await deployed.callClass('Called', { args: [1] })).toMatchObject({ value: ['called', 1] })
  })

  test.for([
    ['Greeter', 'nothing'],
    ['Greeter', 'broken'],
    ['Uncalled', '__call__'],
    ['Greeter', 'constructor'],
    ['Greeter', '__proto__'],
    ['Greeter', 'hasOwnProperty'],
    ['Greeter', 'toString'],
  ] as const)('%s without a method %s has the text of upstream', async ([name, method]) => {
    const answer = await deployed.callClass(name, { method })
    expect(answer).toMatchObject({ code: 'ENTRY_NOT_FOUND', success: false })
    expect(answer.error).toContain(`Method '${method}' not found in class '${name}'`)
  })

  test.for([
    ['Greeter', 'fail', 'no greeting'],
    ['Unbuilt', 'go', 'unbuilt'],
  ] as const)('%s whose %s throws is told as what it threw', async ([name, method, text]) => {
    const answer = await deployed.callClass(name, { method })
    expect(answer).toMatchObject({ code: 'GUEST_THREW', success: false })
    expect(answer.error).toBe(`Failed to execute Flash function '${name}': ${text}`)
  })
})

describe('messages of upstream', () => {
  test.for([
    ['nothing', "Function 'nothing' not found in flash_manifest.json", 'ENTRY_NOT_FOUND'],
    ['fail', "Failed to execute Flash function 'fail': deep", 'GUEST_THREW'],
    [
      'absent',
      "Failed to execute Flash function 'absent': module 'failing' has no attribute 'absent'",
      'ENTRY_NOT_FOUND',
    ],
  ] as const)('of %s are the same', async ([name, error, code]) => {
    const answer = await deployed.call(name, ['deep'])
    expect(answer).toMatchObject({ status: 200, success: false, error, code })
  })

  test('a class without its name is the function None', async () => {
    const body = JSON.stringify({ execution_type: 'class', class_name: 'None', serialization_format: 'json' })
    const { text } = await deployed.service.client.send('POST', '/execute', body)
    expect(JSON.parse(text)).toMatchObject({ error: "Function 'None' not found in flash_manifest.json" })
  })

  test('the stack goes to stdout, behind what was printed, and shows no path of the host', async () => {
    const { stdout, error } = await deployed.call('fail', ['deep'])
    expect(stdout).toMatch(/^before\nTypeError: deep\n {4}at fail \(failing\.js/u)
    expect(stdout).not.toMatch(/worker-isolate:|node:|isolated-vm|\/tmp|\/work/u)
    expect(error).not.toContain('\n')
  })

  test('a stack points into the sources of the artifact, and shows the lines around its first place', async () => {
    const { stdout } = await deployed.call('mapped', [1])
    expect(stdout).toBe(
      [
        'RangeError: no 2',
        '    at check (lib/check.ts:4:9)',
        '    at mapped (mapped/api.ts:5:14)',
        '',
        'lib/check.ts:4:9',
        '  3 | export const check = (x: number): never => {',
        '> 4 |   throw new RangeError(`no ${x}`)',
        '    |         ^',
        '  5 | }',
        '',
      ].join('\n'),
    )
  })

  test('arguments that fit nowhere are told in the words of Python', async () => {
    const answer = await deployed.call('fail', [], { kwargs: { bogus: 1, text: 'x' } })
    expect(answer.error).toBe(
      "Failed to execute Flash function 'fail': fail() got an unexpected keyword argument 'bogus'",
    )
  })

  test('what is no function says what it is', async () => {
    expect(await deployed.call('number')).toMatchObject({ code: 'ENTRY_NOT_CALLABLE' })
    expect((await deployed.call('plain')).error).toContain('an object')
  })

  test('a result that JSON cannot carry names its place', async () => {
    const answer = await deployed.call('wrong')
    expect(answer.code).toBe('RESULT_NOT_ENCODABLE')
    expect(answer.error).toContain('list[1]')
  })
})

describe('a deployment that does not go live', () => {
  const one = (source: string, file = 'only.js', name = 'f'): Promise<unknown> =>
    DeployedService.start(artifactOf({ [file]: source }, [{ name, module: 'only' }]), ONE_EXECUTOR).then((service) =>
      service[Symbol.asyncDispose](),
    )

  test.for([
    ['throws at its top level', 'throw new Error("not today"); export const f = 1', 'GUEST_THREW: not today'],
    ['throws after a top-level await', 'await 0; throw new Error("late"); export const f = 1', 'GUEST_THREW: late'],
    ['never stops', 'for (;;); export const f = 1', 'LIMIT_CPU'],
    ['never becomes ready', 'await new Promise(() => {}); export const f = 1', 'LIMIT_WALL'],
    ['does not compile', 'export const f = ]', 'only.js:1:18: Unexpected'],
    ['imports what is not there', 'import "lodash"; export const f = 1', "'lodash' cannot be found"],
    ['imports from Node.js', 'import "node:fs"; export const f = 1', 'a module of Node.js'],
  ] as const)('because its module %s ends the service with a sentence', async ([, source, sentence]) => {
    const started = DeployedService.start(artifactOf({ only: source }, [{ name: 'f', module: 'only' }]), {
      ...ONE_EXECUTOR,
      CPU_MS: '300',
      WALL_MS: '3000',
    })
    const complaint = await started.then(
      async (service) => service[Symbol.asyncDispose]().then(() => 'it went live'),
      (error: unknown) => String(error),
    )
    expect(complaint).toMatch(/the service ended with 1: The service cannot start: Module 'only'/u)
    expect(complaint).toContain(sentence)
    expect(complaint).not.toMatch(/\n {4}at |node:internal/u)
  })

  test('because its module is Python says so', async () => {
    await expect(one('def f():\n  return 1', 'only.py')).rejects.toThrow(/is Python/u)
  })

  test('because its module is absent says where it was looked for', async () => {
    await expect(one('', 'other.js')).rejects.toThrow(/not in the artifact; looked for only\.js/u)
  })
})
