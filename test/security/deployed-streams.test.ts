// Deployed modules that attack with the iterators that they return, against real executors and beside a module that does not.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ErrorCode } from '../../src/errors.ts'
import { DeployedService } from '../support/deployed-service.ts'
import { waitFor } from '../support/service-process.ts'
import { StreamedAnswer } from '../support/stream-client.ts'
import { proveHarm } from './hostile-program.ts'
import type { Proof } from './hostile-program.ts'

interface HostileStream {
  /** Completes "a function that returns …". */
  readonly title: string
  /** The body of a function that returns the iterator. */
  readonly source: string
  /** How a stream that a client reads to its end ends; null when all goes well. */
  readonly code: ErrorCode | null
  /** That of all if it is not said. */
  readonly cpuMs?: number
  /** All lines before the error, where they are known. */
  readonly lines?: readonly unknown[]
  /** What a host without our layers would do with the iterator `it`, and what that does to it. */
  readonly use: string
  readonly proof: Proof
}

const LIMITS = { cpuMs: 200, wallMs: 3_000, outputBytes: 200_000 }
const STUCK: Proof = { effect: 'is stopped by the timeout' }
const BURNS: Proof = { effect: 'burns after dispose' }
const RECOVER_MS = 8_000
/** What an iterator may take that is told to return, until its process is ended, and the tests' own noise. */
const RETURN_MS = 1_500

