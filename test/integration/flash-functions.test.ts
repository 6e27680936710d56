// Deployed functions against the real service: what a module keeps, how its calls overlap, and what ends its isolate.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DeployedService, artifactOf } from '../support/deployed-service.ts'
import type { DeployedEntry } from '../support/deployed-service.ts'
import type { ExecuteAnswer } from '../support/keep-alive-client.ts'

/** One executor, so that every call of a module finds the same isolate for as long as that lives. */
const ONE_EXECUTOR = { EXECUTORS_PER_DEPLOYMENT: '1', MODULE_EXECUTORS_MAX: '1' }
const LOST = 'EXECUTOR_LOST'

const MODULES: Readonly<Record<string, string>> = {
  counter: `let n = 0
    export function count() { return ++n }
    export const other = () => n`,
  overlap: `let running = 0, most = 0
    const nap = (ms) => new Promise((done) => setTimeout(done, ms))
    export async function meet(ms) { most = Math.max(most, ++running); await nap(ms); running--; return most }
    export async function alone(ms) { most = Math.max(most, ++running); await nap(ms); running--; return most }
    export function work(ms) { running++; const end = Date.now() + ms; while (Date.now() < end); const seen = running--; return seen }
    export function forgetMost() { const was = most; most = 0; return was }`,
  printing: `const nap = (ms) => new Promise((done) => setTimeout(done, ms))
    export async function print(name, times) {
      for (let i = 0; i < times; i++) { console.log(name, i); await nap(1 + (i * 7 + name.length) % 4); await 0; console.error(name) }
      queueMicrotask(() => console.log('micro', name))
      return name
    }`,
  timers: `let ticks = 0
    export function startTicking() { setInterval(() => ticks++, 5); setTimeout(() => ticks += 1000, 20); return 'started' }
    export async function ticksAfter(ms) { await new Promise((done) => setTimeout(done, ms)); return ticks }
    export async function race(longMs, shortMs) {
      const at = (ms) => new Promise((done) => setTimeout(done, ms, ms))
      return Promise.race([at(longMs), at(shortMs)])
    }
    export async function sleep(ms) { return new Promise((done) => setTimeout(done, ms, ms)) }`,
  stray: `const nap = (ms) => new Promise((done) => setTimeout(done, ms))
    export async function reject(text) { await nap(10); Promise.reject(new Error(text)); await nap(15); return text }
    export async function behave(ms) { console.log('behaving'); await nap(ms); return 'fine' }
    export async function throwInTimer(text) { await new Promise(() => setTimeout(() => { throw new Error(text) }, 10)) }`,
  limits: `let n = 0
    const nap = (ms) => new Promise((done) => setTimeout(done, ms))
    export const limitsCount = () => ++n
    export function burn() { for (;;); }
    export const spin = () => { for (;;); }
    export async function burnLater() { await nap(60); for (;;); }
    export const stay = () => new Promise(() => {})
    export const quick = () => 'quick'
    export function toil(ms) { const end = Date.now() + ms; while (Date.now() < end); return ms }
    export function hang() { return new Promise(() => {}) }
    export function fill() { const kept = []; for (;;) kept.push([kept.length]) }
    export async function bystand(ms) { await nap(ms); return 'done' }`,
  changing: `let n = 0
    export const changingCount = () => ++n
    export function change() { Array.prototype.includes = () => 'mine'; return n }
    export const probe = () => [1].includes(2)
    export function leave() { globalThis.left = (globalThis.left ?? 0) + 1; return globalThis.left }`,
  waiting: `const base = await new Promise((done) => setTimeout(done, 20, 40))
    let n = 0
    export const sum = (x) => base + x + n++`,
  polyfill: `Array.prototype.last = function () { return this.at(-1) }
    Object.prototype.extra = 'mine'
    let n = 0
    export const polyfilled = () => [['not', 'mine'].last(), ++n]`,
  busyLoading: `const end = Date.now() + 150
    while (Date.now() < end);
    export const afterBusy = () => 'loaded'
    export function endBusy() { for (;;); }`,
  waitingLoading: `await new Promise((done) => setTimeout(done, 150))
    export const afterWaiting = () => 'loaded'
    export function endWaiting() { for (;;); }`,
  limited: 'export const limited = (n) => (n === 0 ? new Promise(() => {}) : "x".repeat(n))',
  leaking: `const kept = []
    let n = 0
    export function leak(kilobytes) { kept.push(new Array(kilobytes * 128).fill(n)); return ++n }`,
}

