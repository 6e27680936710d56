// The variables of code: what a manifest and an operator may set, and which of them counts.
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { variables } from '../../src/config/variables.ts'
import { findBadVariable, joinEnvironments, writeEnvironment } from '../../src/core/environment.ts'
import { parseManifest } from '../../src/protocol/manifest.ts'

const manifestOf = (env: unknown): string =>
  JSON.stringify({ resources: { a: { functions: [], env } }, function_registry: {} })

describe('the env of a resource', () => {
  it('is an object of texts, in which numbers and booleans are written out and null is nothing', () => {
    const parsed = parseManifest(manifestOf({ A: 'x', B: 1.5, C: true, D: null }))
    expect(parsed.ok && parsed.manifest.resources.get('a')?.env).toEqual({ A: 'x', B: '1.5', C: 'true' })
    const none = parseManifest(manifestOf(null))
    expect(none.ok && none.manifest.resources.get('a')?.env).toEqual({})
    expect(parseManifest(manifestOf({ A: {} }))).toEqual({ ok: false, message: 'resources.a.env.A: must be text.' })
    expect(parseManifest(manifestOf(['A']))).toEqual({ ok: false, message: 'resources.a.env: must be an object.' })
  })

  it('has names that an environment can have, and an end', () => {
    expect(findBadVariable({ A: 'b', 'with space': '' })).toBeNull()
    expect(findBadVariable({ 'A=B': 'c' })).toBe('has the variable "A=B", which no environment can have')
    expect(findBadVariable({ A: '\0' })).toContain('"A"')
    expect(findBadVariable({ A: 'b'.repeat(70_000) })).toBe('has 70001 characters; the limit is 65536')
  })

  it('counts more than what all code has', () => {
    expect(joinEnvironments('', '')).toBe('')
    expect(joinEnvironments('{"A":"1"}', '')).toBe('{"A":"1"}')
    expect(JSON.parse(joinEnvironments('{"A":"1","B":"2"}', writeEnvironment({ B: '3' })))).toEqual({ A: '1', B: '3' })
  })
})

describe('the setting for all code', () => {
  const { schema } = variables('…')
  it.each([
    ['', ''],
    ['{}', ''],
    ['{ "A": "b" }', '{"A":"b"}'],
  ])('%j is %j', (text, value) => expect(v.parse(schema, text)).toBe(value))

  it.each(['A=b', '[]', '{"A":1}', '{"A=":"b"}', '{"A":"\\u0000"}', `{"A":"${'b'.repeat(70_000)}"}`])(
    'is refused without being shown when it is anything else',
    (text) => {
      const result = v.safeParse(schema, text)
      expect(result.issues?.[0]?.message).toMatch(/^has a value that cannot be used \(it is not shown\)/u)
    },
  )
})
