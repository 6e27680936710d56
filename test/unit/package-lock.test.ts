// The lock that goes to clients and comes back: what it holds, and that nothing else is taken for one.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { folderNameOf, formatPackageLock, parsePackageLock, usualArchivePath } from '../../src/core/package-lock.ts'
import type { LockedPackage } from '../../src/core/package-lock.ts'

const RULES = { allow: [], deny: [], packages: 4 }
const SPECS = [{ name: 'a', range: '1' }]
const INTEGRITY = `sha512-${Buffer.alloc(64, 7).toString('base64')}`
const PACKAGES: readonly LockedPackage[] = [
  { location: 'node_modules/@s/b', name: '@s/b', version: '2.0.0-rc.1', integrity: INTEGRITY, path: 'x/@s/b/y.tgz' },
  { location: 'node_modules/a', name: 'a', version: '1.0.0', integrity: INTEGRITY, path: null },
  { location: 'node_modules/a/node_modules/c', name: 'd', version: '1.0.0', integrity: INTEGRITY, path: null },
]

type Parts = Record<string, unknown> & { packages: Record<string, unknown> }

function reasonOf(change: (lock: Parts) => void): string {
  const lock = JSON.parse(formatPackageLock({ specs: SPECS, packages: PACKAGES })) as Parts
  change(lock)
  const parsed = parsePackageLock(JSON.stringify(lock), SPECS, RULES)
  if (parsed.ok) throw new Error('It was taken.')
  expect(parsed.failure.code).toBe('DEPENDENCY_REFUSED')
  return parsed.failure.message
}

describe('a lock', () => {
  it('is what it was made of when it comes back', () => {
    const text = formatPackageLock({ specs: SPECS, packages: PACKAGES })
    expect(parsePackageLock(text, SPECS, RULES)).toEqual({ ok: true, lock: { specs: SPECS, packages: PACKAGES } })
    expect(text).not.toContain('http')
  })

  it.each<[string, (lock: Parts) => void, string]>([
    ['no lock', (lock) => (lock['lockVersion'] = 2), 'it is not one of this service'],
    [
      'of something else',
      (lock) => (lock['dependencies'] = ['a@2']),
      'it is of other dependencies (a@2) than the request asks for (a@1)',
    ],
    [
      'too long',
      ({ packages }) => Object.assign(packages, { 'node_modules/e': 1, 'node_modules/f': 1 }),
      'it has 5 packages; the limit is 4',
    ],
    [
      'without what is asked for',
      ({ packages }) => delete packages['node_modules/a'],
      'it does not have the package "a"',
    ],
    [
      'out of its folder',
      ({ packages }) => (packages['node_modules/../x'] = {}),
      'the name of one of its folders is none of a package ("node_modules/../x")',
    ],
    ['absolute', ({ packages }) => (packages['/etc'] = {}), 'the name of one of its folders is none of a package'],
    [
      'of a prototype',
      (lock) => (lock.packages = JSON.parse('{"__proto__":{}}') as Record<string, unknown>),
      'the name of one of its folders is none of a package ("__proto__")',
    ],
    [
      'with a host',
      ({ packages }) =>
        (packages['node_modules/a'] = { version: '1.0.0', integrity: INTEGRITY, resolved: 'https://x' }),
      'a key that is not known, "resolved"',
    ],
    [
      'with a path that is an address',
      ({ packages }) => (packages['node_modules/a'] = { version: '1.0.0', integrity: INTEGRITY, path: 'https://x/y' }),
      'the path of an entry leads out of the registry',
    ],
    [
      'with a path that leads out',
      ({ packages }) => (packages['node_modules/a'] = { version: '1.0.0', integrity: INTEGRITY, path: 'a/../../b' }),
      'the path of an entry leads out of the registry',
    ],
    [
      'with a path to a query',
      ({ packages }) => (packages['node_modules/a'] = { version: '1.0.0', integrity: INTEGRITY, path: 'a?b' }),
      'the path of an entry leads out of the registry',
    ],
    [
      'with a file',
      ({ packages }) => (packages['node_modules/a'] = { version: 'file:../x', integrity: INTEGRITY }),
      'the version of an entry is none',
    ],
    [
      'with a weak digest',
      ({ packages }) => (packages['node_modules/a'] = { version: '1.0.0', integrity: 'sha1-AAAA' }),
      'the integrity of an entry is no SHA-512',
    ],
    [
      'with two digests',
      ({ packages }) => (packages['node_modules/a'] = { version: '1.0.0', integrity: `${INTEGRITY} ${INTEGRITY}` }),
      'the integrity of an entry is no SHA-512',
    ],
    [
      'of nobody',
      ({ packages }) => (packages['node_modules/x/node_modules/y'] = { version: '1.0.0', integrity: INTEGRITY }),
      'a package in a folder of none',
    ],
  ])('that is %s is refused', (_name, change, reason) => {
    expect(reasonOf(change)).toContain(reason)
  })

  it('that is no JSON, or anything that JSON can say, never throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.object().map((value) => JSON.stringify({ lockVersion: 1, dependencies: ['a@1'], packages: value })),
        ),
        (text) => {
          expect(parsePackageLock(text, SPECS, RULES).ok).toBe(false)
        },
      ),
      { numRuns: 1_000 },
    )
    expect(parsePackageLock('x'.repeat(3_000_000), SPECS, RULES).ok).toBe(false)
  })

  it('names folders of packages, and archives where registries have them', () => {
    expect(folderNameOf('node_modules/a/node_modules/@b/c')).toBe('@b/c')
    for (const location of [
      '',
      'a',
      'node_modules/',
      'node_modules/a/',
      'node_modules/a/b',
      'node_modules//a',
      'x/node_modules/a',
    ])
      expect([location, folderNameOf(location)]).toEqual([location, null])
    expect(folderNameOf(Array.from({ length: 40 }, () => 'node_modules/a').join('/'))).toBe(null)
    expect(usualArchivePath('@b/c', '1.0.0')).toBe('@b/c/-/c-1.0.0.tgz')
  })

  it.each([
    ['lists in lists', '['.repeat(400_000) + ']'.repeat(400_000)],
    ['a list that never ends', '['.repeat(2_000_000)],
    ['many values', `[${'{},'.repeat(600_000)}{}]`],
    ['many keys', `{${Array.from({ length: 150_000 }, (_, index) => `"k${index}":1`).join(',')}}`],
  ])('of %s is refused before it is parsed', (_what, text) => {
    for (const lock of [text, `{"lockVersion":1,"packages":{},"dependencies":${text}}`]) {
      const parsed = parsePackageLock(lock, SPECS, RULES)
      expect(parsed).toMatchObject({ failure: { message: 'The lock is refused: it holds more than a lock can.' } })
    }
  })

  it.each([['[[]]'], ['[{"toString":1,"valueOf":1}]'], ['[null]'], ['[1]']])(
    'whose dependencies are %s is none',
    (dependencies) => {
      const parsed = parsePackageLock(`{"lockVersion":1,"packages":{},"dependencies":${dependencies}}`, SPECS, RULES)
      expect(parsed).toMatchObject({ failure: { message: 'The lock is refused: it is not one of this service.' } })
    },
  )
})
