// Around every route: access, method, answer to Response, log line, defects. One function call deep, because it is on the hot path.
import type { Usage } from '../core/outcome.ts'
import { ERRORS } from '../errors.ts'
import type { ErrorCode } from '../errors.ts'
import { JobStoreError } from '../jobs/job-store.ts'
import { INTERNAL, SMALL_ANSWER_CHARACTERS, methodNotAllowed, refuse } from './answer.ts'
import type { Answer } from './answer.ts'
import type { AppOptions } from './app-options.ts'
import type { AccessCheck } from './check-access.ts'
import { outgoingOf } from './context.ts'
import type { HttpContext } from './context.ts'
import { writeServerTiming } from './server-timing.ts'

export type RouteHandler = (c: HttpContext) => Answer | Promise<Answer>

export interface Route {
  /** The pattern for the log. */
  readonly route: string
  /** By method, HEAD being served by GET; or one handler for whatever method comes. */
  readonly methods: Readonly<Partial<Record<'GET' | 'POST', RouteHandler>>> | RouteHandler
  /** Whether the route answers without a key: probes have none. */
  readonly isOpen?: boolean
}

interface Ended {
  readonly code: ErrorCode | null
  readonly usage: Usage | undefined
  readonly answerBytes: number
}

export type Endpoint = (c: HttpContext) => Response | Promise<Response>

const JSON_HEADERS = { 'content-type': 'application/json' }
const NO_HEADERS = {}

export function createEndpoint(route: Route, checkAccess: AccessCheck, options: AppOptions): Endpoint {
  const { onDefect, now } = options
  const allow = Object.keys(route.methods).join(', ')

  return function endpoint(c) {
    const startedMs = now()
    const denied = route.isOpen === true ? null : checkAccess(c)
    if (denied !== null) return respond(c, refuse(denied), startedMs)
    const handler = handlerOf(route, c.req.method)
    if (handler === undefined) return respond(c, methodNotAllowed(allow), startedMs)
    try {
      const answer = handler(c)
      if (!(answer instanceof Promise)) return respond(c, answer, startedMs)
      return answer.then(
        (settled) => respond(c, settled, startedMs),
        (error: unknown) => fail(c, error, startedMs),
      )
    } catch (error) {
      return fail(c, error, startedMs)
    }
  }

  function fail(c: HttpContext, error: unknown, startedMs: number): Response {
    if (error instanceof JobStoreError) return respond(c, refuse(error.failure), startedMs)
    onDefect(error)
    return respond(c, INTERNAL, startedMs)
  }

  function respond(c: HttpContext, answer: Answer, startedMs: number): Response {
    const { status, body, code, stream, usage } = answer
    const headers = headersOf(answer, options.isDraining())
    if (usage !== undefined) headers['server-timing'] = writeServerTiming(usage, now() - startedMs)
    if (stream !== undefined) {
      stream.ended.then((end) => record(c, answer, startedMs, end)).catch(onDefect)
      return new Response(stream.body, { status, headers })
    }
    guardSending(c, answer, options.sendMs)
    record(c, answer, startedMs, { code, usage: answer.usage, answerBytes: body?.length ?? 0 })
    return new Response(body === null ? null : toSent(body), { status, headers })
  }

  function record(c: HttpContext, answer: Answer, startedMs: number, end: Ended): void {
    const { code, usage = null, answerBytes } = end
    options.onRequest({
      event: 'answered',
      method: c.req.method,
      route: route.route,
      endpoint: c.req.param('endpointId') ?? null,
      id: answer.id ?? null,
      mode: answer.mode ?? null,
      status: answer.status,
      jobStatus: answer.jobStatus ?? null,
      code,
      durationMs: now() - startedMs,
      answerBytes,
      usage,
    })
  }
}

/** Node.js takes room for three bytes of each character to write a text to a socket, and three times as long for a long one. */
function toSent(body: string): string | Buffer<ArrayBuffer> {
  return body.length > SMALL_ANSWER_CHARACTERS ? Buffer.from(body) : body
}

function handlerOf({ methods }: Route, method: string): RouteHandler | undefined {
  if (typeof methods === 'function') return methods
  if (method === 'POST') return methods.POST
  return method === 'GET' || method === 'HEAD' ? methods.GET : undefined
}

function headersOf(
  { body, code, allow, contentType, location, headers = NO_HEADERS }: Answer,
  isLast: boolean,
): Record<string, string> {
  const isPlain = allow === undefined && contentType === undefined && location === undefined
  if (code === null && isPlain && !isLast) return body === null ? {} : { ...JSON_HEADERS }
  return {
    ...(body === null ? NO_HEADERS : JSON_HEADERS),
    ...(contentType === undefined ? NO_HEADERS : { 'content-type': contentType }),
    ...headers,
    ...(location === undefined ? NO_HEADERS : { location }),
    ...(code === null ? NO_HEADERS : { 'x-error-code': code }),
    ...(allow === undefined ? NO_HEADERS : { allow }),
    ...(isLast ? { connection: 'close' } : NO_HEADERS),
    ...(code !== null && ERRORS[code].status === 401 ? { 'www-authenticate': 'Bearer' } : NO_HEADERS),
  }
}

/** Gives the answer's bytes back when it is sent or its client is gone, and lets no client read forever. */
function guardSending(c: HttpContext, { lease, body }: Answer, sendMs: number): void {
  const outgoing = outgoingOf(c)
  if (outgoing === undefined || outgoing.destroyed) {
    lease?.release()
    return
  }
  const isLarge = body !== null && body.length > SMALL_ANSWER_CHARACTERS
  if (lease === undefined && !isLarge) return
  const timer = isLarge ? setTimeout(() => outgoing.destroy(), sendMs) : undefined
  outgoing.once('close', () => {
    clearTimeout(timer)
    lease?.release()
  })
}
