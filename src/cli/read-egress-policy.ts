// The operator's rules for requests of guest code, from their JSON file; messages begin with the place in it.
import * as v from 'valibot'
import { NO_POLICIES } from '../core/network-policies.ts'
import type { NetworkPolicies, PolicyLayer } from '../core/network-policies.ts'
import { parseHostPattern } from '../core/network-policy.ts'
import type { HostPattern, InjectedHeader, NetworkPolicy, NetworkRule, Reach } from '../core/network-policy.ts'
import { parsePathPattern } from '../core/request-path.ts'
import { checkReach } from '../egress/reach-check.ts'
import { isInjectable } from '../egress/request-headers.ts'
import { isJsonObject, parseJson } from '../protocol/json.ts'

export type ReadPolicy =
  | { readonly ok: true; readonly policies: NetworkPolicies }
  | { readonly ok: false; /** One sentence; no value of the environment is in it. */ readonly message: string }

const RULES_MAX = 1_000
const HOSTS_MAX = 256
const NAMES_MAX = 64
const ENDPOINT_ID = /^[\w.-]{1,128}$/u

const RESERVED = new Set(['__proto__', 'prototype', 'constructor'])

const word = v.pipe(v.string('must be text'), v.minLength(1, 'must not be empty'), v.maxLength(512, 'is too long'))
const list = <Item extends v.GenericSchema>(item: Item, most: number) =>
  v.pipe(
    v.array(item, 'must be a list'),
    v.minLength(1, 'must not be empty'),
    v.maxLength(most, `must have at most ${most} entries`),
  )
const Hosts = v.union(
  [word, list(word, HOSTS_MAX)],
  'must be a host such as https://api.example.com, or a list of them',
)

const Header = v.strictObject(
  {
    header: v.pipe(word, v.toLowerCase()),
    /** The variable whose value the header has. */
    env: v.pipe(word, v.regex(/^[A-Za-z_]\w*$/u, 'must be the name of an environment variable')),
    prefix: v.optional(v.pipe(v.string('must be text'), v.maxLength(64, 'is too long')), ''),
  },
  unknownKey('header, env and prefix'),
)

const Rule = v.strictObject(
  {
    allow: v.optional(Hosts),
    deny: v.optional(Hosts),
    methods: v.optional(list(v.pipe(word, v.regex(/^[A-Z][A-Z-]*$/u, 'must be a method in upper case')), NAMES_MAX)),
    paths: v.optional(list(word, HOSTS_MAX)),
    private: v.optional(v.union([v.literal(true), list(word, NAMES_MAX)], 'must be true or a list of address ranges')),
    headers: v.optional(list(Header, NAMES_MAX)),
  },
  unknownKey('allow, deny, methods, paths, private and headers'),
)
type RuleText = v.InferOutput<typeof Rule>

const Rules = v.pipe(v.array(Rule, 'must be a list'), v.maxLength(RULES_MAX, `must have at most ${RULES_MAX} rules`))
const Named = v.strictObject({ rules: Rules }, unknownKey('rules'))
const NAMED = v.record(v.pipe(v.string(), v.regex(ENDPOINT_ID, 'is no endpoint id')), Named, 'must be an object')
const layer = { rules: v.optional(Rules), live: v.optional(Named), endpoints: v.optional(NAMED) }
const Layer = v.strictObject(layer, unknownKey('rules, live and endpoints'))
type LayerText = v.InferOutput<typeof Layer>
const Policies = v.strictObject(
  { ...layer, tenants: v.optional(v.record(word, Layer, 'must be an object')) },
  unknownKey('rules, live, endpoints and tenants'),
)

/** Every public host, at the web's own ports. */
export function publicPolicy(): NetworkPolicies {
  const rule = toRule({ allow: 'public' }, 'EGRESS_POLICY=public', null)
  return { ...NO_POLICIES, service: { ...NO_POLICIES.service, policy: { place: 'EGRESS_POLICY', rules: [rule] } } }
}

/**
 * @param env where the values of headers are; null to leave them empty, for those who only look at the rules.
 */
export function readEgressPolicy(text: string, env: Readonly<Record<string, string | undefined>> | null): ReadPolicy {
  const json = parseJson(text)
  if (!json.ok) return { ok: false, message: `The file is not JSON: ${json.reason}.` }
  if (!isJsonObject(json.value)) return { ok: false, message: 'The file must be an object.' }
  const reserved = findReserved(json.value)
  if (reserved !== null) return { ok: false, message: `The file has the key ${reserved}, which can name nothing.` }
  const parsed = v.safeParse(Policies, json.value, { abortEarly: true })
  if (!parsed.success) return { ok: false, message: describeIssue(parsed.issues[0]) }
  const { tenants, ...service } = parsed.output
  try {
    return {
      ok: true,
      policies: {
        service: toLayer(service, '', env),
        tenants: new Map(
          Object.entries(tenants ?? {}).map(([name, one]) => [name, toLayer(one, `tenants.${name}.`, env)] as const),
        ),
      },
    }
  } catch (error) {
    if (error instanceof WrongRule) return { ok: false, message: error.message }
    throw error
  }
}

