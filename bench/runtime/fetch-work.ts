// What is done on both sides: the peer runs these functions, and the deployed function is made of their text.

/** As much of fetch as the work needs. */
export type Ask = (url: string) => Promise<{
  readonly text: () => Promise<string>
  readonly body: AsyncIterable<Uint8Array> | null
}>

/** Requests one after the other, each of another path, and each answer looked at. Nothing from outside is named in it. */
export type FetchWork = (ask: Ask, origin: string, first: number, count: number) => Promise<number>

export const LARGE_BYTES = 1_000_000

const small: FetchWork = async function small(ask, origin, first, count) {
  for (let number = first; number < first + count; number++) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const answer = await ask(`${origin}/small/${number}`)
    // oxlint-disable-next-line no-await-in-loop -- as above
    const text = await answer.text()
    if (text !== `This is the answer to the request number ${number}.`) throw new Error(`wrong answer: ${text}`)
  }
  return count
}

const large: FetchWork = async function large(ask, origin, first, count) {
  for (let number = first; number < first + count; number++) {
    let bytes = 0
    let last = -1
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const answer = await ask(`${origin}/large/${number}`)
    // oxlint-disable-next-line no-await-in-loop -- as above
    for await (const chunk of answer.body ?? []) {
      bytes += chunk.length
      last = chunk.at(-1) ?? -1
    }
    if (bytes !== 1_000_000 || last !== number % 251)
      throw new Error(`wrong answer: ${bytes} bytes, ${last} at the end`)
  }
  return count
}

export const FETCH_WORK = { small, large } as const

export type FetchKind = keyof typeof FETCH_WORK

/** A script that leaves `handle(kind, origin, first, count)` in `workerIsolateModule`. */
export function writeFetchModule(): string {
  const work = Object.entries(FETCH_WORK).map(([name, run]) => `${name}: ${run.toString()}`)
  return `'use strict'
var workerIsolateModule = (() => {
const work = { ${work.join(',\n')} }
function handle(kind, origin, first, count) {
  return work[kind](fetch, origin, first, count)
}
return { handle }
})()
`
}
