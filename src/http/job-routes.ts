// The job API of the platform: how jobs are taken in.
import { isStreamAggregated } from '../core/stream-aggregation.ts'
import { ERRORS } from '../errors.ts'
import type { FinishedJob } from '../jobs/active-job.ts'
import { isRefusal } from '../jobs/execute-parsed.ts'
import type { Submitted } from '../jobs/job-runner.ts'
import type { Job, JobDoor } from '../jobs/job-state.ts'
import { parseInput } from '../jobs/parse-input.ts'
import { parseJobRequest } from '../protocol/job-request.ts'
import { modeOf } from '../protocol/parse.ts'
import { DRAINING, ENDPOINT_NOT_FOUND, refuse, refuseBody } from './answer.ts'
import type { Answer, Mode } from './answer.ts'
import type { AppOptions } from './app-options.ts'
import type { HttpContext } from './context.ts'
import type { RouteHandler } from './endpoint.ts'
import { holdInput } from './hold-input.ts'
import { createJobAnswer, endpointOf, unfinished } from './job-answer.ts'
import { recordOfEnd } from './job-record.ts'
import { readJsonBody } from './json-body.ts'
import { settledWithin } from './settled-within.ts'
import { waitMsOf } from './wait-ms.ts'

export interface JobRoutes {
  readonly run: RouteHandler
  readonly runsync: RouteHandler
}

type Accepted = { readonly submitted: Extract<Submitted, { ok: true }>; readonly mode: Mode }

export function createJobRoutes(options: AppOptions): JobRoutes {
  const { jobs, now } = options
  const answerJob = createJobAnswer(options)
  const isJsonRequired = options.access.kind !== 'key'
  const bodyOptions = {
    run: { ...options, limitBytes: options.inputBytes, isJsonRequired },
    runsync: { ...options, limitBytes: options.syncInputBytes, isJsonRequired },
  }

  return { run, runsync }

  async function run(c: HttpContext): Promise<Answer> {
    const startedMs = now()
    const accepted = await submit(c, 'run')
    if ('status' in accepted) return accepted
    const { submitted, mode } = accepted
    submitted.finished.then((finished) => record('/run', mode, finished, startedMs)).catch(options.onDefect)
    return unfinished(submitted.id, 'IN_QUEUE', mode)
  }

  async function runsync(c: HttpContext): Promise<Answer> {
    const startedMs = now()
    const waitMs = waitMsOf(c)
    const accepted = await submit(c, 'runsync')
    if ('status' in accepted) return accepted
    const { submitted, mode } = accepted
    const finished = await settledWithin(submitted.finished, waitMs)
    if (finished !== null) return { ...answerFinished(finished.job), usage: finished.usage, mode }
    submitted.finished.then((late) => record('/runsync', mode, late, startedMs)).catch(options.onDefect)
    const job = await jobs.reader.get(endpointOf(c), submitted.id)
    return unfinished(submitted.id, job?.status === 'IN_QUEUE' ? 'IN_QUEUE' : 'IN_PROGRESS', mode)
  }

  /** A refusal, or a job that runs. */
  async function submit(c: HttpContext, door: JobDoor): Promise<Answer | Accepted> {
    if (options.isDraining()) return DRAINING
    const body = await readJsonBody(c, bodyOptions[door])
    if (!body.ok) return body.answer
    const { lease } = body
    const found = options.findDeployment(c.req.param('endpointId'))
    if (found.kind === 'unknown') {
      lease.release()
      return ENDPOINT_NOT_FOUND
    }
    const { deployment } = found
    const request = parseJobRequest(body.value)
    if (!request.ok) {
      lease.release()
      return refuseBody(request.code, request.detail, body.length)
    }
    const parsed = parseInput(request.input, body.mayHaveRareNumbers, deployment)
    const refusal = holdInput(parsed, lease)
    if (refusal !== null) return refusal
    const submitted = await jobs.submit({
      door,
      endpoint: endpointOf(c),
      parsed,
      policy: request.policy,
      webhook: request.webhook,
      // Whoever waits for the result has it whole, as the local API of runpod-python answers a generator (protocol.md §2.3).
      isStreamAggregated: door === 'runsync' || (parsed.ok && isStreamAggregated(parsed.request, deployment)),
      onInputFree: () => lease.release(),
    })
    return submitted.ok ? { submitted, mode: modeOf(parsed) } : refuse(submitted.failure)
  }

  /** A result for which there is no room now waits in the store: the client is told to ask again, by the usual means. */
  function answerFinished(job: Job): Answer {
    const answer = answerJob(job)
    if (answer.code === 'BUFFERS_FULL') return { ...unfinished(job.id, 'IN_PROGRESS', null), code: answer.code }
    return isRefusal(answer.code) ? { ...answer, status: ERRORS[answer.code].status } : answer
  }

  /** Of a job that ended when nobody waited for it. */
  function record(route: string, mode: Mode, finished: FinishedJob, startedMs: number): void {
    options.onRequest(recordOfEnd(route, mode, finished, now() - startedMs))
  }
}
