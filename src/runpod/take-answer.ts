// What the platform answers when it is asked for jobs (protocol.md §3.2): jobs, none, or what is wrong. None of it is trusted.
import { groupDigits } from '../core/group-digits.ts'
import type { Failure } from '../errors.ts'
import type { JobPolicy } from '../protocol/job-request.ts'
import { parsePolicy } from '../protocol/job-request.ts'
import { isJsonObject, parseJson } from '../protocol/json.ts'
import { findJobIds } from './find-job-ids.ts'
import type { PlatformAnswer } from './platform-client.ts'

export interface PlatformJob {
  readonly id: string
  readonly input: unknown
  readonly mayHaveRareNumbers: boolean
  readonly policy: JobPolicy
  /** What is wrong with the policy that came, which then is not followed; null for nothing. */
  readonly policyProblem: string | null
}

/** A job that came and cannot run. */
export interface LostJob {
  /** Null when it has none to which an error could be posted. */
  readonly id: string | null
  readonly failure: Failure
}

export type TakeAnswer =
  | { readonly type: 'jobs'; readonly jobs: readonly PlatformJob[]; readonly lost: readonly LostJob[] }
  | { readonly type: 'none' }
  /** The platform wants to be asked less often. */
  | { readonly type: 'throttled' }
  /** @property message a whole sentence. */
  | { readonly type: 'failed'; readonly message: string; readonly lost: readonly LostJob[] }

/** Longer ids, and those that would be another path, are nobody's. */
const ID_CHARACTERS_MAX = 256
const LOST_MAX = 1_000
const STATUS = { none: 204, noneWithFlashBoot: 400, throttled: 429 }

export function readTakeAnswer(answer: PlatformAnswer): TakeAnswer {
  if (!answer.ok) return failed(answer.message)
  const { status, contentType, body } = answer
  if (status === STATUS.none || status === STATUS.noneWithFlashBoot) return { type: 'none' }
  if (status === STATUS.throttled) return { type: 'throttled' }
  if (status < 200 || status > 299) return failed(`The platform answers with status ${status}.`)
  if (answer.cut !== null) return unread(answer.cut, body)
  if (body === '') return { type: 'none' }
  if (!/^application\/(?:[\w.+-]+\+)?json\b/iu.test(contentType)) {
    return failed(`The platform answers with ${JSON.stringify(contentType.slice(0, 60))} instead of JSON.`)
  }
  const parsed = parseJson(body)
  if (!parsed.ok) {
    const message = `The jobs of an answer cannot be read: ${parsed.reason}.`
    return unread({ code: 'REQUEST_INVALID', message }, body)
  }
  const entries = Array.isArray(parsed.value) ? (parsed.value as readonly unknown[]) : [parsed.value]
  const jobs: PlatformJob[] = []
  const lost: LostJob[] = []
  for (const entry of entries) {
    const job = readJob(entry, parsed.mayHaveRareNumbers)
    if ('failure' in job) lost.push(job)
    else jobs.push(job)
  }
  return { type: 'jobs', jobs, lost: bounded(lost) }
}

/** No honest platform sends so many at once; each costs a line of the log, and a post. */
function bounded(lost: readonly LostJob[]): readonly LostJob[] {
  if (lost.length <= LOST_MAX) return lost
  const message = `${groupDigits(lost.length - LOST_MAX)} further jobs of the same answer cannot run.`
  return [...lost.slice(0, LOST_MAX), unusable(null, message)]
}

function readJob(entry: unknown, mayHaveRareNumbers: boolean): PlatformJob | LostJob {
  if (!isJsonObject(entry)) return unusable(null, 'A job is no JSON object.')
  const id = Object.hasOwn(entry, 'id') ? entry['id'] : undefined
  if (!isJobId(id)) {
    const message = `A job has no id that can be answered: a text of 1 to ${groupDigits(ID_CHARACTERS_MAX)} characters.`
    return unusable(null, message)
  }
  if (!Object.hasOwn(entry, 'input')) return unusable(id, 'The job has no input.')
  const policy = parsePolicy(Object.hasOwn(entry, 'policy') ? entry['policy'] : null)
  return {
    id,
    input: entry['input'],
    mayHaveRareNumbers,
    policy: policy.ok ? policy.policy : {},
    policyProblem: policy.ok ? null : `${policy.detail.loc.slice(1).join('.')}: ${policy.detail.msg}`,
  }
}

function isJobId(id: unknown): id is string {
  return (
    typeof id === 'string' && id !== '' && id.length <= ID_CHARACTERS_MAX && id.isWellFormed() && !/^\.{1,2}$/u.test(id)
  )
}

function unusable(id: string | null, message: string): LostJob {
  return { id, failure: { code: 'REQUEST_INVALID', message } }
}

/** What was sent is gone, but whoever waits for it can be told. */
function unread(failure: Failure, body: string): TakeAnswer {
  const ids = findJobIds(body).filter(isJobId)
  const lost = ids.map((id) => ({ id, failure }))
  return failed(failure.message, bounded(lost))
}

function failed(message: string, lost: readonly LostJob[] = []): TakeAnswer {
  return { type: 'failed', message, lost }
}
