// One job of the platform: through the waist, its events on the way, and its end to the platform whatever that is.
import { randomUUID } from 'node:crypto'
import type { Deployment } from '../core/deployment.ts'
import type { ValueFormat } from '../core/invocation.ts'
import type { Usage } from '../core/outcome.ts'
import { isStreamAggregated } from '../core/stream-aggregation.ts'
import type { TenantId } from '../core/task.ts'
import type { ErrorCode } from '../errors.ts'
import type { Execute, ExecuteContext, Execution } from '../execution/execute.ts'
import { executeParsed } from '../jobs/execute-parsed.ts'
import type { JobPolicy } from '../protocol/job-request.ts'
import type { ParsedRequest } from '../protocol/parse.ts'
import { JobEvents } from './job-events.ts'
import type { PlatformUrls } from './platform-urls.ts'
import type { Posted, PostToPlatform } from './post-to-platform.ts'
import { writeInternalError, writeRefused, writeResult, writeStreamEnd } from './result-body.ts'
import type { ResultOptions, WorkerNames } from './result-body.ts'

export interface RunnableJob {
  /** The platform's, which may give it twice: the task has a name of its own. */
  readonly id: string
  readonly parsed: ParsedRequest
  /** What a request without code is served from. */
  readonly deployment: Deployment | null
  readonly policy: JobPolicy
  /** Aborted when the platform stops the job, or the service ends before it does. */
  readonly signal: AbortSignal
}

export interface RunJobOptions extends ResultOptions {
  readonly execute: Execute
  readonly tenant: TenantId
  /** The input that the platform may send. */
  readonly inputBytes: number
  readonly urls: PlatformUrls
  readonly post: PostToPlatform
  readonly names: WorkerNames
  /** Room for a result while it is posted; one for which there is none is posted all the same. */
  readonly reserve: (bytes: number) => { release(): void } | null
  /** Told of a defect of the service that ended a job. */
  readonly onDefect: (error: unknown) => void
  readonly onProgressLost: (jobId: string, posted: Exclude<Posted, { type: 'taken' }>) => void
}

export interface JobEnd {
  /**
   * `posted`: the platform has the end. `replaced`: it refused the result and has an error in its place. `lost`: it has
   * nothing. `stopped`: it wants nothing.
   */
  readonly type: 'posted' | 'replaced' | 'lost' | 'stopped'
  readonly code: ErrorCode | null
  /** Null for a defect. */
  readonly usage: Usage | null
  readonly chunks: number
  /** Of the end as it was first posted. */
  readonly bytes: number
  /** What the platform said to an end that it did not take; null when it took the first. */
  readonly problem: string | null
}

/** Never rejects. */
export async function runJob(job: RunnableJob, options: RunJobOptions): Promise<JobEnd> {
  const { id, signal } = job
  const { urls, post } = options
  const streamUrl = urls.stream(id)
  const ended = new AbortController()
  const events = new JobEvents({
    format: formatOf(job.parsed),
    postChunk: async (body) => post({ url: streamUrl ?? '', body, jobId: id, signal }),
    postProgress: async (body) => post({ url: urls.done(id, false), body, jobId: id, signal }, 1),
    onEnded: () => ended.abort(),
    onProgressLost: (posted) => options.onProgressLost(id, posted),
  })
  const execution = await runTask(job, options, {
    signal: AbortSignal.any([signal, ended.signal]),
    mayStream: streamUrl !== null,
    onEvent: events.onEvent,
  })
  await events.settled()
  const { chunks } = events
  const isStream = chunks > 0 || execution?.chunks !== undefined
  const body = writeEnd(execution, isStream, events.error, options)
  const facts = {
    code: execution === null ? ('INTERNAL' as const) : execution.code,
    usage: execution?.usage ?? null,
    chunks,
    bytes: Buffer.byteLength(body),
  }
  const lease = options.reserve(facts.bytes)
  // Of a job that was stopped nothing is posted: its signal keeps the post from beginning, or ends it.
  const end = await postEnd({ url: urls.done(id, isStream), body, jobId: id, signal }, options)
  lease?.release()
  return signal.aborted && end.type === 'lost' ? { ...facts, type: 'stopped', problem: null } : { ...facts, ...end }
}

/** Null for a defect of the service. */
async function runTask(
  { parsed, deployment, policy }: RunnableJob,
  { execute, tenant, inputBytes, onDefect }: RunJobOptions,
  streaming: Pick<ExecuteContext, 'signal' | 'mayStream' | 'onEvent'>,
): Promise<Execution | null> {
  const context: ExecuteContext = {
    id: `platform-${randomUUID()}`,
    tenant,
    wallMs: policy.executionTimeout,
    inputBytes,
    deployment,
    isStreamAggregated: parsed.ok && isStreamAggregated(parsed.request, deployment),
    ...streaming,
  }
  try {
    return await executeParsed(execute, parsed, context)
  } catch (error) {
    onDefect(error)
    return null
  }
}

function writeEnd(
  execution: Execution | null,
  isStream: boolean,
  error: string | null,
  options: RunJobOptions,
): string {
  if (execution === null || execution.code === 'INTERNAL') return writeInternalError(options.names)
  return isStream ? writeStreamEnd(execution, error) : writeResult(execution, options)
}

/** A result that is refused is not sent again, but whoever waits for it is told why there is none. */
async function postEnd(
  end: Parameters<PostToPlatform>[0],
  { post }: RunJobOptions,
): Promise<Pick<JobEnd, 'type' | 'problem'>> {
  const posted = await post(end)
  if (posted.type === 'taken') return { type: 'posted', problem: null }
  if (posted.type === 'failed') return { type: 'lost', problem: posted.message }
  const problem = `The platform answers with status ${posted.status}.`
  const replaced = await post({ ...end, body: writeRefused(Buffer.byteLength(end.body), posted.status) })
  return { type: replaced.type === 'taken' ? 'replaced' : 'lost', problem }
}

function formatOf(parsed: ParsedRequest): ValueFormat {
  return parsed.ok && !('shape' in parsed.request) ? parsed.request.serialization_format : 'json'
}
