// Why a request of guest code is not made, for that code: what it asked, and whose word it is. Rules are not shown.
import type { NetworkPolicy, NetworkVerdict } from '../core/network-policy.ts'
import { shownHost } from './shown-host.ts'

const PATH_CHARACTERS = 200

export function describeDenial(policy: NetworkPolicy, method: string, url: URL, verdict: NetworkVerdict): string {
  const host = `${url.protocol}//${shownHost(url)}`
  if (verdict.isAllowed) return `${host} may be asked.`
  if (policy.rules.length === 0) return `${host} may not be asked: this service allows no requests to other hosts.`
  if (verdict.reason === 'not-declared')
    return `${host} may not be asked: it is not among the hosts in 'egress' of the function.`
  const path = url.pathname.length > PATH_CHARACTERS ? `${url.pathname.slice(0, PATH_CHARACTERS)}…` : url.pathname
  const why = verdict.reason === 'rule' ? 'a rule of this service forbids it' : 'no rule of this service allows it'
  return `${method} ${host}${path} may not be asked: ${why}.`
}
