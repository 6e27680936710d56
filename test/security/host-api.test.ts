// What isolated-vm offers a host and must not be used (platform.md E): each danger is shown on a bare isolate, and our own
// source is read to be free of it.
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseSync } from 'oxc-parser'
import { describe, expect, it } from 'vitest'
import { PROJECT_FOLDER } from '../support/service-process.ts'
import { runHost } from './bare-host.ts'

interface SyntaxNode {
  readonly type: string
  readonly [key: string]: unknown
}

/** Every node of every file that runs in an executor, with the file it is in. */
function* nodesOf(pattern: string): Generator<{ readonly node: SyntaxNode; readonly file: string }> {
  for (const path of globSync(pattern, { cwd: PROJECT_FOLDER })) {
    const { program } = parseSync(path, readFileSync(join(PROJECT_FOLDER, path), 'utf8'))
    const open: unknown[] = [program]
    while (open.length > 0) {
      const value = open.pop()
      if (typeof value !== 'object' || value === null) continue
      open.push(...Object.values(value))
      if ('type' in value) yield { node: value as SyntaxNode, file: path }
    }
  }
}

const SOURCE = 'src/**/*.ts'

/** Files in which an expression reads this member, at run time. */
function filesWithMember(name: string): readonly string[] {
  const found = new Set<string>()
  for (const { node, file } of nodesOf(SOURCE)) {
    const property = node['property'] as SyntaxNode | undefined
    if (node.type === 'MemberExpression' && property?.['name'] === name) found.add(file)
  }
  return [...found]
}

function filesWithKey(name: string): readonly string[] {
  const found = new Set<string>()
  for (const { node, file } of nodesOf('src/executor/**/*.ts')) {
    const key = node['key'] as SyntaxNode | undefined
    if (node.type === 'Property' && (key?.['name'] ?? key?.['value']) === name) found.add(file)
  }
  return [...found]
}

describe('a Reference in the hands of a guest', () => {
  it('leads to every file and program of the host', async () => {
    const { text } = await runHost(`
      await context.evalClosure('globalThis.r = $0', [new ivm.Reference(globalThis)])
      const code = \`(async () => {
        const p = await r.get('process', { accessors: true, reference: true })
        const g = await p.get('getBuiltinModule', { reference: true })
        const os = await g.apply(undefined, ['os'], { result: { reference: true } })
        const f = await os.get('platform', { reference: true })
        return f.apply(undefined, [], { result: { copy: true } }) })()\`
      say(await context.eval(code, { promise: true, copy: true }))`)
    expect(text).toBe(process.platform)
  })

  it('is minted by an option that the guest puts on Object.prototype', async () => {
    const { text } = await runHost(`
      const call = new ivm.Reference(async () => ({ secret: 'of the host' }))
      await context.evalClosure('globalThis.call = (...a) => $0.apply(undefined, a, { result: { promise: true } })', [call])
      const code = '(async () => { Object.prototype.reference = true; const r = await call(); delete Object.prototype.reference; return r.get("secret") })()'
      say(await context.eval(code, { promise: true, copy: true }))`)
    expect(text).toBe('of the host')
  })

  it('is never made by us: the one way out of an isolate is a callback that takes and gives plain values', () => {
    expect(filesWithMember('Reference')).toEqual([])
    expect(filesWithMember('Callback')).toEqual(['src/executor/slot.ts'])
    expect(filesWithKey('ignored')).toEqual(['src/executor/slot.ts'])
    expect(filesWithKey('async')).toEqual([])
  })

  it('cannot be minted: no option object of ours has a prototype', () => {
    const naked: string[] = []
    const methods = new Set([
      'eval',
      'evalSync',
      'evalClosure',
      'evalClosureSync',
      'apply',
      'applySync',
      'evaluate',
      'run',
    ])
    for (const { node, file } of nodesOf('src/executor/*.ts')) {
      const callee = node['callee'] as SyntaxNode | undefined
      const method = (callee?.['property'] as SyntaxNode | undefined)?.['name'] as string | undefined
      const last = (node['arguments'] as readonly SyntaxNode[] | undefined)?.at(-1)
      if (node.type !== 'CallExpression' || method === undefined || !methods.has(method)) continue
      if (last?.type === 'ObjectExpression') naked.push(`${file}: ${method}`)
    }
    expect(naked).toEqual([])
  })
})

describe('values that are copied out of an isolate', () => {
  it.each([
    ['a result', `await context.eval('new Float16Array(4)', { copy: true, timeout: 100 })`],
    [
      'what a callback gives back',
      `await context.evalClosure('return $0(1)', [new ivm.Callback(() => new Float16Array(4))])`,
    ],
    [
      'an argument',
      `const f = await context.evalClosure('return (x) => 1', [], { result: { reference: true } })
       await f.apply(undefined, [new Float16Array(4)], { arguments: { copy: true } })`,
    ],
  ])('abort the process when %s is an array of half-precision numbers', async (_what, code) => {
    expect((await runHost(code)).crash).toBe('SIGABRT')
  })

  it('are no part of ours: nothing is copied or transferred, no promise is awaited across the boundary', () => {
    for (const option of ['copy', 'externalCopy', 'transferIn', 'promise'])
      expect(filesWithKey(option), option).toEqual([])
    // Of bytes that the host has: the snapshot, and what V8's compiler made of a module's source before any of it ran.
    expect(filesWithMember('ExternalCopy').toSorted()).toEqual([
      'src/executor/load-module.ts',
      'src/executor/load-snapshot.ts',
    ])
    expect(filesWithMember('applySyncPromise')).toEqual([])
  })
})

