// The work of the fetch part of the bench: it accepts the right answers only, and the deployed function is the same code.
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { FETCH_WORK, LARGE_BYTES, writeFetchModule } from '../../bench/runtime/fetch-work.ts'
import type { Ask, FetchKind } from '../../bench/runtime/fetch-work.ts'

const numberOf = (url: string): number => Number(url.slice(url.lastIndexOf('/') + 1))

async function* inTwo(number: number, bytes: number): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(bytes - 10)
  yield new Uint8Array(10).fill(number % 251)
}

/** Answers as the server of the bench does, to `shift` other requests than it was asked, with `bytes` in a large answer. */
function answering(shift = 0, bytes = LARGE_BYTES): Ask {
  return async (url) => ({
    text: async () => `This is the answer to the request number ${numberOf(url) + shift}.`,
    body: inTwo(numberOf(url) + shift, bytes),
  })
}

describe.each(['small', 'large'] as const)('requests for what is %s', (kind: FetchKind) => {
  const run = FETCH_WORK[kind]

  test('are made one for each number, and counted', async () => {
    const asked: string[] = []
    const ask: Ask = async (url) => {
      asked.push(url)
      return answering()(url)
    }
    expect(await run(ask, 'http://host', 300, 3)).toBe(3)
    expect(asked).toEqual([300, 301, 302].map((number) => `http://host/${kind}/${number}`))
  })

  test('end with the first answer to another request', async () => {
    await expect(run(answering(1), 'http://host', 0, 3)).rejects.toThrow('wrong answer')
  })

  test('are what the deployed function makes', async () => {
    const globals = { fetch: answering(), workerIsolateModule: null as { readonly handle: Handle } | null }
    runInNewContext(writeFetchModule(), globals)
    expect(await globals.workerIsolateModule?.handle(kind, 'http://host', 5, 2)).toBe(2)
    globals.fetch = answering(1)
    await expect(globals.workerIsolateModule?.handle(kind, 'http://host', 5, 2)).rejects.toThrow('wrong answer')
  })
})

test('a large answer that is cut short is a wrong one', async () => {
  await expect(FETCH_WORK.large(answering(0, LARGE_BYTES - 1), 'http://host', 0, 1)).rejects.toThrow('wrong answer')
})

type Handle = (kind: FetchKind, origin: string, first: number, count: number) => Promise<number>
