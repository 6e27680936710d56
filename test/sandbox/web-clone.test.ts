// structuredClone in isolates.
import { describe, expect, it } from 'vitest'
import { useWebGuests } from './web-guest.ts'

const { run } = useWebGuests()

describe('structuredClone', () => {
  it('copies what is made of built-ins, with the class of each', async () => {
    expect(
      await run(`
        const value = {
          date: new Date(5), regexp: /a.b/giu, map: new Map([[{ k: 1 }, new Set([1, 'a'])]]), big: 12n, boxed: Object('text'),
          bytes: new Uint16Array([1, 2, 3]).subarray(1), view: new DataView(new ArrayBuffer(4), 1, 2), nothing: null, hole: [, 1],
          zero: -0, nan: NaN, boxedBig: Object(5n),
        }
        const copy = structuredClone(value)
        const [[key, set]] = copy.map
        return [copy !== value, copy.date.getTime(), String(copy.regexp), key.k, [...set], String(copy.big), copy.boxed.length,
          copy.bytes.constructor.name, [...copy.bytes], copy.bytes.buffer.byteLength, copy.view.byteLength, copy.nothing,
          copy.hole.length, 0 in copy.hole, Object.is(copy.zero, -0), copy.nan !== copy.nan, typeof copy.boxedBig]`),
    ).toEqual([
      true,
      5,
      '/a.b/giu',
      1,
      [1, 'a'],
      '12',
      4,
      'Uint16Array',
      [2, 3],
      6,
      2,
      null,
      2,
      false,
      true,
      true,
      'object',
    ])
  })

  it('keeps references to itself, and one buffer behind all of its views', async () => {
    expect(
      await run(`
        const value = { list: [] }
        value.self = value
        value.list.push(value.list)
        const { buffer } = value.first = new Uint8Array(8)
        value.second = new Uint32Array(buffer)
        const copy = structuredClone(value)
        return [copy.self === copy, copy.list[0] === copy.list, copy.first.buffer === copy.second.buffer, copy.first.buffer !== buffer]`),
    ).toEqual([true, true, true, true])
  })

  it('copies errors with name, message, stack and cause, and nothing else of them', async () => {
    expect(
      await run(`
        class Mine extends RangeError { extra = 1; name = 'Mine' }
        const typed = structuredClone(Object.assign(new TypeError('a', { cause: { b: 1 } }), { extra: 1 }))
        const mine = structuredClone(new Mine('c'))
        return [typed instanceof TypeError, typed.message, typed.cause.b, typed.extra, typed.stack.includes('TypeError: a'),
          mine.constructor.name, mine.message, Object.keys(typed)]`),
    ).toEqual([true, 'a', 1, null, true, 'Error', 'c', []])
  })

  it('copies plain members of instances, through their getters, in order', async () => {
    expect(
      await run(`
        const order = []
        class Point { x = 1; #y = 2; get z() { return 3 } }
        const copy = structuredClone(Object.assign(new Point(), { get w() { return 4 } }))
        structuredClone({ get b() { order.push('b'); return 1 }, get a() { order.push('a'); return 2 }, 1: 1 })
        return [copy.constructor.name, copy, order]`),
    ).toEqual(['Object', { x: 1, w: 4 }, ['b', 'a']])
  })

  it('moves buffers, to where their views are in the copy', async () => {
    expect(
      await run(`
        const buffer = new Uint8Array([1, 2, 3, 4]).buffer
        const bytes = new Uint8Array(buffer, 1, 2)
        const copy = structuredClone({ buffer, bytes, map: new Map([[bytes, buffer]]), set: new Set([buffer]) }, { transfer: [buffer] })
        return [buffer.byteLength, bytes.length, [...copy.bytes], copy.bytes.buffer === copy.buffer,
          copy.map.get(copy.bytes) === copy.buffer, copy.set.has(copy.buffer), Object.keys(copy)]`),
    ).toEqual([0, 0, [2, 3], true, true, true, ['buffer', 'bytes', 'map', 'set']])
    expect(
      await run(
        `const { buffer } = new Uint8Array(3); return structuredClone(buffer, { transfer: [buffer] }).byteLength`,
      ),
    ).toBe(3)
  })

  it('leaves buffers where they are when something else cannot be copied', async () => {
    expect(
      await run(`
        const { buffer } = new Uint8Array(3)
        try { structuredClone({ buffer, f() {} }, { transfer: [buffer] }) } catch (error) { return [error.name, error.code, buffer.byteLength] }`),
    ).toEqual(['DataCloneError', 25, 3])
  })

  it.each([
    ['a function', '() => 1'],
    ['a symbol', 'Symbol()'],
    ['a boxed symbol', 'Object(Symbol())'],
    ['a promise', 'Promise.resolve()'],
    ['a WeakMap', 'new WeakMap()'],
    ['a WeakRef', 'new WeakRef({})'],
    ['a generator', '(function* () {})()'],
    ['a moment of Temporal', 'Temporal.Now.instant()'],
    ['a format of Intl', 'new Intl.NumberFormat()'],
    ['a FinalizationRegistry', 'new FinalizationRegistry(() => 1)'],
    ['a DisposableStack', 'new DisposableStack()'],
    ['a URL', `new URL('a:b')`],
    ['Headers', 'new Headers()'],
    ['FormData', 'new FormData()'],
    ['a ReadableStream', 'new ReadableStream()'],
    ['a MessagePort', 'new MessageChannel().port1'],
    ['a detached buffer', '(() => { const a = new ArrayBuffer(1); a.transfer(); return a })()'],
  ])('refuses %s with a DataCloneError', async (_name, expression) => {
    const seen = await run(
      `try { structuredClone([${expression}]); return 'done' } catch (error) { return [error.name, error.message] }`,
    )
    expect(seen).toEqual(['DataCloneError', expect.stringMatching(/could not be cloned|detached/u)])
  })

  it.each([
    ['what is no buffer', '[{}]'],
    ['a buffer twice', '[buffer, buffer]'],
    ['a detached buffer', '(buffer.transfer(), [buffer])'],
  ])('refuses to move %s', async (_name, list) => {
    const seen = await run(
      `const buffer = new ArrayBuffer(1); try { structuredClone(1, { transfer: ${list} }); return 'done' } catch (error) { return error.name }`,
    )
    expect(seen).toBe('DataCloneError')
  })

  it('copies blobs and files', async () => {
    expect(
      await run(`
        const { blob, file } = structuredClone({ blob: new Blob(['ab'], { type: 'a/b' }), file: new File(['c'], 'd', { lastModified: 7 }) })
        return [blob.constructor.name, await blob.text(), blob.type, file.constructor.name, await file.text(), file.name, file.lastModified]`),
    ).toEqual(['Blob', 'ab', 'a/b', 'File', 'c', 'd', 7])
  })

  it('copies errors of the web with their class and what they say, whatever code has put on them', async () => {
    expect(
      await run(`
        const plain = new DOMException('a', 'AbortError')
        Object.defineProperty(plain, 'message', { get() { throw new Error('never') } })
        const { copy, quota } = structuredClone({ copy: plain, quota: new QuotaExceededError('b', { quota: 1, requested: 2 }) })
        return [copy !== plain, copy.constructor === DOMException, copy.name, copy.message, copy.code, Object.keys(copy),
          quota.constructor === QuotaExceededError, quota.name, quota.message, quota.quota, quota.requested]`),
    ).toEqual([true, true, 'AbortError', 'a', 20, [], true, 'QuotaExceededError', 'b', 1, 2])
  })

  it('asks for what Web IDL asks for', async () => {
    expect(await run(`try { structuredClone() } catch (error) { return error.name }`)).toBe('TypeError')
    expect(await run(`try { structuredClone(1, 2) } catch (error) { return error.name }`)).toBe('TypeError')
    expect(await run(`try { structuredClone(1, { transfer: 1 }) } catch (error) { return error.name }`)).toBe(
      'TypeError',
    )
    expect(await run(`return structuredClone(1, null)`)).toBe(1)
  })
})
