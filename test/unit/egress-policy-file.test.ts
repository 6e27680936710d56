import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadPolicies } from '../../src/cli/load-egress-policies.ts'
import { readEgressPolicy } from '../../src/cli/read-egress-policy.ts'

const env = { STRIPE_AUTH: 'Bearer sk-1', BAD: 'a\nb' }

function problemOf(file: unknown): string {
  const read = readEgressPolicy(typeof file === 'string' ? file : JSON.stringify(file), env)
  return read.ok ? '' : read.message
}

describe('a policy file that is wrong', () => {
  const header = (one: object): object => ({ rules: [{ allow: 'a.example', headers: [one] }] })
  test.each<[unknown, string]>([
    ['{', 'The file is not JSON'],
    [[], 'The file must be an object.'],
    [{ rule: [] }, 'rule is no key here; there are rules, live, endpoints and tenants.'],
    [{ rules: {} }, 'rules must be a list.'],
    [{ rules: [{}] }, 'rules[0] must have one of allow and deny.'],
    [{ rules: [{ allow: 'a.example', deny: 'b.example' }] }, 'rules[0] must have one of allow and deny.'],
    [{ rules: [{ allow: 'a.example' }, { allow: 'http://a/b' }] }, 'rules[1].allow has a host that is none'],
    [{ rules: [{ allow: [] }] }, 'rules[0].allow must not be empty.'],
    [{ rules: [{ allow: 'a.example', hosts: 1 }] }, 'rules[0].hosts is no key here'],
    [{ rules: [{ allow: 'a.example', methods: ['get'] }] }, 'rules[0].methods[0] must be a method in upper case.'],
    [{ rules: [{ allow: 'a.example', methods: [] }] }, 'rules[0].methods must not be empty.'],
    [{ rules: [{ allow: 'a.example', paths: ['/ok', 'v1'] }] }, 'rules[0].paths[1] is no path such as'],
    [{ rules: [{ allow: 'a.example', private: false }] }, 'rules[0].private must be true or a list'],
    [{ rules: [{ allow: 'a.example', private: ['10.0.0.0/33'] }] }, 'rules[0].private has a range that is none'],
    [{ rules: [{ allow: 'public', private: true }] }, 'rules[0] is for every host'],
    [{ rules: [{ deny: 'a.example', private: true }] }, 'rules[0] denies'],
    [{ endpoints: { 'a b': { rules: [] } } }, 'endpoints.a b is no endpoint id.'],
    [{ endpoints: { orders: [] } }, 'endpoints.orders.rules is missing.'],
    [
      { endpoints: { orders: { rules: [{ allow: 'x y' }] } } },
      'endpoints.orders.rules[0].allow has a host that is none',
    ],
    [{ tenants: { acme: { live: { rules: [{ deny: '' }] } } } }, 'tenants.acme.live.rules[0].deny must not be empty.'],
    [{ endpoints: { constructor: { rules: [] } } }, 'The file has the key constructor, which can name nothing.'],
    ['{"endpoints":{"__proto__":{"rules":[]}}}', 'The file has the key __proto__, which can name nothing.'],
    [
      header({ header: 'a', env: 'NONE' }),
      'rules[0].headers[0].env: there is no environment variable NONE, or it is empty.',
    ],
    [header({ header: 'a', env: 'BAD' }), 'rules[0].headers[0] is no header that can be set'],
    [header({ header: 'host', env: 'STRIPE_AUTH' }), 'rules[0].headers[0] is no header that can be set'],
    [header({ header: 'a:b', env: 'STRIPE_AUTH' }), 'rules[0].headers[0] is no header that can be set'],
    [header({ header: 'a', env: 'STRIPE_AUTH', value: 'x' }), 'rules[0].headers[0].value is no key here'],
    [{ rules: [{ allow: 7 }] }, 'rules[0].allow must be a host'],
    [header({ header: 'a', env: 'A-B' }), 'rules[0].headers[0].env must be the name'],
    [header({ header: 'a', value: 'x' }), 'rules[0].headers[0].env is missing.'],
  ])('as %j says where', (file, problem) => {
    const message = problemOf(file)
    expect(message.startsWith(problem) ? problem : message).toBe(problem)
    expect(message).not.toContain('sk-1')
  })
})

describe('EGRESS_POLICY', () => {
  const first = (policies: Awaited<ReturnType<typeof loadPolicies>>) => policies.service.policy?.rules[0]

  test('is nothing, every public host, or a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'policy-'))
    try {
      const path = join(folder, 'egress.json')
      const rule = { allow: 'api.stripe.com', headers: [{ header: 'Authorization', env: 'STRIPE_AUTH' }] }
      await writeFile(path, JSON.stringify({ rules: [rule] }))
      expect((await loadPolicies({ egressPolicy: '' }, env)).service.policy).toBeNull()
      expect(first(await loadPolicies({ egressPolicy: 'public' }, env))).toMatchObject({
        effect: 'allow',
        reach: 'public',
        headers: [],
      })
      expect(first(await loadPolicies({ egressPolicy: path }, env))?.headers).toEqual([
        { name: 'authorization', value: 'Bearer sk-1' },
      ])
      // Who only looks at the rules needs no secrets.
      expect(first(await loadPolicies({ egressPolicy: path }, null))?.headers).toEqual([
        { name: 'authorization', value: '' },
      ])
      await writeFile(path, '{"rules":[{}]}')
      await expect(loadPolicies({ egressPolicy: path }, env)).rejects.toThrow(
        `EGRESS_POLICY is ${path}, where something is wrong. rules[0] must`,
      )
      await expect(loadPolicies({ egressPolicy: join(folder, 'none') }, env)).rejects.toThrow('cannot be read (ENOENT)')
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
