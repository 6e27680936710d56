// workerd's dynamic worker loader: a Worker for each request, reached by remote calls of its own. Types are stripped before it starts.
import { createPeer } from '../peer-api.ts'
import type { AnswerPeer, Session } from '../peer-api.ts'

interface Entrypoint {
  call(args: readonly unknown[]): Promise<unknown>
}

interface LoadedWorker {
  getEntrypoint(): Entrypoint
}

interface Env {
  readonly LOADER: {
    get(id: string, code: () => object): LoadedWorker
    load(code: object): LoadedWorker
  }
  /** `get` has a new id for each program, which the loader may keep; `load` keeps none. */
  readonly MODE: 'get' | 'load'
}

const COMPATIBILITY_DATE = '2026-11-01'

let count = 0
let peer: AnswerPeer | null = null

function open({ LOADER, MODE }: Env, source: string, entry: string): Session {
  const code = {
    compatibilityDate: COMPATIBILITY_DATE,
    mainModule: 'entry.js',
    modules: {
      'entry.js': `import { WorkerEntrypoint } from 'cloudflare:workers'
import { ${entry} } from 'guest.js'
export default class extends WorkerEntrypoint {
  call(args) { return ${entry}(...args) }
}
`,
      'guest.js': `${source}\nexport { ${entry} }\n`,
    },
    globalOutbound: null,
  }
  const id = `program-${count++}`
  // A stub belongs to the request that made it, so that an instance is asked for again by its id.
  const worker = (): LoadedWorker => (MODE === 'get' ? LOADER.get(id, () => code) : LOADER.load(code))
  return { call: async (args) => worker().getEntrypoint().call(args), close: () => undefined }
}

// oxlint-disable-next-line no-default-export -- the shape of a Worker
export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    // Its clock stands still while code runs.
    peer ??= createPeer({ now: null, open: (source, entry) => open(env, source, entry) })
    const { pathname } = new URL(request.url)
    const accept = request.headers.get('accept') ?? ''
    try {
      const answer = await peer({ method: request.method, path: pathname, accept, body: await request.text() })
      const { status, contentType, body } = answer
      const headers = { 'content-type': contentType }
      if (typeof body === 'string') return new Response(body, { status, headers })
      return new Response(ReadableStream.from(body).pipeThrough(new TextEncoderStream()), { status, headers })
    } catch (error) {
      return Response.json({ success: false, error: String(error) }, { status: 500 })
    }
  },
}
