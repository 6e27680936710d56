// The executor's side of a stream: when the guest is asked for a chunk, and how large that may be.
import { describe, expect, test } from 'vitest'
import { CallStream } from '../../src/executor/call-stream.ts'
import { STREAM_WINDOW_CHUNKS } from '../../src/ipc/messages.ts'

const LIMITS = { wallMs: 1_000, cpuMs: 500, memoryMb: 64, inputBytes: 100, outputBytes: 20, logBytes: 100 }

function createStream({ outputBytes = 20, mayGoOn = false } = {}) {
  const pulls: number[] = []
  const sent: string[] = []
  const stream = new CallStream({
    limits: { ...LIMITS, outputBytes },
    pull: (maxBytes) => pulls.push(maxBytes),
    send: (chunk) => sent.push(chunk),
    mayGoOn: () => mayGoOn,
  })
  return { stream, pulls, sent }
}

describe('a stream', () => {
  test('asks for one chunk at a time, each with the room that is left', () => {
    const { stream, pulls, sent } = createStream()
    stream.grant(0)
    stream.grant(0)
    expect(pulls).toEqual([20])
    expect(stream.take('12345')).toBeNull()
    expect(pulls).toEqual([20, 15])
    expect(stream.take('é')).toBeNull()
    expect(pulls).toEqual([20, 15, 13])
    expect([sent, stream.chunks]).toEqual([['12345', 'é'], 2])
  })

  test('asks for nothing while its window is full, and for one chunk when there is room again', () => {
    const { stream, pulls } = createStream({ outputBytes: 1_000 })
    stream.grant(0)
    for (let chunk = 0; chunk < STREAM_WINDOW_CHUNKS; chunk++) stream.take('1')
    expect(pulls).toHaveLength(STREAM_WINDOW_CHUNKS)
    stream.grant(2)
    expect(pulls).toHaveLength(STREAM_WINDOW_CHUNKS + 1)
    stream.take('1')
    stream.take('1')
    stream.grant(0)
    expect(pulls).toHaveLength(STREAM_WINDOW_CHUNKS + 2)
  })

  test('goes on in the same entry as long as it may and has room', () => {
    const { stream, pulls } = createStream({ mayGoOn: true })
    stream.grant(0)
    const answers = Array.from({ length: STREAM_WINDOW_CHUNKS }, () => stream.take('1'))
    expect(answers).toEqual([19, 18, 17, null])
    expect(pulls).toEqual([20])
  })

  test('drops a chunk that was not asked for', () => {
    const { stream, sent } = createStream()
    expect(stream.take('1')).toBeNull()
    expect(sent).toEqual([])
  })

  test('does not believe the guest that a chunk fits', () => {
    const { stream, sent } = createStream()
    stream.grant(0)
    stream.take('0123456789')
    expect(stream.take('0123456789.')).toMatchObject({ code: 'LIMIT_OUTPUT', limit: 20, used: 21 })
    expect(sent).toHaveLength(1)
  })
})
