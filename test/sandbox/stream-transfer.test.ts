// Streams that are transferred, by the cross-realm transforms of the Streams standard: chunks, ends and errors cross over.
import { describe, expect, it } from 'vitest'
import { useBodies } from './run-body.ts'

const HELP = `
  const move = (stream) => structuredClone(stream, { transfer: [stream] })
  const nap = (ms) => new Promise((done) => setTimeout(done, ms))
  const nameOf = async (promise) => { try { await promise; return 'done' } catch (error) { return error.name + ': ' + error.message } }
  const thrown = (act) => { try { act(); return 'done' } catch (error) { return error.name } }
  const all = async (stream) => { const list = []; for await (const chunk of stream) list.push(chunk); return list }`

const { run } = useBodies(HELP)

describe('a readable stream that is transferred', () => {
  it('is locked, and another one has copies of its chunks and its end', async () => {
    expect(
      await run(`
        const chunk = { a: [1] }
        const stream = ReadableStream.from([chunk, 'text', new Uint8Array([7])])
        const moved = structuredClone({ deep: { stream } }, { transfer: [stream] }).deep.stream
        const isLocked = stream.locked
        const list = await all(moved)
        return [isLocked, moved instanceof ReadableStream, moved !== stream, list[0], list[0] !== chunk, list[1], list[2][0]]`),
    ).toEqual([true, true, true, { a: [1] }, true, 'text', 7])
  })

  it('of bytes is one of chunks afterwards', async () => {
    expect(
      await run(`
        const moved = move(new Blob(['abc']).stream())
        return [thrown(() => moved.getReader({ mode: 'byob' })), await new Response(moved).text()]`),
    ).toEqual(['TypeError', 'abc'])
  })

  it('is asked for no more than its reader wants', async () => {
    expect(
      await run(`
        let pulled = 0
        const moved = move(new ReadableStream({ pull(c) { c.enqueue(pulled++) } }))
        await nap(10)
        const before = pulled
        const reader = moved.getReader()
        const chunks = []
        for (let each = 0; each < 10; each++) chunks.push((await reader.read()).value)
        await nap(10)
        return [before <= 3, chunks, pulled <= 13]`),
    ).toEqual([true, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], true])
  })

  it('fails with a copy of the error of its source', async () => {
    expect(
      await run(`
        const reason = new RangeError('of the source')
        const moved = move(new ReadableStream({ pull() { throw reason } }))
        try { await moved.getReader().read() } catch (error) { return [error !== reason, error instanceof RangeError, error.message] }`),
    ).toEqual([true, true, 'of the source'])
  })

  it('keeps what kind of DOMException its error is', async () => {
    expect(
      await run(`
        const moved = move(new ReadableStream({ start(c) { c.error(new DOMException('enough', 'AbortError')) } }))
        try { await moved.getReader().read() } catch (error) { return [error instanceof DOMException, error.name, error.message, error.code] }`),
    ).toEqual([true, 'AbortError', 'enough', 20])
  })

  it('tells its source why it is cancelled', async () => {
    expect(
      await run(`
        const heard = new Promise((cancel) => { globalThis.moved = move(new ReadableStream({ cancel })) })
        await moved.cancel({ why: 1 })
        return heard`),
    ).toEqual({ why: 1 })
  })

  it('that is cancelled for a reason that cannot be copied tells both sides so', async () => {
    expect(
      await run(`
        const heard = new Promise((cancel) => { globalThis.moved = move(new ReadableStream({ cancel })) })
        return [await nameOf(moved.cancel(() => 1)), (await heard).name]`),
    ).toEqual(['DataCloneError: A function could not be cloned.', 'DataCloneError'])
  })

  it('fails with a chunk that cannot be copied, and its source is cancelled', async () => {
    expect(
      await run(`
        const heard = new Promise((cancel) => { globalThis.moved = move(new ReadableStream({ pull(c) { c.enqueue(Symbol()) }, cancel })) })
        return [await nameOf(moved.getReader().read()), (await heard).name]`),
    ).toEqual(['DataCloneError: A symbol could not be cloned.', 'DataCloneError'])
  })
})

