// The waist: one FunctionRequest in, one FunctionResponse out. Everything above is a front door, everything below machinery.
import type { Executor } from '../core/executor.ts'
import type { Invocation } from '../core/invocation.ts'
import { clampLimits } from '../core/limits.ts'
import type { Limits } from '../core/limits.ts'
import { notRun } from '../core/outcome.ts'
import type { Outcome, PhaseTimings, Usage } from '../core/outcome.ts'
import { resolveInvocation } from '../core/resolve-invocation.ts'
import type { TenantId } from '../core/task.ts'
import type { Transpiler } from '../core/transpiler.ts'
import type { ErrorCode, Failure } from '../errors.ts'
import { failedResponse } from '../protocol/function-response.ts'
import type { FunctionResponse } from '../protocol/function-response.ts'
import type { EncodedRequest } from '../protocol/parse.ts'
import { checkFeatures } from './check-features.ts'
import { toResponse } from './to-response.ts'

export interface ExecuteContext {
  /** Names the task: at most 128 characters, never used twice. */
  readonly id: string
  readonly tenant: TenantId
  /** Aborted when the caller cancels or goes away. */
  readonly signal: AbortSignal
  /** The wall time that the job's policy gives in place of the operator's `wallMs`; cut at `wallMsMax`. */
  readonly wallMs?: number | undefined
  /** The input that this front door allows in place of the operator's `inputBytes`. */
  readonly inputBytes?: number | undefined
  /** Called when the task goes to the executor. */
  readonly onStart?: (() => void) | undefined
}

export interface Execution {
  readonly response: FunctionResponse
  /** Null when the code ran and returned. */
  readonly code: ErrorCode | null
  readonly usage: Usage
}

/** Settles with a response whatever the request asks and the guest does; rejects only for a defect of the service. */
export type Execute = (request: EncodedRequest, context: ExecuteContext) => Promise<Execution>

export interface ExecuteOptions {
  readonly executor: Executor
  readonly transpiler: Transpiler
  /** What the operator allows; a request may lower each. */
  readonly limits: Limits
  /** The most wall time that a job's policy may give. */
  readonly wallMsMax: number
  /** Whether source that does not compile looks like Python. */
  readonly looksLikePython: (source: string) => boolean
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number
}

const PYTHON_HINT = 'The source looks like Python; this build runs JavaScript and TypeScript.'
const number = new Intl.NumberFormat('en-US')

export function createExecute(options: ExecuteOptions): Execute {
  const { executor, looksLikePython } = options
  return async function execute(request, context) {
    const features = checkFeatures(request)
    if (!features.ok) return refused(features.failure)
    const resolved = resolveInvocation(request, features.language)
    if (!resolved.ok) return refused(resolved.failure)
    const limits = limitsOf(request, context, options)
    const tooLarge = checkInput(resolved.invocation, limits)
    if (tooLarge !== null) return finish(resolved.invocation, notRun(tooLarge))
    const prepared = await prepare(resolved.invocation, context, options)
    const { invocation, phases } = prepared
    if (prepared.failure !== null) return finish(invocation, notRun(explain(prepared.failure), phases), phases)
    const task = { id: context.id, tenant: context.tenant, invocation, limits }
    const outcome = await executor.execute(task, { signal: context.signal, onStart: context.onStart })
    return finish(invocation, outcome.ok ? outcome : { ...outcome, failure: explain(outcome.failure) }, phases)

    function explain(failure: Failure): Failure {
      if (failure.code !== 'COMPILE_FAILED' || !looksLikePython(request.function_code ?? '')) return failure
      return { ...failure, message: `${failure.message}\n${PYTHON_HINT}` }
    }
  }
}

function limitsOf(request: EncodedRequest, context: ExecuteContext, options: ExecuteOptions): Limits {
  const wallMs = context.wallMs === undefined ? options.limits.wallMs : Math.min(context.wallMs, options.wallMsMax)
  const inputBytes = context.inputBytes ?? options.limits.inputBytes
  return clampLimits(request.limits, { ...options.limits, wallMs, inputBytes })
}

function checkInput(invocation: Invocation, limits: Limits): Failure | null {
  const used = Buffer.byteLength(invocation.input.text)
  const limit = limits.inputBytes
  if (used <= limit) return null
  const message = `The input is ${number.format(used)} bytes; the limit is ${number.format(limit)} bytes.`
  return { code: 'PAYLOAD_TOO_LARGE', message, limit, used }
}

interface Prepared {
  readonly invocation: Invocation
  readonly failure: Failure | null
  readonly phases: PhaseTimings
}

/** JavaScript is never touched; TypeScript becomes JavaScript before it is queued for an executor. */
async function prepare(invocation: Invocation, context: ExecuteContext, options: ExecuteOptions): Promise<Prepared> {
  const { source } = invocation
  if (source.language === 'javascript') return { invocation, failure: null, phases: {} }
  const started = options.now()
  const { tenant, signal } = context
  const transpiled = await options.transpiler.transpile(source.code, { tenant, signal })
  const phases = { transpileMs: options.now() - started }
  if (!transpiled.ok) return { invocation, failure: transpiled.failure, phases }
  return {
    invocation: { ...invocation, source: { ...source, code: transpiled.code } },
    failure: null,
    phases,
  }
}

function refused(failure: Failure): Execution {
  const outcome = notRun(failure)
  return { response: failedResponse(failure), code: failure.code, usage: outcome.usage }
}

function finish(invocation: Invocation, outcome: Outcome, phases: PhaseTimings = {}): Execution {
  const usage = { ...outcome.usage, phases: { ...phases, ...outcome.usage.phases } }
  return {
    response: toResponse(outcome, invocation),
    code: outcome.ok ? null : outcome.failure.code,
    usage,
  }
}
