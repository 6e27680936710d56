// The job API of the platform: how jobs are asked for, waited for, read while they run, cancelled and run again.
import { toListedError } from '../jobs/listed-error.ts'
import { isUnfinished } from '../protocol/job-status.ts'
import { JOB_STATUSES } from '../protocol/job-status.ts'
import type { JobStatus } from '../protocol/job-status.ts'
import { notOneOf } from '../protocol/validation-detail.ts'
import { BUFFERS_FULL, ENDPOINT_NOT_FOUND, JOB_NOT_FOUND, refuse, refuseBody } from './answer.ts'
import type { Answer } from './answer.ts'
import type { AppOptions } from './app-options.ts'
import { clientSignal } from './client-signal.ts'
import type { HttpContext } from './context.ts'
import type { RouteHandler } from './endpoint.ts'
import { createJobAnswer, endpointOf, unfinished, withRoom } from './job-answer.ts'
import { recordOfEnd } from './job-record.ts'
import { oneAfterAnother } from './one-after-another.ts'
import { STREAM_WAIT_MS, queryNumber, waitMsOf } from './wait-ms.ts'

export interface JobClientRoutes {
  readonly status: RouteHandler
  readonly statusSync: RouteHandler
  readonly stream: RouteHandler
  readonly cancel: RouteHandler
  readonly retry: RouteHandler
  readonly purgeQueue: RouteHandler
  readonly requests: RouteHandler
}

/** The least `?ttl=` (protocol.md §2.2). */
const TTL_MS_MIN = 10_000
/** How many jobs /requests lists. */
const LISTED = { default: 100, max: 1_000 }

