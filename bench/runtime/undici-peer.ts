// The peer of fetch: the same requests made by undici itself, without rules, budgets, a log and another process in between.
// Takes the calls of a deployed function and answers as its queue does. Prints its URL when it listens.
import { text } from 'node:stream/consumers'
import { fetch, request } from 'undici'
import { FETCH_WORK } from './fetch-work.ts'
import type { Ask, FetchKind } from './fetch-work.ts'
import { listen } from './listen.ts'

interface Order {
  readonly input: { readonly kind: FetchKind; readonly origin: string; readonly first: number; readonly count: number }
}

const ASKS: Readonly<Record<string, Ask>> = {
  '/fetch': fetch,
  '/request': async (url) => {
    const { body } = await request(url)
    return { text: async () => body.text(), body }
  },
}

listen((asked, response) => {
  const answer = async (): Promise<string> => {
    const ask = ASKS[asked.url ?? '']
    if (ask === undefined) throw new Error(`there is no ${asked.url}`)
    const { kind, origin, first, count } = (JSON.parse(await text(asked)) as Order).input
    return JSON.stringify({ status: 'COMPLETED', output: await FETCH_WORK[kind](ask, origin, first, count) })
  }
  const send = (status: number, body: string): void =>
    void response.writeHead(status, { 'content-length': Buffer.byteLength(body) }).end(body)
  answer().then(
    (body) => send(200, body),
    (error: unknown) => send(500, String(error)),
  )
})