const ENTRIES: readonly DeployedEntry[] = [
  ...['count', 'other'].map((name) => ({ name, module: 'counter' })),
  ...['meet', 'work'].map((name) => ({ name, module: 'overlap', max_concurrency: 3 })),
  ...['alone', 'forgetMost'].map((name) => ({ name, module: 'overlap' })),
  { name: 'print', module: 'printing', max_concurrency: 6 },
  ...['startTicking', 'ticksAfter', 'race', 'sleep'].map((name) => ({ name, module: 'timers', max_concurrency: 8 })),
  ...['reject', 'behave', 'throwInTimer'].map((name) => ({ name, module: 'stray', max_concurrency: 8 })),
  ...['limitsCount', 'burn', 'spin', 'burnLater', 'hang', 'fill', 'bystand', 'toil'].map((name) => ({
    name,
    module: 'limits',
    max_concurrency: 8,
  })),
  ...['Busy', 'Waiting'].flatMap((how) =>
    ['after', 'end'].map((what) => ({
      name: `${what}${how}`,
      module: `${how.toLowerCase()}Loading`,
      max_concurrency: 8,
    })),
  ),
  ...['stay', 'quick'].map((name) => ({ name, module: 'limits', max_concurrency: 2 })),
  ...['changingCount', 'change', 'probe', 'leave'].map((name) => ({ name, module: 'changing' })),
  { name: 'sum', module: 'waiting' },
  { name: 'limited', module: 'limited', limits: { wallMs: 150, outputBytes: 1_000 } },
  { name: 'leak', module: 'leaking' },
  { name: 'polyfilled', module: 'polyfill' },
]

let deployed: DeployedService
beforeAll(async () => {
  deployed = await DeployedService.start(artifactOf(MODULES, ENTRIES), ONE_EXECUTOR)
})
afterAll(() => deployed[Symbol.asyncDispose]())

const valuesOf = (answers: readonly ExecuteAnswer[]): readonly unknown[] =>
  answers.map(({ value, code }) => code ?? value)

describe('module state', () => {
  test('is kept from call to call, and shared by the functions of the module', async () => {
    const first = Number((await deployed.call('count')).value)
    for (let more = 1; more <= 20; more++) {
      // oxlint-disable-next-line no-await-in-loop -- one call after the other is what the test is about
      expect((await deployed.call('count')).value).toBe(first + more)
    }
    expect((await deployed.call('other')).value).toBe(first + 20)
  })

  test('is not shared between modules', async () => {
    expect((await deployed.call('leave')).value).toBe(1)
    expect(await deployed.service.client.execute({ source: 'const run = () => typeof left' })).toMatchObject({
      value: 'undefined',
    })
    expect((await deployed.call('leave')).value).toBe(2)
  })

  test('of a module that awaits at its top level is made once', async () => {
    expect((await deployed.call('sum', [1])).value).toBe(41)
    expect((await deployed.call('sum', [1])).value).toBe(42)
  })

  test('ends with an isolate whose heap has filled up, before a call runs out of memory', async () => {
    const values: number[] = []
    for (let call = 0; call < 1_000; call++) {
      // oxlint-disable-next-line no-await-in-loop -- one call after the other is what the test is about
      const answer = await deployed.call('leak', [200])
      expect(answer.code, answer.error).toBeNull()
      values.push(Number(answer.value))
    }
    expect(Math.max(...values)).toBeLessThan(1_000)
    expect(values.filter((value) => value === 1).length).toBeGreaterThan(1)
    expect(deployed.service.log).toContainEqual(expect.objectContaining({ reason: 'heap' }))
  })
})

