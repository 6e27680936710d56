// A job as the answer to whoever asks for it, as far as there is room for its result.
import type { Job } from '../jobs/job-state.ts'
import { writeJobResponse } from '../protocol/job-response.ts'
import { BUFFERS_FULL, SMALL_ANSWER_CHARACTERS, refuse } from './answer.ts'
import type { Answer } from './answer.ts'
import type { AppOptions } from './app-options.ts'

export function createJobAnswer({ workerId, buffers }: Pick<AppOptions, 'workerId' | 'buffers'>): (job: Job) => Answer {
  return function answerJob(job) {
    const { id, status: jobStatus, code } = job
    const body = writeJobResponse({
      ...job,
      delayTime: job.delayMs,
      executionTime: job.executionMs,
      workerId,
    })
    const lease = buffers.reserve(body.length)
    if (lease === null && body.length > SMALL_ANSWER_CHARACTERS) return { ...refuse(BUFFERS_FULL), id }
    return { status: 200, body, code, id, jobStatus, ...(lease === null ? {} : { lease }) }
  }
}
