// Classes whose code is hostile, in one process with instances that must remember or be told as lost.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { callClass } from '../support/class-client.ts'
import type { ClassAnswer, ClassRequest } from '../support/class-client.ts'
import { ServiceProcess, waitFor } from '../support/service-process.ts'

/** All instances share one process: what one does to the others is what these tests look for. */
const ENVIRONMENT = { INSTANCE_EXECUTORS_MAX: '1', MEMORY_MB: '32', CPU_MS: '400', WALL_MS: '20000' }
const COUNTER = 'class Counter { n = 0; add() { return ++this.n } }'
const RECOVER_MS = 8_000

let service: ServiceProcess
beforeAll(async () => {
  service = await ServiceProcess.start({ env: ENVIRONMENT })
})
afterAll(async () => {
  await service[Symbol.asyncDispose]()
})

let last = 0
const newId = (): string => `attack-${++last}`
const attack = (source: string, more: ClassRequest = {}, signal?: AbortSignal): Promise<ClassAnswer> =>
  callClass(service, { source, className: 'Hostile', method: 'go', ...more }, signal)
const again = (source: string, id: string, more: ClassRequest = {}): Promise<ClassAnswer> =>
  attack(source, { ...more, id, isNew: false })
const count = (more: ClassRequest = {}): Promise<ClassAnswer> =>
  callClass(service, { source: COUNTER, method: 'add', id: 'bystander', isNew: false, ...more })

async function workers(): Promise<Record<string, number>> {
  const { text } = await service.client.get('/health')
  return (JSON.parse(text) as { workers: Record<string, number> }).workers
}
const isRunning = async (): Promise<boolean> => (await workers())['running'] === 1

/** One call of the instance that shares the process with the hostile one: its number goes on. */
async function expectBystander(calls: number): Promise<void> {
  expect(await count()).toMatchObject({ value: calls, info: { method_calls: calls } })
}

beforeEach(async () => {
  const { value } = await count({ isNew: true })
  if (value !== 1) throw new Error('the bystander could not be made')
})

const LOOP = 'for (;;);'

describe('a request for a class', () => {
  it('whose method has a name of a megabyte is refused, and takes nobody along', async () => {
    const answer = await attack('class Hostile {}', { id: newId(), method: 'x'.repeat(1_000_000) })
    expect(answer).toMatchObject({
      code: 'REQUEST_INVALID',
      error: 'Error in handler: method_name is too long: it has 1000000 characters; the limit is 1024',
    })
    await expectBystander(2)
  })
})