describe('overlap', () => {
  test('calls of an asynchronous function overlap as far as the manifest allows, and no further', async () => {
    await deployed.call('forgetMost')
    const answers = await Promise.all(Array.from({ length: 7 }, () => deployed.call('meet', [60])))
    expect(Math.max(...answers.map(({ value }) => Number(value)))).toBe(3)
    expect((await deployed.call('forgetMost')).value).toBe(3)
  })

  test('calls of a function for which the manifest says nothing do not overlap', async () => {
    await deployed.call('forgetMost')
    const answers = await Promise.all(Array.from({ length: 3 }, () => deployed.call('alone', [30])))
    expect(valuesOf(answers)).toEqual([1, 1, 1])
  })

  test('calls that only compute run one after the other', async () => {
    const answers = await Promise.all(Array.from({ length: 3 }, () => deployed.call('work', [40])))
    expect(valuesOf(answers)).toEqual([1, 1, 1])
  })

  test('a call without overlap of its own does not get another call into its isolate', async () => {
    await deployed.call('forgetMost')
    const alone = deployed.call('alone', [80])
    const meets = await Promise.all([deployed.call('meet', [10]), deployed.call('meet', [10])])
    expect((await alone).value).toBe(1)
    expect(valuesOf(meets)).not.toContain(3)
  })
})

describe('stdout', () => {
  test('of overlapping calls is never mixed', async () => {
    const expected = (name: string): string =>
      Array.from({ length: 12 }, (_, index) => `${name} ${index}\n${name}\n`).join('')
    for (let round = 0; round < 4; round++) {
      const names = Array.from({ length: 6 }, (_, index) => `${'n'.repeat(index + 1)}${round}`)
      // oxlint-disable-next-line no-await-in-loop -- rounds one after the other
      const answers = await Promise.all(names.map((name) => deployed.call('print', [name, 12])))
      for (const [index, name] of names.entries()) {
        const { stdout, value } = answers[index] ?? { stdout: '', value: null }
        expect(value).toBe(name)
        expect(stdout.replace(`micro ${name}\n`, '')).toBe(expected(name))
      }
    }
  })

  test('of a function that prints nothing is empty', async () => {
    expect(JSON.parse((await deployed.call('count')).text)).toMatchObject({ stdout: '' })
  })
})

describe('timers', () => {
  test('of a call that has returned do not exist any more', async () => {
    const before = Number((await deployed.call('ticksAfter', [1])).value)
    expect((await deployed.call('startTicking')).value).toBe('started')
    expect((await deployed.call('ticksAfter', [80])).value).toBe(before)
  })

  test('of a call that has returned do not take those of another call along', async () => {
    for (let round = 0; round < 6; round++) {
      // oxlint-disable-next-line no-await-in-loop -- rounds one after the other
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          index < 4 ? deployed.call('race', [60, 20]) : deployed.call('sleep', [60], { limits: { wallMs: 2_000 } }),
        ),
      )
      expect(valuesOf(answers)).toEqual([20, 20, 20, 20, 60, 60, 60, 60])
    }
  })
})

describe('a rejection that nothing handles', () => {
  test('is told to the call that left it, and to no other', async () => {
    const [bad, ...good] = await Promise.all([
      deployed.call('reject', ['stray one']),
      ...Array.from({ length: 5 }, (_, index) => deployed.call('behave', [5 + 6 * index])),
    ])
    expect(bad).toMatchObject({ value: 'stray one', code: null })
    expect(bad?.stdout).toContain('Uncaught (in promise) Error: stray one')
    for (const answer of good) expect(answer).toMatchObject({ value: 'fine', stdout: 'behaving\n' })
  })

  test('of each of several calls is told to that call', async () => {
    const names = ['a1', 'b2', 'c3', 'd4']
    const answers = await Promise.all(names.map((name) => deployed.call('reject', [name])))
    for (const [index, { stdout }] of answers.entries()) {
      expect(stdout.match(/Error: \w+/gu)).toEqual([`Error: ${names[index]}`])
    }
  })

  test('as an error that a timer throws ends its own call only', async () => {
    const [bad, good] = await Promise.all([deployed.call('throwInTimer', ['tick']), deployed.call('behave', [40])])
    expect(bad).toMatchObject({ code: 'GUEST_THREW' })
    expect(bad.error).toContain('tick')
    expect(good).toMatchObject({ value: 'fine', stdout: 'behaving\n' })
  })
})

