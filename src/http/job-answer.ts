// A job as the answer to whoever asks for it, as far as there is room for its result.
import { DEFAULT_ENDPOINT } from '../core/deployment.ts'
import type { EndpointId } from '../core/deployment.ts'
import type { Job } from '../jobs/job-state.ts'
import { writeJobResponse } from '../protocol/job-response.ts'
import { BUFFERS_FULL, SMALL_ANSWER_CHARACTERS, refuse } from './answer.ts'
import type { Answer, Mode } from './answer.ts'
import type { AppOptions } from './app-options.ts'
import type { HttpContext } from './context.ts'

/** Whose jobs a request is about: those of the root are the endpoint `default`'s. */
export function endpointOf(c: HttpContext): EndpointId {
  return c.req.param('endpointId') ?? DEFAULT_ENDPOINT
}

export function createJobAnswer({ workerId, buffers }: Pick<AppOptions, 'workerId' | 'buffers'>): (job: Job) => Answer {
  return function answerJob(job) {
    const { id, status: jobStatus, code } = job
    const body = writeJobResponse({
      ...job,
      delayTime: job.delayMs,
      executionTime: job.executionMs,
      workerId,
    })
    return withRoom({ status: 200, body, code, id, jobStatus }, buffers) ?? { ...refuse(BUFFERS_FULL), id }
  }
}

/** The answer with room for its body until it is sent; null when there is none, which a small one does without. */
export function withRoom(answer: Answer & { readonly body: string }, buffers: AppOptions['buffers']): Answer | null {
  const lease = buffers.reserve(answer.body.length)
  if (lease !== null) return { ...answer, lease }
  return answer.body.length > SMALL_ANSWER_CHARACTERS ? null : answer
}

/** A job that has not ended; its code tells its progress in `output` (protocol.md §2.2). */
export function unfinished(
  id: string,
  jobStatus: 'IN_QUEUE' | 'IN_PROGRESS',
  mode: Mode,
  progress: string | null = null,
): Answer {
  const output = progress === null ? '' : `,"output":${progress}`
  return { status: 200, body: `{"id":"${id}","status":"${jobStatus}"${output}}`, code: null, id, jobStatus, mode }
}
