// Frames: what is written is read again however the stream is cut, and what breaks the contract is refused.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeFrame, FrameReader } from '../../src/ipc/frame.ts'
import type { Frame } from '../../src/ipc/frame.ts'

const NO_LIMIT = (): number => 100_000_000

/** Feeds `bytes` in pieces of the given sizes, over and over. */
function readInPieces(bytes: Buffer, sizes: readonly number[]): Frame[] {
  const reader = new FrameReader(NO_LIMIT)
  const frames: Frame[] = []
  let offset = 0
  for (let index = 0; offset < bytes.length; index++) {
    const size = sizes[index % sizes.length] ?? 1
    frames.push(...reader.push(bytes.subarray(offset, offset + size)))
    offset += size
  }
  return frames
}

const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), fc.constant('\ud800 alone'))

test('every header and every text arrive as they were, however the stream is cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ name: fc.string(), parts: fc.array(anyText, { maxLength: 4 }) }), {
        minLength: 1,
        maxLength: 4,
      }),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 }),
      (messages, sizes) => {
        const bytes = Buffer.concat(messages.map(({ name, parts }) => encodeFrame({ name }, parts)))
        const read = readInPieces(bytes, sizes)
        expect(read.map(({ parts }) => parts)).toEqual(messages.map(({ parts }) => parts))
        expect(read.map(({ header }) => (header as { name: string }).name)).toEqual(messages.map(({ name }) => name))
      },
    ),
  )
})

test('a lone surrogate survives, although UTF-8 cannot hold it', () => {
  const [frame] = readInPieces(encodeFrame({}, ['a\udfffb']), [1_000])
  expect(frame?.parts).toEqual(['a\udfffb'])
})

test('a frame over the limit is refused as soon as its length is known', () => {
  const reader = new FrameReader(() => 100)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(101)
  expect(() => reader.push(length)).toThrow('frame: 101 bytes; the limit is 100')
})

test('a limit that changes holds from the next frame on', () => {
  let limit = 1_000
  const reader = new FrameReader(() => limit)
  const frame = encodeFrame({ text: 'x'.repeat(200) })
  expect(reader.push(frame)).toHaveLength(1)
  limit = 100
  expect(() => reader.push(frame)).toThrow('the limit is 100')
})

test('arbitrary bytes give frames or an error, never anything else', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const reader = new FrameReader(NO_LIMIT)
      try {
        for (const frame of reader.push(Buffer.from(bytes))) expect(frame.parts).toBeInstanceOf(Array)
      } catch (error) {
        expect(error).toBeInstanceOf(Error)
      }
    }),
  )
})

test.for([
  ['a header longer than the frame', [0, 0, 0, 4, 0, 0, 0, 9]],
  ['no room for a header', [0, 0, 0, 2, 0, 0]],
  ['bytes behind the parts', [0, 0, 0, 7, 0, 0, 0, 2, 0x7b, 0x7d, 0]],
] as const)('a frame with %s is refused', ([, bytes]) => {
  expect(() => new FrameReader(NO_LIMIT).push(Buffer.from(bytes))).toThrow(/^frame: /)
})

test('a part that claims more bytes than there are is refused', () => {
  const header = JSON.stringify({ parts: [{ bytes: 50, encoding: 'utf8' }] })
  const frame = Buffer.concat([Buffer.alloc(8), Buffer.from(header)])
  frame.writeUInt32BE(frame.length - 4, 0)
  frame.writeUInt32BE(header.length, 4)
  expect(() => new FrameReader(NO_LIMIT).push(frame)).toThrow('frame: a part does not fit')
})