const STREAMS: readonly HostileStream[] = [
  {
    title: 'a generator that never gives anything',
    source: 'return (function* () { for (;;); })()',
    code: 'LIMIT_CPU',
    lines: [],
    use: 'it.next()',
    proof: STUCK,
  },
  {
    title: 'a generator that never stops giving',
    source: 'return (function* () { for (;;) yield 0 })()',
    code: 'LIMIT_CPU',
    use: 'for (const one of it);',
    proof: STUCK,
  },
  {
    title: 'a generator that never stops giving much',
    source: 'return (function* () { for (;;) yield "x".repeat(60000) })()',
    code: 'LIMIT_OUTPUT',
    use: 'for (const one of it);',
    proof: STUCK,
  },
  {
    title: 'an asynchronous generator that never stops giving',
    source: 'return (async function* () { for (;;) yield 0 })()',
    code: 'LIMIT_CPU',
    use: 'return (async () => { for await (const one of it); })()',
    proof: STUCK,
  },
  {
    title: 'an iterator whose next is a getter that never ends',
    source: 'return { get next() { for (;;); }, [Symbol.iterator]() { return this } }',
    code: 'LIMIT_CPU',
    lines: [],
    use: 'it.next()',
    proof: STUCK,
  },
  {
    title: 'an iterator whose done is a getter that never ends',
    source: 'return { next: () => ({ get done() { for (;;); } }), [Symbol.iterator]() { return this } }',
    code: 'LIMIT_CPU',
    lines: [],
    use: 'it.next().done',
    proof: STUCK,
  },
  {
    title: 'an iterator that gives a thenable that never ends',
    source: 'return { [Symbol.asyncIterator]: () => ({ next: () => ({ then() { for (;;); } }) }) }',
    code: 'LIMIT_CPU',
    lines: [],
    use: 'it[Symbol.asyncIterator]().next().then()',
    proof: STUCK,
  },
  {
    title: 'a generator of a value whose toJSON never ends',
    source: 'return (function* () { yield 1; yield { toJSON() { for (;;); } } })()',
    code: 'LIMIT_CPU',
    lines: [1],
    use: 'JSON.stringify(Array.from(it))',
    proof: STUCK,
  },
  {
    title: 'a generator of a value whose toJSON throws an endless proxy',
    source: `return (function* () { yield 1; yield { toJSON() { throw new Proxy({}, { get() { for (;;); } }) } } })()`,
    code: 'LIMIT_CPU',
    lines: [1],
    use: 'try { JSON.stringify(Array.from(it)) } catch (error) { error.message }',
    proof: STUCK,
  },
  {
    title: 'a generator of one huge text',
    source: 'return (function* () { yield 1; yield "x".repeat(5e6) })()',
    code: 'LIMIT_OUTPUT',
    lines: [1],
    use: 'return Array.from(it)[1].length',
    proof: { effect: { resolvesTo: 5e6 } },
  },
  {
    title: 'a generator that keeps whatever it gave',
    source:
      'return (function* () { const kept = []; for (let n = 0; ; n++) { kept.push(new Array(1e6).fill(n + 0.5)); yield n } })()',
    code: 'LIMIT_MEMORY',
    // Filling and collecting the heap takes a while on a busy machine.
    cpuMs: 2_000,
    use: 'for (const one of it);',
    proof: { effect: 'runs out of heap' },
  },
  {
    title: 'a generator that stays inside one built-in function',
    source: 'return (function* () { yield 1; Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1) })()',
    code: 'LIMIT_CPU',
    use: 'Array.from(it)',
    proof: BURNS,
  },
  {
    title: 'an iterator that says something else each time that it is asked',
    source: `let asked = 0
      return { next: () => ({ get done() { return asked++ > 0 }, get value() { return asked++ } }), [Symbol.iterator]() { return this } }`,
    code: null,
    lines: [1],
    use: 'const { next } = it; const step = next(); return String([step.done, step.done, step.value, step.value])',
    proof: { effect: { resolvesTo: 'false,true,2,3' } },
  },
  {
    title: 'a proxy that answers every question with itself',
    source: `const all = new Proxy(function () {}, { get: (_, key) => (key === 'then' ? undefined : all), apply: () => all, getPrototypeOf: () => null })
      return all`,
    code: null,
    lines: [],
    use: 'return String([it.next() === it, it.next().done === it])',
    proof: { effect: { resolvesTo: 'true,true' } },
  },
  {
    title: 'a generator, having replaced all that iteration goes through',
    source: `const stolen = () => { throw new Error('stolen') }
      const generator = Object.getPrototypeOf(function* () {}).prototype
      const truth = (function* () { yield 'true'; yield { a: 1 } })()
      const { next } = truth
      for (const [target, key] of [[Map.prototype, 'get'], [Map.prototype, 'set'], [Map.prototype, 'delete'], [JSON, 'stringify'], [Reflect, 'apply'], [Promise.prototype, 'then'], [Function.prototype, 'call'], [Function.prototype, 'apply'], [Symbol.prototype, 'toString'], [String.prototype, 'slice']]) target[key] = stolen
      Object.defineProperty(Object.prototype, 'done', { value: true, configurable: true, writable: true })
      Object.defineProperty(Object.prototype, 'return', { get: stolen, configurable: true })
      return truth`,
    code: null,
    lines: ['true', { a: 1 }],
    use: 'JSON.stringify(it.next())',
    proof: { effect: { rejectsWith: /stolen/u } },
  },
]

/** What an iterator does when it is told to return, because its client went away. */
const RETURNS: readonly (readonly [title: string, source: string, proof: Proof])[] = [
  ['never ends', 'for (;;);', STUCK],
  ['never leaves a built-in function', 'Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)', BURNS],
  ['fills the heap', 'const kept = []; for (;;) kept.push(new Array(1e6).fill(1.5))', { effect: 'runs out of heap' }],
]
const returning = (source: string): string =>
  `return (function* () { try { for (;;) yield "x".repeat(1000) } finally { ${source} } })()`

const SOUND = `let n = 0; export const sound = () => ++n; export function* counting() { for (let i = 0; i < 20; i++) yield i }`
const NAMES = [...STREAMS.map((_, index) => `attack${index}`), ...RETURNS.map((_, index) => `return${index}`)]
const SOURCES = [...STREAMS.map(({ source }) => source), ...RETURNS.map(([, source]) => returning(source))]

let deployed: DeployedService