/** A key that schemas of records leave out in silence: the rules under it would not count. */
function findReserved(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return null
  for (const [key, inner] of Object.entries(value)) {
    if (RESERVED.has(key)) return key
    const found = findReserved(inner)
    if (found !== null) return found
  }
  return null
}

/** Begins with the place. */
class WrongRule extends Error {}

function toLayer(
  { rules, live, endpoints }: LayerText,
  place: string,
  env: Parameters<typeof readEgressPolicy>[1],
): PolicyLayer {
  const toPolicy = (own: readonly RuleText[], at: string): NetworkPolicy => ({
    place: at,
    rules: own.map((rule, index) => toRule(rule, `${at}[${index}]`, env)),
  })
  return {
    policy: rules === undefined ? null : toPolicy(rules, `${place}rules`),
    live: live === undefined ? null : toPolicy(live.rules, `${place}live.rules`),
    endpoints: new Map(
      Object.entries(endpoints ?? {}).map(
        ([id, one]) => [id, toPolicy(one.rules, `${place}endpoints.${id}.rules`)] as const,
      ),
    ),
  }
}

function toRule(rule: RuleText, place: string, env: Parameters<typeof readEgressPolicy>[1]): NetworkRule {
  const { allow, deny, methods = null, headers = [] } = rule
  if ((allow === undefined) === (deny === undefined)) throw new WrongRule(`${place} must have one of allow and deny.`)
  const effect = allow === undefined ? 'deny' : 'allow'
  const hosts = toHosts([allow ?? deny ?? []].flat(), effect, place)
  const isNamed = hosts.every(({ host }) => host !== null)
  if (effect === 'deny' && (rule.private !== undefined || headers.length > 0)) {
    throw new WrongRule(`${place} denies, so that private and headers have no meaning in it.`)
  }
  if (!isNamed && (rule.private !== undefined || headers.length > 0)) {
    throw new WrongRule(`${place} is for every host; private and headers need hosts by name.`)
  }
  return {
    effect,
    place,
    hosts,
    methods,
    paths: rule.paths?.map((text, index) => orWrong(parsePathPattern(text), `${place}.paths[${index}]`, PATH)) ?? null,
    reach: toReach(rule.private, place),
    headers: headers.map((header, index) => toHeader(header, `${place}.headers[${index}]`, env)),
  }
}

const PATH = 'is no path such as /v1/orders/* or /v1/**'

function toHosts(texts: readonly string[], effect: NetworkRule['effect'], place: string): readonly HostPattern[] {
  const wrong = 'has a host that is none; one is such as https://api.example.com, *.example.com:8443 or public'
  return texts.map((text) => orWrong(parseHostPattern(text, effect), `${place}.${effect}`, wrong))
}

function toReach(given: RuleText['private'], place: string): Reach {
  if (given === undefined) return 'public'
  if (given === true) return 'private'
  try {
    checkReach(given)
    return given
  } catch {
    throw new WrongRule(`${place}.private has a range that is none; one is such as 10.1.0.0/16.`)
  }
}

function toHeader(
  { header: name, env: variable, prefix }: v.InferOutput<typeof Header>,
  place: string,
  env: Parameters<typeof readEgressPolicy>[1],
): InjectedHeader {
  const secret = env === null ? 'x' : (env[variable] ?? '')
  if (secret === '') throw new WrongRule(`${place}.env: there is no environment variable ${variable}, or it is empty.`)
  const header = { name, value: `${prefix}${secret}` }
  if (isInjectable(header)) return env === null ? { name, value: '' } : header
  throw new WrongRule(`${place} is no header that can be set: its name or the characters of its value are not allowed.`)
}

function orWrong<T>(value: T | null, place: string, problem: string): T {
  if (value === null) throw new WrongRule(`${place} ${problem}.`)
  return value
}

function unknownKey(known: string): (issue: v.StrictObjectIssue) => string {
  return ({ expected, received }) => {
    if (expected === 'never') return `is no key here; there are ${known}`
    return received === 'undefined' ? 'is missing' : 'must be an object'
  }
}

function describeIssue(issue: v.BaseIssue<unknown>): string {
  const place = (issue.path ?? []).map(({ key }) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('')
  return `${place === '' ? 'The file' : place.replace(/^\./u, '')} ${issue.message}.`
}
