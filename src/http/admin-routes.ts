// The admin routes: deploy an artifact, list what is deployed, go back to a version before, remove an endpoint, explain egress.
import { createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { ERRORS } from '../errors.ts'
import type { Failure } from '../errors.ts'
import { isJsonObject } from '../protocol/json.ts'
import { NOT_FOUND, methodNotAllowed } from './answer.ts'
import type { Answer } from './answer.ts'
import type { AppOptions } from './app-options.ts'
import { createAccessCheck } from './check-access.ts'
import { incomingOf, inviteBody } from './context.ts'
import type { HttpContext } from './context.ts'
import type { RouteHandler } from './endpoint.ts'
import { readJsonBody } from './json-body.ts'

/** What an operator may do to deployments; messages are for the operator. */
export interface Admin {
  /** Never that of `API_KEY`: whoever may run code must not be able to replace it. */
  readonly key: string
  /** Another path with every call: where an upload lies while it arrives. */
  readonly newUploadPath: () => string
  readonly maxArchiveBytes: number
  readonly uploadMs: number
  /** May take the archive away. */
  readonly deploy: (endpointId: string, archive: string) => Promise<Deployed>
  readonly restore: (endpointId: string, version: string) => Promise<Deployed>
  readonly remove: (endpointId: string) => Promise<boolean>
  /** Whether a request of submitted code would be made. */
  readonly explainEgress: (question: EgressQuestion) => Promise<EgressExplanation>
  readonly list: () => readonly {
    readonly endpoint: string
    readonly version: string
    readonly previous: readonly string[]
  }[]
}

export interface EgressQuestion {
  readonly url: string
  readonly method: string
  /** Null for code that comes with requests. */
  readonly endpoint: string | null
  /** Of the deployment, with hosts of its own; null for any. */
  readonly functionName: string | null
}

export interface EgressExplanation {
  readonly isAllowed: boolean
  readonly rule: string | null
  readonly addresses: readonly string[]
  readonly sentences: readonly string[]
}

export type Deployed =
  | { readonly ok: true; readonly endpoint: string; readonly version: string; readonly previous: string | null }
  | { readonly ok: false; readonly message: string }

const ENDPOINT_ID = /^[\w.-]{1,64}$/u

export interface AdminRoutes {
  readonly deployments: RouteHandler
  readonly deployment: RouteHandler
  readonly restore: RouteHandler
  readonly explainEgress: RouteHandler
}

/** Without an admin key there are no admin routes: they answer as any path that does not exist. */
export function createAdminRoutes(options: AppOptions): AdminRoutes {
  const { admin } = options
  if (admin === null) {
    const absent = (): Answer => NOT_FOUND
    return { deployments: absent, deployment: absent, restore: absent, explainEgress: absent }
  }
  const check = createAccessCheck({ kind: 'key', key: admin.key })

  return {
    deployments: guarded(['GET'], () => answer(200, { deployments: admin.list() })),
    deployment: guarded(['PUT', 'DELETE'], (c, id) => (c.req.method === 'PUT' ? put(c, id) : remove(id))),
    restore: guarded(['POST'], restore),
    explainEgress: guarded(['GET'], explainEgress),
  }

  function guarded(
    methods: readonly string[],
    handle: (c: HttpContext, id: string) => Answer | Promise<Answer>,
  ): RouteHandler {
    return (c) => {
      const denied = check(c)
      if (denied !== null) return refuse(denied)
      if (!methods.includes(c.req.method)) return methodNotAllowed(methods.join(', '))
      const id = c.req.param('endpointId') ?? ''
      const needsId = c.req.param('endpointId') !== undefined
      if (!needsId || ENDPOINT_ID.test(id)) return handle(c, id)
      const message = 'An endpoint id is 1 to 64 letters, digits, dots, underscores and hyphens.'
      return refuse({ code: 'REQUEST_INVALID', message })
    }
  }

  async function put(c: HttpContext, id: string): Promise<Answer> {
    if (admin === null) return NOT_FOUND
    const archive = admin.newUploadPath()
    try {
      await mkdir(dirname(archive), { recursive: true })
      const problem = await save(c, archive, admin)
      if (problem !== null) return problem
      return answerDeployed(await admin.deploy(id, archive))
    } finally {
      await rm(archive, { force: true })
    }
  }

  async function explainEgress(c: HttpContext): Promise<Answer> {
    if (admin === null) return NOT_FOUND
    const { url, method = 'GET', endpoint = null, function: functionName = null } = c.req.query()
    if (url === undefined || url === '') {
      const message = 'The query needs url, and may have method, endpoint and function.'
      return refuse({ code: 'REQUEST_INVALID', message })
    }
    const { isAllowed, ...rest } = await admin.explainEgress({ url, method, endpoint, functionName })
    return answer(200, { allowed: isAllowed, ...rest })
  }

  async function remove(id: string): Promise<Answer> {
    if (admin === null || !(await admin.remove(id)))
      return refuse({ code: 'ENDPOINT_NOT_FOUND', message: `Nothing is deployed at endpoint '${id}'.` })
    return answer(200, { endpoint: id })
  }

  async function restore(c: HttpContext, id: string): Promise<Answer> {
    if (admin === null) return NOT_FOUND
    const body = await readJsonBody(c, { ...options, limitBytes: MAX_RESTORE_BYTES, isJsonRequired: false })
    if (!body.ok) return body.answer
    body.lease.release()
    const version = isJsonObject(body.value) ? body.value['version'] : undefined
    if (typeof version !== 'string')
      return refuse({ code: 'REQUEST_INVALID', message: 'The body is {"version": "…"}.' })
    return answerDeployed(await admin.restore(id, version))
  }
}

const MAX_RESTORE_BYTES = 4_096
const EMPTY: Failure = {
  code: 'DEPLOYMENT_INVALID',
  message: 'The body is empty; it is the archive, which curl sends with -T FILE.',
}

/** Null when the archive is whole and in its place. */
async function save(c: HttpContext, path: string, { maxArchiveBytes, uploadMs }: Admin): Promise<Answer | null> {
  const incoming: Readable | undefined = incomingOf(c)
  if (incoming === undefined) return refuse({ code: 'REQUEST_INVALID', message: 'The body is missing.' })
  let bytes = 0
  async function* bounded(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
    for await (const chunk of source) {
      bytes += chunk.length
      if (bytes > maxArchiveBytes) throw new TooLarge()
      yield chunk
    }
  }
  try {
    inviteBody(c)
    const file: Writable = createWriteStream(path, { mode: 0o600 })
    await pipeline(incoming, bounded, file, { signal: AbortSignal.timeout(uploadMs) })
    return bytes === 0 ? refuse(EMPTY) : null
  } catch (error) {
    if (error instanceof TooLarge) {
      const message = `The archive is larger than the limit of ${maxArchiveBytes} bytes.`
      return refuse({ code: 'PAYLOAD_TOO_LARGE', message, limit: maxArchiveBytes })
    }
    const message = `The archive did not arrive within ${uploadMs} ms, or its client went away.`
    return refuse({ code: 'UPLOAD_TOO_SLOW', message })
  }
}

class TooLarge extends Error {}

function answerDeployed(deployed: Deployed): Answer {
  if (deployed.ok) {
    const { endpoint, version, previous } = deployed
    return answer(200, { endpoint, version, previous })
  }
  return refuse({ code: 'DEPLOYMENT_INVALID', message: deployed.message })
}

/** A route of our own says everything about a failure (docs/errors.md). */
function refuse({ code, message, limit, used }: Failure): Answer {
  const { status, blame, retryable } = ERRORS[code]
  return { ...answer(status, { error: { code, message, blame, retryable, limit, used } }), code }
}

function answer(status: number, value: object): Answer {
  return { status, body: JSON.stringify(value), code: null }
}