beforeAll(async () => {
  const attacks = NAMES.map((name, index) => [`${name}.js`, `export function ${name}() { ${SOURCES[index]} }`] as const)
  const entry = (name: string, module: string, more: object = {}): object => ({
    name,
    module,
    http_method: 'POST',
    http_path: `/${name}`,
    parameters: [],
    ...more,
  })
  deployed = await DeployedService.start(
    {
      files: { ...Object.fromEntries(attacks), 'sound.js': SOUND },
      resources: {
        web: {
          is_load_balanced: true,
          functions: [
            ...NAMES.map((name, index) => {
              const { cpuMs = LIMITS.cpuMs } = STREAMS[index] ?? {}
              return entry(name, name, { limits: { ...LIMITS, cpuMs } })
            }),
            entry('sound', 'sound'),
            entry('counting', 'sound'),
          ] as never,
        },
      },
    },
    { MEMORY_MB: '64' },
  )
})
afterAll(() => deployed[Symbol.asyncDispose]())

const open = (name: string): Promise<StreamedAnswer> => StreamedAnswer.open(`${deployed.service.url}/${name}`)

/** Another module of the deployment answers and streams, whatever the state of the processes is. */
async function expectOthersServed(): Promise<void> {
  const isServed = async (): Promise<boolean> => {
    const { status } = await deployed.service.client.send('POST', '/sound', '{}')
    return status === 200
  }
  await waitFor(isServed, RECOVER_MS, 'the other module was not served')
  using answer = await open('counting')
  expect((await answer.readAll()).split('\n')).toHaveLength(21)
}

describe('without our layers', () => {
  it.each(STREAMS.map((one) => [one.title, one] as const))('%s does harm', async (title, { source, use, proof }) => {
    const text = `function run() { const it = (() => { ${source} })(); ${use} }`
    await expect(proveHarm({ title, code: null, source: text, proof })).resolves.toBeUndefined()
  })

  it.each(RETURNS)('a return that %s does harm', async (title, source, proof) => {
    const text = `function run() { const it = (() => { ${returning(source)} })(); it.next(); it.return() }`
    await expect(proveHarm({ title, code: null, source: text, proof })).resolves.toBeUndefined()
  })
})

describe('a function that returns', () => {
  it.each(STREAMS.map((one, index) => [one.title, `attack${index}`, one] as const))(
    '%s is contained',
    async (_title, name, { code, lines }) => {
      const startedAt = performance.now()
      using answer = await open(name)
      const text = await answer.readAll()
      expect(performance.now() - startedAt).toBeLessThan(LIMITS.wallMs + 2_000)
      const all =
        text === ''
          ? []
          : text
              .trimEnd()
              .split('\n')
              .map((line) => JSON.parse(line) as unknown)
      const last = all.at(-1)
      if (code !== null) {
        expect(last).toMatchObject({ error: { code } })
        expect(answer.codeTrailer ?? answer.header('x-error-code')).toBe(code)
        all.pop()
      } else expect([answer.codeTrailer, answer.header('x-error-code')]).toEqual([null, undefined])
      if (lines !== undefined) expect(all).toEqual(lines)
      expect(text.length).toBeLessThan(LIMITS.outputBytes * 2)
      await expectOthersServed()
    },
  )
})

describe('a client that goes away from a generator whose return', () => {
  it.each(RETURNS.map(([title], index) => [title, `return${index}`] as const))(
    '%s costs nobody else anything',
    async (_title, name) => {
      using answer = await open(name)
      await answer.readUntil((text) => text.length > 0)
      answer[Symbol.dispose]()
      const startedAt = performance.now()
      await expectOthersServed()
      expect(performance.now() - startedAt).toBeLessThan(RETURN_MS)
      using next = await open(name)
      expect(await next.readUntil((text) => text.length > 0)).toContain('x'.repeat(1_000))
    },
  )
})

it('goes on answering pings, with as many processes as it had', async () => {
  const { status } = await deployed.service.client.get('/ping')
  expect(status).toBe(200)
  await waitFor(
    async () => {
      const { workers } = JSON.parse((await deployed.service.client.get('/health')).text) as {
        workers: Record<string, number>
      }
      return workers['running'] === 0 && workers['unhealthy'] === 0
    },
    RECOVER_MS,
    'something runs on',
  )
})