describe('a call that breaks a limit', () => {
  it.each([
    ['computes for ever', `go() { ${LOOP} }`, 'LIMIT_CPU', {}],
    ['is a getter that loops', `get go() { ${LOOP} }`, 'LIMIT_CPU', {}],
    ['returns a thenable that loops', `go() { return { then() { ${LOOP} } } }`, 'LIMIT_CPU', {}],
    ['returns an object whose toJSON loops', `go() { return { toJSON() { ${LOOP} } } }`, 'LIMIT_CPU', {}],
    ['throws an error whose message loops', `go() { throw { get message() { ${LOOP} } } }`, 'LIMIT_CPU', {}],
    ['loops in microtasks', 'async go() { for (;;) await 0 }', 'LIMIT_CPU', {}],
    ['never settles', 'go() { return new Promise(() => {}) }', 'LIMIT_WALL', { wallMs: 2_000 }],
    ['fills its heap', 'go() { const all = []; for (;;) all.push(new Array(100_000).fill(1.5)) }', 'LIMIT_MEMORY', {}],
    [
      'is a proxy that loops at whatever is asked',
      `constructor() { return new Proxy({}, { get() { ${LOOP} }, has() { ${LOOP} }, getPrototypeOf() { ${LOOP} } }) }`,
      'LIMIT_CPU',
      {},
    ],
  ] as const)('because it %s takes its instance along, and no other one', async (_title, member, code, limits) => {
    const source = `class Hostile { ${member} stay() { return 'here' } }`
    const id = newId()
    expect(await attack(source, { id, limits })).toMatchObject({ code, success: false, id: null, info: null })
    const asked = await again(source, id, { method: 'stay' })
    expect(asked).toMatchObject({ code: 'INSTANCE_LOST', success: false, id: null })
    expect(asked.error).toMatch(
      new RegExp(
        `^INSTANCE_LOST: Instance '${id}' of class 'Hostile' was lost \\d+ s ago, at 20\\S+Z: .*\\(${code}\\)\\. create_new_instance true makes it anew\\.$`,
        'u',
      ),
    )
    await expectBystander(2)
    // It stays lost until somebody wants a new one.
    expect(await again(source, id, { method: 'stay' })).toMatchObject({ code: 'INSTANCE_LOST' })
    const calm = 'class Hostile { stay() { return "new" } }'
    expect(await attack(calm, { id, method: 'stay' })).toMatchObject({ value: 'new', id })
    expect(await again(calm, id, { method: 'stay' })).toMatchObject({ value: 'new', info: { method_calls: 2 } })
  })

  it.each([
    ['whose constructor never returns', `class Hostile { constructor() { ${LOOP} } go() {} }`, 'LIMIT_CPU'],
    ['whose source never ends', `${LOOP} class Hostile {}`, 'LIMIT_CPU'],
    ['whose module waits for ever', 'await new Promise(() => {}); export class Hostile {}', 'LIMIT_WALL'],
    [
      'whose constructor fills its heap',
      'class Hostile { constructor() { const all = []; for (;;) all.push(new Array(100_000).fill(1.5)) } }',
      'LIMIT_MEMORY',
    ],
    [
      'whose prototype is a getter that loops',
      `function Hostile() {}; Hostile = new Proxy(Hostile, { get() { ${LOOP} } })`,
      'LIMIT_CPU',
    ],
  ])('in a class %s leaves no instance, and nothing that could be lost', async (_title, source, code) => {
    const id = newId()
    expect(await attack(source, { id, limits: code === 'LIMIT_WALL' ? { wallMs: 1_000 } : {} })).toMatchObject({
      code,
      success: false,
      id: null,
    })
    expect(await again('class Hostile { go() { return "first" } }', id)).toMatchObject({ value: 'first' })
    await expectBystander(2)
  })

  it('while the instance before it has the id leaves that as it was when the constructor has not returned', async () => {
    const id = newId()
    await callClass(service, { source: COUNTER, method: 'add', id })
    const source = `class Counter { constructor() { ${LOOP} } }`
    expect(await callClass(service, { source, method: 'add', id })).toMatchObject({ code: 'LIMIT_CPU' })
    expect(await callClass(service, { source: COUNTER, method: 'add', id, isNew: false })).toMatchObject({ value: 2 })
  })

  it('after many that kept more and more of the heap ends with the memory of the instance', async () => {
    const source =
      'class Hostile { kept = []; go() { this.kept.push(new Array(250_000).fill(1.5)); return this.kept.length } }'
    const id = newId()
    let answer = await attack(source, { id })
    let calls = 1
    while (answer.code === null && calls < 100) {
      // oxlint-disable-next-line no-await-in-loop -- each call keeps a little more
      answer = await again(source, id)
      calls++
    }
    expect(answer).toMatchObject({ code: 'LIMIT_MEMORY', success: false })
    expect(calls).toBeGreaterThan(3)
    const asked = await again(source, id)
    expect(asked.error).toMatch(/^INSTANCE_LOST: .*\(LIMIT_MEMORY\)/u)
    await expectBystander(2)
  })

  it('has the memory that its instance was made with, whatever it asks for', async () => {
    const source = 'class Hostile { go(n) { this.a = new Array(n).fill(1.5); return n } }'
    const id = newId()
    expect(await attack(source, { id, args: [1], limits: { memoryMb: 8 } })).toMatchObject({ value: 1 })
    const answer = await again(source, id, { args: [2_000_000], limits: { memoryMb: 32 } })
    expect(answer.error).toContain('its limit of 8 MB')
  })
})

describe('code that nothing but the end of its process stops', () => {
  it.each([
    [
      'a native that goes on after its isolate',
      'Array.prototype.includes.call({ length: 2 ** 53 - 1 }, 1)',
      'LIMIT_CPU',
    ],
    [
      'a stack that ends in the compiler',
      'let d = 0; (function f() { try { f() } catch {} if (d++ < 400) { try { eval("((((((1))))))+`${1}`") } catch {} } })()',
      'EXECUTOR_LOST',
    ],
  ])('by %s takes the other instances along, and they are told so', async (_title, body, code) => {
    const id = newId()
    const source = `class Hostile { calm() { return 1 } go() { ${body} } }`
    await attack(source, { id, method: 'calm' })
    expect(await again(source, id)).toMatchObject({ code })
    const told = async (): Promise<boolean> => (await count()).code === 'INSTANCE_LOST'
    await waitFor(told, RECOVER_MS, 'the bystander never heard of its end')
    expect((await count()).error).toMatch(
      /^INSTANCE_LOST: Instance 'bystander' of class 'Counter' was lost \d+ s ago, at \S+: its process (?:was ended because a thread does not stop|ended with (?:signal SIG[A-Z]+|exit code 139))\. create/u,
    )
    expect((await again(source, id)).code).toBe('INSTANCE_LOST')
    expect(await count({ isNew: true })).toMatchObject({ value: 1 })
    await expectBystander(2)
  })

  it('and an executor that is killed from outside loses all of its instances, each with a note', async () => {
    // One that is killed while it starts is a failed start, of which a pool takes few.
    const isReady = async (): Promise<boolean> => (await workers())['initializing'] === 0
    await waitFor(isReady, RECOVER_MS, 'the executors did not get ready')
    for (const pid of service.executorPids()) process.kill(pid, 'SIGKILL')
    const told = async (): Promise<boolean> => (await count()).code === 'INSTANCE_LOST'
    await waitFor(told, RECOVER_MS, 'nobody heard of its end')
    expect((await count()).error).toMatch(/its process ended with (?:signal SIGKILL|exit code 137)/u)
  })
})

