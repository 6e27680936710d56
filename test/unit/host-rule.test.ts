import { describe, expect, test } from 'vitest'
import { isHostAllowed, parseHostRule, parseHostRules } from '../../src/core/host-rule.ts'

function allows(rules: string, url: string): boolean {
  return isHostAllowed(new URL(url), parseHostRules(rules) ?? [])
}

describe('a rule', () => {
  test.each([
    ['api.example.com', { scheme: 'https', host: 'api.example.com', isWildcard: false, port: 443 }],
    ['http://API.Example.com.', { scheme: 'http', host: 'api.example.com', isWildcard: false, port: 80 }],
    ['*.example.com:8443', { scheme: 'https', host: 'example.com', isWildcard: true, port: 8443 }],
    ['http://[::1]:9000', { scheme: 'http', host: '[::1]', isWildcard: false, port: 9000 }],
    ['http://0x7f.1', { scheme: 'http', host: '127.0.0.1', isWildcard: false, port: 80 }],
    ['https://bücher.example', { scheme: 'https', host: 'xn--bcher-kva.example', isWildcard: false, port: 443 }],
  ])('%s is read', (text, rule) => {
    expect(parseHostRule(text)).toEqual(rule)
  })

  test.each([
    '',
    '*',
    '*.',
    'ftp://example.com',
    'example.com/path',
    'example.com?x',
    'user@example.com',
    'a.*.example.com',
    '*.127.0.0.1',
    '*.[::1]',
    'example.com:0',
    'example.com:65536',
    'example.com:x',
    'exa mple.com',
    '[::1',
    '1.2.3.256',
  ])('%j is none', (text) => {
    expect(parseHostRule(text)).toBeNull()
  })

  test('one bad rule spoils the list, and an empty list allows nothing', () => {
    expect(parseHostRules('a.example, b.example')).toHaveLength(2)
    expect(parseHostRules('a.example,,b.example')).toBeNull()
    expect(allows('', 'https://a.example/')).toBe(false)
  })
})

describe('a URL', () => {
  test.each([
    ['api.example.com', 'https://api.example.com/v2/x'],
    ['api.example.com', 'https://API.EXAMPLE.COM:443/'],
    ['api.example.com', 'https://api.example.com./'],
    ['*.example.com', 'https://a.b.example.com/'],
    ['http://127.0.0.1:9000', 'http://0x7f000001:9000/'],
    ['a.example,http://b.example', 'http://b.example/'],
  ])('%s allows %s', (rules, url) => {
    expect(allows(rules, url)).toBe(true)
  })

  test.each([
    ['api.example.com', 'http://api.example.com/'],
    ['api.example.com', 'https://api.example.com:8443/'],
    ['api.example.com', 'https://api.example.com.evil.example/'],
    ['api.example.com', 'https://evilapi.example.com/'],
    ['api.example.com', 'https://x.api.example.com/'],
    ['*.example.com', 'https://example.com/'],
    ['*.example.com', 'https://evilexample.com/'],
    ['*.example.com', 'https://evil.example/?.example.com'],
    ['*.example.com', 'https://evil.example#.example.com'],
    ['api.example.com', 'https://api.example.com@evil.example/'],
  ])('%s does not allow %s', (rules, url) => {
    expect(allows(rules, url)).toBe(false)
  })
})
