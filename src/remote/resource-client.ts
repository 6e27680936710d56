// Requests to the URLs of resources: which addresses they may lead to, and who is sent the key.
import { isHostAllowed, ruleOfUrl } from '../core/host-rule.ts'
import type { HostRule } from '../core/host-rule.ts'
import type { RemoteCall } from '../core/remote-call.ts'
import type { EgressAnswer } from '../egress/egress-client.ts'
import type { EgressClients } from '../egress/egress-clients.ts'

export interface ResourceClientOptions {
  /** Asked for every request; the first may take a while. */
  readonly openClients: () => Promise<EgressClients>
  /** Hosts that the operator names. */
  readonly listed: readonly HostRule[]
  /** Sent as a bearer key to listed hosts and those of `keyHosts`; empty for none. */
  readonly apiKey: string
  /** Who deploys code names hosts in its manifest: the service's key is for none of them but these. */
  readonly keyHosts: readonly HostRule[]
}

export interface ResourceRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH'
  readonly href: string
  readonly body: string | null
  readonly deadlineMs: number
}

/** Settles like `EgressClient.request`. */
export type AskResource = (
  call: Pick<RemoteCall, 'answerBytes' | 'takeBytes' | 'signal'>,
  request: ResourceRequest,
) => Promise<EgressAnswer>

export function createResourceClient(options: ResourceClientOptions): AskResource {
  const { openClients, listed, apiKey, keyHosts } = options
  return async function askResource({ answerBytes, takeBytes, signal }, { method, href, body, deadlineMs }) {
    const url = URL.parse(href)
    if (url === null) {
      return { ok: false, failure: { code: 'EGRESS_DENIED', message: 'The URL of the resource is none.' } }
    }
    const isListed = isHostAllowed(url, listed)
    const hasKey = apiKey !== '' && (isListed || isHostAllowed(url, keyHosts))
    const { publicClient, listedClient } = await openClients()
    return (isListed ? listedClient : publicClient).request({
      method,
      url,
      headers: {
        accept: 'application/json',
        ...(body === null ? {} : { 'content-type': 'application/json' }),
        ...(hasKey ? { authorization: `Bearer ${apiKey}` } : {}),
      },
      body,
      rules: isListed ? listed : [ruleOfUrl(url)],
      answerBytes,
      takeBytes,
      deadlineMs,
      signal,
    })
  }
}
