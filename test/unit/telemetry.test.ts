// Log lines: their form, what is kept out of them, and that none is lost when the process is killed.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, expectTypeOf, test } from 'vitest'
import type { PhaseTimings } from '../../src/core/outcome.ts'
import type { RequestRecord } from '../../src/http/request-record.ts'
import { createLog } from '../../src/telemetry/log.ts'
import { redact } from '../../src/telemetry/redact.ts'
import { describeRequest } from '../../src/telemetry/request-line.ts'
import type { RequestFacts } from '../../src/telemetry/request-line.ts'

function createTestLog(level: 'info' | 'warn' = 'info') {
  const written: string[] = []
  const log = createLog({ level, destination: { write: (line: string) => void written.push(line) } })
  return { log, written, last: () => JSON.parse(written.at(-1) ?? 'null') as Record<string, unknown> }
}

describe("the platform's form of a line", () => {
  function createPlatformLog() {
    const lines: unknown[] = []
    const destination = { write: (line: string) => void lines.push(JSON.parse(line)) }
    return { log: createLog({ level: 'trace', form: 'platform', destination }), lines }
  }

  test('is the job that it is about, the message with every field in it, and a level in capitals', () => {
    const { log, lines } = createPlatformLog()
    log.info({ requestId: 'job-1', code: null }, 'a job has ended')
    log.info({ event: 'answered', id: 'sync-1', status: 200 })
    log.warn('plain')
    log.fatal({ apiKey: 'hunter2' }, 'worst')
    log.trace('least')
    expect(lines).toEqual([
      { requestId: 'job-1', message: 'a job has ended {"code":null}', level: 'INFO' },
      { requestId: 'sync-1', message: '{"event":"answered","status":200}', level: 'INFO' },
      { requestId: null, message: 'plain', level: 'WARN' },
      { requestId: null, message: 'worst {"apiKey":"[redacted]"}', level: 'ERROR' },
      { requestId: null, message: 'least', level: 'TRACE' },
    ])
  })

  test('loses the middle of a message beyond 4 096 characters', () => {
    const { log, lines } = createPlatformLog()
    log.info(`a${'.'.repeat(4_094)}z`)
    log.info(`b${'.'.repeat(4_095)}y`)
    const [whole, shortened] = lines as readonly { message: string }[]
    expect(whole?.message).toHaveLength(4_096)
    expect(shortened?.message).toMatch(/^b\.+ … \.+y$/u)
    expect(shortened?.message).toHaveLength(4_096)
  })

  test('is one line whatever is logged', () => {
    const written: string[] = []
    const destination = { write: (line: string) => void written.push(line) }
    const log = createLog({ level: 'info', form: 'platform', destination })
    log.info({ requestId: 'a\nb"\u2028\ud800', level: 'FORGED', message: 'forged' }, 'x\n{"level":"ERROR"}')
    expect(written).toEqual([expect.stringMatching(/^\{[^\n]+\}\n$/u)])
    expect(JSON.parse(written[0] ?? '')).toMatchObject({ requestId: 'a\nb"\u2028\ud800' })
  })
})

describe('the logger', () => {
  test('a line is one JSON object with a level in words, a time, the fields and the message', () => {
    const { log, written, last } = createTestLog()
    log.info({ pid: 7, text: 'two\nlines' }, 'executor ready')
    expect(written).toEqual([expect.stringMatching(/^\{[^\n]+\}\n$/u)])
    expect(last()).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/u),
      pid: 7,
      text: 'two\nlines',
      msg: 'executor ready',
    })
  })

  test('lines below the level are not written', () => {
    const { log, written } = createTestLog('warn')
    log.info('quiet')
    expect(written).toEqual([])
  })

  test('an error is its type, message, stack, code and causes, without the other things that hang on it', () => {
    const { log, written, last } = createTestLog()
    const cause = new RangeError('why')
    const error = Object.assign(new TypeError('what', { cause }), { code: 'E_WHAT', request: { body: 'hunter2' } })
    log.error({ err: error }, 'a defect')
    expect(last()['err']).toMatchObject({
      type: 'TypeError',
      message: 'what',
      code: 'E_WHAT',
      cause: { type: 'RangeError' },
    })
    expect(written.join('')).not.toContain('hunter2')
    log.error(error)
    expect(last()).toMatchObject({ err: { type: 'TypeError' }, msg: 'what' })
    expect(written.join('')).not.toContain('hunter2')
  })

  test('what a program logged before it is killed is on its standard output', () => {
    const program = `
      import { createLog } from ${JSON.stringify(join(import.meta.dirname, '../../src/telemetry/log.ts'))}
      const log = createLog({ level: 'info' })
      for (let count = 0; count < 200; count++) log.info({ count })
      process.kill(process.pid, 'SIGKILL')`
    const { stdout, signal } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
      encoding: 'utf8',
    })
    expect(signal).toBe('SIGKILL')
    const lines = stdout.trimEnd().split('\n')
    expect(lines.map((line) => (JSON.parse(line) as { count: number }).count)).toEqual([...Array(200).keys()])
  })
})

