// Which files may come with a request beside its source.
import { describe, expect, test } from 'vitest'
import { checkModules } from '../../src/execution/check-modules.ts'

const check = (modules: Readonly<Record<string, string>>, bytes = 1_000) => checkModules(modules, 'function.js', bytes)

function refusal(modules: Readonly<Record<string, string>>): string {
  const checked = check(modules)
  if (checked.ok) throw new Error('The modules were accepted.')
  expect(checked.failure.code).toBe('REQUEST_INVALID')
  return checked.failure.message
}

describe('modules of a request', () => {
  test('are known by their paths, with or without ./ in front', () => {
    const given = JSON.parse(
      '{"./lib/a.js":"1","b.json":"2","x/y/z.mts":"3","__proto__.js":"4","a b/ü.txt":""}',
    ) as Record<string, string>
    const checked = check(given)
    expect(checked.ok && [...checked.modules]).toEqual([
      ['lib/a.js', '1'],
      ['b.json', '2'],
      ['x/y/z.mts', '3'],
      ['__proto__.js', '4'],
      ['a b/ü.txt', ''],
    ])
  })

  test.each([
    ['../a.js', "modules: '../a.js' leads out of the request: no segment may be '..'."],
    ['a/../../b.js', "'a/../../b.js' leads out"],
    ['a/../b.js', "'a/../b.js' leads out"],
    ['..', "'..' leads out"],
    ['/etc/passwd.js', 'is an absolute path'],
    ['C:/a.js', 'is an absolute path'],
    ['a\\b.js', 'has a backslash'],
    ['..\\a.js', 'has a backslash'],
    ['a\0.js', "'a?.js' has a control character"],
    ['a\n.js', 'has a control character'],
    ['a//b.js', "is empty or '.'"],
    ['a/./b.js', "is empty or '.'"],
    ['././b.js', "is empty or '.'"],
    ['', "is empty or '.'"],
    ['./', "is empty or '.'"],
    ['a/', "is empty or '.'"],
    ['\ud800.js', 'half of a surrogate pair'],
    ['node_modules/x/index.js', 'packages are named in dependencies'],
    ['helpers/util.py', "'helpers/util.py' is Python; this service runs JavaScript and TypeScript"],
    ['types.pyi', 'is Python'],
    ['a.wasm', 'ends in none of .js'],
    ['__proto__', 'ends in none of .js'],
    ['constructor', 'ends in none of .js'],
    ['Makefile', 'ends in none of'],
    ['function.js', 'is the name of the source itself'],
    ['./function.js', 'is the name of the source itself'],
    ['function.js/a.js', 'is below the name of the source itself'],
    [`${'a'.repeat(200)}.js`, 'is a path of 203 characters; the limit is 200'],
  ])('may not have the path %j', (path, reason) => {
    const given = Object.defineProperty({}, path, { value: 'x', enumerable: true })
    expect(refusal(given)).toContain(reason)
  })

  test('may not be there twice, nor be a file and a folder', () => {
    expect(refusal({ 'a.js': '', './a.js': '' })).toContain("'./a.js' is there twice")
    expect(refusal({ 'a.js/b.js': '', 'a.js': '' })).toContain("'a.js/b.js' is below 'a.js', which is a file")
  })

  test('are bounded in number and in bytes of UTF-8 together', () => {
    const many = Object.fromEntries(Array.from({ length: 1_001 }, (_, index) => [`${index}.js`, '']))
    expect(refusal(many)).toBe('modules: there are more than 1,000 of them; that is the limit.')
    delete many['0.js']
    expect(check(many).ok).toBe(true)
    const checked = check({ 'a.js': 'é'.repeat(300), 'b.js': 'é'.repeat(201) })
    expect(!checked.ok && checked.failure).toEqual({
      code: 'PAYLOAD_TOO_LARGE',
      message: 'The modules of the request have more than 1,000 bytes, which is the limit.',
      limit: 1_000,
      used: 1_002,
    })
  })
})
