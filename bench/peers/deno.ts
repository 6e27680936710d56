// Deno: a Worker without permissions for each request, and a warm route in its own server. Prints its URL when it listens.
import { createPeer } from './peer-api.ts'
import type { PeerAnswer } from './peer-api.ts'

interface Reply {
  readonly result?: unknown
  readonly error?: string
}

interface DenoWorker {
  addEventListener(type: 'message', listen: (event: { readonly data: Reply }) => void): void
  addEventListener(type: 'error', listen: (event: ErrorEvent) => void): void
  postMessage(message: unknown): void
  terminate(): void
}

declare const Worker: new (url: string, options: object) => DenoWorker
declare const Deno: {
  serve(
    options: { hostname: string; port: number; onListen: (at: { hostname: string; port: number }) => void },
    handle: (request: Request) => Promise<Response>,
  ): unknown
  readonly stdout: { writeSync(bytes: Uint8Array): number }
}

const answer = createPeer({
  now: () => performance.now(),
  open(source, entry, isTypeScript) {
    const text = `${source}
self.onmessage = async ({ data }) => {
  try {
    self.postMessage({ result: await ${entry}(...data) })
  } catch (error) {
    self.postMessage({ error: String(error) })
  }
}
`
    const type = isTypeScript ? 'application/typescript' : 'application/javascript'
    const url = URL.createObjectURL(new Blob([text], { type }))
    const worker = new Worker(url, { type: 'module', deno: { permissions: 'none' } })
    let waiting: PromiseWithResolvers<unknown> | null = null
    worker.addEventListener('message', ({ data }) => {
      if (data.error === undefined) waiting?.resolve(data.result)
      else waiting?.reject(new Error(data.error))
    })
    worker.addEventListener('error', (event) => {
      // An error that nobody takes would end the server.
      event.preventDefault()
      waiting?.reject(new Error(event.message))
    })
    return {
      call: async (args) => {
        waiting = Promise.withResolvers()
        worker.postMessage(args)
        return waiting.promise
      },
      close() {
        worker.terminate()
        URL.revokeObjectURL(url)
      },
    }
  },
})

Deno.serve(
  {
    hostname: '127.0.0.1',
    port: 0,
    onListen: ({ hostname, port }) =>
      void Deno.stdout.writeSync(new TextEncoder().encode(`http://${hostname}:${port}\n`)),
  },
  async (request) => {
    const { pathname } = new URL(request.url)
    const accept = request.headers.get('accept') ?? ''
    try {
      return toResponse(await answer({ method: request.method, path: pathname, accept, body: await request.text() }))
    } catch (error) {
      return Response.json({ success: false, error: String(error) }, { status: 500 })
    }
  },
)

function toResponse({ status, contentType, body, timing }: PeerAnswer): Response {
  const headers = { 'content-type': contentType, ...(timing === '' ? {} : { 'server-timing': timing }) }
  if (typeof body === 'string') return new Response(body, { status, headers })
  return new Response(ReadableStream.from(body).pipeThrough(new TextEncoderStream()), { status, headers })
}
