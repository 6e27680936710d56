// Guests that replace what the guest program of the service relies on: it goes on working, calls nothing of theirs with
// anything of its own, and the next task of the same process finds everything as new.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ExecuteAnswer, LiveRequest } from '../support/keep-alive-client.ts'
import { ServiceProcess } from '../support/service-process.ts'
import { FINGERPRINT } from './guest-programs.ts'

let service: ServiceProcess

// One process: whatever a guest leaves behind, the next one meets.
beforeAll(async () => {
  service = await ServiceProcess.start({ env: { EXECUTORS_MIN: '1', EXECUTORS_MAX: '1', EXECUTORS_SPARE: '0' } })
})
afterAll(async () => service[Symbol.asyncDispose]())

async function execute(source: string, more: Partial<LiveRequest> = {}): Promise<ExecuteAnswer> {
  return service.client.execute({ source, limits: { cpuMs: 1_500, wallMs: 20_000 }, ...more })
}

async function returned(source: string, more: Partial<LiveRequest> = {}): Promise<unknown> {
  const answer = await execute(source, more)
  expect(answer.code, answer.error).toBeNull()
  return answer.value
}

/** Every own function of these objects is replaced by one that notes its name while `isWatching`. */
const SPIES = `
  const seen = []
  let isWatching = false
  const { defineProperty, getOwnPropertyDescriptor, ownKeys, apply, construct } = Reflect
  const spyOn = (owner, ownerName) => {
    for (const key of ownKeys(owner)) {
      const property = getOwnPropertyDescriptor(owner, key)
      if (typeof property.value !== 'function' || !property.configurable || key === 'constructor') continue
      const original = property.value
      const spy = function (...args) {
        if (isWatching) { isWatching = false; seen[seen.length] = ownerName + '.' + key.toString(); isWatching = true }
        return new.target === undefined ? apply(original, this, args) : construct(original, args, new.target)
      }
      if (original.prototype !== undefined) spy.prototype = original.prototype
      defineProperty(owner, key, { ...property, value: spy })
    }
  }
  const owners = ownKeys(globalThis).filter((name) => /^[A-Z]/.test(name) && typeof globalThis[name] === 'function')
  const prototypes = owners.map((name) => [globalThis[name].prototype, name + '.prototype']).filter(([p]) => p !== undefined)
  prototypes.push([Object.getPrototypeOf(Int8Array.prototype), '%TypedArray%'], [Object.getPrototypeOf([].values()), '%ArrayIterator%'],
    [Object.getPrototypeOf(new Map().entries()), '%MapIterator%'], [Object.getPrototypeOf(new Set().values()), '%SetIterator%'])
  const everything = [...owners.map((name) => [globalThis[name], name]), ...prototypes, [JSON, 'JSON'], [Math, 'Math'], [Reflect, 'Reflect'], [globalThis, 'globalThis']]
  `

/** Names that records, options and property descriptors of the service have. */
const INTERNAL_NAMES = [
  'value get set writable enumerable configurable then reference copy externalCopy transferIn promise timeout result arguments',
  'found args keys values ok format outputBytes message bytes kind due order callback everyMs lastChunkHandling',
  'text open depth path steps maxBytes 0 1 2 3',
].flatMap((names) => names.split(' '))

