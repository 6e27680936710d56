// Code of a request that returns an iterator: its chunks, who asks for them, and how it ends.
import { beforeAll, describe, expect, test } from 'vitest'
import { STREAM_WINDOW_CHUNKS } from '../../src/ipc/messages.ts'
import { limitsFor, valueOf } from './module-host-harness.ts'
import { prepareRuns } from './task-run-harness.ts'
import type { AskedRun, StartRun } from './task-run-harness.ts'

let startRun: StartRun
beforeAll(async () => {
  startRun = await prepareRuns()
})

const NAP = 'const nap = (ms) => new Promise((done) => setTimeout(done, ms));'

async function streamOf(source: string, asked: AskedRun = {}) {
  const { chunks, settled } = startRun(`${NAP}${source}`, asked)
  return { settled: await settled, chunks }
}

describe('a stream', () => {
  test.for([
    ['an asynchronous generator', 'async function* f() { yield 1; await nap(2); yield { two: 2 } }', [1, { two: 2 }]],
    ['a generator', 'function* f() { yield 1; yield [2] }', [1, [2]]],
    ['a generator of a module', 'export function* f() { yield nap(1).then(() => 1) }', [1]],
    ['a generator behind a top-level await', 'await nap(2); export function* f() { yield 1 }', [1]],
    ['an iterator without anything', 'const f = () => [].values()', []],
    [
      'more than the window',
      'function* f() { for (let n = 0; n < 20; n++) yield n }',
      Array.from({ length: 20 }, (_, n) => n),
    ],
  ] as const)('of %s comes chunk by chunk', async ([, source, expected]) => {
    const { settled, chunks } = await streamOf(source)
    expect(chunks).toEqual(expected)
    expect(settled).toMatchObject({ value: '', failure: null, chunks: expected.length })
  })

  test('is given for as long as there is room, and no further', async () => {
    const { run, chunks, settled } = startRun(
      'let n = 0; function* f() { while (n < 20) { console.log(n); yield n++ } }',
      {
        takes: false,
      },
    )
    await expect.poll(() => chunks.length).toBe(STREAM_WINDOW_CHUNKS)
    run.pull(2)
    await expect.poll(() => chunks.length).toBe(STREAM_WINDOW_CHUNKS + 2)
    run.cancel()
    const { log } = await settled
    expect(log.trim().split('\n')).toHaveLength(STREAM_WINDOW_CHUNKS + 2)
  })

  test('of which the evaluation fails is none', async () => {
    const { settled, chunks } = await streamOf('function* f() { yield 1 }; throw new Error("broken")')
    expect([valueOf(settled), chunks]).toEqual(['GUEST_THREW', []])
  })

  test.for([
    ['throws', 'function* f() { yield 1; throw new Error("broken") }', 'GUEST_THREW'],
    ['gives what cannot be encoded', 'function* f() { yield 1; yield () => {} }', 'RESULT_NOT_ENCODABLE'],
    ['gives too much', 'function* f() { yield 1; yield "x".repeat(10_000) }', 'LIMIT_OUTPUT'],
    ['never goes on', 'async function* f() { yield 1; await new Promise(() => {}) }', 'LIMIT_WALL'],
    ['never ends', 'function* f() { yield 1; for (;;); }', 'LIMIT_CPU'],
  ] as const)('whose iterator %s fails behind its chunks', async ([, source, code]) => {
    const { settled, chunks } = await streamOf(source, { limits: limitsFor(code) })
    expect([valueOf(settled), chunks]).toEqual([code, [1]])
  })

  test('of one chunk that is larger than any may be says so', async () => {
    const { settled } = await streamOf('function* f() { yield "x".repeat(2 ** 20) }', {
      limits: { outputBytes: 10_000_000 },
    })
    expect(settled.failure).toMatchObject({ code: 'LIMIT_OUTPUT', limit: 1_048_576, used: 1_048_578 })
  })
})
