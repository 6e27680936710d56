import { describe, expect, test } from 'vitest'
import { parseHostRules } from '../../src/core/host-rule.ts'
import { policyOf } from '../../src/core/network-policies.ts'
import { decide, describeRule, parseHostPattern } from '../../src/core/network-policy.ts'
import type { NetworkPolicy } from '../../src/core/network-policy.ts'
import { matchPath, parsePathPattern } from '../../src/core/request-path.ts'
import { checkReach } from '../../src/egress/reach-check.ts'
import { policiesOf } from '../support/egress-harness.ts'

function policyWith(...rules: readonly object[]): NetworkPolicy {
  return policyOf(policiesOf({ rules }), 'default', null)
}

/** Where the rule stands that allows, `deny` and where the rule stands that denies, or why none decides. */
function verdict(policy: NetworkPolicy, method: string, url: string, declared: string | null = null): string {
  const hosts = declared === null ? null : parseHostRules(declared)
  const found = decide(policy, hosts, method, new URL(url))
  if (found.isAllowed) return found.rule.place
  return found.reason === 'rule' ? `deny ${found.rule?.place}` : found.reason
}

describe('a policy', () => {
  test('without rules denies everything', () => {
    expect(verdict(policyOf(policiesOf({}), 'default', 'x'), 'GET', 'https://a.example/')).toBe('no-rule')
  })

  test('is decided by the first rule that fits in every part', () => {
    const policy = policyWith(
      { deny: '*.inner.example' },
      { allow: 'https://api.example', methods: ['GET'], paths: ['/v1/**'] },
      { allow: ['https://api.example', 'http://*.example:8080'], methods: ['POST'] },
      { deny: 'api.example' },
      { allow: 'public' },
    )
    const asked: readonly (readonly [string, string, string])[] = [
      ['GET', 'https://api.example/v1/x', 'rules[1]'],
      ['GET', 'https://api.example./v1/x', 'rules[1]'],
      ['POST', 'https://api.example/v2', 'rules[2]'],
      ['POST', 'http://x.example:8080/', 'rules[2]'],
      ['POST', 'http://example:8080/', 'no-rule'],
      ['GET', 'https://api.example/v2', 'deny rules[3]'],
      ['GET', 'http://api.example:9/v1/x', 'deny rules[3]'],
      ['GET', 'http://a.inner.example:9/', 'deny rules[0]'],
      ['GET', 'https://inner.example/', 'rules[4]'],
      ['GET', 'https://else.example/', 'rules[4]'],
      ['GET', 'http://else.example/', 'rules[4]'],
      ['GET', 'https://else.example:8443/', 'no-rule'],
      ['GET', 'https://else.example:80/', 'no-rule'],
    ]
    expect(asked.map(([method, url]) => [method, url, verdict(policy, method, url)])).toEqual(asked)
  })

  test('is narrowed by the hosts that a function declares, and never widened', () => {
    const policy = policyWith({ allow: ['https://a.example', 'https://b.example'] })
    expect(verdict(policy, 'GET', 'https://a.example/', 'a.example,c.example')).toBe('rules[0]')
    expect(verdict(policy, 'GET', 'https://b.example/', 'a.example,c.example')).toBe('not-declared')
    expect(verdict(policy, 'GET', 'https://c.example/', 'a.example,c.example')).toBe('no-rule')
    expect(verdict(policy, 'GET', 'https://a.example/', '')).toBe('not-declared')
  })

  test('of an endpoint, of Live and of a tenant is the most specific that there is, and only that', () => {
    const rules = (host: string): object => ({ rules: [{ allow: host }] })
    const policies = policiesOf({
      ...rules('s.example'),
      live: rules('l.example'),
      endpoints: { orders: rules('o.example'), closed: { rules: [] } },
      tenants: {
        acme: { ...rules('a.example'), endpoints: { orders: rules('ao.example') } },
        bare: { live: rules('bl.example') },
      },
    })
    const place = (tenant: string, endpoint: string | null): string => policyOf(policies, tenant, endpoint).place
    expect([
      place('default', null),
      place('default', 'orders'),
      place('default', 'closed'),
      place('default', 'x'),
    ]).toEqual(['live.rules', 'endpoints.orders.rules', 'endpoints.closed.rules', 'rules'])
    expect([place('acme', null), place('acme', 'orders'), place('acme', 'closed')]).toEqual([
      'tenants.acme.rules',
      'tenants.acme.endpoints.orders.rules',
      'tenants.acme.rules',
    ])
    expect([place('bare', null), place('bare', 'orders')]).toEqual([
      'tenants.bare.live.rules',
      'endpoints.orders.rules',
    ])
  })
})