describe('redaction', () => {
  test.each([
    'authorization',
    'Authorization',
    'apiKey',
    'api_key',
    'API_KEY',
    'api-key',
    'x-api-key',
    'Cookie',
    'set-cookie',
  ])('a field named %s does not show its value, at the top, nested, in a list or in a child logger', (name) => {
    const { log, written } = createTestLog()
    log.info({ [name]: 'hunter2', request: { headers: { [name]: 'hunter2' } }, list: [[{ [name]: ['hunter2'] }]] })
    if (['authorization', 'Authorization', 'apiKey', 'api_key'].includes(name))
      log.child({ [name]: 'hunter2' }).info('child')
    expect(written.join('')).not.toContain('hunter2')
    expect(written.join('')).toContain('[redacted]')
  })

  test('fields without secrets are passed on as they are, and nothing that is passed in is changed', () => {
    const fields = { pid: 1, keys: ['api_key'], nested: { apikeys: 1, note: 'authorization' } }
    expect(redact(fields)).toBe(fields)
    const secret = Object.freeze({ headers: Object.freeze({ authorization: 'x' }) })
    expect(redact(secret)).toEqual({ headers: { authorization: '[redacted]' } })
  })

  test('cycles and deep nesting end', () => {
    const cyclic: Record<string, unknown> = { name: 'a' }
    cyclic['self'] = cyclic
    expect(JSON.stringify(redact(cyclic))).toContain('[nested too deeply]')
  })

  test('no secret gets through, wherever it hangs', () => {
    const leaf = fc.oneof(fc.record({ apiKey: fc.constant('hunter2') }), fc.integer(), fc.constant(null), fc.string())
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 8 },
        leaf,
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(fc.string(), tie('tree'), { maxKeys: 3 }),
      ),
    }))
    fc.assert(
      fc.property(tree, (value) => {
        expect(JSON.stringify(redact({ value }))).not.toContain('hunter2')
      }),
    )
  })
})

describe('the line of a request', () => {
  const record: RequestRecord = {
    event: 'answered',
    method: 'POST',
    route: '/runsync',
    endpoint: 'orders',
    id: 'sync-1-u1',
    mode: 'live',
    status: 200,
    jobStatus: 'FAILED',
    code: 'LIMIT_CPU',
    durationMs: 5_012.345_678,
    answerBytes: 321,
    usage: { cpuMs: 5_003.119, wallMs: 5_004, phases: { queueMs: 1.005, callMs: 5_002.5 } },
  }

  test('it says what was asked, how it ended and where the time went, in rounded milliseconds', () => {
    expect(describeRequest(record)).toEqual({
      event: 'answered',
      method: 'POST',
      route: '/runsync',
      id: 'sync-1-u1',
      mode: 'live',
      status: 200,
      jobStatus: 'FAILED',
      code: 'LIMIT_CPU',
      durationMs: 5_012.35,
      answerBytes: 321,
      cpuMs: 5_003.12,
      wallMs: 5_004,
      queueMs: 1,
      callMs: 5_002.5,
    })
  })

  test('what a request does not have is left out', () => {
    const refused = { ...record, id: null, mode: null, jobStatus: null, code: null, usage: null }
    expect(Object.keys(describeRequest(refused))).toEqual([
      'event',
      'method',
      'route',
      'status',
      'durationMs',
      'answerBytes',
    ])
  })

  test('a field that somebody adds to a record is not logged by itself', () => {
    const more = {
      ...record,
      source: 'hunter2',
      usage: { ...record.usage, stdout: 'hunter2', phases: { secretMs: 1 } },
    }
    expect(JSON.stringify(describeRequest(more as unknown as RequestFacts))).not.toMatch(/hunter2|secret/u)
  })

  test('every phase that an outcome can have is one that is logged', () => {
    expectTypeOf<keyof PhaseTimings>().toEqualTypeOf<keyof NonNullable<RequestFacts['usage']>['phases']>()
    const phases = { queueMs: 1, installMs: 0, transpileMs: 2, isolateMs: 3, compileMs: 4, evaluateMs: 5, callMs: 6 }
    expect(describeRequest({ ...record, usage: { cpuMs: 0, wallMs: 0, phases } })).toMatchObject(phases)
  })
})