describe('a guest that replaces built-ins', () => {
  it('sees no call of theirs by the encoder, the timers or the bridge', async () => {
    const source = `${SPIES}
      for (const [owner, name] of everything) spyOn(owner, name)
      async function run(list, text) {
        isWatching = true
        await new Promise((done) => setTimeout(done, 1))
        isWatching = false
        const calls = seen.filter((name) => !/^(?:Promise|globalThis)[.]/.test(name))
        seen.length = 0
        isWatching = true
        return { list, text, deep: [{ a: [1.5, true, null, 'x'] }], calls, get late() { isWatching = false; const now = seen.join(); isWatching = true; return now } }
      }`
    const value = await returned(source, { args: [[1, { b: 2 }], 'text'] })
    expect(value).toEqual({
      list: [1, { b: 2 }],
      text: 'text',
      deep: [{ a: [1.5, true, null, 'x'] }],
      calls: [],
      late: '',
    })
  })

  it('still gets its answer when every one of them throws', async () => {
    const source = `${SPIES}
      const target = everything, thrower = () => { throw 1 }
      function run(list) {
        for (let i = 0; i < target.length; i++) {
          const owner = target[i][0], keys = ownKeys(owner)
          for (let j = 0; j < keys.length; j++) {
            const key = keys[j]
            if (key === 'prototype' || key === 'length' || key === 'run') continue
            const property = getOwnPropertyDescriptor(owner, key)
            if (property.configurable) defineProperty(owner, key, { __proto__: null, get: thrower, set: thrower, configurable: true })
            else if (property.writable) owner[key] = undefined
          }
        }
        return list
      }`
    expect(await returned(source, { args: [[1, ['a', { b: null }]]] })).toEqual([1, ['a', { b: null }]])
  })

  it('still gets its answer when the globals are gone', async () => {
    const source = `function run(list) {
      for (const key of Reflect.ownKeys(globalThis)) { try { delete globalThis[key] } catch {} }
      return list
    }`
    expect(await returned(source, { args: [[1, { b: 2 }]] })).toEqual([1, { b: 2 }])
  })

  it('is asked for nothing, and given nothing, through the prototypes of objects, arrays and functions', async () => {
    const source = `
      const leaked = [], known = new WeakSet([leaked, globalThis])
      const names = ${JSON.stringify(INTERNAL_NAMES)}
      for (const owner of [Object.prototype, Array.prototype, Function.prototype]) for (const name of names) {
        Object.defineProperty(owner, name, { __proto__: null, configurable: true,
          get() { if (!known.has(this)) leaked[leaked.length] = name },
          set(value) { leaked[leaked.length] = 'set ' + name } })
      }
      async function run(a, b) {
        for (const value of [a, b, b.c]) known.add(value)
        await new Promise((done) => { known.add(done); setTimeout(done, 1) })
        console.log(1, 'text')
        const answer = [a, b, { get late() { return leaked.join() } }]
        for (const value of [answer, answer[2]]) known.add(value)
        return answer
      }`
    expect(await returned(source, { args: [[1, 2], { c: [null] }] })).toEqual([[1, 2], { c: [null] }, { late: '' }])
  })

  it('cannot turn an option of the bridge on from inside', async () => {
    const source = `
      for (const name of ['reference', 'copy', 'externalCopy', 'transferIn', 'promise', 'ignored', 'sync', 'async', 'release']) {
        Object.defineProperty(Object.prototype, name, { value: true, writable: true, configurable: true })
      }
      async function run(a) { await new Promise((done) => setTimeout(done, 2)); console.log(1); return a }`
    expect(await returned(source, { args: ['kept'] })).toBe('kept')
  })

  it('keeps its own promises, whatever it makes of then, constructor and species', async () => {
    const source = `
      let calls = 0
      Object.defineProperty(Promise, Symbol.species, { get() { calls++; return undefined } })
      const then = Promise.prototype.then
      Promise.prototype.then = function (...args) { calls++; return then.apply(this, args) }
      async function run() {
        const p = Promise.resolve('kept')
        Object.defineProperty(p, 'constructor', { get() { calls++; return Object } })
        p.then = (done) => done('replaced')
        return p
      }`
    expect(await returned(source)).toBe('replaced')
    expect(
      await returned(`Object.prototype.then = function (done) { done('mine') }; function run() { return 7 }`),
    ).toBe(7)
    expect(
      await returned(`Object.prototype.then = function (done) { done('mine') }; function run() { return {} }`),
    ).toBe('mine')
  })

  it('finds parameters by name although it has replaced what reads them, or is told so', async () => {
    const source = (breaks: string): string => `${breaks}; function run(alpha, beta) { return [alpha, beta] }`
    const kwargs = { beta: 2, alpha: 1 }
    expect(await returned(source(''), { kwargs })).toEqual([1, 2])
    const breaks = [
      'Array.prototype.push = () => 0',
      'Object.prototype.hasOwnProperty = () => true',
      'RegExp.prototype.exec = () => ({ index: 0, 0: "x" })',
      'String.prototype.charCodeAt = () => 0',
      'Object.defineProperty(Object.prototype, "type", { get: () => "Identifier", set() {} })',
      'Object.create = () => null',
      'globalThis.workerIsolateParser = () => ({ readHead: () => ({ params: [], text: "" }) })',
    ]
    for (const broken of breaks) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other, in one process
      const answer = await execute(source(broken), { kwargs, limits: { cpuMs: 300, wallMs: 20_000 } })
      expect([null, 'ARGUMENTS_MISMATCH', 'LIMIT_CPU', 'LIMIT_MEMORY'], broken).toContain(answer.code)
    }
  })

  it('has keys like __proto__ and constructor as data, in arguments and in results', async () => {
    const hostile = JSON.parse(
      '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":2}},"toJSON":1,"then":2}',
    ) as object
    const source = `function run(value) { return [Object.keys(value), ({}).polluted === undefined, Object.getPrototypeOf(value) === Object.prototype] }`
    expect(await returned(source, { args: [hostile] })).toEqual([
      ['__proto__', 'constructor', 'toJSON', 'then'],
      true,
      true,
    ])
    const text = (await execute('function run(value) { return value }', { args: [hostile] })).text
    expect(text).toContain('{"__proto__":{"polluted":1}')
  })
})

