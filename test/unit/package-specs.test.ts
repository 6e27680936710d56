// What a request may ask for by `dependencies`, and how everything else is refused.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isPackageName, matchesPackage, parsePackagePatterns } from '../../src/core/package-names.ts'
import type { SpecRules } from '../../src/core/package-specs.ts'
import { formatPackageSpec, parsePackageSpecs } from '../../src/core/package-specs.ts'

const RULES: SpecRules = { allow: [], deny: [], count: 8 }

function messageOf(texts: readonly string[], rules = RULES): string {
  const parsed = parsePackageSpecs(texts, rules)
  if (parsed.ok) throw new Error(`It was taken: ${JSON.stringify(parsed.specs)}`)
  expect(parsed.failure.code).toBe('DEPENDENCY_REFUSED')
  return parsed.failure.message
}

function specsOf(...texts: readonly string[]): readonly string[] {
  const parsed = parsePackageSpecs(texts, RULES)
  if (!parsed.ok) throw new Error(parsed.failure.message)
  return parsed.specs.map(formatPackageSpec)
}

describe('a spec', () => {
  it.each([
    'lodash',
    'lodash@4',
    '@scope/name@^1.2.0',
    'zod@latest',
    'react@19.0.0-rc.1',
    'a@>=1.0.0 <2',
    'a@1 || 2 || >=3.1',
    'a@1.x',
    'a@*',
    'a@~1.2',
    'a@v1.2.3',
    'a@1.2.3 - 2.3.4',
    'a@1.0.0+build.5',
    'JSONStream',
    'a.b_c~d',
  ])('of the registry is taken: %s', (text) => {
    expect(specsOf(text)).toEqual([text])
  })

  it.each([
    ['', 'it is empty'],
    ['git+https://example.com/a.git', 'a git repository'],
    ['a@git+ssh://git@example.com/a.git', 'a git repository'],
    ['git@example.com:a/b.git', 'an address'],
    ['github:a/b', 'a git repository'],
    ['a/b', 'a git repository'],
    ['a@a/b#main', 'a git repository'],
    ['https://example.com/a.tgz', 'an address'],
    ['a@http://127.0.0.1/a.tgz', 'an address'],
    ['a@file:../b', 'a file'],
    ['a@link:../b', 'a link'],
    ['a@workspace:*', 'a workspace'],
    ['a@npm:b@1', 'another name for a package'],
    ['jsr:@a/b', 'another registry'],
    ['./a', 'a path'],
    ['../a', 'a path'],
    ['/etc/passwd', 'a path'],
    ['~/a', 'a path'],
    ['..', 'a path'],
    ['a@..', 'a path'],
    [' lodash', 'is not the name of a package'],
    ['lodash ', 'is not the name of a package'],
    ['lodash --registry=x', 'is not the name of a package'],
    ['--registry', 'is neither'],
    ['a@1  2', 'is neither a range of versions nor a tag'],
    ['a@ 1', 'is neither a range of versions nor a tag'],
    ['a@1\n2', 'characters that no name and no version has'],
    ['ａ', 'characters that no name and no version has'],
    ['a@', 'no version behind the @'],
    ['@scope', 'is not the name of a package'],
    ['@scope/', 'is not the name of a package'],
    ['@scope/a/b', 'is not the name of a package'],
    ['.a', 'is not the name of a package'],
    ['_a', 'is not the name of a package'],
    ['__proto__', 'is not the name of a package'],
    ['node_modules', 'is not the name of a package'],
    ['numpy>=1.2', '(a version stands behind an @, as in "numpy@1.2.3")'],
    ['requests==2.0', '(a version stands behind an @, as in "requests@1.2.3")'],
    ['a'.repeat(300), '300 characters and the limit is 256'],
  ])('that is something else is refused by name: %j', (text, reason) => {
    if (text === '--registry') return expect(specsOf(text)).toEqual(['--registry'])
    const message = messageOf([text])
    expect(message).toContain(reason)
    expect(message).toContain(JSON.stringify(text.slice(0, 80)).slice(0, -1))
    return undefined
  })

  it('is named once, and a list is as long as it may be', () => {
    expect(specsOf('zod', 'a@1', 'zod', 'a@1')).toEqual(['a@1', 'zod'])
    expect(messageOf(['a@1', 'zod', 'a@2'])).toBe(
      'The dependencies "a@1" and "a@2" are refused: one package cannot be installed in two ranges.',
    )
    expect(messageOf(Array.from({ length: 9 }, (_, index) => `a${index}`))).toBe(
      'dependencies names 9 packages; the limit is 8.',
    )
  })

  it('is what the operator allows', () => {
    const rules = { ...RULES, allow: ['a', '@s/*'], deny: ['@s/bad'] }
    expect(parsePackageSpecs(['a@1', '@s/good'], rules).ok).toBe(true)
    for (const text of ['b', '@s/bad', '@t/good', 'A']) expect(messageOf([text], rules)).toContain('the operator')
  })

  it('that is taken leads to the registry and nowhere else, whatever was tried', () => {
    const pieces = fc.constantFrom(
      'a',
      '@',
      '/',
      '.',
      '..',
      ':',
      '-',
      '1',
      '^',
      ' ',
      '|',
      '~',
      '\\',
      '#',
      'git',
      'npm',
      'file',
      '\n',
      '_',
      '%2f',
    )
    const texts = fc.oneof(
      fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join('')),
      fc.string({ unit: 'binary' }),
    )
    fc.assert(
      fc.property(texts, (text) => {
        const parsed = parsePackageSpecs([text], RULES)
        if (!parsed.ok) return
        const [spec] = parsed.specs
        expect(isPackageName(spec?.name ?? '')).toBe(true)
        expect(spec?.range ?? '').toMatch(/^[\w.*^~<>=|+ -]*$/u)
        expect(spec === undefined ? '' : formatPackageSpec(spec)).toBe(text)
      }),
      { numRuns: 3_000 },
    )
  })
})

describe('a pattern', () => {
  it('is a name, a scope or everything', () => {
    expect(parsePackagePatterns('')).toEqual([])
    expect(parsePackagePatterns('lodash, @s/*,@t/a')).toEqual(['lodash', '@s/*', '@t/a'])
    for (const text of ['lo*', '@s', '@*/a', 'a,,b', '../a', '@s/**']) expect(parsePackagePatterns(text)).toBe(null)
    expect(matchesPackage('@s/a', ['@s/*'])).toBe(true)
    expect(matchesPackage('@sx/a', ['@s/*'])).toBe(false)
    expect(matchesPackage('anything', ['*'])).toBe(true)
  })
})