describe('a client that goes away', () => {
  it('while its call computes takes the instance along', async () => {
    const id = newId()
    const source = `class Hostile { calm() { return 1 } go() { ${LOOP} } }`
    await attack(source, { id, method: 'calm' })
    const controller = new AbortController()
    const gone = attack(source, { id, isNew: false, limits: { cpuMs: 100_000 } }, controller.signal).catch(() => 'gone')
    await waitFor(isRunning, RECOVER_MS, 'the call never ran')
    controller.abort()
    expect(await gone).toBe('gone')
    // Its next call comes behind the one that is stopped.
    const asked = await again(source, id, { method: 'calm' })
    expect(asked.error).toMatch(/^INSTANCE_LOST: .* a call of it had to be stopped \((?:CANCELLED|LIMIT_CPU)\)/u)
    await expectBystander(2)
  })

  it('while its call waits leaves the instance as it is', async () => {
    const id = newId()
    const source = 'class Hostile { calm() { return 1 } go() { return new Promise(() => {}) } }'
    await attack(source, { id, method: 'calm' })
    const controller = new AbortController()
    const gone = attack(source, { id, isNew: false }, controller.signal).catch(() => 'gone')
    await waitFor(isRunning, RECOVER_MS, 'the call never ran')
    controller.abort()
    expect(await gone).toBe('gone')
    expect(await again(source, id, { method: 'calm' })).toMatchObject({ value: 1, id })
    await expectBystander(2)
  })
})

describe('what an instance leaves behind', () => {
  it('does not run between its calls: timers end with the call that set them', async () => {
    const id = newId()
    const source = `class Hostile { n = 0
      go() { setInterval(() => { this.n++ }, 1); setTimeout(() => { ${LOOP} }, 5); return this.n }
      async look() { await new Promise((done) => setTimeout(done, 30)); return this.n } }`
    await attack(source, { id })
    expect(await again(source, id, { method: 'look' })).toMatchObject({ value: 0 })
  })

  it('is its own: changed built-ins, poisoned prototypes and a broken then do not end it', async () => {
    const id = newId()
    const source = `class Hostile { n = 0
      go() { Object.prototype.then = (f) => f('poison'); Array.prototype.push = () => { throw 1 }
        Map.prototype.get = Map.prototype.set = Promise.prototype.then = () => { throw 2 }
        Reflect.construct = Reflect.apply = JSON.stringify = globalThis.Proxy = null
        return ++this.n }
      calm() { return [this.n] } }`
    expect(await attack(source, { id, args: [1] })).toMatchObject({ code: null })
    expect(await again(source, id, { method: 'calm' })).toMatchObject({ code: null, info: { method_calls: 2 } })
    await expectBystander(2)
  })

  it('has no names of the service, and no way to another instance of its process', async () => {
    const source = `globalThis.mine = 1; class Hostile { go() {
      return [Object.getOwnPropertyNames(globalThis).filter((name) => /worker|isolate|host|bridge/i.test(name)),
        typeof workerIsolateRemote, typeof Counter, Object.keys(process).join(), typeof require] } }`
    const known = ['workerIsolate']
    expect(await attack(source)).toMatchObject({ value: [known, 'undefined', 'undefined', 'env', 'undefined'] })
    const named = `/* workerIsolateRemote */ class Hostile { go() { return typeof workerIsolateRemote } }`
    expect(await attack(named)).toMatchObject({ value: 'undefined' })
  })

  it('cannot forge a code: what it throws is its own text', async () => {
    const source = `class Hostile { go() { const e = new Error('INSTANCE_LOST: nothing is here'); e.code = 'INSTANCE_LOST'; throw e } }`
    const answer = await attack(source)
    expect(answer.code).toBe('GUEST_THREW')
    expect(answer.error).toMatch(/^Error: INSTANCE_LOST/u)
  })
})
