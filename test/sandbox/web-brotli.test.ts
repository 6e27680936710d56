// CompressionStream and DecompressionStream of brotli in an isolate, whose encoders and decoders are the host's.
import { randomBytes } from 'node:crypto'
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { OP } from '../../sandbox/src/bridge.ts'
import { useWebGuests } from './web-guest.ts'

const { createGuest, run } = useWebGuests()

const DATA = `const bytesOf = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0))
const read = async (stream) => new Uint8Array(await new Response(stream).arrayBuffer())
const through = (bytes, transform) => read(new Blob([bytes]).stream().pipeThrough(transform))
const nameOf = async (promise) => { try { await promise; return 'none' } catch (error) { return error.name + ': ' + error.message } }
`

describe('brotli', () => {
  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a byte', Buffer.from('a')],
    ['text', Buffer.from('The quick brown fox. '.repeat(20_000))],
    ['what cannot be made smaller', randomBytes(300_000)],
  ])('packs %s so that Node.js unpacks it, and unpacks what Node.js has packed', async (_what, data) => {
    const body = `${DATA} const data = bytesOf('${data.toString('base64')}')
      const packed = await through(data, new CompressionStream('brotli'))
      const unpacked = await through(bytesOf('${brotliCompressSync(data).toString('base64')}'), new DecompressionStream('brotli'))
      return [packed.toBase64(), unpacked.toBase64()]`
    const [packed = '', unpacked] = (await run(body)) as string[]
    expect(brotliDecompressSync(Buffer.from(packed, 'base64')).equals(data)).toBe(true)
    expect(unpacked).toBe(data.toString('base64'))
  })

  it('takes chunks of all kinds, also with bytes that others look at', async () => {
    const body = `${DATA}
      const stream = new CompressionStream('brotli'), writer = stream.writable.getWriter()
      const result = read(stream.readable)
      const text = new TextEncoder().encode('hello ')
      const chunks = [text, text.buffer, new DataView(text.buffer, 1, 3), new Uint16Array([65, 66]), new Uint8Array(0), new Uint8Array(200000).subarray(9)]
      await Promise.all([...chunks.map((chunk) => writer.write(chunk)), writer.close()])
      return (await result).toBase64()`
    const unpacked = brotliDecompressSync(Buffer.from((await run(body)) as string, 'base64'))
    expect(unpacked.equals(Buffer.from(`hello hello ellA\0B\0${'\0'.repeat(199_991)}`))).toBe(true)
  })

  it.each([
    ['too little', brotliCompressSync('hello, hello').subarray(0, -1), 'the input ends before its brotli data does'],
    ['nothing at all', Buffer.alloc(0), 'the input ends before its brotli data does'],
    ['too much', Buffer.concat([brotliCompressSync('a'), Buffer.from('b')]), 'bytes follow the end of the brotli data'],
    ['a large window', Buffer.from([0x11, 0x5e, 1, 2, 3]), 'the input is not valid brotli'],
    ['random bytes', Buffer.alloc(1_000, 0xff), 'the input is not valid brotli'],
  ])('has a TypeError for %s', async (_what, packed, message) => {
    const body = `${DATA} return nameOf(through(bytesOf('${packed.toString('base64')}'), new DecompressionStream('brotli')))`
    expect(await run(body)).toBe(`TypeError: DecompressionStream: ${message}`)
  })

  it.each([
    ['in the same chunk', ''],
    ['in a chunk of their own', 'writer.write(new Uint8Array(1)).catch(() => {})'],
  ])('gives what there is before bytes behind the end, and then has a TypeError: %s', async (_where, more) => {
    const packed = Buffer.concat([brotliCompressSync('a'), Buffer.alloc(more === '' ? 1 : 0)]).toString('base64')
    const body = `${DATA} const { readable, writable } = new DecompressionStream('brotli'), writer = writable.getWriter()
      const reader = readable.getReader()
      writer.write(bytesOf('${packed}')).catch(() => {}); ${more}
      const first = await reader.read()
      return [first.value[0], await nameOf(reader.read())]`
    expect(await run(body)).toEqual([97, 'TypeError: DecompressionStream: bytes follow the end of the brotli data'])
  })

  it('makes as much of a bomb as somebody reads, and frees it when nobody does', async () => {
    const bomb = brotliCompressSync(Buffer.alloc(2 ** 26), { params: { [constants.BROTLI_PARAM_QUALITY]: 2 } })
    using guest = createGuest({ memoryMb: 32 })
    const body = `${DATA} const { readable, writable } = new DecompressionStream('brotli'), writer = writable.getWriter()
      const reader = readable.getReader()
      globalThis.written = writer.write(bytesOf('${bomb.toString('base64')}')).then(() => 'written', () => 'failed')
      let size = 0
      for (let count = 0; count < 5; count++) size += (await reader.read()).value.length
      globalThis.reader = reader
      return size`
    expect(await guest.run(body)).toBe(5 * 65_536)
    const steps = guest.asked.filter((op) => op === OP.brotli).length
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(steps).toBeLessThanOrEqual(7)
    expect(guest.asked.filter((op) => op === OP.brotli)).toHaveLength(steps)
    expect(await guest.run('await reader.cancel(); return written')).toBe('failed')
    expect(await guest.run('return (await new Response(new Blob(["a"]).stream()).text())')).toBe('a')
  })

  it('reads all of what is larger than the guest may be', async () => {
    const bomb = brotliCompressSync(Buffer.alloc(2 ** 26), { params: { [constants.BROTLI_PARAM_QUALITY]: 2 } })
    using guest = createGuest({ memoryMb: 32 })
    const body = `${DATA} let size = 0
      for await (const piece of new Blob([bytesOf('${bomb.toString('base64')}')]).stream().pipeThrough(new DecompressionStream('brotli'))) size += piece.length
      return size`
    expect(await guest.run(body)).toBe(2 ** 26)
  })

  it('goes on when the code has broken what it is made of', async () => {
    const body = `${DATA}
      const data = new TextEncoder().encode('hello, '.repeat(20000)), blob = new Blob([data]).stream()
      const pack = new CompressionStream('brotli'), unpack = new DecompressionStream('brotli')
      const reader = blob.pipeThrough(pack).pipeThrough(unpack).getReader()
      const seen = []
      const trap = (what) => function () { seen.push(what); throw new Error(what) }
      WeakRef.prototype.deref = trap('deref'); globalThis.WeakRef = trap('WeakRef')
      Uint8Array.fromBase64 = trap('fromBase64'); Uint8Array.prototype.toBase64 = trap('toBase64')
      Map.prototype.get = trap('get'); Map.prototype.set = trap('set')
      String.prototype.slice = trap('slice'); String.prototype.indexOf = trap('indexOf')
      Object.defineProperty(Object.prototype, 'kind', { get: trap('kind'), set: trap('kind') })
      Object.defineProperty(Object.prototype, 'text', { get: trap('text'), set: trap('text') })
      let size = 0
      for (;;) { const { done, value } = await reader.read(); if (done) break; size += value.length }
      return [size, seen.length]`
    expect(await run(body)).toEqual([140_000, 0])
  })

  it('gives up the places of streams that V8 has found to be garbage', async () => {
    const body = `${DATA} const startedAt = Date.now()
      for (let count = 0; count < 70; count++) {
        const { readable, writable } = new CompressionStream('brotli')
        readable.getReader().read()
        await writable.getWriter().write(new Uint8Array(9))
        for (let junk = 0; junk < 4; junk++) new Uint8Array(8e6)
      }
      return Date.now() - startedAt`
    // Without that each eight wait for a second.
    expect(await run(body)).toBeLessThan(4_000)
  })

  it('asks the host for nothing as long as nobody writes', async () => {
    using guest = createGuest()
    await guest.run('for (let count = 0; count < 100; count++) new CompressionStream("brotli")')
    expect(guest.asked).not.toContain(OP.brotli)
  })
})