describe('the next task of the same process', () => {
  const POISONS: Readonly<Record<string, string>> = {
    'replaces every global': 'for (const key of Reflect.ownKeys(globalThis)) { try { globalThis[key] = 1 } catch {} }',
    'leaves globals': 'globalThis.leftover = 1; var other = 2',
    'adds to every prototype':
      'for (const name of Object.getOwnPropertyNames(globalThis)) { const p = globalThis[name]?.prototype; if (p) p.leftover = 1 }',
    'freezes everything':
      'for (const name of Object.getOwnPropertyNames(globalThis)) { const v = globalThis[name]; if (v && v !== globalThis) { Object.freeze(v); if (v.prototype) Object.freeze(v.prototype) } } Object.preventExtensions(Object.prototype)',
    'leaves statics of regular expressions': '/(s)e(c)ret/.exec("secret")',
    'registers symbols': 'Symbol.for("seen"); globalThis[Symbol.for("seen")] = 1',
    'leaves timers and promises':
      'setInterval(() => { globalThis.leftover = 1 }, 0); (async () => { for (;;) { await 0; break } })()',
    'leaves names that the service uses':
      'globalThis.workerIsolateBoot = globalThis.workerIsolateGate = globalThis.workerIsolateParser = globalThis.workerIsolateConsole = globalThis.workerIsolatePickle = () => { throw 1 }',
    'ends at its processor limit': 'globalThis.leftover = 1; for (;;);',
    'ends at its memory limit': 'globalThis.leftover = 1; const k = []; for (;;) k.push([1])',
  }

  it('finds the isolate as new after every poison', async () => {
    const before = await returned(FINGERPRINT)
    expect(before).toEqual([expect.any(Number), expect.any(Number), 0, '', 'undefined'])
    const seen: Record<string, unknown> = {}
    for (const [name, poison] of Object.entries(POISONS)) {
      // oxlint-disable-next-line no-await-in-loop -- the order is what is tested
      await execute(`${poison}; function run() { return 1 }`, { limits: { cpuMs: 150, wallMs: 20_000, memoryMb: 128 } })
      // oxlint-disable-next-line no-await-in-loop -- as above
      seen[name] = await returned(FINGERPRINT)
    }
    expect(seen).toEqual(Object.fromEntries(Object.keys(POISONS).map((name) => [name, before])))
  })

  it('has random numbers of its own', async () => {
    const draws = await Promise.all(
      Array.from({ length: 12 }, () => returned('const run = () => [Math.random(), Math.random()]')),
    )
    expect(new Set(draws.flat()).size).toBe(24)
  })
})
