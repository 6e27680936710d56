// Which requests guest code may make to other hosts: rules, of which the first that fits decides. Pure; without a rule, none.
import { isNamedBy, parseHostRule, isHostAllowed } from './host-rule.ts'
import type { HostRule } from './host-rule.ts'
import { matchPath } from './request-path.ts'
import type { PathPattern } from './request-path.ts'

export type Scheme = 'http' | 'https'

/** Some hosts, by scheme, name and port. */
export interface HostPattern {
  /** As the operator wrote it. */
  readonly text: string
  readonly schemes: readonly Scheme[]
  /** Null for every host. */
  readonly host: Pick<HostRule, 'host' | 'isWildcard'> | null
  /** `scheme`: 80 for http, 443 for https. */
  readonly port: number | 'scheme' | 'any'
}

/**
 * What a host that a rule allows may lead to. `public`: public addresses. `private`: also this machine, private and carrier
 * networks, and no metadata service. Ranges in CIDR notation: also these, whatever they are.
 */
export type Reach = 'public' | 'private' | readonly string[]

/** A header that the host puts into requests which a rule allows; guest code never sees its value. */
export interface InjectedHeader {
  /** In lower case. */
  readonly name: string
  readonly value: string
}

export interface NetworkRule {
  readonly effect: 'allow' | 'deny'
  /** Where it stands: `endpoints.orders.rules[2]`. */
  readonly place: string
  /** One of them fits. */
  readonly hosts: readonly HostPattern[]
  /** In upper case; null for every method. */
  readonly methods: readonly string[] | null
  /** Null for every path. */
  readonly paths: readonly PathPattern[] | null
  readonly reach: Reach
  readonly headers: readonly InjectedHeader[]
}

export interface NetworkPolicy {
  /** Where its rules stand: `endpoints.orders.rules`. */
  readonly place: string
  readonly rules: readonly NetworkRule[]
}

export type NetworkVerdict =
  | { readonly isAllowed: true; readonly rule: NetworkRule }
  /** `rule` is null when none fits, or when one would and the deployment's own hosts do not. */
  | {
      readonly isAllowed: false
      readonly rule: NetworkRule | null
      readonly reason: 'rule' | 'no-rule' | 'not-declared'
    }

/** The part of a rule that a request does not fit; null when the rule decides it. */
export type Misfit = 'host' | 'scheme' | 'port' | 'method' | 'path'

const PORTS = { http: 80, https: 443 } as const
const PATTERN = /^(?:(?<scheme>https?):\/\/)?(?<host>[^/]+?)(?<port>:(?:\*|\d{1,5}))?$/iu
const PORT_MAX = 65_535

/**
 * `https://api.example.com`, `*.example.com:8443`, `[::1]:*`; `public` is every host. What is left out stands, when it allows,
 * for https and the scheme's port (and of `public` for http too), when it denies, for both schemes and every port. Null for what
 * is none.
 */
export function parseHostPattern(text: string, effect: NetworkRule['effect']): HostPattern | null {
  const groups = PATTERN.exec(text)?.groups
  if (groups === undefined) return null
  const isEvery = /^public$/iu.test(groups['host'] ?? '')
  const host = isEvery ? null : parseHostRule(groups['host'] ?? '')
  if (!isEvery && host === null) return null
  const given = groups['scheme']?.toLowerCase()
  const both = effect === 'deny' || isEvery
  const schemes: readonly Scheme[] = given === undefined ? (both ? ['http', 'https'] : ['https']) : [given as Scheme]
  const portText = groups['port']?.slice(1)
  const port =
    portText === undefined ? (effect === 'deny' ? 'any' : 'scheme') : portText === '*' ? 'any' : Number(portText)
  if (typeof port === 'number' && (port < 1 || port > PORT_MAX)) return null
  return { text, schemes, host, port }
}

/**
 * @param declared the hosts that the deployed function says it asks, which narrow what the rules allow; null for no such list.
 * @param url of http or https, without user name and password.
 */
export function decide(
  policy: NetworkPolicy,
  declared: readonly HostRule[] | null,
  method: string,
  url: URL,
): NetworkVerdict {
  const rule = policy.rules.find((one) => findMisfit(one, method, url) === null) ?? null
  if (rule === null) return { isAllowed: false, rule, reason: 'no-rule' }
  if (rule.effect === 'deny') return { isAllowed: false, rule, reason: 'rule' }
  if (declared !== null && !isHostAllowed(url, declared)) return { isAllowed: false, rule, reason: 'not-declared' }
  return { isAllowed: true, rule }
}

/** A path that servers read differently fits no rule that allows paths, and every one that denies some. */
export function findMisfit({ effect, hosts, methods, paths }: NetworkRule, method: string, url: URL): Misfit | null {
  const named = hosts.filter(({ host }) => host === null || isNamedBy(url.hostname, host))
  if (named.length === 0) return 'host'
  const spoken = named.filter(({ schemes }) => schemes.some((scheme) => url.protocol === `${scheme}:`))
  if (spoken.length === 0) return 'scheme'
  if (!spoken.some(({ port }) => port === 'any' || portOf(url) === (port === 'scheme' ? schemePort(url) : port)))
    return 'port'
  if (methods !== null && !methods.includes(method)) return 'method'
  if (paths === null) return null
  const match = matchPath(url.pathname, paths)
  return match === 'yes' || (match === 'unclear' && effect === 'deny') ? null : 'path'
}

/** A rule on one line, without the values of headers. */
export function describeRule({ effect, hosts, methods, paths, reach, headers }: NetworkRule): string {
  const parts = [
    `${effect} ${hosts.map(({ text }) => text).join(', ')}`,
    methods === null ? '' : `for ${methods.join(', ')}`,
    paths === null ? '' : `at ${paths.map(({ text }) => text).join(', ')}`,
    reach === 'public' ? '' : `also at ${reach === 'private' ? 'private addresses' : reach.join(', ')}`,
    headers.length === 0 ? '' : `with ${headers.map(({ name }) => name).join(', ')} from the operator`,
  ]
  return parts.filter((part) => part !== '').join(' ')
}

export function portOf(url: URL): number {
  return url.port === '' ? schemePort(url) : Number(url.port)
}

function schemePort({ protocol }: URL): number {
  return protocol === 'http:' ? PORTS.http : PORTS.https
}
