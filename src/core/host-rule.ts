// Which hosts may be asked: rules of scheme, host and port, as an operator or a manifest writes them.

/** `https://api.example.com`, `*.example.com:8443`, `http://[::1]:9000`. Without a scheme it is https, without a port the scheme's. */
export interface HostRule {
  readonly scheme: 'http' | 'https'
  /** As the URL standard writes it: lower case, punycode, IPv6 in brackets. */
  readonly host: string
  /** Then `host` is what the names end with: every name below it, at any depth, and not the name itself. */
  readonly isWildcard: boolean
  readonly port: number
}

const RULE =
  /^(?:(?<scheme>https?):\/\/)?(?<wildcard>\*\.)?(?<host>[^\s/?#@\\*:[\]]+|\[[0-9a-f:.]+\])(?::(?<port>\d{1,5}))?$/iu
const PORTS = { http: 80, https: 443 } as const
const PORT_MAX = 65_535
/** The last label of a name is never a number: those are addresses, in whatever notation. */
const ADDRESS = /^(?:\[.*\]|[\d.]+)$/u

/** Null for what is no rule. */
export function parseHostRule(text: string): HostRule | null {
  const groups = RULE.exec(text)?.groups
  if (groups === undefined) return null
  const scheme = groups['scheme']?.toLowerCase() === 'http' ? 'http' : 'https'
  const host = canonicalHost(groups['host'] ?? '')
  const isWildcard = groups['wildcard'] !== undefined
  const port = groups['port'] === undefined ? PORTS[scheme] : Number(groups['port'])
  if (host === null || port < 1 || port > PORT_MAX || (isWildcard && ADDRESS.test(host))) return null
  return { scheme, host, isWildcard, port }
}

/** The rule that is for the origin of this URL and nothing else. */
export function ruleOfUrl({ protocol, hostname, port }: URL): HostRule {
  const scheme = protocol === 'http:' ? 'http' : 'https'
  return {
    scheme,
    host: withoutEndDot(hostname),
    isWildcard: false,
    port: port === '' ? PORTS[scheme] : Number(port),
  }
}

/** Rules divided by commas; null when one of them is none. */
export function parseHostRules(text: string): readonly HostRule[] | null {
  if (text === '') return []
  const rules = text.split(',').map((one) => parseHostRule(one.trim()))
  const sound = rules.filter((rule) => rule !== null)
  return sound.length === rules.length ? sound : null
}

/** Whether one of the rules is for this URL, whose host is in the form that the URL standard gives it. */
export function isHostAllowed({ protocol, hostname, port }: URL, rules: readonly HostRule[]): boolean {
  return rules.some((rule) => {
    if (protocol !== `${rule.scheme}:` || (port === '' ? PORTS[rule.scheme] : Number(port)) !== rule.port) return false
    return isNamedBy(hostname, rule)
  })
}

/** Whether the rule's host is this one, whatever scheme and port. @param hostname as the URL standard writes it. */
export function isNamedBy(hostname: string, { host, isWildcard }: Pick<HostRule, 'host' | 'isWildcard'>): boolean {
  const asked = withoutEndDot(hostname)
  return isWildcard ? asked.endsWith(`.${host}`) : asked === host
}

function canonicalHost(text: string): string | null {
  const url = URL.parse(`https://${text}/`)
  return url === null || url.hostname === '' ? null : withoutEndDot(url.hostname)
}

function withoutEndDot(host: string): string {
  return host.endsWith('.') ? host.slice(0, -1) : host
}
