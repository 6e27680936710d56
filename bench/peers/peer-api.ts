// What every peer answers, whatever runs it: the service's request with code in it, a deployment's first call, a warm route.
// It runs under Node.js, Deno and workerd, so that it names nothing that one of them lacks.

/** Code that has been compiled and evaluated somewhere of its own. */
export interface Session {
  /** Calls the one function that the session was opened for. */
  call(args: readonly unknown[]): unknown
  close(): unknown
}

export interface PeerRuntime {
  /** Evaluates a source that nothing has seen before; `entry` is the function in it that will be called. */
  open(source: string, entry: string, isTypeScript: boolean): Session | Promise<Session>
  /** Milliseconds of any clock; null where the clock stands still while code runs. */
  readonly now: (() => number) | null
}

export interface PeerRequest {
  readonly method: string
  readonly path: string
  readonly accept: string
  readonly body: string
}

export interface PeerAnswer {
  readonly status: number
  readonly contentType: string
  /** A stream comes in lines. */
  readonly body: string | AsyncIterable<string>
  /** The header `Server-Timing`; empty where nothing was timed. */
  readonly timing: string
}

interface FunctionRequest {
  readonly execution_type?: string
  readonly function_name?: string
  readonly function_code?: string
  readonly class_name?: string
  readonly class_code?: string
  readonly method_name?: string
  readonly instance_id?: string
  readonly language?: string
  readonly args: readonly unknown[]
}

export type AnswerPeer = (request: PeerRequest) => Promise<PeerAnswer>

export function createPeer(runtime: PeerRuntime): AnswerPeer {
  const instances = new Map<string, Promise<Session>>()
  const deployed = new Map<string, { readonly source: string; session: Promise<Session> | null }>()

  const open = async (source: string, entry: string, isTypeScript = false): Promise<Session> =>
    runtime.open(source, entry, isTypeScript)

  const callOnce = async (request: FunctionRequest): Promise<PeerAnswer> => {
    const { function_code: source = '', function_name: entry = '', args, language } = request
    const startedAt = runtime.now?.() ?? 0
    const session = await open(source, entry, language === 'typescript')
    const openedAt = runtime.now?.() ?? 0
    try {
      const result = await session.call(args)
      const calledAt = runtime.now?.() ?? 0
      const timing = runtime.now === null ? '' : timingOf({ open: openedAt - startedAt, call: calledAt - openedAt })
      return json({ success: true, json_result: result }, timing)
    } finally {
      await session.close()
    }
  }

  const callInstance = async (request: FunctionRequest): Promise<PeerAnswer> => {
    const { class_code: code = '', class_name: name = '', instance_id: id = '', method_name: method, args } = request
    let instance = instances.get(id)
    if (instance === undefined) {
      const source = `${code}\nconst benchInstance = new ${name}()\nfunction benchCall(method, args) { return benchInstance[method](...args) }\n`
      instance = open(source, 'benchCall')
      instances.set(id, instance)
    }
    return json({ success: true, json_result: await (await instance).call([method, args]) })
  }

  const callDeployed = async (id: string, body: string): Promise<PeerAnswer> => {
    const found = deployed.get(id)
    if (found === undefined) return { ...json({ error: 'not deployed' }), status: 404 }
    found.session ??= open(found.source, 'handle')
    const { input } = JSON.parse(body) as { readonly input: { readonly offset: number } }
    return json({ status: 'COMPLETED', output: await (await found.session).call([input.offset]) })
  }

  return async ({ method, path, accept, body }) => {
    const [, route = '', id = ''] = path.split('/')
    if (route === 'execute') {
      const request = JSON.parse(body) as FunctionRequest
      if (request.execution_type === 'class') return callInstance(request)
      return accept.includes('ndjson') ? stream(request, open) : callOnce(request)
    }
    if (route === 'sum') {
      const { x, y } = JSON.parse(body) as { readonly x: number; readonly y: number }
      return json({ sum: x + y })
    }
    if (route === 'deployments' && method === 'PUT') {
      deployed.set(id, { source: body, session: null })
      return json({ deployed: id })
    }
    if (route === 'deployments' && method === 'DELETE') {
      const session = await deployed.get(id)?.session
      deployed.delete(id)
      await session?.close()
      return json({ removed: id })
    }
    if (route === 'deployments') return callDeployed(id, body)
    return json({ status: 'healthy' })
  }
}

/** One call for each chunk: the session keeps the iterator, as the service does. */
async function stream(
  { function_code: code = '', function_name: name = '', args }: FunctionRequest,
  open: (source: string, entry: string) => Promise<Session>,
): Promise<PeerAnswer> {
  const source = `${code}
let benchIterator
function benchNext(args) {
  benchIterator ??= ${name}(...args)
  const { done, value } = benchIterator.next()
  return { done: done === true, value: value ?? null }
}
`
  const session = await open(source, 'benchNext')
  return { status: 200, contentType: 'application/x-ndjson', body: lines(session, args), timing: '' }
}

async function* lines(session: Session, args: readonly unknown[]): AsyncGenerator<string> {
  try {
    for (;;) {
      const { done, value } = (await session.call([args])) as { readonly done: boolean; readonly value: unknown }
      if (done) break
      yield `${JSON.stringify(value)}\n`
    }
    yield `{"end":{"success":true}}\n`
  } finally {
    await session.close()
  }
}

function json(value: unknown, timing = ''): PeerAnswer {
  return { status: 200, contentType: 'application/json', body: JSON.stringify(value), timing }
}

function timingOf(phases: Readonly<Record<string, number>>): string {
  return Object.entries(phases)
    .map(([name, ms]) => `${name};dur=${ms.toFixed(3)}`)
    .join(', ')
}
