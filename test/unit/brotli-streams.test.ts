// What the host makes of the text of a step of a brotli stream, which a hostile guest may have brought to say anything.
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BROTLI_ANSWER, BROTLI_STEP, KIND, MAX_BROTLI_PENDING } from '../../sandbox/src/bridge.ts'
import { BrotliStreams } from '../../src/executor/brotli/brotli-streams.ts'

const ANSWERS: ReadonlySet<string> = new Set(Object.values(BROTLI_ANSWER))

/** The kind of the answer and its bytes; null for none. */
async function ask(streams: BrotliStreams<string>, owner: string, text: string): Promise<[string, Buffer] | null> {
  const operation = streams.take(owner, text)
  if (operation === null) return null
  await operation.admission
  const [id = '', kind = '', data = ''] = (await operation.run()).split('\n')
  operation.leave()
  expect([operation.kind, id, ANSWERS.has(kind)]).toEqual([KIND.brotliAnswer, text.split('\n', 1)[0], true])
  return [kind, Buffer.from(data, 'base64')]
}

const base64 = (bytes: Uint8Array | string): string => Buffer.from(bytes).toString('base64')

describe('a step of a brotli stream', () => {
  it('goes on with the stream of its number', async () => {
    const streams = new BrotliStreams<string>()
    expect(await ask(streams, 'a', `1\n7\ncompress\n${base64('one ')}`)).toEqual(['done', Buffer.alloc(0)])
    expect(await ask(streams, 'a', `2\n8\ncompress\n${base64('other')}`)).toEqual(['done', Buffer.alloc(0)])
    expect(await ask(streams, 'b', `3\n7\nwrite\n${base64('two')}`)).toEqual(['done', Buffer.alloc(0)])
    const [kind, packed] = (await ask(streams, 'a', '4\n7\nend\n')) ?? []
    expect([kind, brotliDecompressSync(packed ?? '').toString()]).toEqual(['done', 'one two'])
    expect(await ask(streams, 'a', '5\n7\nend\n')).toEqual(['lost', Buffer.alloc(0)])
    streams.release('a')
  })

  it('of an owner that is over finds nothing, and those of others go on', async () => {
    const streams = new BrotliStreams<string>()
    await ask(streams, 'a', '1\n1\ncompress\n')
    await ask(streams, 'b', '2\n2\ncompress\n')
    streams.release('a')
    expect((await ask(streams, 'a', '3\n1\nwrite\n'))?.[0]).toBe('lost')
    expect((await ask(streams, 'b', '4\n2\nend\n'))?.[0]).toBe('done')
  })

  it('has no answer when it closes, and leaves nothing behind', async () => {
    const streams = new BrotliStreams<string>()
    const packed = base64(brotliCompressSync(Buffer.alloc(1_000_000)))
    expect((await ask(streams, 'a', `1\n1\ndecompress\n${packed}`))?.[0]).toBe('more')
    expect(await ask(streams, 'a', '2\n1\nclose\n')).toBeNull()
    expect((await ask(streams, 'a', '3\n1\ngoOn\n'))?.[0]).toBe('lost')
    await streams.whenEmpty()
  })

  it('that waits for a place is let go with its owner', async () => {
    const streams = new BrotliStreams<string>()
    const operations = Array.from({ length: MAX_BROTLI_PENDING + 1 }, (_, at) =>
      streams.take('a', `${at + 1}\n${at + 1}\ncompress\n`),
    )
    expect(operations.at(-1)).toBeNull()
    const waiting = operations.filter((operation) => (operation?.admission ?? null) !== null)
    expect(waiting).toHaveLength(MAX_BROTLI_PENDING - 8)
    streams.release('a')
    for (const operation of operations) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await operation?.admission
      operation?.leave()
    }
    await streams.whenEmpty()
    expect((await ask(streams, 'b', '99\n99\ncompress\n'))?.[0]).toBe('done')
    streams.release('b')
  })

  it('is answered whatever it says, or refused', async () => {
    const data = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((bytes) => base64(bytes)),
      fc.constantFrom(base64(brotliCompressSync(Buffer.alloc(300_000))), '', '====', '\n', '\u{1F600}'),
    )
    const step = fc.constantFrom(...Object.keys(BROTLI_STEP), 'constructor', '__proto__', '')
    const text = fc.oneof(
      {
        weight: 9,
        arbitrary: fc.tuple(fc.nat(3), step, data).map(([stream, name, of]) => `1\n${stream}\n${name}\n${of}`),
      },
      { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(text, { maxLength: 25 }), async (texts) => {
        const streams = new BrotliStreams<string>()
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        for (const one of texts) await ask(streams, 'a', one)
        streams.release('a')
        await streams.whenEmpty()
      }),
      { numRuns: 150 },
    )
  })

  it('is refused when it is longer than any of the guest program', () => {
    expect(new BrotliStreams<string>().take('a', `1\n1\ncompress\n${'A'.repeat(87_500)}`)).toBeNull()
  })
})
