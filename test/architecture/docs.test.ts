// The docs against the code: tables that are generated, names that must exist, links that must lead somewhere.
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { renderDocs, replacePart } from '../../scripts/render-docs.ts'
import { VERSION } from '../../src/cli/version.ts'
import { environmentName, flagName } from '../../src/config/names.ts'
import { SETTING_KEYS } from '../../src/config/settings.ts'
import { ERRORS } from '../../src/errors.ts'
import type { SyntaxNode } from '../support/source-tree.ts'
import { readSources, walk } from '../support/source-tree.ts'

const root = join(import.meta.dirname, '..', '..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const pages = globSync(['*.md', 'docs/**/*.md', 'bench/*.md'], { cwd: root }).toSorted()
/** Decisions speak of other systems too. */
const pagesOfNames = pages.filter((page) => !page.startsWith('docs/decisions/'))

describe('generated tables', () => {
  test.each(renderDocs())('$path says of the $name what the code says', (part) => {
    const document = read(part.path)
    expect(document, 'run: node bin/launch.mjs scripts/write-docs.ts').toBe(replacePart(document, part))
  })

  test('the table of settings has each setting once, with its default and its bounds', () => {
    const document = read('docs/configuration.md')
    for (const key of SETTING_KEYS)
      expect(document.match(new RegExp(`^\\| \`${environmentName(key)}\` `, 'gmu'))).toHaveLength(1)
    expect(document).toContain('| `MEMORY_MB` | `--memory-mb` | 128 | 8 to 4096 | MB | ')
  })

  test('the table of errors has each code once', () => {
    const document = read('docs/errors.md')
    for (const code of Object.keys(ERRORS))
      expect(document.match(new RegExp(`^\\| \`${code}\` `, 'gmu'))).toHaveLength(1)
  })

  test('a document without its markers, or with doubled ones, is refused', () => {
    const part = { path: 'a.md', name: 'b', content: 'c' }
    const marked = '<!-- begin generated: b -->\nold\n<!-- end generated: b -->\n'
    expect(replacePart(`x\n${marked}y\n`, part)).toBe(
      'x\n<!-- begin generated: b -->\n\nc\n<!-- end generated: b -->\ny\n',
    )
    expect(() => replacePart('nothing', part)).toThrow('a.md needs the markers')
    expect(() => replacePart(marked + marked, part)).toThrow('a.md needs the markers')
  })
})

describe('names', () => {
  /** Words in capitals that are nobody's setting and no error code of ours. */
  const OTHERS = /^(?:CAP_|IN_QUEUE$|IN_PROGRESS$|TIMED_OUT$|RUNPOD_|FLASH_|NODE_|WPT_)/u
  const known = new Set<string>([...SETTING_KEYS.map((key) => environmentName(key)), ...Object.keys(ERRORS)])

  test.each(pagesOfNames)('%s names no variable and no error code that does not exist', (page) => {
    const names = [...read(page).matchAll(/`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)(?:=[^`]*)?`/gu)].map(
      ([, name = '']) => name,
    )
    expect(names.filter((name) => !known.has(name) && !OTHERS.test(name))).toEqual([])
  })

  test('every flag that README, SECURITY and docs/security give the service exists', () => {
    const flags = new Set([...SETTING_KEYS.map((key) => flagName(key)), 'help', 'version'])
    const used = ['README.md', 'SECURITY.md', 'docs/security.md'].flatMap((page) =>
      [...read(page).matchAll(/`--([a-z-]+)/gu)].map(([, flag = '']) => flag),
    )
    expect(used.filter((flag) => !flags.has(flag))).toEqual([])
  })

  test('the image sets only variables that exist', () => {
    const [, variables = ''] = /^ENV (.+)$/mu.exec(read('Dockerfile')) ?? []
    const names = variables.split(' ').map((pair) => pair.split('=')[0] ?? '')
    expect(names).toContain('HOST')
    expect(names.filter((name) => !known.has(name) && !OTHERS.test(name))).toEqual([])
  })

  test('the image starts Node.js with the flags that the command gives it', () => {
    const [, entry = ''] = /^ENTRYPOINT (.+)$/mu.exec(read('Dockerfile')) ?? []
    const flags = JSON.parse(read('bin/engine-flags.json')) as string[]
    expect(flags).not.toEqual([])
    expect(JSON.parse(entry)).toEqual(['node', ...flags, 'dist/src/main.js'])
  })

  test('the version is that of the package', () => {
    expect((JSON.parse(read('package.json')) as { version: string }).version).toBe(VERSION)
  })
})

test('every setting is read by what composes the service', () => {
  const files = readSources('src/cli/*.ts', 'src/main.ts')
  const used = new Set(
    files.flatMap(({ program }) => [...walk(program)].flatMap((node) => [memberName(node), patternName(node)])),
  )
  expect(SETTING_KEYS.filter((key) => !used.has(key))).toEqual([])
})

function memberName(node: SyntaxNode): string | null {
  return node.type === 'MemberExpression' && node['computed'] === false ? nameOf(node['property']) : null
}

function patternName(node: SyntaxNode): string | null {
  return node.type === 'Property' && node['shorthand'] === true ? nameOf(node['key']) : null
}

function nameOf(node: unknown): string {
  return String((node as SyntaxNode)['name'])
}

describe('links', () => {
  test.each(pages)('those of %s lead to files', (page) => {
    const targets = [...read(page).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/gu)].map(([, target = '']) => target)
    expect(targets.filter((target) => !existsSync(join(root, dirname(page), target)))).toEqual([])
  })
})
