// The post that tells a client's own server how its job ended: to a URL that nobody has looked at but its client.
import { isHostAllowed, ruleOfUrl } from '../core/host-rule.ts'
import type { HostRule } from '../core/host-rule.ts'
import type { EgressClients } from './egress-clients.ts'

export interface PostWebhookOptions {
  /** Asked for every post; the first may take a while. */
  readonly openClients: () => Promise<EgressClients>
  /** Hosts that the operator names: they may be anywhere. */
  readonly listed: readonly HostRule[]
  /** From the start of a post to the end of its answer; absent for ten seconds. */
  readonly deadlineMs?: number
}

export type WebhookPosted =
  | { readonly ok: true }
  /**
   * @property isFinal whether another try could only end in the same way.
   * @property message a whole sentence, for the log of the service.
   */
  | { readonly ok: false; readonly isFinal: boolean; readonly message: string }

export type PostWebhook = (url: string, bodyText: string, signal: AbortSignal) => Promise<WebhookPosted>

const DEADLINE_MS = 10_000
const ANSWER_BYTES = 64 * 1_024
/** The one status by which a server says that it has understood (protocol.md §2.2). */
const TAKEN = 200

/** Never rejects. */
export function createPostWebhook({ openClients, listed, deadlineMs = DEADLINE_MS }: PostWebhookOptions): PostWebhook {
  return async function postWebhook(href, bodyText, signal) {
    const url = URL.parse(href)
    if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
      return { ok: false, isFinal: true, message: 'The URL of the webhook is none of http or https.' }
    }
    const isListed = isHostAllowed(url, listed)
    const { publicClient, listedClient } = await openClients()
    const answer = await (isListed ? listedClient : publicClient).request({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/json', accept: '*/*', 'user-agent': 'worker-isolate' },
      body: bodyText,
      rules: isListed ? listed : [ruleOfUrl(url)],
      answerBytes: ANSWER_BYTES,
      ignoresBody: true,
      deadlineMs,
      signal,
    })
    if (!answer.ok) {
      return { ok: false, isFinal: answer.failure.code === 'EGRESS_DENIED', message: answer.failure.message }
    }
    if (answer.status === TAKEN) return { ok: true }
    return { ok: false, isFinal: false, message: `${url.host} answers with status ${answer.status}.` }
  }
}
