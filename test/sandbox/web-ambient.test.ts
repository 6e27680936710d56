// crypto, performance, navigator, reportError and self in isolates.
import ivm from 'isolated-vm'
import { describe, expect, it } from 'vitest'
import { BOOT_GLOBAL, MAX_ENTROPY_BYTES, OP } from '../../sandbox/src/bridge.ts'
import { ensureRuntime } from '../../src/cli/ensure-runtime.ts'
import { answerService } from '../../src/executor/guest-services.ts'
import { loadSnapshot } from '../../src/executor/load-snapshot.ts'
import { useWebGuests } from './web-guest.ts'

const { createGuest, run } = useWebGuests()

describe('crypto', () => {
  it('never gives two isolates the same bytes, nor one isolate the same twice', async () => {
    const DRAWS = `
      const draws = [crypto.randomUUID(), [...crypto.getRandomValues(new Uint8Array(16))].join(), crypto.randomUUID()]
      for (let count = 0; count < 600; count++) draws.push(crypto.randomUUID())
      return draws`
    const draws: unknown[] = []
    // oxlint-disable-next-line no-await-in-loop -- one isolate after the other, as tasks are
    for (let count = 0; count < 6; count++) draws.push(...((await run(DRAWS)) as unknown[]))
    expect(new Set(draws).size).toBe(6 * 603)
  })

  it('gives nothing but bytes of the host, asked for when code first needs some', async () => {
    const runtime = await ensureRuntime()
    if (!runtime.ok) throw new Error(runtime.message)
    const isolate = new ivm.Isolate({ snapshot: loadSnapshot(runtime.files.snapshotPath) })
    const context = isolate.createContextSync()
    const asked: [op: number, bytes: number][] = []
    const send = new ivm.Callback((op: number, byteCount: number) => {
      if (op === OP.groupText) return answerService(op, byteCount, '')
      asked.push([op, byteCount])
      return 'A'.repeat(byteCount)
    })
    const tell = new ivm.Callback(() => undefined, { ignored: true })
    context.evalClosureSync(`return ${BOOT_GLOBAL}($0, $1, false, 1000, false)`, [send, tell], {
      result: { reference: true },
    })
    context.evalSync('crypto')
    expect(asked).toEqual([])
    expect(context.evalSync('crypto.randomUUID() + crypto.randomUUID()')).toBe(
      '41414141-4141-4141-8141-414141414141'.repeat(2),
    )
    expect(asked).toEqual([[OP.entropy, 4_096]])
    context.evalSync('crypto.getRandomValues(new Uint8Array(65536)); 0')
    expect(asked.slice(1).every(([op, byteCount]) => op === OP.entropy && byteCount <= MAX_ENTROPY_BYTES)).toBe(true)
    isolate.dispose()
  })

  it('makes identifiers of version 4', async () => {
    const pattern = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/u
    const made = (await run('return Array.from({ length: 300 }, () => crypto.randomUUID())')) as string[]
    expect(made.filter((text) => !pattern.test(text))).toEqual([])
  })

  it('fills every array of integers, whole, and gives it back', async () => {
    expect(
      await run(`
        const arrays = [Int8Array, Uint8ClampedArray, Uint16Array, Int32Array, BigUint64Array].map((Type) => new Type(64))
        const same = arrays.every((array) => crypto.getRandomValues(array) === array)
        const large = crypto.getRandomValues(new Uint8Array(65536))
        const tail = new Set(large.subarray(65000)).size
        return [same, arrays.every((array) => new Set(array).size > 20), new Set(large).size, tail > 100]`),
    ).toEqual([true, true, 256, true])
  })

  it('refuses arrays that are too large or not of integers', async () => {
    const refused = async (value: string): Promise<unknown> =>
      run(`try { crypto.getRandomValues(${value}) } catch (error) { return [error.name, error.message] }`)
    expect(await refused('new Uint8Array(65537)')).toEqual([
      'QuotaExceededError',
      'crypto.getRandomValues: the array has 65537 bytes; the limit is 65536 bytes.',
    ])
    expect(await refused('new Float64Array(1)')).toEqual(['TypeMismatchError', expect.any(String)])
    expect(await refused('new DataView(new ArrayBuffer(1))')).toEqual(['TypeMismatchError', expect.any(String)])
    expect(await refused('[1]')).toEqual(['TypeError', expect.any(String)])
  })
})

describe('performance', () => {
  it('counts whole milliseconds from when the isolate was made, and never back', async () => {
    const before = Date.now()
    const [origin, first, second, whole] = (await run(`
      const first = performance.now()
      Date.now = () => 0
      const second = performance.now()
      return [performance.timeOrigin, first, second, Number.isInteger(first)]`)) as [number, number, number, boolean]
    expect(origin).toBeGreaterThanOrEqual(before)
    expect(origin).toBeLessThanOrEqual(Date.now())
    expect([first >= 0, second >= first, whole]).toEqual([true, true, true])
  })

  it('keeps marks and measures until they are cleared', async () => {
    expect(
      await run(`
        performance.mark('b', { startTime: 20, detail: { x: 1 } })
        performance.mark('a', { startTime: 10 })
        const { duration, startTime, detail } = performance.measure('m', { start: 'a', end: 'b', detail: [1] })
        const all = performance.getEntries().map(({ name }) => name)
        performance.clearMarks('a')
        return [duration, startTime, detail, all, performance.getEntriesByName('b')[0].detail.x,
          performance.getEntriesByType('mark').length, performance.getEntriesByType('measure').length, performance.getEntries()[0].toJSON().entryType]`),
    ).toEqual([10, 10, [1], ['a', 'm', 'b'], 1, 1, 1, 'measure'])
  })

  it('keeps 10 000 entries and says so to who wants more', async () => {
    expect(
      await run(
        `try { for (;;) performance.mark('a') } catch (error) { return [error.name, error.message, performance.getEntries().length] }`,
      ),
    ).toEqual(['RangeError', 'performance.mark: 10000 entries are kept already, which is the limit', 10_000])
  })

  it('names the mark that is not there', async () => {
    expect(
      await run(`try { performance.measure('m', 'none') } catch (error) { return [error.name, error.message] }`),
    ).toEqual(['SyntaxError', "performance.measure: there is no mark 'none'"])
  })
})

describe('reportError', () => {
  it('prints the error and lets the program go on', async () => {
    using guest = createGuest()
    expect(
      await guest.run(`reportError(new RangeError('told')); reportError('text'); reportError({ a: 1 }); return 'done'`),
    ).toBe('done')
    expect(await guest.flush()).toMatch(
      /^Uncaught RangeError: told\n(?: {4}at .*\n)+Uncaught text\nUncaught \{ a: 1 \}\n$/u,
    )
  })

  it('never throws what the error does when it is looked at', async () => {
    expect(
      await run(`
        const hostile = new Proxy(new Error('a'), { get() { throw 1 }, getOwnPropertyDescriptor() { throw 2 }, getPrototypeOf() { throw 3 } })
        reportError(hostile)
        try { reportError() } catch (error) { return error.name }`),
    ).toBe('TypeError')
  })
})

describe('navigator and self', () => {
  it('say who runs, and what the global object is', async () => {
    expect(await run('return [navigator.userAgent, self === globalThis, self.self === self]')).toEqual([
      'worker-isolate',
      true,
      true,
    ])
    expect(await run(`self = 5; navigator = 6; return [self, navigator, typeof globalThis]`)).toEqual([5, 6, 'object'])
  })
})
