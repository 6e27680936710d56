// The TypeScript transpiler with real tool processes: results, refusals, hostile sources, replaced processes.
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { ToolEvent } from '../../src/tool-client/tenant-tool.ts'
import { isAlive, statusOf } from '../support/processes.ts'
import { createStripHarness as createHarness, failureOf, FAULTY_TOOL, SLOW_SOURCE } from '../support/strip-harness.ts'

const POISONED = fileURLToPath(new URL('../fixtures/strip/poisoned.ts', import.meta.url))

describe('results', () => {
  it('keeps every character that is left at its line and column', async () => {
    await using harness = createHarness()
    const source = [
      'import type { A } from "a"',
      'type B = A | 中 // gone',
      'let before = 1',
      'interface C { x: number }',
      '\t(before as any)',
      'abstract class D<T> extends Array<T> implements C { x!: number; declare y: 1; constructor(readonly_: T) { super() } }',
      'const arrow = async <T>(a: T, b?: string): Promise<',
      '  T> => a!\r',
      'export function last(this: D<A>, n: number): asserts n { return /* 😀 */ n satisfies number }',
    ].join('\n')
    const result = await harness.strip(source)
    if (!result.ok) throw new Error(result.failure.message)
    expect(result.code).toHaveLength(source.length)
    const isMoved = (unit: string, index: number): boolean => !/[\s;)]/.test(unit) && source[index] !== unit
    // By code units, as columns count.
    const moved = Array.from({ length: source.length }, (_, index) => result.code.charAt(index)).filter(isMoved)
    expect(moved).toEqual([])
    expect(result.code.split('\n').map((line) => line.length)).toEqual(source.split('\n').map((line) => line.length))
    expect(result.code).toContain('export function last(')
    expect(result.code).not.toMatch(/interface|Promise|declare|satisfies|any/)
  })

  it('leaves the first line in place behind a byte order mark', async () => {
    await using harness = createHarness()
    expect(await harness.strip('\u{FEFF}let x: A = 1')).toEqual({ ok: true, code: '\u{FEFF}let x    = 1' })
  })

  it('starts no process before the first request', async () => {
    await using harness = createHarness()
    expect(harness.events).toEqual([])
    await harness.strip('let x: A')
    expect(harness.pids()).toHaveLength(1)
  })

  it('serves the requests of one tenant from one process', async () => {
    await using harness = createHarness()
    const results = await Promise.all(Array.from({ length: 20 }, (_, index) => harness.strip(`f<T>(${index})`)))
    expect(results).toEqual(Array.from({ length: 20 }, (_, index) => ({ ok: true, code: `f   (${index})` })))
    expect(harness.pids()).toHaveLength(1)
  })

  it('runs the tool without environment, with the permission model, and without a word of output', async () => {
    await using harness = createHarness()
    await harness.strip('let x: A')
    const pid = harness.pids()[0] ?? 0
    expect(readFileSync(`/proc/${pid}/environ`, 'latin1')).toBe('')
    expect(readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0')).toContain('--permission')
  })

  it.runIf(process.getuid?.() === 0)('gives up root for the given user and group', async () => {
    await using harness = createHarness({ uid: 64_123 })
    expect(await harness.strip('let x: A')).toEqual({ ok: true, code: 'let x   ' })
    const pid = harness.pids()[0] ?? 0
    expect(statusOf(pid, 'Uid')).toBe(Array.from({ length: 4 }, () => '64123').join('\t'))
    expect(statusOf(pid, 'Gid')).toBe(Array.from({ length: 4 }, () => '64123').join('\t'))
    expect(statusOf(pid, 'Groups')).toBe('')
  })
})

describe('refused sources', () => {
  it.each([
    ['enum A { B }', 'line 1, column 1: TypeScript enum is not supported in strip-only mode. Use an object'],
    ['a\r\nexport enum A {\r\n  B\r\n}\n', 'line 2, column 8: TypeScript enum is not supported in strip-only mode.'],
    ['\n\tnamespace A { const x = 1 }', 'line 2, column 2: TypeScript namespace declaration is not supported'],
    ['module A {\n let x\n}', 'line 1, column 1: TypeScript namespace declaration is not supported'],
    [
      'class A {\n  constructor(private x: number) {}\n}',
      'line 2, column 23: TypeScript parameter property is not supported in strip-only mode. Declare the field',
    ],
    ['import a = require("a")', 'line 1, column 1: TypeScript import equals declaration is not supported'],
    ['let a = "中中\u0301😀"; let x: = 3', 'line 1, column 25: Unexpected token `=`'],
    ['\t\tlet x: = 3', 'line 1, column 10: Unexpected token `=`'],
    ['\u{FEFF}let x: = 3', 'line 1, column 9: Unexpected token `=`'],
    ['let a\n\nfoo(', 'line 3, column 5: Expression expected'],
    ['   ^^^\n', 'line 1, column 5: Expression expected'],
    ['ok\n\ud800 = "\ud83d\ude00"', 'line 2, column 1: The TypeScript source holds half of a surrogate pair'],
  ])('says where and why: %j', async (source, message) => {
    await using harness = createHarness()
    const failure = failureOf(await harness.strip(source))
    expect(failure).toMatchObject({ code: 'COMPILE_FAILED', message: expect.stringContaining(message) as string })
    expect(failure.message.length).toBeLessThan(700)
  })

  it('replaces the process after a plain syntax error, and only when the next source comes', async () => {
    await using harness = createHarness()
    expect(failureOf(await harness.strip('let x: = 1')).code).toBe('COMPILE_FAILED')
    expect(harness.events.map(({ type }) => type)).toEqual(['started', 'ended'])
    expect((await harness.strip('let x: A')).ok).toBe(true)
    expect(new Set(harness.pids()).size).toBe(2)
  })

  it('refuses a source over the cap without a process, counted in bytes', async () => {
    await using harness = createHarness({ inputBytes: 10 })
    expect(failureOf(await harness.strip('let ü: üüü'))).toMatchObject({ code: 'LIMIT_TRANSPILE', limit: 10, used: 14 })
    expect(harness.events).toEqual([])
    expect(failureOf(await harness.strip('let x: ABC')).code).toBe('OK')
  })
})

