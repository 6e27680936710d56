// Turns an executor's last word on a task into an outcome, trusting none of it.
import type { Outcome } from '../core/outcome.ts'
import type { Task } from '../core/task.ts'
import type { ErrorCode } from '../errors.ts'
import type { FromExecutor } from '../ipc/messages.ts'
import { isJson } from './check-json.ts'

type Settled = Extract<FromExecutor, { type: 'settled' }>

/** The codes that an executor may report; all others are decided on this side. */
const EXECUTOR_CODES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'INPUT_INVALID',
  'ARGUMENTS_MISMATCH',
  'COMPILE_FAILED',
  'ENTRY_NOT_FOUND',
  'ENTRY_NOT_CALLABLE',
  'GUEST_THREW',
  'RESULT_NOT_ENCODABLE',
  'LIMIT_CPU',
  'LIMIT_WALL',
  'LIMIT_MEMORY',
  'LIMIT_OUTPUT',
  'CANCELLED',
])

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/

/** Throws an Error when the executor broke the contract; its process is then killed. */
export function toOutcome(settled: Settled, parts: readonly string[], task: Task, queueMs: number): Outcome {
  const [log, value] = parts
  if (log === undefined) throw new Error('frame: a settled task without a log')
  const base = {
    stdout: settled.ran ? log : null,
    usage: { cpuMs: settled.cpuMs, wallMs: settled.wallMs, phases: { queueMs, ...dropUndefined(settled.phases) } },
  }
  if (settled.ok) {
    if (value === undefined || settled.failure !== null) throw new Error('frame: a result without a value')
    checkValue(value, task)
    return { ...base, ok: true, value }
  }
  const { failure } = settled
  if (failure === null || !EXECUTOR_CODES.has(failure.code)) throw new Error('frame: a failure without a valid code')
  const { code, message, stack, limit, used } = failure
  return {
    ...base,
    ok: false,
    failure: {
      code,
      message,
      ...(stack === undefined ? {} : { stack }),
      ...(limit === undefined ? {} : { limit }),
      ...(used === undefined ? {} : { used }),
    },
  }
}

/** The value goes into an envelope as it is, so it has to be what it claims to be. */
function checkValue(value: string, task: Task): void {
  if (Buffer.byteLength(value) > task.limits.outputBytes) throw new Error('frame: a result over its limit')
  if (task.invocation.input.format === 'json') {
    if (!isJson(value)) throw new Error('frame: a result that is not JSON')
  } else if (!BASE64.test(value)) throw new Error('frame: a pickle that is not base64')
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> }

function dropUndefined<T extends object>(record: T): Defined<T> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as Defined<T>
}
