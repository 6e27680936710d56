import { describe, expect, test } from 'vitest'
import { EgressLog } from '../../src/cli/log-egress.ts'
import type { EgressRecord } from '../../src/egress/egress-broker.ts'
import { createLog } from '../../src/telemetry/log.ts'

const RECORD: EgressRecord = {
  taskId: 'task-1',
  tenant: 'default',
  endpoint: 'orders',
  method: 'GET',
  host: 'api.example',
  port: 443,
  path: '/v1/x',
  decision: 'allow',
  rule: 'rules[0]',
  redirects: 0,
  status: 200,
  sentBytes: 0,
  receivedBytes: 10,
  durationMs: 1.2345,
  code: null,
  denial: null,
  headMs: 1,
}
const DENIED: EgressRecord = {
  ...RECORD,
  decision: 'deny',
  rule: null,
  status: null,
  code: 'EGRESS_DENIED',
  denial: 'no-rule',
  headMs: null,
}

function start(
  lines: 'all' | 'denied' | 'none',
  now = (): number => 0,
): { log: EgressLog; written: Record<string, unknown>[] } {
  const written: Record<string, unknown>[] = []
  const destination = { write: (line: string) => written.push(JSON.parse(line) as Record<string, unknown>) }
  return { log: new EgressLog({ log: createLog({ level: 'info', destination }), lines, now, tellMs: 60_000 }), written }
}

describe('the audit log', () => {
  test('has a line for each exchange, with what was decided and what came of it', () => {
    const { log, written } = start('all')
    log.write(RECORD)
    log.write({ ...DENIED, endpoint: null, redirects: 2 })
    expect(written).toEqual([
      {
        level: 'info',
        time: expect.any(String) as string,
        event: 'egress',
        taskId: 'task-1',
        tenant: 'default',
        endpoint: 'orders',
        method: 'GET',
        host: 'api.example',
        port: 443,
        path: '/v1/x',
        decision: 'allow',
        rule: 'rules[0]',
        status: 200,
        sentBytes: 0,
        receivedBytes: 10,
        durationMs: 1.2,
        msg: 'a request to another host',
      },
      expect.objectContaining({ endpoint: 'live', decision: 'deny', redirects: 2, code: 'EGRESS_DENIED' }),
    ])
  })

  test('leaves out what is not wanted', () => {
    const denied = start('denied')
    for (const record of [RECORD, { ...RECORD, code: 'EGRESS_FAILED' } as const, DENIED]) denied.log.write(record)
    expect(denied.written.map(({ code }) => code)).toEqual(['EGRESS_FAILED', 'EGRESS_DENIED'])
    const none = start('none')
    none.log.write(DENIED)
    expect(none.written).toEqual([])
  })

  test('is not filled by a flood of denied requests, says how many it left out, and keeps the lines of the others', () => {
    let now = 0
    const { log, written } = start('all', () => now)
    for (let count = 0; count < 10_000; count++) log.write(DENIED)
    log.write(RECORD)
    expect(written).toHaveLength(501)
    expect(written.at(-1)).toMatchObject({ decision: 'allow' })
    now = 1_000
    log.write(DENIED)
    expect(written.slice(501)).toMatchObject([
      { level: 'warn', omitted: { allow: 0, deny: 9_500 }, msg: 'requests to other hosts without a log line' },
      { decision: 'deny' },
    ])
    for (let count = 0; count < 100; count++) log.write(DENIED)
    log[Symbol.dispose]()
    expect(written.at(-1)).toMatchObject({ omitted: { deny: 51 } })
  })
})
