// One post of a job to the platform, tried again where that can help.
import type { AskPlatform } from './platform-client.ts'
import { pause } from './platform-timing.ts'
import type { PlatformTiming } from './platform-timing.ts'

export interface PlatformPost {
  readonly url: string
  /** JSON text. */
  readonly body: string
  readonly jobId: string
  readonly signal: AbortSignal
}

export type Posted =
  | { readonly type: 'taken' }
  /** The platform does not want this body, however often it comes. */
  | { readonly type: 'refused'; readonly status: number }
  /** @property message a whole sentence. */
  | { readonly type: 'failed'; readonly message: string }

export type PostToPlatform = (post: PlatformPost, attempts?: number) => Promise<Posted>

/** What a body that is too large gets (protocol.md §2.2). */
const REFUSALS: ReadonlySet<number> = new Set([400, 413])
/** Nothing of the answer is used. */
const ANSWER_BYTES = 1_024

export function createPostToPlatform(ask: AskPlatform, timing: PlatformTiming): PostToPlatform {
  return async function postToPlatform(post, attempts = timing.retryMs.length + 1) {
    let message = ''
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      // oxlint-disable-next-line no-await-in-loop -- attempts follow each other
      if (attempt > 0) await pause(timing.retryMs[attempt - 1] ?? 0, post.signal)
      if (post.signal.aborted) return { type: 'failed', message: 'The post was given up.' }
      // oxlint-disable-next-line no-await-in-loop -- attempts follow each other
      const answer = await ask({ ...post, method: 'POST', answerBytes: ANSWER_BYTES, timeoutMs: timing.postMs })
      if (answer.ok && answer.status >= 200 && answer.status <= 299) return { type: 'taken' }
      if (answer.ok && REFUSALS.has(answer.status)) return { type: 'refused', status: answer.status }
      message = answer.ok ? `The platform answers with status ${answer.status}.` : answer.message
    }
    return { type: 'failed', message }
  }
}
