// FROZEN: what the ratios of the front are made of. A change here makes the baseline meaningless.
// What Node.js and JSON have to do for any request, without a line of the service: as much code and as many turns as a
// front has, so that a busy machine, whose caches hold something else, makes both dearer alike.
import { randomUUID } from 'node:crypto'
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { hostWork } from './host-work.ts'

const socket = new Socket()
const body = Buffer.from(
  JSON.stringify({
    name: 'yardstick',
    args: [3, 4],
    text: 'the quick brown fox '.repeat(40),
    more: { a: 1, b: [2, 3] },
  }),
)
const headers = { 'content-type': 'application/json', 'content-length': String(body.length) }
const LIMIT_MS = 1_000

export async function requestWork(): Promise<void> {
  const incoming = new IncomingMessage(socket)
  Object.assign(incoming.headers, headers)
  incoming.push(body)
  incoming.push(null)
  const outgoing = new ServerResponse(incoming)
  const controller = new AbortController()
  outgoing.once('close', () => controller.abort())
  const url = new URL('http://127.0.0.1/yardstick?a=1')
  const value = JSON.parse((await readAll(incoming)).toString('utf8')) as Readonly<Record<string, unknown>>
  hostWork()
  const answer = JSON.stringify({ ...value, id: randomUUID(), path: url.pathname, query: url.searchParams.get('a') })
  if (answer.length < body.length) throw new Error('unreachable: the answer holds the body')
  outgoing.emit('close')
}

function readAll(incoming: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const timer = setTimeout(() => reject(new Error('unreachable: all of it is there')), LIMIT_MS)
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      clearTimeout(timer)
      resolve(Buffer.concat(chunks))
    })
  })
}
