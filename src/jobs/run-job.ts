// One job through the waist: its input comes from its client or from the store, and its events go to the store.
import type { FoundDeployment } from '../core/deployment.ts'
import { SERVICE_FAILED } from '../core/failures.ts'
import type { TaskEvent, TenantId } from '../core/task.ts'
import type { Execute, Execution } from '../execution/execute.ts'
import type { ParsedRequest } from '../protocol/parse.ts'
import type { ActiveJob } from './active-job.ts'
import { executeParsed, failedExecution } from './execute-parsed.ts'
import { advance } from './job-state.ts'
import type { Job, JobDoor } from './job-state.ts'
import type { JobStore } from './job-store.ts'

export interface RunJobOptions {
  readonly execute: Execute
  readonly store: Pick<JobStore, 'addChunk'>
  readonly tenant: TenantId
  readonly findDeployment: (endpoint: string) => FoundDeployment
  /** The input that each door allows. */
  readonly inputBytes: Readonly<Record<JobDoor, number>>
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Told when a client that asks for the job would see something new. */
  readonly onNews: (id: string) => void
  readonly onDefect: (error: unknown) => void
}

/** Settles with how it ended, whatever happens; a defect of the service is an INTERNAL of the job. */
export async function runJob(active: ActiveJob, parsed: ParsedRequest, options: RunJobOptions): Promise<Execution> {
  const { job, controller } = active
  const found = options.findDeployment(job.endpoint)
  if (found.kind === 'unknown') return failedExecution(ENDPOINT_GONE)
  const context = {
    id: job.retries === 0 ? job.id : `${job.id}.${job.retries}`,
    tenant: options.tenant,
    signal: controller?.signal ?? AbortSignal.abort(),
    wallMs: job.executionTimeoutMs ?? undefined,
    inputBytes: options.inputBytes[job.door],
    deployment: found.deployment,
    // It waits in a queue of its own, as long as its `ttl` allows.
    queueMs: Number.POSITIVE_INFINITY,
    mayStream: true,
    isStreamAggregated: job.isStreamAggregated,
    onStart: () => {
      active.job = advance(active.job, { type: 'started', at: options.now() })
    },
    onEvent: async (event: TaskEvent) => hear(event, active, parsed, options),
  }
  try {
    const execution = await executeParsed(options.execute, parsed, context)
    return active.hasLostChunk ? failedExecution(CHUNK_LOST) : execution
  } catch (error) {
    options.onDefect(error)
    return failedExecution(SERVICE_FAILED)
  }
}

async function hear(
  { type, value }: TaskEvent,
  active: ActiveJob,
  parsed: ParsedRequest,
  options: RunJobOptions,
): Promise<void> {
  const { id } = active.job
  if (type === 'progress') active.progress = value
  else {
    await keepChunk(isPickled(parsed) ? JSON.stringify(value) : value, active, options)
    active.chunks++
  }
  options.onNews(id)
}

/** A stream with a hole is no result: nothing that would follow is wanted. */
async function keepChunk(value: string, active: ActiveJob, { store, onDefect }: RunJobOptions): Promise<void> {
  try {
    await store.addChunk(active.job.id, value)
  } catch (error) {
    onDefect(error)
    active.hasLostChunk = true
    active.controller?.abort()
  }
}

function isPickled(parsed: ParsedRequest): boolean {
  return parsed.ok && !('shape' in parsed.request) && parsed.request.serialization_format === 'cloudpickle'
}

const CHUNK_LOST = {
  code: 'JOBS_UNAVAILABLE',
  message: 'A chunk of the stream could not be kept, and so the job was ended.',
} as const

const ENDPOINT_GONE = {
  code: 'ENDPOINT_NOT_FOUND',
  message: 'Nothing is registered any more under the endpoint that the job was sent to.',
} as const

/** Whether `policy.executionTimeout`, not a lower limit of the request itself, was the wall that the job hit. */
export function isPolicyLimit({ executionTimeoutMs }: Job, parsed: ParsedRequest): boolean {
  if (executionTimeoutMs === null || !parsed.ok) return false
  const asked = 'shape' in parsed.request ? undefined : parsed.request.limits.wallMs
  return asked === undefined || asked >= executionTimeoutMs
}
