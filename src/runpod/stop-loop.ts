// Listens for the platform's word that jobs are to be stopped (protocol.md §3.4).
import { isJsonObject, parseJson } from '../protocol/json.ts'
import type { AskPlatform, PlatformAnswer } from './platform-client.ts'
import { backOffMs, pause } from './platform-timing.ts'
import type { PlatformTiming } from './platform-timing.ts'

export interface StopLoopOptions {
  readonly ask: AskPlatform
  readonly url: string
  readonly timing: PlatformTiming
  readonly now: () => number
  readonly random: () => number
  readonly onStop: (jobIds: readonly string[]) => void
  /** A whole sentence. */
  readonly onProblem: (message: string) => void
  readonly signal: AbortSignal
}

type StopAnswer =
  | { readonly type: 'stop'; readonly jobIds: readonly string[] }
  | { readonly type: 'none' }
  | { readonly type: 'failed'; readonly message: string }

const ANSWER_BYTES = 64 * 1_024
const NO_CONTENT = 204

/** Settles when the signal is aborted. */
export async function runStopLoop(options: StopLoopOptions): Promise<void> {
  const { ask, url, timing, now, random, signal } = options
  let failures = 0
  while (!signal.aborted) {
    const startedMs = now()
    // oxlint-disable-next-line no-await-in-loop -- polls follow each other
    const answer = await ask({
      method: 'GET',
      url,
      body: null,
      answerBytes: ANSWER_BYTES,
      timeoutMs: timing.pollMs,
      signal,
    })
    if (signal.aborted) return
    const read = readStopAnswer(answer)
    failures = read.type === 'failed' ? failures + 1 : 0
    if (read.type === 'stop') options.onStop(read.jobIds)
    if (read.type === 'failed') options.onProblem(read.message)
    const idleMs = Math.max(0, timing.emptyStopMs - (now() - startedMs))
    // oxlint-disable-next-line no-await-in-loop -- polls follow each other
    await pause(failures === 0 ? idleMs : Math.max(idleMs, backOffMs(failures, timing, random)), signal)
  }
}

/** Pure. Ids that are no text are nobody's. */
export function readStopAnswer(answer: PlatformAnswer): StopAnswer {
  if (!answer.ok) return { type: 'failed', message: answer.message }
  const { status, body, cut } = answer
  if (status === NO_CONTENT || (status === 200 && body === '')) return { type: 'none' }
  if (status !== 200) return { type: 'failed', message: `The platform answers with status ${status}.` }
  if (cut !== null) return { type: 'failed', message: cut.message }
  const parsed = parseJson(body)
  const ids = parsed.ok && isJsonObject(parsed.value) ? parsed.value['jobsToStop'] : undefined
  if (!Array.isArray(ids)) return { type: 'failed', message: 'The platform answers with no list of jobs to stop.' }
  return { type: 'stop', jobIds: ids.filter((id) => typeof id === 'string') }
}
