// The routes of a load-balanced deployment: from an HTTP request to a call of the function that the manifest names, and back.
import { randomUUID } from 'node:crypto'
import type { DeployedFunction, Deployment } from '../../core/deployment.ts'
import type { Outcome } from '../../core/outcome.ts'
import { servedResources, toDeployedInvocation } from '../../core/resolve-deployed.ts'
import { BUFFERS_FULL, DRAINING, NOT_FOUND, methodNotAllowed } from '../answer.ts'
import type { Answer } from '../answer.ts'
import type { AppOptions } from '../app-options.ts'
import { abortWithClient } from '../client-signal.ts'
import { headerOf, incomingOf } from '../context.ts'
import type { HttpContext } from '../context.ts'
import type { RouteHandler } from '../endpoint.ts'
import { errorBody } from '../error-body.ts'
import { readBodyBytes, toJson } from '../json-body.ts'
import { ChunkStream } from '../stream/chunk-stream.ts'
import type { StreamEnd } from '../stream/chunk-stream.ts'
import { chooseStreamFormat, writeStreamError } from '../stream/stream-format.ts'
import type { StreamFormat } from '../stream/stream-format.ts'
import { argumentSourceOf } from './argument-source.ts'
import { bindRequest } from './bind-request.ts'
import type { LbBody } from './bind-request.ts'
import type { LbArgument } from './check-parameters.ts'
import { readForm } from './form-body.ts'
import { answerDetails, answerOutcome } from './lb-answer.ts'
import { onceFor } from './once-for.ts'
import { createRouteTable } from './route-table.ts'
import type { RouteTable } from './route-table.ts'

type Body = { readonly ok: true; readonly body: LbBody; readonly release: () => void } | { ok: false; answer: Answer }

const NOTHING: Body = { ok: true, body: { kind: 'none' }, release: () => undefined }

const tableOf = onceFor((deployment: Deployment): RouteTable => {
  const functions = servedResources(deployment)
    .filter((one) => one.isLoadBalanced)
    .flatMap((one) => one.functions)
  return createRouteTable(functions)
})

/** Answers what no other route of the service does; 404 where nothing load-balanced is deployed at the root. */
export function createLbRoute(options: AppOptions): RouteHandler {
  const bodyOptions = {
    ...options,
    limitBytes: options.inputBytes,
    isJsonRequired: options.access.kind !== 'key',
  }

  return async function lbRoute(c) {
    const found = options.findDeployment(undefined)
    const deployment = found.kind === 'known' ? found.deployment : null
    if (deployment === null) return NOT_FOUND
    const { pathname, search } = targetOf(c)
    const match = tableOf(deployment).match(c.req.method, pathname)
    switch (match.kind) {
      case 'none':
        return NOT_FOUND
      case 'method':
        return methodNotAllowed(match.allow)
      case 'redirect':
        return { status: 307, body: null, code: null, location: match.path + search }
      case 'found':
        return options.isDraining() ? DRAINING : call(c, deployment, match.fn, match.pathValues, search)
      default:
        return match satisfies never
    }
  }

  async function call(
    c: HttpContext,
    deployment: Deployment,
    fn: DeployedFunction,
    pathValues: ReadonlyMap<string, string>,
    search: string,
  ): Promise<Answer> {
    const read = await readArguments(c, fn)
    if (!read.ok) return read.answer
    const { body, release } = read
    let running: Promise<unknown> = Promise.resolve()
    try {
      const bound = bindRequest(fn, { pathValues, query: new URLSearchParams(search), body })
      if (!bound.ok) return answerDetails(bound.details)
      const id = randomUUID()
      const input = { format: 'json', text: writeKwargs(bound.kwargs) } as const
      const invocation = toDeployedInvocation({ deployment, fn, method: null, needsAll: true, mayStream: true, input })
      const controller = new AbortController()
      abortWithClient(c, controller)
      const format = chooseStreamFormat(headerOf(c, 'accept'))
      const { buffers, sendMs, onDefect } = options
      const stream = new ChunkStream({
        buffers,
        sendMs,
        onDefect,
        c,
        format,
        valueFormat: input.format,
        onFull: () => controller.abort(),
      })
      const { signal } = controller
      const context = { id, tenant: options.tenant, signal, deployment, onEvent: stream.onEvent }
      const ending = options.invoke({ ok: true, invocation, limits: fn.limits }, context)
      running = ending
      return { ...(await answerEnding(stream, format, ending, fn, body)), id, mode: 'flash' }
    } finally {
      running.then(release, release)
    }
  }

  /** Nothing is read for a function that takes nothing from the body; an empty body is none. */
  async function readArguments(c: HttpContext, fn: DeployedFunction): Promise<Body> {
    const source = argumentSourceOf(fn)
    if (source === 'none' || source === 'query') return NOTHING
    const read = await readBodyBytes(c, bodyOptions)
    if (!read.ok) return read
    const release = (): void => read.lease.release()
    if (source === 'form') {
      const form = await readForm(read.bytes, headerOf(c, 'content-type') ?? '')
      if (form.ok) return { ok: true, body: { kind: 'form', fields: form.fields }, release }
      release()
      return form
    }
    if (read.bytes.length === 0) return { ok: true, body: { kind: 'none' }, release }
    const parsed = toJson(read.bytes)
    if (parsed.ok) return { ok: true, body: { kind: 'json', ...parsed }, release }
    release()
    return parsed
  }
}

