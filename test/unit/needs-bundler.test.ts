// The hint that a source may import something: never wrong about what does, rarely about what does not.
import { describe, expect, test } from 'vitest'
import { mayBeForNode, mayDecorate, mayHaveJsx, mayImport, mayNeedBundler } from '../../src/execution/needs-bundler.ts'

describe('the hint', () => {
  test.each([
    'import a from "a"',
    'import"a"',
    'import{a}from"a"',
    'import * as a from "./a.js"',
    'import /* why */ a from "a"',
    'const f = () => import("./a.js")',
    'import\n(x)',
    'import . meta; import("x")',
    'const a = require("a")',
    'const a = require ("a")',
    'export * from "./a"',
    'export { a } from "./a"',
    'export{a}from"./a"',
    'export * as b\nfrom "./a"',
    '// an important import',
  ])('has %j looked at', (code) => {
    expect(mayImport(code)).toBe(true)
  })

  test.each([
    'function f(a, b) { return a + b }',
    'export const f = (x) => Array.from(x)',
    'export default class { important() { return this.required } }',
    'const f = () => import.meta.url',
    'const f = () => import . meta',
    'const from = 1; function f() { return from }',
    'function requires(a) {}; requires(1); const f = { imports: 1, reimport: 2 }',
  ])('lets %j pass', (code) => {
    expect(mayImport(code)).toBe(false)
  })

  test.each([
    'module.exports = { f }',
    'module\n.exports.f = 1',
    'exports.handler = async () => 1',
    'exports["a b"] = 1',
    'Buffer.from("a")',
    'const f = () => setImmediate(g)',
    'process.nextTick(f)',
    'if (a) process.stdout.write("x")',
    'process.environment',
  ])('has %j looked at, which is for Node.js', (code) => {
    expect([mayBeForNode(code), mayNeedBundler(code)]).toEqual([true, true])
  })

  test.each([
    'function f() { return process.env.KEY }',
    'const { env } = process',
    'const f = (job) => job.process.start()',
    'const a = new ArrayBuffer(1)',
    'const f = (exports) => 1 // exports of goods',
    '// the process. It exports data',
  ])('lets %j pass, which runs as it is', (code) => {
    expect([mayBeForNode(code), mayNeedBundler(code)]).toEqual([false, false])
  })

  test('finds decorators where a declaration or a member begins, and not in comments', () => {
    for (const code of [
      '@a class B {}',
      'class B {\n  @a() c = 1 }',
      'export @a class B {}',
      '(@a class {})',
      '@(a) class B {}',
    ])
      expect(mayDecorate(code), code).toBe(true)
    for (const code of ['/**\n * @param x\n */\nfunction f(x) {}', '// @ts-check', 'const a = "b@c.d"'])
      expect(mayDecorate(code), code).toBe(false)
  })

  test('finds what JSX cannot do without', () => {
    expect([mayHaveJsx('<a></a>'), mayHaveJsx('<a/>'), mayHaveJsx('const a = <T>(x: T) => x')]).toEqual([
      true,
      true,
      false,
    ])
  })

  test('costs no more than a look at each character, whatever the text is', () => {
    const texts = [
      'import '.repeat(150_000),
      `import${' '.repeat(1_000_000)}`,
      'import . '.repeat(100_000),
      'export '.repeat(150_000),
      `module${' '.repeat(1_000_000)}`,
      `exports${' '.repeat(1_000_000)}`,
      'process.'.repeat(120_000),
    ]
    const startedAt = performance.now()
    const found = texts.map((text) => [mayNeedBundler(text), mayDecorate(text), mayHaveJsx(text)])
    expect(found.flat().filter(Boolean)).toHaveLength(4)
    expect(performance.now() - startedAt).toBeLessThan(1_000)
    expect(mayImport('import . meta '.repeat(70_000))).toBe(false)
  })
})