describe('hostile sources', () => {
  it('would poison a process that went on: after three deep ones no sound source passes', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['--no-warnings', POISONED])
    expect(stdout).toBe('10')
  })

  it.each([
    ['braces', '{'.repeat(20_000)],
    ['parentheses', `${'('.repeat(20_000)}1${')'.repeat(20_000)}`],
    ['brackets', '['.repeat(20_000)],
    ['arrows', `${'()=>'.repeat(20_000)}1`],
    ['type arguments', `let x: ${'A<'.repeat(20_000)}B${'>'.repeat(20_000)}`],
    ['labels', `${'a:'.repeat(20_000)};`],
    ['half a million brackets', '['.repeat(500_000)],
  ])('answer with a failure and leave the next source unharmed: %s', async (_name, source) => {
    await using harness = createHarness()
    expect((await harness.strip('let sound: A')).ok).toBe(true)
    const failure = failureOf(await harness.strip(source))
    expect(failure.code).toMatch(/^(COMPILE_FAILED|LIMIT_TRANSPILE)$/)
    expect(failure.message).not.toMatch(/\n|node:internal|file:/)
    for (let index = 0; index < 5; index += 1) {
      expect(await harness.strip(`let sound: A = ${index}`)).toEqual({ ok: true, code: `let sound    = ${index}` })
    }
    expect(harness.pids()).toHaveLength(2)
  })

  it('are killed at the deadline', async () => {
    await using harness = createHarness({ deadlineMs: 300 })
    const started = performance.now()
    expect(failureOf(await harness.strip(SLOW_SOURCE))).toMatchObject({ code: 'LIMIT_TRANSPILE', limit: 300 })
    expect(performance.now() - started).toBeGreaterThan(290)
    const [pid = 0] = harness.pids()
    expect(isAlive(pid)).toBe(false)
    expect((await harness.strip('let x: A')).ok).toBe(true)
  })
})

describe('a tool process that goes wrong', () => {
  it.each([
    ['silent', 'LIMIT_TRANSPILE', /longer than the limit of 400 ms/],
    ['isGreedy', 'LIMIT_TRANSPILE', /MB of memory; the limit is 150/],
    ['isKilled', 'LIMIT_TRANSPILE', /was killed/],
    ['exits', 'COMPILE_FAILED', /crashed the type stripper \(exit code 3\)/],
    ['hangsUp', 'LIMIT_TRANSPILE', /was killed/],
    ['sendsNoise', 'COMPILE_FAILED', /unable to answer/],
    ['sendsLength', 'COMPILE_FAILED', /unable to answer/],
    ['answersAnother', 'COMPILE_FAILED', /unable to answer/],
    ['answersShort', 'COMPILE_FAILED', /unable to answer/],
    ['answersNothing', 'COMPILE_FAILED', /unable to answer/],
    ['answersUnknown', 'COMPILE_FAILED', /unable to answer/],
  ])('when it %s, is replaced and the source gets %s', async (behaviour, code, message) => {
    const deadlineMs = behaviour === 'silent' ? 400 : 10_000
    await using harness = createHarness({ entryPath: FAULTY_TOOL, deadlineMs, residentMb: 150 })
    const failure = failureOf(await harness.strip(behaviour))
    expect(failure).toMatchObject({ code, message: expect.stringMatching(message) as string })
    expect(isAlive(harness.pids()[0] ?? 0)).toBe(false)
    expect(await harness.strip('echo')).toEqual({ ok: true, code: 'echo' })
    expect(harness.pids()).toHaveLength(2)
  })

  it('is not tried twice with the source that ended it', async () => {
    await using harness = createHarness({ entryPath: FAULTY_TOOL })
    await Promise.all([harness.strip('exits'), harness.strip('echo')])
    expect(harness.pids()).toHaveLength(2)
  })

  it('gives every waiting request a failure when it cannot be started', async () => {
    await using harness = createHarness({ entryPath: '/nowhere/tool.ts' })
    const results = await Promise.all([harness.strip('a'), harness.strip('b', 'other')])
    expect(results.map((result) => failureOf(result).code)).toEqual(['EXECUTORS_UNAVAILABLE', 'EXECUTORS_UNAVAILABLE'])
    expect(harness.events).toMatchObject([
      { type: 'ended', detail: 'exit code 1' },
      { type: 'ended', detail: 'exit code 1' },
    ])
  })

  it('ends when it has had no work for a while, and the next request starts another', async () => {
    const ended = Promise.withResolvers<ToolEvent>()
    await using harness = createHarness({
      idleMs: 50,
      observe: (event) => {
        if (event.type === 'ended') ended.resolve(event)
      },
    })
    await harness.strip('let x: A')
    expect(await ended.promise).toMatchObject({ detail: 'it had no work' })
    expect((await harness.strip('let y: A')).ok).toBe(true)
    expect(harness.pids()).toHaveLength(2)
  })
})
