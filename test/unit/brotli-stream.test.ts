// One brotli stream of the executor, step by step, compared with what Node.js makes of the whole.
import { randomBytes } from 'node:crypto'
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_PIECE_BYTES } from '../../sandbox/src/bridge.ts'
import { BrotliStream } from '../../src/executor/brotli/brotli-stream.ts'
import type { Step } from '../../src/executor/brotli/brotli-stream.ts'

/** All that comes of a step, and how many steps that took. */
async function drain(stream: BrotliStream, first: Promise<Step>): Promise<readonly Uint8Array[]> {
  const pieces: Uint8Array[] = []
  for (let step = first; ; step = stream.goOn()) {
    // oxlint-disable-next-line no-await-in-loop -- one step after the other
    const { piece, hasMore } = await step
    if (piece !== null) pieces.push(piece)
    if (!hasMore) return pieces
  }
}

async function runAll(isCompression: boolean, parts: readonly Uint8Array[]): Promise<Buffer> {
  const stream = new BrotliStream(isCompression)
  const pieces: Uint8Array[] = []
  for (const part of parts) {
    // oxlint-disable-next-line no-await-in-loop -- as above
    pieces.push(...(await drain(stream, stream.write(part))))
  }
  pieces.push(...(await drain(stream, stream.end())))
  expect(pieces.every(({ length }) => length <= MAX_PIECE_BYTES)).toBe(true)
  stream.close()
  return Buffer.concat(pieces)
}

function cut(bytes: Uint8Array, size: number): readonly Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.subarray(at * size, (at + 1) * size))
}

describe('a brotli stream of the executor', () => {
  it('packs what Node.js unpacks, and unpacks what Node.js packs, however it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 300_000 }),
        fc.integer({ min: 1, max: MAX_PIECE_BYTES }),
        fc.boolean(),
        async (size, part, isRandom) => {
          const data = isRandom ? randomBytes(size) : Buffer.alloc(size, 'The quick brown fox. ')
          const partBytes = Math.max(part, Math.ceil(size / 50))
          expect(brotliDecompressSync(await runAll(true, cut(data, partBytes))).equals(data)).toBe(true)
          const packed = brotliCompressSync(data)
          expect((await runAll(false, cut(packed, Math.min(partBytes, packed.length)))).equals(data)).toBe(true)
        },
      ),
      { numRuns: 40 },
    )
  })

  it('unpacks a bomb as far as it is asked to, and nothing between two steps', async () => {
    const bomb = brotliCompressSync(Buffer.alloc(2 ** 26), { params: { [constants.BROTLI_PARAM_QUALITY]: 2 } })
    const stream = new BrotliStream(false)
    const first = await stream.write(bomb)
    expect([first.piece?.length, first.hasMore]).toEqual([MAX_PIECE_BYTES, true])
    const started = process.cpuUsage()
    await new Promise((resolve) => setTimeout(resolve, 100))
    const { user } = process.cpuUsage(started)
    // All of it takes several times as long.
    expect(user / 1_000).toBeLessThan(20)
    const second = await stream.goOn()
    expect([second.piece?.length, second.hasMore]).toEqual([MAX_PIECE_BYTES, true])
    stream.close()
    await expect(stream.goOn()).rejects.toThrow('closed')
  })

  it('says what is wrong with its input', async () => {
    const packed = brotliCompressSync(Buffer.from('hello, hello, hello'))
    const stream = new BrotliStream(false)
    expect(await stream.write(Buffer.concat([packed, Buffer.from([0])]))).toMatchObject({
      hasMore: false,
      hasRest: true,
    })
    const other = new BrotliStream(false)
    expect(await other.write(packed)).toMatchObject({ hasRest: false })
    expect(await other.write(Buffer.from([0]))).toEqual({ piece: null, hasMore: false, hasRest: true })
    const large = new BrotliStream(false)
    const pieces = await drain(large, large.write(Buffer.concat([brotliCompressSync(Buffer.alloc(200_000)), packed])))
    expect(pieces.reduce((sum, { length }) => sum + length, 0)).toBe(200_000)
    for (const one of [stream, other, large]) one.close()
    await expect(runAll(false, [packed.subarray(0, -1)])).rejects.toMatchObject({ code: 'Z_BUF_ERROR' })
    await expect(runAll(false, [Buffer.from([0x11, 0, 0, 0])])).rejects.toMatchObject({
      code: expect.stringContaining('WINDOW_BITS'),
    })
  })

  it('is freed behind the step that goes on when it is closed', async () => {
    const stream = new BrotliStream(true)
    const step = stream.write(randomBytes(MAX_PIECE_BYTES))
    stream.close()
    await expect(step).resolves.toMatchObject({ hasMore: false })
    await expect(stream.write(new Uint8Array(1))).rejects.toThrow('closed')
  })
})