interface Target {
  readonly pathname: string
  /** With its question mark; empty when there is none. */
  readonly search: string
}

/** Nothing in it has to be normalized. */
const PLAIN_PATH = /^(?:\/[\w-]+)+$/

/** As the URL standard reads the request's: most are nothing but a path of letters, for which it need not be asked. */
function targetOf(c: HttpContext): Target {
  const target = incomingOf(c)?.url
  return target !== undefined && PLAIN_PATH.test(target) ? { pathname: target, search: '' } : new URL(c.req.url)
}

async function answerEnding(
  stream: ChunkStream,
  format: StreamFormat,
  ending: Promise<Outcome>,
  fn: DeployedFunction,
  body: LbBody,
): Promise<Answer> {
  const streamed = await stream.answer(ending, (outcome) => endOf(explain(outcome, stream), format))
  if (streamed !== null) return streamed
  const outcome = explain(await ending, stream)
  if (outcome.ok && outcome.chunks !== undefined) return { ...stream.answerEmpty(), usage: outcome.usage }
  return answerOutcome(outcome, fn, body)
}

/** A chunk is missing, whatever the code did next: it is not its doing, nor the client's, that there was no room. */
function explain(outcome: Outcome, { isFull }: ChunkStream): Outcome {
  const { stdout, usage } = outcome
  return isFull ? { ok: false, failure: BUFFERS_FULL, stdout, usage } : outcome
}

function endOf(outcome: Outcome, format: StreamFormat): StreamEnd {
  const { usage } = outcome
  if (outcome.ok) return { texts: [], code: null, usage }
  const { failure } = outcome
  return { texts: [writeStreamError(format, errorBody(failure))], code: failure.code, usage }
}

/** Built from texts, so that a name such as `__proto__` is one like any other. */
function writeKwargs(kwargs: readonly LbArgument[]): string {
  const json: string[] = []
  const bytes: string[] = []
  for (const argument of kwargs) {
    if (argument.kind === 'json') json.push(`${JSON.stringify(argument.name)}:${argument.text}`)
    else bytes.push(`${JSON.stringify(argument.name)}:"${argument.base64}"`)
  }
  const rest = bytes.length === 0 ? '' : `,"bytes":{${bytes.join(',')}}`
  return `{"args":[],"kwargs":{${json.join(',')}}${rest}}`
}
