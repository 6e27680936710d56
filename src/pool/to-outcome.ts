// Turns an executor's last word on a task into an outcome, trusting none of it.
import type { Outcome, Usage } from '../core/outcome.ts'
import type { Task } from '../core/task.ts'
import type { ErrorCode } from '../errors.ts'
import { LOG_SLACK_BYTES } from '../ipc/bounds.ts'
import type { SettledMessage } from '../ipc/settled-message.ts'
import type { Assignment } from './assignment.ts'
import { checkValue } from './check-value.ts'

/** When it was sent: of the clock of `now`, and of `monotonicMs`. */
type Timed = Pick<Assignment, 'task' | 'queueMs' | 'startedAt' | 'sentAtMs'>

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

/** The log and the value. */
const MAX_PARTS = 2

/** Throws an Error when the executor broke the contract; its process is then killed. */
export function toOutcome(
  settled: SettledMessage,
  parts: readonly string[],
  { task, queueMs, startedAt, sentAtMs }: Timed,
  now: number,
): Outcome {
  const [log, value] = parts
  if (log === undefined) throw new Error('frame: a settled task without a log')
  if (parts.length > MAX_PARTS) throw new Error('frame: parts that nobody asked for')
  if (Buffer.byteLength(log) > task.limits.logBytes + LOG_SLACK_BYTES) throw new Error('frame: a log over its limit')
  const base = {
    stdout: settled.ran ? log : null,
    ...madeBy(settled, task),
    usage: usageOf(settled, queueMs, hopsOf(settled, sentAtMs, now - startedAt)),
  }
  if (settled.ok) {
    if (value === undefined || settled.failure !== null) throw new Error('frame: a result without a value')
    const { chunks } = settled
    const isAggregated = task.invocation.isStreamAggregated === true
    if (chunks !== undefined && !isAggregated) {
      if (value !== '') throw new Error('frame: a stream with a value')
      return { ...base, ok: true, value, chunks }
    }
    if (chunks !== undefined && value === '') throw new Error('frame: a stream without its list')
    checkValue(value, task.invocation.input.format, task.limits.outputBytes)
    return { ...base, ok: true, value, ...(chunks === undefined ? {} : { chunks }) }
  }
  const { failure } = settled
  if (settled.chunks !== undefined || failure === null || !mayReport(failure.code, task))
    throw new Error('frame: a failure without a valid code')
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

function madeBy({ madeInstance }: SettledMessage, { instance }: Task): Pick<Outcome, 'madeInstance'> {
  return madeInstance === true && instance !== undefined ? { madeInstance } : {}
}

/** Only calls of a module or an instance run beside others, which may take their isolate along. */
function mayReport(code: ErrorCode, { invocation, instance }: Task): boolean {
  if (instance !== undefined && code === 'INSTANCE_LOST') return true
  const isCall = instance !== undefined || invocation.source.mode === 'flash'
  return EXECUTOR_CODES.has(code) || (code === 'EXECUTOR_LOST' && isCall)
}

interface Hops {
  readonly executorMs: number
  readonly returnMs: number
}

/** The way there and back is what its own time leaves; how it divides the executor says, as far as that can be. */
function hopsOf({ wallMs, takenUpAtMs }: SettledMessage, sentAtMs: number, totalMs: number): Hops | null {
  if (takenUpAtMs === undefined) return null
  const bothMs = Math.max(0, totalMs - wallMs)
  const executorMs = Math.min(Math.max(0, takenUpAtMs - sentAtMs), bothMs)
  return { executorMs, returnMs: bothMs - executorMs }
}

function usageOf(settled: SettledMessage, queueMs: number, hops: Hops | null): Usage {
  const { cpuMs, wallMs, phases, isolate, codeCache, heapBytes } = settled
  const { executorMs = 0, ...own } = phases
  return {
    cpuMs,
    wallMs,
    phases:
      hops === null
        ? { queueMs, ...phases }
        : { queueMs, executorMs: hops.executorMs + executorMs, ...own, returnMs: hops.returnMs },
    ...(isolate === undefined ? {} : { isolate }),
    ...(codeCache === undefined ? {} : { codeCache }),
    ...(heapBytes === undefined ? {} : { heapBytes }),
  }
}
