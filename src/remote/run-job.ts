// A call of a queue resource: one job of the platform's API, waited for.
import { setTimeout as wait } from 'node:timers/promises'
import type { RemoteAnswer, RemoteCall } from '../core/remote-call.ts'
import { describeStatus, failed } from './describe-answer.ts'
import { readJob } from './read-job.ts'
import type { AskResource } from './resource-client.ts'

/** How long the platform may hold a request back until its job has finished. */
const JOB_WAIT_MS = { min: 1_000, max: 300_000 }
/** Between two looks at a job that has not finished, as the SDK of the platform has them. */
const POLL_MS = { first: 250, factor: 1.5, max: 5_000 }
const ERROR_CHARACTERS = 8_192

/** @param base the URL of the resource, to which `/runsync` is added. @param input JSON object of keyword arguments. */
export async function runJob(
  call: RemoteCall,
  base: string,
  input: string,
  { ask, now }: { readonly ask: AskResource; readonly now: () => number },
): Promise<RemoteAnswer> {
  const { name, deadlineMs, signal } = call
  const endsAt = now() + deadlineMs
  const waitMs = Math.min(Math.max(deadlineMs, JOB_WAIT_MS.min), JOB_WAIT_MS.max)
  const href = `${base}/runsync?wait=${waitMs}`
  let answer = await ask(call, { method: 'POST', href, body: `{"input":${input}}`, deadlineMs })
  for (let pauseMs: number = POLL_MS.first; ; pauseMs = Math.min(pauseMs * POLL_MS.factor, POLL_MS.max)) {
    if (!answer.ok) return answer
    if (answer.status !== 200) return describeStatus(name, answer)
    const job = readJob(answer.body)
    if (job.kind === 'completed') return { ok: true, shape: 'job', text: answer.body }
    if (job.kind === 'failed') return failed('REMOTE_FAILED', clip(job.error))
    if (job.kind === 'malformed') return failed('EGRESS_FAILED', `The resource of '${name}' ${job.problem}.`)
    if (now() + pauseMs >= endsAt) {
      return failed('EGRESS_FAILED', `The job of '${name}' did not finish within ${deadlineMs} ms.`)
    }
    // oxlint-disable-next-line no-await-in-loop -- a poll with a deadline
    if (!(await pause(pauseMs, signal))) return failed('CANCELLED', `The call of '${name}' was cancelled.`)
    const leftMs = Math.max(1, Math.ceil(endsAt - now()))
    const status = { method: 'GET', href: `${base}/status/${job.id}`, body: null, deadlineMs: leftMs } as const
    // oxlint-disable-next-line no-await-in-loop -- a poll with a deadline
    answer = await ask(call, status)
  }
}

/** False when the caller went away meanwhile. */
async function pause(delayMs: number, signal: AbortSignal): Promise<boolean> {
  try {
    await wait(delayMs, undefined, { signal })
    return true
  } catch {
    return false
  }
}

function clip(text: string): string {
  return text.length > ERROR_CHARACTERS ? `${text.slice(0, ERROR_CHARACTERS)}…` : text
}