describe('a writable stream that is transferred', () => {
  it('is locked, and gets copies of what is written into another one', async () => {
    expect(
      await run(`
        const got = []
        let moved, isLocked
        const closed = new Promise((close) => {
          const stream = new WritableStream({ write(chunk) { got.push(chunk) }, close })
          moved = move(stream)
          isLocked = stream.locked
        })
        const chunk = { a: 1 }
        const writer = moved.getWriter()
        await writer.write(chunk)
        await writer.write(2)
        await writer.close()
        await closed
        return [isLocked, moved instanceof WritableStream, got, got[0] !== chunk]`),
    ).toEqual([true, true, [{ a: 1 }, 2], true])
  })

  it('takes no more than its sink does', async () => {
    expect(
      await run(`
        let taken = 0, moved
        const isTaking = new Promise((done) => { moved = move(new WritableStream({ write() { taken++; done(); return new Promise(() => {}) } })) })
        const writer = moved.getWriter()
        let written = 0
        for (let each = 0; each < 10; each++) void writer.write(each).then(() => written++)
        await isTaking
        await nap(10)
        return [taken, written <= 3, writer.desiredSize < 0]`),
    ).toEqual([1, true, true])
  })

  it('fails with the error of its sink', async () => {
    expect(
      await run(`
        const writer = move(new WritableStream({ write() { throw new TypeError('of the sink') } })).getWriter()
        void writer.write(1).catch(() => {})
        return nameOf(writer.closed)`),
    ).toBe('TypeError: of the sink')
  })

  it('tells its sink why it is aborted', async () => {
    expect(
      await run(`
        const heard = new Promise((abort) => { globalThis.moved = move(new WritableStream({ abort })) })
        await moved.abort('enough')
        return heard`),
    ).toBe('enough')
  })

  it('fails on both sides for a chunk that cannot be copied', async () => {
    expect(
      await run(`
        const heard = new Promise((abort) => { globalThis.moved = move(new WritableStream({ abort })) })
        const writer = moved.getWriter()
        return [await nameOf(writer.write(() => 1)), await nameOf(writer.closed), (await heard).name]`),
    ).toEqual([
      'DataCloneError: A function could not be cloned.',
      'DataCloneError: A function could not be cloned.',
      'DataCloneError',
    ])
  })
})

describe('a transform stream that is transferred', () => {
  it('is locked on both sides, and another one does what it does', async () => {
    expect(
      await run(`
        const stream = new TransformStream({ transform(chunk, c) { c.enqueue(2 * chunk) }, flush(c) { c.enqueue('end') } })
        const moved = move(stream)
        const isLocked = [stream.readable.locked, stream.writable.locked]
        const list = await all(ReadableStream.from([1, 2, 3]).pipeThrough(moved))
        return [...isLocked, moved instanceof TransformStream, list]`),
    ).toEqual([true, true, true, [2, 4, 6, 'end']])
  })

  it('fails on both sides with its own error', async () => {
    expect(
      await run(`
        const { readable, writable } = move(new TransformStream({ transform() { throw new RangeError('no') } }))
        const writer = writable.getWriter()
        void writer.write(1).catch(() => {})
        return [await nameOf(readable.getReader().read()), await nameOf(writer.closed)]`),
    ).toEqual(['RangeError: no', 'RangeError: no'])
  })
})

describe('streams', () => {
  it('go through a port, and in the message where it names them', async () => {
    expect(
      await run(`
        const { port1, port2 } = new MessageChannel()
        const got = new Promise((done) => { port1.onmessage = done })
        const readable = ReadableStream.from(['a', 'b']), transform = new TransformStream()
        const sunk = []
        const closed = new Promise((close) => { globalThis.writable = new WritableStream({ write(chunk) { sunk.push(chunk) }, close }) })
        port2.postMessage({ readable, list: [writable], transform }, [transform, writable, readable])
        const { data, ports } = await got
        await data.readable.pipeThrough(data.transform).pipeTo(data.list[0])
        await closed
        return [sunk, ports]`),
    ).toEqual([['a', 'b'], []])
  })

  it('may be transferred again by whoever got them', async () => {
    expect(await run(`return all(move(move(move(ReadableStream.from([1, 2])))))`)).toEqual([1, 2])
  })

  it.each([
    ['that are locked', 'stream.getReader(); move(stream)'],
    ['that were transferred', 'move(stream); move(stream)'],
    ['that are not named', 'structuredClone(stream)'],
    ['that are locked sinks', 'const sink = new WritableStream(); sink.getWriter(); move(sink)'],
    [
      'with a readable side that is locked',
      'const both = new TransformStream(); both.readable.getReader(); move(both)',
    ],
    [
      'with a writable side that is locked',
      'const both = new TransformStream(); both.writable.getWriter(); move(both)',
    ],
    [
      'one of whose sides goes before',
      'const both = new TransformStream(); structuredClone(1, { transfer: [both.writable, both] })',
    ],
    [
      'one of whose sides goes after',
      'const both = new TransformStream(); structuredClone(1, { transfer: [both, both.readable] })',
    ],
    ['of text, which no standard has transferred', 'move(new TextDecoderStream())'],
    ['by their readers', 'move(stream.getReader())'],
    ['locked by a getter', 'structuredClone({ get a() { stream.getReader() } }, { transfer: [stream] })'],
  ])('%s are refused with a DataCloneError', async (_name, code) => {
    expect(await run(`const stream = new ReadableStream(); return thrown(() => { ${code} })`)).toBe('DataCloneError')
  })

  it('that were transferred and read to the end are not transferred again', async () => {
    expect(
      await run(`
        const stream = ReadableStream.from([1])
        await all(move(stream))
        return [stream.locked, thrown(() => move(stream))]`),
    ).toEqual([false, 'DataCloneError'])
  })

  it('are piped by the standard also where a program has put options on all objects', async () => {
    expect(
      await run(`
        const closed = new Promise((close) => {
          Object.prototype.preventClose = true
          globalThis.moved = move(new WritableStream({ close: () => close('closed') }))
          delete Object.prototype.preventClose
        })
        await moved.close()
        return closed`),
    ).toBe('closed')
  })
})
