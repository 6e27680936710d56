// Streams in isolates: what the web platform tests do not look at, and how they go with what is around them.
import { gunzipSync, gzipSync, inflateRawSync, inflateSync, deflateRawSync, deflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { useWebGuests } from './web-guest.ts'

const { createGuest, run } = useWebGuests()

/** For the body of a guest: everything that a stream has, as one array of bytes. */
const READ = `
  const read = async (stream) => { const all = []; for await (const piece of stream) all.push(...piece); return all }
  const bytesOf = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0))
  const textOf = (bytes) => btoa(bytes.map((byte) => String.fromCharCode(byte)).join(''))`

/** `name: message` of what a statement throws or awaits in vain. */
const thrown = async (statement: string): Promise<unknown> =>
  run(`${READ}; try { ${statement}; return 'done' } catch (error) { return error.name + ': ' + error.message }`)

describe('streams', () => {
  it('show, list and write nothing of their state', async () => {
    using guest = createGuest()
    const seen = await guest.run(`
      const stream = new ReadableStream({ type: 'bytes' })
      const all = [stream, new TransformStream(), new WritableStream(), stream.getReader({ mode: 'byob' }), new WritableStream().getWriter(),
        new CountQueuingStrategy({ highWaterMark: 1 }), new ReadableStream().values(), new TextDecoderStream(), new CompressionStream('gzip')]
      console.log(stream)
      return all.map((one) => JSON.stringify(one) + Object.keys(one).length + Reflect.ownKeys({ ...one }).length + String(one))`)
    expect(seen).toEqual(
      [
        'ReadableStream',
        'TransformStream',
        'WritableStream',
        'ReadableStreamBYOBReader',
        'WritableStreamDefaultWriter',
        'CountQueuingStrategy',
        'ReadableStream AsyncIterator',
        'TextDecoderStream',
        'CompressionStream',
      ].map((name) => `{}00[object ${name}]`),
    )
    expect(await guest.flush()).toBe('ReadableStream {}\n')
  })

  it('are made of iterables, split, piped through and iterated, which locks and disturbs them', async () => {
    expect(
      await run(`
        const [left, right] = ReadableStream.from([1, 2, 3]).tee()
        const doubled = left.pipeThrough(new TransformStream({ transform: (n, c) => c.enqueue(2 * n) }))
        const seen = []
        const isLocked = left.locked
        for await (const n of doubled) seen.push(n)
        for await (const n of right) { seen.push(n); break }
        return [seen, isLocked, left.locked, await right.cancel().then(() => true), right.locked]`),
    ).toEqual([[2, 4, 6, 1], true, false, true, false])
  })

  it('give bytes into the buffer of their reader', async () => {
    expect(
      await run(`
        const stream = new ReadableStream({ type: 'bytes', pull(c) { c.byobRequest.view[0] = 7; c.byobRequest.respond(1) } })
        const { value } = await stream.getReader({ mode: 'byob' }).read(new Uint8Array(4))
        return [value.length, value[0], value.buffer.byteLength]`),
    ).toEqual([1, 7, 4])
  })

  it('end with the reason of a signal, which their sink hears of too', async () => {
    expect(
      await run(`
        const controller = new AbortController()
        let heard
        const sink = new WritableStream({ start(c) { c.signal.onabort = () => { heard = c.signal.reason } } })
        const piped = new ReadableStream().pipeTo(sink, { signal: controller.signal })
        controller.abort()
        const error = await piped.catch((reason) => reason)
        return [error instanceof DOMException, error.name, error === controller.signal.reason, heard === error]`),
    ).toEqual([true, 'AbortError', true, true])
  })

  it('have signals that are aborted from the beginning when they are first read after the stream', async () => {
    expect(
      await run(`
        let controller
        const sink = new WritableStream({ start(c) { controller = c } })
        await sink.abort('enough')
        return [controller.signal.aborted, controller.signal.reason, controller.signal instanceof AbortSignal]`),
    ).toEqual([true, 'enough', true])
  })

  it('are not copied, nor is what belongs to them, which is not moved either', async () => {
    expect(await thrown(`structuredClone(new TransformStream())`)).toContain('DataCloneError')
    expect(await thrown(`structuredClone([new Blob(['a']).stream().getReader()])`)).toContain('DataCloneError')
    expect(await thrown(`const s = new ReadableStream().getReader(); structuredClone(s, { transfer: [s] })`)).toContain(
      'DataCloneError',
    )
  })

  it('work for a program that has put others in the places of the built-ins before', async () => {
    expect(
      await run(`
        const own = Promise
        for (const name of ['Promise', 'TypeError', 'Uint8Array', 'ArrayBuffer', 'DataView', 'AbortController', 'DOMException', 'queueMicrotask', 'structuredClone', 'TextEncoder'])
          globalThis[name] = class Mine { constructor() { throw 'asked ' + name } }
        const reader = new Blob(['a']).stream().getReader()
        const reading = reader.read()
        const { value } = await reading
        const writing = new WritableStream().getWriter().write(1)
        return [reading instanceof own, writing instanceof own, value[0]]`),
    ).toEqual([true, true, 97])
  })

  it('of a blob give its bytes in pieces, each in a buffer of its own', async () => {
    expect(
      await run(`
        const blob = new Blob([new Uint8Array(150_000).fill(5)])
        const sizes = []
        for await (const piece of blob.stream()) { sizes.push(piece.length); piece.fill(6) }
        return [sizes, (await blob.bytes()).every((byte) => byte === 5), blob.stream() instanceof ReadableStream]`),
    ).toEqual([[65_536, 65_536, 18_928], true, true])
  })
})

describe('TextEncoderStream and TextDecoderStream', () => {
  it('keep what is cut in two together', async () => {
    expect(
      await run(`
        const source = ReadableStream.from(['h\\u00e9', '\\ud83d', '\\ude00', 7, '\\ud800'])
        const bytes = []
        for await (const piece of source.pipeThrough(new TextEncoderStream())) bytes.push(...piece)
        const pieces = ReadableStream.from(bytes.map((byte) => Uint8Array.of(byte)))
        let text = ''
        for await (const piece of pieces.pipeThrough(new TextDecoderStream())) text += piece
        return text`),
    ).toBe('h\u00e9\u{1f600}7\ufffd')
  })

  it('decode older encodings, and fail for what is not valid when they are fatal', async () => {
    expect(
      await run(`
        const stream = ReadableStream.from([Uint8Array.of(0x82), Uint8Array.of(0xa0)]).pipeThrough(new TextDecoderStream('shift_jis'))
        let text = ''
        for await (const piece of stream) text += piece
        return text`),
    ).toBe('\u3042')
    expect(
      await thrown(
        `await read(ReadableStream.from([Uint8Array.of(255)]).pipeThrough(new TextDecoderStream('utf-8', { fatal: true })))`,
      ),
    ).toBe('TypeError: TextDecoderStream: the input is not valid utf-8')
    expect(await thrown(`new TextDecoderStream('nope')`)).toBe(
      "RangeError: TextDecoderStream: there is no encoding with the label 'nope'",
    )
  })
})

const FORMATS = [
  ['gzip', gzipSync, gunzipSync],
  ['deflate', deflateSync, inflateSync],
  ['deflate-raw', deflateRawSync, inflateRawSync],
] as const
/** More than one piece of output, in parts that do not compress to nothing. */
const SAMPLE = Buffer.from(Array.from({ length: 200_000 }, (_, index) => (index * index) >> (index % 11)))

describe('CompressionStream and DecompressionStream', () => {
  it.each(FORMATS)('write and read %s as Node.js does', async (format, compress, decompress) => {
    using guest = createGuest()
    const sample = `bytesOf('${SAMPLE.toString('base64')}')`
    const packed = await guest.run(
      `${READ}; return textOf(await read(new Blob([${sample}]).stream().pipeThrough(new CompressionStream('${format}'))))`,
    )
    expect(decompress(Buffer.from(packed as string, 'base64')).equals(SAMPLE)).toBe(true)
    const theirs = compress(SAMPLE).toString('base64')
    const unpacked = await guest.run(
      `${READ}; return textOf(await read(new Blob([bytesOf('${theirs}')]).stream().pipeThrough(new DecompressionStream('${format}'))))`,
    )
    expect(Buffer.from(unpacked as string, 'base64').equals(SAMPLE)).toBe(true)
  })

  it('fail for input that is cut off, followed by something, or damaged, with what is wrong', async () => {
    const packed = gzipSync('abc'.repeat(100))
    const unpack = async (bytes: Uint8Array): Promise<unknown> =>
      thrown(
        `await read(new Blob([bytesOf('${Buffer.from(bytes).toString('base64')}')]).stream().pipeThrough(new DecompressionStream('gzip')))`,
      )
    const damaged = Buffer.from(packed)
    damaged[damaged.length - 6] = (damaged.at(-6) ?? 0) ^ 1
    expect(await unpack(packed)).toBe('done')
    expect(await unpack(packed.subarray(0, -1))).toBe(
      'TypeError: DecompressionStream: the input ends before its gzip data does',
    )
    expect(await unpack(Buffer.concat([packed, Buffer.of(0)]))).toContain('1 bytes or more follow the end')
    expect(await unpack(damaged)).toContain('not valid gzip: incorrect data check')
    expect(await unpack(Buffer.of())).toContain('ends before')
  })

  it('refuse other formats and what is no bytes by name', async () => {
    expect(await thrown(`new DecompressionStream('zstd')`)).toBe(
      "TypeError: DecompressionStream: the formats are 'brotli', 'deflate', 'deflate-raw' and 'gzip'; 'zstd' is not there",
    )
    expect(await thrown(`await read(ReadableStream.from(['text']).pipeThrough(new CompressionStream('gzip')))`)).toBe(
      'TypeError: CompressionStream: a chunk must be a buffer or a view of one',
    )
  })

  it('unpack what would not fit into memory while it is read', async () => {
    using guest = createGuest({ memoryMb: 32 })
    const bomb = gzipSync(Buffer.alloc(96 * 2 ** 20)).toString('base64')
    const size = await guest.run(`${READ}
      let size = 0
      for await (const piece of new Blob([bytesOf('${bomb}')]).stream().pipeThrough(new DecompressionStream('gzip'))) size += piece.length
      return size`)
    expect(size).toBe(96 * 2 ** 20)
  })
})
