// A peer as an HTTP server of Node.js alone; prints its URL when it listens.
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { stripTypeScriptTypes } from 'node:module'
import type { AddressInfo } from 'node:net'
import { createPeer } from '../peer-api.ts'
import type { AnswerPeer, PeerAnswer, Session } from '../peer-api.ts'

export type OpenSession = (source: string, entry: string) => Session | Promise<Session>

/** Types are stripped by what Node.js itself has for it. */
export function servePeer(open: OpenSession): void {
  const answer = createPeer({
    open: (source, entry, isTypeScript) => open(isTypeScript ? stripTypeScriptTypes(source) : source, entry),
    now: () => performance.now(),
  })
  const server = createServer((request, response) => void respond(request, response, answer))
  server.listen(0, '127.0.0.1', () => {
    const { address, port } = server.address() as AddressInfo
    process.stdout.write(`http://${address}:${port}\n`)
  })
}

async function respond(request: IncomingMessage, response: ServerResponse, answer: AnswerPeer): Promise<void> {
  try {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { method = 'GET', url = '/', headers } = request
    const body = Buffer.concat(chunks).toString('utf8')
    await send(response, await answer({ method, path: url, accept: headers.accept ?? '', body }))
  } catch (error) {
    if (response.headersSent) response.destroy()
    else response.writeHead(500).end(JSON.stringify({ success: false, error: String(error) }))
  }
}

async function send(response: ServerResponse, { status, contentType, body, timing }: PeerAnswer): Promise<void> {
  const headers = { 'content-type': contentType, ...(timing === '' ? {} : { 'server-timing': timing }) }
  if (typeof body === 'string') {
    response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body)
    return
  }
  response.writeHead(status, headers)
  for await (const line of body) response.write(line)
  response.end()
}