describe('code that is cached', () => {
  it('crashes V8, or does something else, when bits of it are turned', async () => {
    const endings = await Promise.all(
      [60, 200, 400, 700, 1_100, 1_500, 1_900, 2_300].map((at) =>
        runHost(`
          const source = 'let t = 0; function f(a, b) { return a * b + [1, 2, 3].map((x) => x + a).join() } for (let i = 0; i < 9; i++) t = f(i, t.length); t'
          const script = await isolate.compileScript(source, { produceCachedData: true })
          const honest = await (await isolate.compileScript(source)).run(context, { timeout: 500 })
          const bytes = new Uint8Array(script.cachedData.copy())
          for (let at = ${at}; at < Math.min(bytes.length, ${at} + 40); at++) bytes[at] ^= 1 << (at & 7)
          const forged = await isolate.compileScript(source, { cachedData: new ivm.ExternalCopy(bytes.buffer) })
          const result = await forged.run(context, { timeout: 500 }).catch((error) => String(error))
          say(forged.cachedDataRejected + ' ' + (result === honest))`),
      ),
    )
    expect(endings.filter(({ crash, text }) => crash !== null || text === 'false false').length).toBeGreaterThan(0)
  })

  it('is loaded for deployed modules and for bundles of the same tenant only; where it goes is held in test/unit/executor-pool.test.ts', () => {
    const users = ['src/executor/bundle.ts', 'src/executor/load-module.ts']
    expect(filesWithKey('cachedData')).toEqual(users)
    expect(filesWithKey('produceCachedData')).toEqual(users)
    expect(filesWithMember('cachedData')).toEqual(users)
  })
})

describe('the inspector and snapshots', () => {
  it('abort the process when a session is opened', async () => {
    expect((await runHost('new ivm.Isolate({ inspector: true }).createInspectorSession()')).crash).toBe('SIGTRAP')
  })

  it('abort the process when a snapshot holds what V8 cannot put into one', async () => {
    const code = `ivm.Isolate.createSnapshot([{ code: 'globalThis.f = new Intl.NumberFormat()' }])`
    expect((await runHost(code)).crash).toBe('SIGTRAP')
  })

  it('are no part of an executor', () => {
    expect(filesWithMember('createInspectorSession')).toEqual([])
    expect(filesWithKey('inspector')).toEqual([])
    expect(filesWithMember('createSnapshot')).toEqual([])
    expect(filesWithMember('NativeModule')).toEqual([])
  })
})

describe('synchronous operations', () => {
  it('wait for a guest that computes, and keep the whole process waiting', async () => {
    const { text } = await runHost(`
      const spinning = context.eval('for (;;);', { timeout: 400 }).catch(() => undefined)
      await new Promise((resolve) => setTimeout(resolve, 100))
      const before = performance.now()
      isolate.getHeapStatisticsSync()
      say(performance.now() - before > 150)
      await spinning`)
    expect(text).toBe('true')
  })

  it('are used by us only before any code of a guest, for the entry of a quick function, and on an isolate at rest', () => {
    const found = new Set<string>()
    for (const { node, file } of nodesOf('src/executor/*.ts')) {
      const name = (node['property'] as SyntaxNode | undefined)?.['name']
      if (node.type === 'MemberExpression' && typeof name === 'string' && name.endsWith('Sync'))
        found.add(`${file}: ${name}`)
    }
    // `EntryTurns.isEntered` and the operations of a task say whether an isolate may be running.
    const lastLook = 'src/executor/phase-ledger.ts: getHeapStatisticsSync'
    const making = ['applySync', 'createContextSync', 'getSync'].map((name) => `src/executor/slot.ts: ${name}`)
    expect([...found].filter((use) => !use.startsWith('src/executor/load-')).toSorted()).toEqual([lastLook, ...making])
  })
})

it('an executor never ends itself with process.exit, which hangs when a guest does not stop', async () => {
  const { hangs, crash, text } = await runHost(
    `
    context.eval('Array.prototype.includes.call({ length: 2 ** 53 - 1 }, 1)', { timeout: 50 }).catch(() => {})
    setTimeout(() => { isolate.dispose(); say('exiting'); process.exit(3) }, 100)
    await new Promise(() => {})`,
    1_000,
  )
  expect(text).toBe('exiting')
  expect(hangs || crash !== null).toBe(true)
  for (const name of ['exit', 'reallyExit', 'abort']) {
    expect(filesWithMember(name).filter((file) => file.startsWith('src/executor/'))).toEqual([])
  }
})
