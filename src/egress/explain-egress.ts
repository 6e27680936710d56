// Whether a request would be made, and why, in sentences for an operator: the rule that decides, and where its host leads.
import type { HostRule } from '../core/host-rule.ts'
import { decide, describeRule, findMisfit } from '../core/network-policy.ts'
import type { Misfit, NetworkPolicy, NetworkVerdict, Reach } from '../core/network-policy.ts'
import type { CheckAddress } from './check-address.ts'
import { checkReach } from './reach-check.ts'
import { checkRequest } from './request-headers.ts'
import { addressesOf, resolverFor } from './resolve-host.ts'
import type { Resolve } from './resolve-host.ts'

export interface ExplainQuestion {
  readonly policy: NetworkPolicy
  /** What the deployed function declares; null for nothing. */
  readonly declared: readonly HostRule[] | null
  readonly method: string
  readonly url: string
  readonly resolveFor?: (reach: Reach) => Resolve
}

export interface Explanation {
  readonly isAllowed: boolean
  /** Where the rule stands that decides. */
  readonly rule: string | null
  /** What the name leads to; empty when it was not looked up. */
  readonly addresses: readonly string[]
  readonly sentences: readonly string[]
}

/** Looks the name up when a rule allows it; asks nobody else. Never rejects. */
export async function explainEgress({
  policy,
  declared,
  method,
  url: href,
  resolveFor = resolverFor,
}: ExplainQuestion): Promise<Explanation> {
  const checked = checkRequest({ method, url: href, headers: [], redirect: 'follow', hasBody: false })
  if (!checked.ok) return refused(null, [`The request ${checked.problem}.`])
  const { url } = checked
  const asked = `${checked.method} ${url.href}`
  const verdict = decide(policy, declared, checked.method, url)
  if (!verdict.isAllowed)
    return refused(verdict.rule?.place ?? null, describeRefusal(policy, verdict, checked.method, url))
  const { rule } = verdict
  const sentences = [`${asked} is allowed by ${rule.place}: ${describeRule(rule)}.`]
  const found = await lookUp(url.hostname, resolveFor(rule.reach), checkReach(rule.reach))
  if (found.length === 0) return refused(rule.place, [...sentences, `The name ${url.hostname} has no address.`])
  const verdicts = found.map(({ address, why }) =>
    why === null ? `${address} may be connected to.` : `${address} is ${why}, and refused.`,
  )
  const isRefused = found.some(({ why }) => why !== null)
  return {
    isAllowed: !isRefused,
    rule: rule.place,
    addresses: found.map(({ address }) => address),
    sentences: [
      ...sentences,
      ...verdicts,
      isRefused
        ? 'The request is not made: every address of a name must be one that may be connected to.'
        : 'The request is made. Where its answer redirects to is decided anew.',
    ],
  }
}

function refused(rule: string | null, sentences: readonly string[]): Explanation {
  return { isAllowed: false, rule, addresses: [], sentences }
}

const MISFITS: Readonly<Record<Misfit, string>> = {
  host: 'is for other hosts',
  scheme: 'is for another scheme',
  port: 'is for another port',
  method: 'is for other methods',
  path: 'is for other paths, or servers read this one differently',
}
const SHOWN_MAX = 20

function describeRefusal(
  policy: NetworkPolicy,
  verdict: NetworkVerdict & { isAllowed: false },
  method: string,
  url: URL,
): readonly string[] {
  const asked = `${method} ${url.href}`
  const { rule } = verdict
  if (rule !== null && verdict.reason === 'rule') return [`${asked} is denied by ${rule.place}: ${describeRule(rule)}.`]
  if (rule !== null)
    return [`${rule.place} allows ${asked}, and the function does not have ${url.host} among its own hosts (egress).`]
  if (policy.rules.length === 0)
    return [`${asked} is denied: there are no rules, and without one nothing is allowed (EGRESS_POLICY).`]
  const misfits = policy.rules.map((one) => {
    const misfit = findMisfit(one, method, url)
    return `${one.place} (${describeRule(one)}) ${misfit === null ? 'fits' : MISFITS[misfit]}.`
  })
  // Those of the host are what an operator looks for.
  const near = misfits.filter((sentence) => !sentence.endsWith(`${MISFITS.host}.`))
  const shown = near.length > 0 ? near : misfits
  return [`${asked} is denied: no rule of ${policy.place} fits.`, ...shown.slice(0, SHOWN_MAX)]
}

interface Found {
  readonly address: string
  readonly why: string | null
}

async function lookUp(hostname: string, resolve: Resolve, check: CheckAddress): Promise<readonly Found[]> {
  const addresses = await addressesOf(hostname, resolve)
  return addresses.map(({ address }) => ({ address, why: check(address) }))
}