describe('the pattern of a host', () => {
  test.each([
    ['a.example', 'allow', ['https'], 'a.example', 'scheme'],
    ['a.example', 'deny', ['http', 'https'], 'a.example', 'any'],
    ['http://*.A.example.', 'allow', ['http'], 'a.example', 'scheme'],
    ['https://a.example:*', 'allow', ['https'], 'a.example', 'any'],
    ['http://[::1]:8080', 'allow', ['http'], '[::1]', 8_080],
    ['0x7f.1', 'allow', ['https'], '127.0.0.1', 'scheme'],
    ['bücher.example', 'allow', ['https'], 'xn--bcher-kva.example', 'scheme'],
    ['public', 'allow', ['http', 'https'], null, 'scheme'],
    ['https://public:*', 'allow', ['https'], null, 'any'],
    ['public', 'deny', ['http', 'https'], null, 'any'],
  ] as const)('%s, to %s, is read', (text, effect, schemes, host, port) => {
    const pattern = parseHostPattern(text, effect)
    expect([pattern?.schemes, pattern?.host?.host ?? null, pattern?.port]).toEqual([schemes, host, port])
  })

  test.each([
    '',
    '*',
    'a*.example',
    'a.*.example',
    'ftp://a',
    'a.example/x',
    'a b',
    'u@a',
    'a:0',
    'a:65536',
    'https://',
    'a:b',
    '*.1.2.3.4',
    'https://https://a',
  ])('%j is none', (text) => expect(parseHostPattern(text, 'allow')).toBeNull())
})

describe('the pattern of a path', () => {
  const match = (pattern: string, path: string): string => {
    const parsed = parsePathPattern(pattern)
    return parsed === null ? 'none' : matchPath(new URL(path, 'http://a').pathname, [parsed])
  }
  test.each([
    ['/', '/', 'yes'],
    ['/', '/a', 'no'],
    ['/a', '/a/', 'no'],
    ['/a/*', '/a/b', 'yes'],
    ['/a/*', '/a/', 'no'],
    ['/a/*', '/a/b/c', 'no'],
    ['/a/*/c', '/a/b/c', 'yes'],
    ['/a/**', '/a', 'yes'],
    ['/a/**', '/a/b/c/', 'yes'],
    ['/a/**', '/ab', 'no'],
    ['/**', '/', 'yes'],
    ['/ü', '/%c3%bc', 'yes'],
    ['/a', '/%61', 'yes'],
    ['/a~b', '/a%7Eb', 'yes'],
    ['/a/**', '/a/..%2fb', 'unclear'],
    ['/a/**', '/a/../b', 'no'],
    ['/a/**', '/a//b', 'unclear'],
    ['/a*', '/a', 'none'],
    ['/**/a', '/a', 'none'],
    ['a', '/a', 'none'],
    ['/a?b', '/a', 'none'],
    ['/a%2fb', '/a', 'none'],
  ])('%s and %s: %s', (pattern, path, expected) => expect(match(pattern, path)).toBe(expected))

  test('is matched in time that grows with the path only', () => {
    const pattern = `/${Array.from({ length: 200 }, () => '*').join('/')}/**`
    const startedAt = performance.now()
    expect(match(pattern, `/${'a/'.repeat(7_000)}%2f`)).toBe('unclear')
    expect(match(pattern, `/${'a/'.repeat(7_000)}`)).toBe('yes')
    expect(performance.now() - startedAt).toBeLessThan(200)
  })
})

describe('a rule on one line', () => {
  test('says everything but the values of headers', () => {
    const policies = policiesOf(
      {
        rules: [
          {
            allow: ['a.example', '*.b.example'],
            methods: ['GET'],
            paths: ['/v1/**'],
            private: ['10.1.0.0/16'],
            headers: [{ header: 'X-Key', env: 'KEY' }],
          },
        ],
      },
      { KEY: 'secret' },
    )
    const [rule] = policyOf(policies, 'default', null).rules
    expect(rule === undefined ? '' : describeRule(rule)).toBe(
      'allow a.example, *.b.example for GET at /v1/** also at 10.1.0.0/16 with x-key from the operator',
    )
  })
})

describe('where hosts of a rule may lead', () => {
  test.each([
    ['public', '93.184.215.14', null],
    ['public', '10.0.0.1', 'a private network'],
    ['private', '93.184.215.14', null],
    ['private', '10.0.0.1', null],
    ['private', '127.0.0.1', null],
    ['private', '100.64.0.1', null],
    ['private', 'fd12::1', null],
    ['private', '169.254.169.254', 'a link-local address'],
    ['private', '100.100.100.200', 'a metadata service'],
    ['private', 'fd00:ec2::254', 'a metadata service'],
    ['private', '168.63.129.16', 'a metadata service'],
    ['private', '::ffff:10.0.0.1', 'a translated address'],
    ['private', '224.0.0.1', 'a multicast address'],
    [['169.254.169.254'], '169.254.169.254', null],
    [['10.1.0.0/16'], '10.1.2.3', null],
    [['10.1.0.0/16'], '10.2.0.1', 'a private network'],
  ] as const)('%j: %s is refused as %s', (reach, address, why) => expect(checkReach(reach)(address)).toBe(why))
})
