// The console inside a real isolate: hostile values, replaced built-ins, and bounds on what one call writes.
import { join } from 'node:path'
import { build } from 'esbuild'
import ivm from 'isolated-vm'
import { beforeAll, describe, expect, it } from 'vitest'
import { HOSTILE } from './console-hostile.ts'
import { ARM, POISON, SHOW, SUBJECTS } from './console-poison.ts'

const TIMEOUT_MS = 20_000
/** One text with its mark, moved to the right by an open group. */
const MAX_WRITE_CHARACTERS = 128 * 1024 + 2_000

const ENTRY = `
import { loadConsoleCalls } from './globals/console-calls.ts'
import { createConsole } from './globals/console.ts'
import { createLogBuffer } from './globals/log-buffer.ts'
import { deleteProperty, getGlobal, installGlobal } from './intrinsics.ts'
const { send } = getGlobal()
deleteProperty(getGlobal(), 'send')
const { write, configure } = createLogBuffer(() => {})
configure(1e9)
installGlobal('console', createConsole((text) => {
  write(text)
  send(text)
}, loadConsoleCalls))`

let program = ''
beforeAll(async () => {
  const { outputFiles } = await build({
    stdin: { contents: ENTRY, resolveDir: join(import.meta.dirname, '..', '..', 'sandbox', 'src'), loader: 'ts' },
    bundle: true,
    write: false,
    format: 'iife',
    target: 'esnext',
    minify: true,
  })
  program = outputFiles[0]?.text ?? ''
})

interface Run {
  readonly writes: readonly string[]
  readonly text: string
  /** What the last statement of the source gives. */
  readonly result: unknown
}

/** Throws what the source throws, or when it runs out of time or memory. */
function run(source: string): Run {
  const isolate = new ivm.Isolate({ memoryLimit: 128 })
  try {
    const context = isolate.createContextSync()
    const writes: string[] = []
    context.global.setSync(
      'send',
      new ivm.Callback((text: string) => {
        writes.push(text)
      }),
    )
    isolate.compileScriptSync(program, { filename: 'worker-isolate:sandbox' }).runSync(context)
    const result: unknown = isolate
      .compileScriptSync(source, { filename: 'guest.js' })
      .runSync(context, { timeout: TIMEOUT_MS })
    return { writes, text: writes.join(''), result }
  } finally {
    isolate.dispose()
  }
}

describe('a hostile value neither throws out of the console nor gets past its bounds:', () => {
  it.each(Object.keys(HOSTILE))('%s', (name) => {
    const { source, expected } = HOSTILE[name] as (typeof HOSTILE)[string]
    const { writes, text } = run(`${source};console.log('the end')`)
    expect(writes.at(-1)?.trimStart()).toBe('the end\n')
    for (const written of writes) {
      expect(written.endsWith('\n')).toBe(true)
      expect(written.length).toBeLessThan(MAX_WRITE_CHARACTERS)
    }
    if (typeof expected === 'string') expect(text).toBe(`${expected}\nthe end\n`)
    else for (const part of expected) expect(text).toContain(part)
  })
})

describe('a label that throws when it is made a text', () => {
  it('throws that out of the method, which writes and counts nothing', () => {
    const { text, result } = run(`
      const seen = []
      const label = { toString() { throw 'own' } }
      for (const name of ['count', 'countReset', 'time', 'timeLog', 'timeEnd']) {
        for (const value of [label, { toString: () => ({}), valueOf: () => ({}) }, new Proxy({}, { get() { throw 'trap' } })]) {
          try { console[name](value) } catch (error) { seen.push(typeof error === 'string' ? error : error.name) }
        }
      }
      seen.join()`)
    expect(result).toBe(Array.from({ length: 5 }, () => 'own,TypeError,trap').join(','))
    expect(text).toBe('')
  })
})

describe('when the guest has replaced every built-in', () => {
  it('the console asks none of the replacements and prints the same', () => {
    const clean = run(`${SUBJECTS};${SHOW}`)
    const poisoned = run(`${SUBJECTS};${POISON};${ARM};${SHOW};disarm()`)
    expect(poisoned.result).toBe('')
    expect(poisoned.text).toBe(clean.text)
    expect(clean.text.length).toBeGreaterThan(3_000)
  })

  it('a program that does ask them is found out', () => {
    const { result } = run(`${SUBJECTS};${POISON};${ARM};[1].includes(1);({}).value;disarm()`)
    expect(result).toMatch(/get includes.*call includes.*inherited value/)
  })
})