export function createJobClientRoutes(options: AppOptions): JobClientRoutes {
  const { jobs, now } = options
  const { reader } = jobs
  const answerEnded = createJobAnswer(options)
  const inTurn = oneAfterAnother()

  return { status, statusSync, stream, cancel, retry, purgeQueue, requests }

  async function status(c: HttpContext): Promise<Answer> {
    const ttlMs = isHead(c) ? null : queryNumber(c, 'ttl')
    const job =
      ttlMs === null
        ? await reader.get(endpointOf(c), idOf(c))
        : await jobs.setTtl(endpointOf(c), idOf(c), Math.max(TTL_MS_MIN, ttlMs))
    return job === null ? JOB_NOT_FOUND : answer(job)
  }

  /** The same when the job has ended, or after `?wait=` in any case. */
  async function statusSync(c: HttpContext): Promise<Answer> {
    const patience = { waitMs: waitMsOf(c), signal: clientSignal(c) }
    const job = await reader.getEnded(endpointOf(c), idOf(c), patience)
    return job === null ? JOB_NOT_FOUND : answer(job)
  }

  /**
   * The chunks that nobody has had yet. Clients stop at a status that is final, so that comes with the last of them; and
   * runpod-python's knows no CANCELLED there and would ask forever (protocol.md §10.2).
   */
  async function stream(c: HttpContext): Promise<Answer> {
    // HEAD changes nothing: what it took, nobody would get.
    const signal = isHead(c) ? AbortSignal.abort() : clientSignal(c)
    const patience = { waitMs: waitMsOf(c, STREAM_WAIT_MS), signal }
    const part = await reader.takeChunks(endpointOf(c), idOf(c), patience)
    if (part === null) return JOB_NOT_FOUND
    const { job, chunks, isLast } = part
    const final = job.status === 'CANCELLED' ? 'FAILED' : job.status
    const jobStatus = isLast ? final : isUnfinished(job.status) ? job.status : 'IN_PROGRESS'
    const items = chunks.map((chunk) => `{"output":${chunk}}`).join(',')
    const error = isLast && job.error !== null && job.error !== '' ? `,"error":${JSON.stringify(job.error)}` : ''
    const body = `{"id":"${job.id}","status":"${jobStatus}","stream":[${items}]${error}}`
    // The chunks are nobody else's any more, so that they are answered also where there is no room.
    const given = { status: 200, body, code: isLast ? job.code : null, id: job.id, jobStatus: job.status }
    return withRoom(given, options.buffers) ?? given
  }

  async function cancel(c: HttpContext): Promise<Answer> {
    const job = await jobs.cancel(endpointOf(c), idOf(c))
    if (job === null) return JOB_NOT_FOUND
    const ended = answer(job)
    // It is what was asked for; every other code stays.
    return ended.code === 'CANCELLED' ? { ...ended, code: null } : ended
  }

  async function retry(c: HttpContext): Promise<Answer> {
    const startedMs = now()
    const retried = await jobs.retry(endpointOf(c), idOf(c))
    if (retried.ok) {
      const { finished } = retried
      finished
        .then((end) => options.onRequest(recordOfEnd('/retry/:id', null, end, now() - startedMs)))
        .catch(options.onDefect)
      return unfinished(retried.id, 'IN_QUEUE', null)
    }
    if ('failure' in retried) return refuse(retried.failure)
    if (retried.job === null) return JOB_NOT_FOUND
    const message = `The job is ${retried.job.status}; only one that is FAILED or TIMED_OUT can be run again.`
    return refuse({ code: 'JOB_NOT_RETRYABLE', message })
  }

  async function purgeQueue(c: HttpContext): Promise<Answer> {
    if (options.findDeployment(c.req.param('endpointId')).kind === 'unknown') return ENDPOINT_NOT_FOUND
    const removed = await jobs.purgeQueue(endpointOf(c))
    return { status: 200, body: `{"removed":${removed},"status":"completed"}`, code: null }
  }

  /** Newest first. The platform documents no shape: these are the keys of a status without its output. */
  async function requests(c: HttpContext): Promise<Answer> {
    if (options.findDeployment(c.req.param('endpointId')).kind === 'unknown') return ENDPOINT_NOT_FOUND
    const asked = c.req.query('status')
    const only = JOB_STATUSES.find((one) => one === asked) ?? null
    if (asked !== undefined && asked !== '' && only === null) {
      return refuseBody('REQUEST_INVALID', notOneOf(['query', 'status'], JOB_STATUSES, asked), asked.length)
    }
    const limit = Math.min(LISTED.max, Math.max(1, Math.floor(queryNumber(c, 'limit') ?? LISTED.default)))
    const before = queryNumber(c, 'before')
    return inTurn(async () => answerList(await reader.list(endpointOf(c), { limit, before, status: only })))
  }

  function answerList(found: readonly Listed[]): Answer {
    const body = JSON.stringify({ requests: found.map(toListed) })
    return withRoom({ status: 200, body, code: null }, options.buffers) ?? refuse(BUFFERS_FULL)
  }

  function answer(job: Parameters<typeof answerEnded>[0]): Answer {
    const { id, status: jobStatus } = job
    if (jobStatus === 'IN_QUEUE' || jobStatus === 'IN_PROGRESS') {
      return unfinished(id, jobStatus, null, jobStatus === 'IN_PROGRESS' ? reader.progress(id) : null)
    }
    return answerEnded(job)
  }
}

interface Listed {
  readonly id: string
  readonly status: JobStatus
  readonly submittedAt: number
  readonly delayMs: number
  readonly executionMs: number
  readonly retries: number
  readonly error: string | null
}

function toListed({ id, status, submittedAt, delayMs, executionMs, retries, error }: Listed): object {
  const createdAt = new Date(submittedAt).toISOString()
  const why = error === null || error === '' ? {} : { error: toListedError(error) }
  return { id, status, createdAt, delayTime: delayMs, executionTime: executionMs, retries, ...why }
}

function isHead(c: HttpContext): boolean {
  return c.req.method === 'HEAD'
}

function idOf(c: HttpContext): string {
  return c.req.param('id') ?? ''
}
