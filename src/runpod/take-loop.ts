// Takes jobs from the platform's queue as long as there is room for them, and asks a platform that is down ever less often.
import type { AskPlatform, PlatformAnswer } from './platform-client.ts'
import { backOffMs, pause } from './platform-timing.ts'
import type { PlatformTiming } from './platform-timing.ts'
import type { PlatformUrls } from './platform-urls.ts'
import { readTakeAnswer } from './take-answer.ts'
import type { LostJob, PlatformJob, TakeAnswer } from './take-answer.ts'

/** Room for the bytes of an answer while it is read. */
export interface AnswerLease {
  resize(bytes: number): boolean
  release(): void
}

export interface TakeLoopOptions {
  readonly ask: AskPlatform
  readonly urls: PlatformUrls
  readonly timing: PlatformTiming
  readonly now: () => number
  readonly random: () => number
  /** How many further jobs there is room for, and whether any is running. */
  readonly room: () => { readonly wanted: number; readonly isBusy: boolean }
  /** Settles when there may be more room; it is also looked for now and then. */
  readonly nextRoom: () => Promise<void>
  /** What one job may have. */
  readonly jobBytes: number
  /** Null when the service holds as much as it may. */
  readonly reserve: (bytes: number) => AnswerLease | null
  /** How many of the jobs are new. */
  readonly onJobs: (jobs: readonly PlatformJob[], lost: readonly LostJob[]) => number
  /** A whole sentence; what is lost with it has gone to `onJobs`. */
  readonly onProblem: (message: string) => void
  /** Ends the loop: at once while it waits, and behind an answer that has begun to come. */
  readonly stopping: AbortSignal
  /** Ends it whatever it does. */
  readonly signal: AbortSignal
}

/** Beside the input, for each job and for the answer. */
const ENVELOPE_BYTES = 64 * 1_024

/** Settles when it is stopped. */
export async function runTakeLoop(options: TakeLoopOptions): Promise<void> {
  const { stopping } = options
  let failures = 0
  while (!stopping.aborted) {
    const { wanted, isBusy } = options.room()
    const lease = wanted > 0 ? options.reserve(ENVELOPE_BYTES) : null
    if (lease === null) {
      // oxlint-disable-next-line no-await-in-loop -- there is nothing to do meanwhile
      await waitForRoom(options)
      continue
    }
    const startedMs = options.now()
    // oxlint-disable-next-line no-await-in-loop -- takes follow each other
    const read = readTakeAnswer(await take(options, wanted, isBusy, lease))
    const added = 'lost' in read ? options.onJobs(read.type === 'jobs' ? read.jobs : [], read.lost) : 0
    lease.release()
    if (stopping.aborted) return
    failures = read.type === 'failed' ? failures + 1 : 0
    if (read.type === 'failed') options.onProblem(read.message)
    const tookMs = options.now() - startedMs
    // oxlint-disable-next-line no-await-in-loop -- takes follow each other
    await pause(pauseMs(read.type, { added, failures, tookMs }, options), stopping)
  }
}

interface Taken {
  readonly added: number
  readonly failures: number
  readonly tookMs: number
}

function pauseMs(type: TakeAnswer['type'], { added, failures, tookMs }: Taken, options: TakeLoopOptions): number {
  const { timing, random } = options
  switch (type) {
    case 'failed':
      return backOffMs(failures, timing, random)
    case 'throttled':
      return timing.throttledMs
    case 'jobs':
    case 'none':
      return added > 0 ? 0 : timing.emptyTakeMs - tookMs
    default:
      return type satisfies never
  }
}

async function take(
  options: TakeLoopOptions,
  wanted: number,
  isBusy: boolean,
  lease: AnswerLease,
): Promise<PlatformAnswer> {
  const { ask, urls, jobBytes, timing, signal, stopping } = options
  let heldBytes = ENVELOPE_BYTES
  return ask({
    method: 'GET',
    url: urls.take(wanted, isBusy),
    body: null,
    answerBytes: (urls.takesBatches ? wanted : 1) * (jobBytes + ENVELOPE_BYTES),
    takeBytes: (bytes) => lease.resize((heldBytes += bytes)),
    timeoutMs: timing.pollMs,
    signal,
    waitSignal: stopping,
  })
}

/** Room can come from elsewhere too: a pool that is ready again, buffers that others have given back. */
async function waitForRoom({ nextRoom, stopping, timing }: TakeLoopOptions): Promise<void> {
  const over = new AbortController()
  await Promise.race([nextRoom(), pause(timing.emptyStopMs, AbortSignal.any([stopping, over.signal]))])
  over.abort()
}
