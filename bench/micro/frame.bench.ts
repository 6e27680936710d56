// What the frames between the front process and an executor cost: both ends pay for them on every request.
import { expect, test } from 'vitest'
import { encodeFrame, FrameReader } from '../../src/ipc/frame.ts'
import type { Frame } from '../../src/ipc/frame.ts'
import { LIMITS } from '../guard/executor-harness.ts'
import { settled, taskId } from '../guard/paths/frames.ts'
import { makeProgram } from '../support/program.ts'

const MEGABYTE = 1024 * 1024
const CHUNK_BYTES = 64 * 1024

const { code, name, args, expected } = makeProgram(1)
const run = {
  type: 'run',
  taskId,
  fileName: 'function.js',
  name,
  format: 'json',
  limits: LIMITS,
}
const input = JSON.stringify({ args, kwargs: {} })

function decode(bytes: Buffer, chunkBytes = bytes.length): readonly Frame[] {
  const reader = new FrameReader(() => 2 * MEGABYTE)
  const frames: Frame[] = []
  for (let at = 0; at < bytes.length; at += chunkBytes) frames.push(...reader.push(bytes.subarray(at, at + chunkBytes)))
  return frames
}

test('a small request and its answer', async ({ bench }) => {
  const request = encodeFrame(run, [code, input])
  const answer = encodeFrame(settled, ['', expected])
  expect(decode(request)[0]?.parts).toEqual([code, input])
  await bench.compare(
    bench('encode the request', () => void encodeFrame(run, [code, input])),
    bench('decode the request', () => void decode(request)),
    bench('encode the answer', () => void encodeFrame(settled, ['', expected])),
    bench('decode the answer', () => void decode(answer)),
  )
})

test('an answer of 1 MB', async ({ bench }) => {
  const value = 'x'.repeat(MEGABYTE)
  const answer = encodeFrame(settled, ['', value])
  expect(decode(answer, CHUNK_BYTES)[0]?.parts[1]).toBe(value)
  await bench.compare(
    bench('encode', () => void encodeFrame(settled, ['', value])),
    bench('decode', () => void decode(answer)),
    bench('decode, in chunks of 64 KB', () => void decode(answer, CHUNK_BYTES)),
  )
})