describe('a broken limit', () => {
  test.for([
    ['processor time', 'burn', { cpuMs: 150 }, 'LIMIT_CPU'],
    ['wall time', 'hang', { wallMs: 150 }, 'LIMIT_WALL'],
    ['memory', 'fill', { cpuMs: 20_000 }, 'LIMIT_MEMORY'],
  ] as const)('of %s gives the next call a fresh module', async ([, name, limits, code]) => {
    await deployed.call('limitsCount')
    expect(Number((await deployed.call('limitsCount')).value)).toBeGreaterThan(1)
    const answer = await deployed.call(name, [], { limits })
    expect(answer.code, answer.error).toBe(code)
    expect(answer.error).toMatch(new RegExp(`^${code}: `, 'u'))
    expect(await deployed.call('limitsCount')).toMatchObject({ value: 1, code: null })
  })

  test.for([
    ['processor time', 'burn', { cpuMs: 150 }],
    ['wall time', 'spin', { wallMs: 150 }],
  ] as const)('of %s costs the isolate, not the process or its other modules', async ([, name, limits]) => {
    const before = Number((await deployed.call('count')).value)
    expect((await deployed.call(name, [], { limits })).success).toBe(false)
    const next = await deployed.call('count')
    expect(next).toMatchObject({ value: before + 1, code: null })
    expect(next.durationMs).toBeLessThan(500)
  })

  test('of a call beside others costs the isolate, not the process or its other modules', async () => {
    const before = Number((await deployed.call('count')).value)
    await Promise.all([
      deployed.call('burnLater', [], { limits: { cpuMs: 150 } }),
      deployed.call('bystand', [1_000]),
      deployed.call('bystand', [1_000]),
    ])
    expect(await deployed.call('count')).toMatchObject({ value: before + 1, code: null })
  })

  test('takes along calls that ran beside it, which are told so and may be tried again', async () => {
    const [guilty, ...others] = await Promise.all([
      deployed.call('burnLater', [], { limits: { cpuMs: 150 } }),
      ...Array.from({ length: 4 }, (_, index) => deployed.call('bystand', [index === 0 ? 5 : 1_000])),
    ])
    expect(guilty?.code).toBe('LIMIT_CPU')
    expect(valuesOf(others)).toEqual(['done', LOST, LOST, LOST])
    expect(await deployed.call('limitsCount')).toMatchObject({ value: 1 })
  })

  test('of the wall time of a call that waits leaves the others their answers', async () => {
    const [late, beside] = await Promise.all([
      deployed.call('hang', [], { limits: { wallMs: 100 } }),
      deployed.call('bystand', [300]),
    ])
    expect(late.code).toBe('LIMIT_WALL')
    expect(beside).toMatchObject({ value: 'done', code: null })
  })

  test('is lower where the manifest says so, and no request can raise it', async () => {
    const late = await deployed.call('limited', [0], { limits: { wallMs: 5_000 } })
    expect(late).toMatchObject({ code: 'LIMIT_WALL' })
    expect(late.error).toContain('150 ms')
    expect(await deployed.call('limited', [2_000])).toMatchObject({ code: 'LIMIT_OUTPUT' })
    expect(await deployed.call('limited', [10])).toMatchObject({ value: 'x'.repeat(10) })
  })
})

describe('changed built-ins', () => {
  test('end the isolate within as many calls as there are built-ins', async () => {
    const before = Number((await deployed.call('changingCount')).value)
    expect((await deployed.call('change')).code).toBeNull()
    let calls = 0
    // The call that finds the change is answered still; the next one has a fresh isolate.
    while (Number((await deployed.call('changingCount')).value) > before && calls++ < 200);
    expect(calls).toBeLessThan(200)
    expect((await deployed.call('probe')).value).toBe(false)
    expect(deployed.service.log).toContainEqual(expect.objectContaining({ reason: 'built-ins' }))
  })

  test('that the module itself has made at its top level are its own affair', async () => {
    for (let call = 1; call <= 150; call++) {
      // oxlint-disable-next-line no-await-in-loop -- one call after the other is what the test is about
      expect((await deployed.call('polyfilled')).value).toEqual(['mine', call])
    }
  })
})

