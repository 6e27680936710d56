// Tells the platform on a clock of its own that this worker lives, and what it runs.
import type { AskPlatform } from './platform-client.ts'
import { pause } from './platform-timing.ts'
import type { PlatformUrls, Unfit } from './platform-urls.ts'

export interface PingOptions {
  readonly ask: AskPlatform
  readonly urls: PlatformUrls
  /** Of the program. */
  readonly version: string
  readonly intervalMs: number
  readonly jobIds: () => readonly string[]
  /** Told once of each row of pings that fail, and once when one comes through again. */
  readonly onChange: (problem: string | null) => void
  readonly signal: AbortSignal
}

const ANSWER_BYTES = 1_024
const UNFIT_MS = 5_000
/** The first pause after a ping that failed, unless the interval is shorter. */
const RETRY_MS = 1_000

/** Settles when the signal is aborted. */
export async function runPingLoop(options: PingOptions): Promise<void> {
  const { intervalMs, signal, onChange } = options
  let failures = 0
  while (!signal.aborted) {
    // oxlint-disable-next-line no-await-in-loop -- pings follow each other
    const problem = await ping(options)
    if (problem === null && failures > 0) onChange(null)
    if (problem !== null && failures === 0 && !signal.aborted) onChange(problem)
    failures = problem === null ? 0 : failures + 1
    const waitMs = failures === 0 ? intervalMs : Math.min(intervalMs, RETRY_MS * 2 ** (failures - 1))
    // oxlint-disable-next-line no-await-in-loop -- pings follow each other
    await pause(waitMs, signal)
  }
}

async function ping({ ask, urls, version, intervalMs, jobIds, signal }: PingOptions): Promise<string | null> {
  const url = urls.ping(jobIds(), version)
  if (url === null) return null
  const answer = await ask({
    method: 'GET',
    url,
    body: null,
    answerBytes: ANSWER_BYTES,
    timeoutMs: 2 * intervalMs,
    signal,
  })
  if (!answer.ok) return answer.message
  return answer.status >= 200 && answer.status <= 299 ? null : `The platform answers with status ${answer.status}.`
}

/** The one ping of a worker that cannot work; what comes of it changes nothing. */
export async function pingUnfit({ ask, urls, version }: PingOptions, unfit: Unfit): Promise<void> {
  const url = urls.ping([], version, unfit)
  if (url === null) return
  const { signal } = new AbortController()
  await ask({ method: 'GET', url, body: null, answerBytes: ANSWER_BYTES, timeoutMs: UNFIT_MS, signal })
}
