// The guess that source which does not compile is Python.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { looksLikePython } from '../../src/core/looks-like-python.ts'

const lines = (...text: readonly string[]): string => text.join('\n')

describe('looksLikePython', () => {
  it.each([
    ["def my_function(): return 'result'"],
    [lines('def hello_world():', '    print("to stdout")', '    return "hello world"')],
    [lines('import logging', '', 'def hello():', '    logging.warning("to the log")', '    return None')],
    [
      lines(
        'def calculate(n, text, *, numbers=[], flag={"a": 1}):',
        '    total = sum(numbers)',
        '    return {',
        '        "n": n * 3,',
        '        "upper": text.upper(),',
        '    }',
      ),
    ],
    [
      lines(
        'class Counter:',
        '    def __init__(self, start):',
        '        self.value = start',
        '',
        '    def get(self):',
        '        return f"Value is: {self.value}"',
      ),
    ],
    [lines('class Model(torch.nn.Module):', '    pass')],
    [
      lines(
        '@remote(resource_config=config)',
        'async def run(prompt: str) -> dict:',
        '    import torch',
        '    return {"cuda": torch.cuda.is_available()}',
      ),
    ],
    [
      lines(
        '# Checks what is installed.',
        'import subprocess',
        'import sys, os',
        '',
        'def main():',
        '    try:',
        '        return subprocess.check_output(["uv", "pip", "list"])',
        '    except Exception as error:',
        '        return {"error": str(error)}',
      ),
    ],
    [lines('from datetime import datetime', 'now = datetime.now()')],
    [lines('import numpy as np', 'x = np.array([1, 2, 3])')],
    [lines('def f[T](x: T) -> T:', '\treturn x')],
    [lines('"""Module text."""', 'x = 1')],
    [lines('if x in y:', '    z = not x', 'elif x is None:', '    pass', 'else:', '    raise ValueError(x)')],
    [lines('for name, value in items:', '    total += value')],
    [lines('def f():', '    return [x for x in range(3) if x]').replaceAll('\n', '\r\n')],
    [lines('def wrong(:', '    return 1')],
    [
      lines(
        'PAGE = """',
        '<script>',
        'const a = 1;',
        'function b() {',
        '}',
        '</script>',
        '"""',
        'def page():',
        '    return PAGE',
        'def other():',
        '    return None',
      ),
    ],
  ])('is true for %j', (source) => {
    expect(looksLikePython(source)).toBe(true)
  })

  it.each([
    [''],
    ['function hello( { return 1 }'],
    [lines('function main() {', '  return 1', '')],
    [lines('const def = (x) => x', 'const y = def(1', 'export { y }')],
    [lines("import os from 'os'", 'import { join } from "node:path"', 'export function f( {')],
    [lines('export default class A {', '  #x = 1', '  get(self) { return self.x', '}')],
    [lines('// def f():', '//     return None', 'function f() {', '  return 1', '}}')],
    [
      lines(
        '/**',
        ' * The Python version is:',
        ' * def f(x):',
        ' *     return x',
        ' */',
        'function f(x) {',
        '  return x',
        '}}',
      ),
    ],
    [lines('switch (x) {', '  case 1:', '    y()', '  default:', '    z(', '}')],
    [lines('label:', 'for (const x of y) {', '  if (x) continue label', '}}')],
    [lines('const text = `', 'import os', '`', 'function f() {', '  return text', '}}')],
    [lines('let x = y ? {', '  else: 1,', '} :', '  2 2')],
    [lines('interface A { x: number }', 'function f(a: A): string {', '  return a.x as', '}')],
    [lines('enum Color { Red, Green }', 'export const f = (c: Color) => c')],
    [lines('class A {', '  constructor(private x: number) {}', '}')],
    [lines('x = 1', 'y = 2 2')],
    ['print("hello"'],
    ['Here is some plain text, which is for nobody in particular.'],
    ['{"json": [1, 2, true, null]'],
    ['def'],
  ])('is false for %j', (source) => {
    expect(looksLikePython(source)).toBe(false)
  })

  it('looks at the beginning only', () => {
    const python = 'def f():\n    return None\n'
    expect(looksLikePython(`${' '.repeat(60_000)}\n${python}`)).toBe(true)
    expect(looksLikePython(`${' '.repeat(70_000)}\n${python}`)).toBe(false)
  })

  it.each([
    ['a line that never ends', 'a'.repeat(10_000_000)],
    ['empty lines', '\n'.repeat(10_000_000)],
    ['blanks', ' \t'.repeat(5_000_000)],
    ['imports', 'import a, b as c, '.repeat(500_000)],
    ['classes', 'class A('.repeat(1_000_000)],
    ['many imports', 'import a, b as c, d as e\n'.repeat(400_000)],
    ['parentheses', `class A${'('.repeat(199)}\n`.repeat(50_000)],
    ['words', 'if not in is not self. '.repeat(400_000)],
  ])('is quick with %s', (_name, source) => {
    const started = performance.now()
    expect(looksLikePython(source)).toBeTypeOf('boolean')
    expect(performance.now() - started).toBeLessThan(1_000)
  })

  it('answers for any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (source) => typeof looksLikePython(source) === 'boolean'))
  })
})