describe('a client that goes away', () => {
  /** Long enough for whatever was sent before to have reached its executor. */
  const elsewhere = (): Promise<ExecuteAnswer> =>
    deployed.service.client.execute({ source: 'const run = () => new Promise((done) => setTimeout(done, 60))' })

  test('frees the place of its call, which another one waits for', async () => {
    await deployed.call('limitsCount')
    const gone = new AbortController()
    const staying = Promise.allSettled([1, 2].map(() => deployed.call('stay', [], { signal: gone.signal })))
    await elsewhere()
    let isAnswered = false
    const waiting = deployed.call('quick').finally(() => (isAnswered = true))
    await elsewhere()
    expect(isAnswered).toBe(false)
    gone.abort()
    expect((await staying).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    const answer = await waiting
    expect(answer).toMatchObject({ value: 'quick', code: null })
    expect(answer.durationMs).toBeLessThan(2_000)
  })

  test('takes nothing from the calls that run beside its own', async () => {
    const before = Number((await deployed.call('limitsCount')).value)
    const gone = new AbortController()
    const leaving = Promise.allSettled([1, 2].map(() => deployed.call('hang', [], { signal: gone.signal })))
    const beside = deployed.call('bystand', [120])
    await deployed.call('bystand', [40])
    gone.abort()
    await leaving
    expect(await beside).toMatchObject({ value: 'done', code: null })
    expect((await deployed.call('limitsCount')).value).toBe(before + 1)
  })

  test('in the middle of its work takes nothing from them either, however often', async () => {
    const before = Number((await deployed.call('limitsCount')).value)
    const beside = Promise.all([600, 700, 800].map((ms) => deployed.call('bystand', [ms])))
    for (let leaver = 1; leaver <= 12; leaver++) {
      const gone = AbortSignal.timeout(3 * leaver)
      // oxlint-disable-next-line no-await-in-loop -- one client after the other, each gone a little later
      await Promise.allSettled([deployed.call('toil', [30], { signal: gone })])
    }
    expect(valuesOf(await beside)).toEqual(['done', 'done', 'done'])
    expect((await deployed.call('limitsCount')).value).toBe(before + 1)
  })

  test('from work that does not end has it ended soon, and what waits behind it begins anew', async () => {
    const leaving = deployed.call('spin', [], { signal: AbortSignal.timeout(100) })
    const [, next] = await Promise.all([leaving.catch(() => null), deployed.call('quick')])
    expect(next).toMatchObject({ value: 'quick', code: null })
    expect(next.durationMs).toBeLessThan(2_000)
  })

  test.for(['Busy', 'Waiting'])('while its call loads the module (%s) leaves it to the others', async (how) => {
    expect((await deployed.call(`end${how}`, [], { limits: { cpuMs: 300 } })).code).toBe('LIMIT_CPU')
    const leaving = deployed.call(`after${how}`, [], { signal: AbortSignal.timeout(60) })
    const [left, stayed] = await Promise.allSettled([leaving, deployed.call(`after${how}`)])
    expect(left.status).toBe('rejected')
    expect(stayed).toMatchObject({ status: 'fulfilled', value: { value: 'loaded', code: null } })
  })
})

describe('variables', () => {
  const LOOK = `const atLoad = { ...process.env }
    export const look = () => [atLoad, { ...globalThis.process.env }, typeof new URL('http://a').host]
    export const lookToo = look`

  test('are there for a module that is loaded, those of its resource before those of the operator', async () => {
    const resources = {
      plain: { functions: [{ name: 'look', module: 'm' }] },
      own: { functions: [{ name: 'lookToo', module: 'm' }], env: { B: 'own' } },
    }
    const guestEnv = JSON.stringify({ A: 'common', B: 'common' })
    await using service = await DeployedService.start({ files: { 'm.js': LOOK }, resources }, { GUEST_ENV: guestEnv })
    const common = { A: 'common', B: 'common' }
    expect((await service.call('look')).value).toEqual([common, common, 'string'])
    const joined = { A: 'common', B: 'own' }
    expect((await service.call('lookToo')).value).toEqual([joined, joined, 'string'])
  })
})
