// Deployed code: a route that has been called before, and the first call of something that was just deployed.
import { makeQueueArtifact } from '../../flash/artifact.ts'
import { packTar } from '../../flash/pack-tar.ts'
import { makeLargeProgram } from '../../flash/queue-program.ts'
import { describeAnswer, jsonExchange, stepOf } from '../load/exchange.ts'
import type { Answer, Exchange, Step } from '../load/exchange.ts'
import type { Dialect } from './scenario.ts'

/** Of a service that a bench starts for itself and that listens on loopback. */
export const BENCH_ADMIN_KEY = 'the-key-of-the-bench'

export function warmStep(index: number): Step {
  const expected = `{"sum":${2 * index + 1}}`
  const judge = (answer: Answer): string | null =>
    answer.status === 200 && answer.body.toString('utf8') === expected ? null : describeAnswer(answer)
  return stepOf(jsonExchange('/sum', `{"x":${index},"y":${index + 1}}`, judge))
}

export function coldStep(dialect: Dialect, index: number): Step {
  const { code, offset, expected } = makeLargeProgram(index)
  const id = `cold-${index}`
  const judge = (answer: Answer): string | null => {
    if (answer.status !== 200) return describeAnswer(answer)
    const { status, output } = JSON.parse(answer.body.toString('utf8')) as Readonly<Record<string, unknown>>
    return status === 'COMPLETED' && JSON.stringify(output) === expected ? null : describeAnswer(answer)
  }
  const call = jsonExchange(
    dialect === 'service' ? `/v2/${id}/runsync` : `/deployments/${id}`,
    `{"input":{"offset":${offset}}}`,
    judge,
  )
  const body =
    dialect === 'service'
      ? packTar(makeQueueArtifact(code))
      : Buffer.from(`${code}\nfunction handle(offset) { return workerIsolateModule.handle(offset) }\n`)
  const admin = (method: Exchange['method'], content: Buffer): Exchange => ({
    method,
    path: dialect === 'service' ? `/admin/deployments/${id}` : `/deployments/${id}`,
    headers: dialect === 'service' ? { authorization: `Bearer ${BENCH_ADMIN_KEY}` } : {},
    body: [content],
    judge: (answer) => (answer.status === 200 ? null : describeAnswer(answer)),
  })
  return { before: [admin('PUT', body)], timed: call, after: [admin('DELETE', Buffer.alloc(0))], until: 'end' }
}
