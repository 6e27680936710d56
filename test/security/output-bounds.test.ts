// Results and logs at their limits: what fits to the byte is answered whole, one byte more is not.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ExecuteAnswer } from '../support/keep-alive-client.ts'
import { ServiceProcess } from '../support/service-process.ts'

const OUTPUT_BYTES = 4_096
const DEFAULT_BYTES = 10 * 1_024 * 1_024

let service: ServiceProcess

beforeAll(async () => {
  service = await ServiceProcess.start({ env: { EXECUTORS_MAX: '2' } })
})
afterAll(async () => service[Symbol.asyncDispose]())

async function execute(expression: string, outputBytes: number): Promise<ExecuteAnswer> {
  return service.client.execute({ source: `const run = () => ${expression}`, limits: { outputBytes } })
}

/** Texts whose JSON has exactly so many bytes. */
const TEXTS: readonly (readonly [what: string, make: (bytes: number) => string])[] = [
  ['ASCII', (bytes) => `"x".repeat(${bytes - 2})`],
  ['two bytes a character', (bytes) => `"\\u00e9".repeat(${(bytes - 2) / 2})`],
  ['four bytes a character', (bytes) => `"xx" + "\\u{1f600}".repeat(${(bytes - 4) / 4})`],
  ['characters that JSON escapes', (bytes) => `"xx" + "\\n".repeat(${(bytes - 4) / 2})`],
  ['an array', (bytes) => `Array(${(bytes - 2) / 2}).fill(1).with(0, 11)`],
]

describe.each(TEXTS)('a result of %s', (_what, make) => {
  it('is answered when it has as many bytes as it may', async () => {
    const answer = await execute(make(OUTPUT_BYTES), OUTPUT_BYTES)
    expect(answer.code, answer.error).toBeNull()
    expect(Buffer.byteLength(JSON.stringify(answer.value))).toBe(OUTPUT_BYTES)
  })

  it('is refused when it has more, with both numbers', async () => {
    const answer = await execute(make(OUTPUT_BYTES + 4), OUTPUT_BYTES)
    expect(answer.code).toBe('LIMIT_OUTPUT')
    const said = /^LIMIT_OUTPUT: The result is ([\d,]+) bytes or more; the limit is 4,096 bytes\.$/u.exec(answer.error)
    expect(Number(said?.[1]?.replaceAll(',', ''))).toBeGreaterThan(OUTPUT_BYTES)
  })
})

describe('a result at the limit of the service', () => {
  it('is answered whole', async () => {
    const answer = await execute(`"x".repeat(${DEFAULT_BYTES - 2})`, DEFAULT_BYTES)
    expect(answer.code, answer.error).toBeNull()
    expect((answer.value as string).length).toBe(DEFAULT_BYTES - 2)
  })

  it('cannot be raised by a request', async () => {
    const answer = await execute(`"x".repeat(${DEFAULT_BYTES})`, 10 * DEFAULT_BYTES)
    expect(answer.code).toBe('LIMIT_OUTPUT')
  })
})

describe('limits that a request asks for', () => {
  it.each([
    ['zero', { cpuMs: 0 }],
    ['negative', { wallMs: -1 }],
    ['a fraction', { memoryMb: 0.5 }],
    ['beyond exact integers', { outputBytes: 1e300 }],
    ['unknown', { cpu: 1 }],
    ['less than an isolate needs', { memoryMb: 1 }],
  ])('are refused or met, and cost no executor, when one is %s', async (_what, limits: Record<string, number>) => {
    const before = service.executorPids()
    const answer = await service.client.execute({ source: 'const run = () => 1', limits })
    expect([null, 'REQUEST_INVALID', 'LIMIT_MEMORY']).toContain(answer.code)
    expect(new Set(service.executorPids())).toEqual(new Set(before))
  })

  it('may be as small as they can be', async () => {
    const answers = await Promise.all([
      service.client.execute({ source: 'for (;;); function run() {}', limits: { cpuMs: 1 } }),
      service.client.execute({ source: 'const run = () => new Promise(() => {})', limits: { wallMs: 1 } }),
      service.client.execute({ source: 'const run = () => 12', limits: { outputBytes: 1 } }),
      service.client.execute({ source: 'const run = () => 1', limits: { inputBytes: 1 } }),
      service.client.execute({
        source: 'const run = () => { console.log("text"); return 1 }',
        limits: { logBytes: 1 },
      }),
    ])
    expect(answers.map(({ code }) => code)).toEqual([
      'LIMIT_CPU',
      'LIMIT_WALL',
      'LIMIT_OUTPUT',
      'PAYLOAD_TOO_LARGE',
      null,
    ])
  })
})