describe('stacks', () => {
  it('show the submitted program only', () => {
    const { text } = run(`
      function outer() { console.log(new Error('here')); console.trace('there') }
      outer()
      console.log(new Error('with', { cause: new TypeError('inner') }))`)
    expect(text).toContain('Error: here\n    at outer (guest.js:2:')
    expect(text).toContain('Trace: there\n    at outer (guest.js:2:')
    expect(text).toContain('[cause]: TypeError: inner\n      at guest.js:4:')
    expect(text).not.toContain('worker-isolate:')
  })

  it('begin with the message that the error has when it is shown', () => {
    const { text } = run(`
      const show = (error) => console.log(error)
      class Asked extends Error { get message() { return 'a getter' } }
      class Throws extends Error { get message() { throw 1 } get name() { throw 1 } }
      const several = new Error('old\\nlines'); several.message = 'new\\nlines'
      const read = new Error('before'); read.stack; read.message = 'after'
      try { null.x } catch (error) { error.message = 'while loading: ' + error.message; show(error) }
      show(new Asked()); show(new Throws()); show(several); show(read); show([several])
      for (const message of ['worker', 'isolate', 'guest.js', '    at', 'Err']) show(Object.assign(new Error(), { message }))
      show(Object.assign(new Error('x'), { stack: 'Own text: y\\n    at z' }))
      show(Object.defineProperty(new Error(), 'message', { get: () => 'm'.repeat(1e6) }))`)
    const shown = text
      .replaceAll(/\n {4}at (?:show|run|guest|new|Object|z|\d).*/gu, '')
      .replaceAll(/\n {4}at guest.*/gu, '')
    expect(shown).toContain(
      [
        "TypeError: while loading: Cannot read properties of null (reading 'x')",
        'Asked [Error]: a getter',
        '<error>',
        'Error: new',
        'lines',
        'Error: after',
        '[',
        '  Error: new',
        '  lines',
      ].join('\n'),
    )
    for (const message of ['worker', 'isolate', 'guest.js', '    at', 'Err'])
      expect(text).toMatch(new RegExp(`^Error: ${message}\n    at guest.js:`, 'mu'))
    expect(text).toContain('\nOwn text: y\n    at z')
    expect(text).toMatch(/m{1000}\n {4}at guest\.js:\d+:\d+\n\.\.\. \[cut: /u)
    expect(text.length).toBeLessThan(140_000)
    expect(text).not.toContain('worker-isolate:')
  })

  it('give a prepareStackTrace of the guest no functions and no objects of the console', () => {
    const { result } = run(`
      const seen = []
      Error.prepareStackTrace = (error, sites) => {
        for (const site of sites) if (site.getFunction() !== undefined) seen.push('function')
        for (const site of sites) if (site.getFileName() !== 'guest.js') seen.push(site.getFileName())
        seen.push(typeof error, ...Object.getOwnPropertyNames(error).filter((name) => name !== 'stack'))
        return 'prepared'
      };
      (function () { 'use strict'; console.trace('x') })()
      String(seen)`)
    expect(result).toBe('object')
  })
})

describe('what a call is given back from the guest', () => {
  it('is bounded when a method under the symbol of Node calls itself through what it is handed', () => {
    const { text } = run(`
      const custom = Symbol.for('nodejs.util.inspect.custom')
      console.log({ [custom](depth, options, inspect) { return inspect({ a: { b: { c: {} } } }, { depth: 0 }) + depth } })
      console.log({ [custom](depth, options, inspect) { return inspect(this) } })
      const again = () => ({ [custom]: again })
      console.log(again())`)
    const [first, second, third] = text.split('\n')
    expect(first).toBe('{ a: [Object] }2')
    expect(second).toBe('<cannot be inspected>')
    expect(third).toContain('Symbol(nodejs.util.inspect.custom)')
  })
})
