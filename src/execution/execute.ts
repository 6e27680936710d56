// The waist: one FunctionRequest in, one FunctionResponse out. Everything above is a front door, everything below machinery.
import type { Deployment } from '../core/deployment.ts'
import type { ExecuteOptions as TaskOptions, Executor } from '../core/executor.ts'
import { groupDigits } from '../core/group-digits.ts'
import type { Invocation } from '../core/invocation.ts'
import { isEmpty } from '../core/is-empty.ts'
import { clampLimits } from '../core/limits.ts'
import type { AskedLimits, Limits } from '../core/limits.ts'
import { looksLikeTypescript } from '../core/looks-like-typescript.ts'
import { notRun } from '../core/outcome.ts'
import type { Outcome, PhaseTimings, Usage } from '../core/outcome.ts'
import { resolveFlash, resolveLive, resolvePlain } from '../core/resolve-invocation.ts'
import type { Resolved } from '../core/resolve-invocation.ts'
import type { TenantId } from '../core/task.ts'
import type { ErrorCode, Failure } from '../errors.ts'
import { failedPlainResponse, failedResponse } from '../protocol/function-response.ts'
import type { FunctionResponse } from '../protocol/function-response.ts'
import { hasCode } from '../protocol/parse.ts'
import type { EncodedRequest } from '../protocol/parse.ts'
import type { PlainRequest } from '../protocol/plain-request.ts'
import { pointHome } from '../source-map/point-home.ts'
import { checkFeatures } from './check-features.ts'
import { explainFlash } from './explain-flash.ts'
import { explainLeftOut } from './explain-left-out.ts'
import { prepare } from './prepare.ts'
import type { PrepareOptions, Prepared } from './prepare.ts'
import { toPlainResponse, toResponse } from './to-response.ts'

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
  /** What a request without code is served from; null or absent when there is none. */
  readonly deployment?: Deployment | null
  /** Whether the request may bring code; absent for yes. */
  readonly allowsLive?: boolean
  /** Whether a call of the same deployment waits for it. */
  readonly isNested?: true
  /** How long the task may wait for an executor in place of the operator's `queueMs`. */
  readonly queueMs?: TaskOptions['queueMs']
  /** Called when the task goes to the executor. */
  readonly onStart?: TaskOptions['onStart']
  /** Whether the task is measured in detail. */
  readonly isDetailed?: boolean
  /** Whether what an iterator gives goes to `onEvent` chunk by chunk. */
  readonly mayStream?: boolean
  /** Whether the value of a stream is the list of its chunks; otherwise it has none. */
  readonly isStreamAggregated?: boolean
  /** Called for each event of the task, such as a chunk when it may stream. */
  readonly onEvent?: TaskOptions['onEvent']
}

export interface Execution {
  readonly response: FunctionResponse
  /** Null when the code ran and returned, and what it returned is no error. */
  readonly code: ErrorCode | null
  /** What `code` is the code of, as far as it was the execution that failed. */
  readonly failure?: Failure
  readonly usage: Usage
  /** How many chunks went to `onEvent`; absent when the result is a value. */
  readonly chunks?: number
}

/** Settles with a response whatever the request asks and the guest does; rejects only for a defect of the service. */
export type Execute = (request: EncodedRequest | PlainRequest, context: ExecuteContext) => Promise<Execution>

/** Runs what a door has understood by itself, as the routes of a load-balanced deployment do. */
export type Invoke = (
  resolved: Extract<Resolved, { ok: true }>,
  context: ExecuteContext,
  asked?: AskedLimits,
) => Promise<Outcome>

export interface ExecuteOptions extends PrepareOptions {
  readonly executor: Executor
  /** What the operator allows; a request may lower each. */
  readonly limits: Limits
  /** What code that comes with a request finds in `process.env`: a JSON object of texts, and nothing for none. */
  readonly environment?: string
  /** The most wall time that a job's policy may give. */
  readonly wallMsMax: number
  /** Whether source that does not compile looks like Python. */
  readonly looksLikePython: (source: string) => boolean
  /** What the modules of one request may have together; absent for no bound of their own. */
  readonly modulesBytes?: number
  /** Whether a request for packages of an operating system runs without them; absent for no. */
  readonly ignoresSystemDependencies?: boolean
}

/** Of so many tasks one is measured in detail, beside those that ask for it: it costs a few percent. */
const DETAILED_EVERY = 16

const PYTHON_HINT = 'The source looks like Python; this build runs JavaScript and TypeScript.'
const TYPESCRIPT_HINT = 'The source looks like TypeScript; send it with "language": "typescript".'
const LIVE_DISABLED: Failure = {
  code: 'LIVE_DISABLED',
  message: 'This endpoint runs deployed functions only; the request must not bring code.',
}

export function createExecute(options: ExecuteOptions): Execute {
  const invoke = createInvoke(options)
  return async function execute(request, context) {
    const resolved = resolve(request, context, options)
    if (!resolved.ok) return refused(resolved.failure, 'shape' in request)
    const { invocation } = resolved
    const isPlain = 'shape' in request
    const tellsUsage = !isPlain && request.usage
    const asked = tellsUsage ? { ...context, isDetailed: true } : context
    const outcome = await invoke(resolved, asked, isPlain ? {} : request.limits)
    const { usage } = outcome
    if (isPlain) {
      const { response, failure } = toPlainResponse(outcome, invocation)
      return { response, code: failure?.code ?? null, usage, ...partsOf(outcome) }
    }
    const code = outcome.ok ? null : outcome.failure.code
    const response = toResponse(outcome, invocation)
    return { response: tellsUsage ? { ...response, usage } : response, code, usage, ...partsOf(outcome) }
  }
}

export function createInvoke(options: ExecuteOptions): Invoke {
  const { executor, looksLikePython } = options
  let invocations = 0
  return async function invoke({ invocation: resolved, limits: lower }, context, asked = {}) {
    const limits = limitsOf(asked, lower, resolved, context, options)
    const tooLarge = checkInput(resolved, limits)
    if (tooLarge !== null) return notRun(tooLarge)
    const prepared = await prepare(resolved, context, options)
    const { invocation, failure, phases } = prepared
    if (failure !== null) return addTo(notRun(explain(failure, resolved, prepared), phases), prepared)
    const { id, tenant, isNested, signal, queueMs, onStart, onEvent } = context
    const isDetailed = context.isDetailed === true || invocations++ % DETAILED_EVERY === 0
    const task = {
      id,
      tenant,
      invocation: asCalled(invocation, context, options),
      limits,
      isDetailed,
      ...(isNested === undefined ? {} : { isNested }),
    }
    const outcome = await executor.execute(task, { signal, queueMs, onStart, onEvent })
    const timed = addPhases(outcome, phases)
    if (timed.ok) return addTo(timed, prepared)
    const told = { ...timed, failure: explain(explainLeftOut(timed.failure), resolved, prepared) }
    return invocation.source.mode === 'flash' ? explainFlash(told, invocation) : addTo(told, prepared)
  }

  function explain(failure: Failure, { source }: Invocation, { origin }: Prepared): Failure {
    const pointed = pointHome(failure, origin)
    if (failure.code !== 'COMPILE_FAILED' || source.mode !== 'live') return pointed
    const { code, language } = source
    const isTypescript = language === 'javascript' && looksLikeTypescript(code)
    const hint = looksLikePython(code) ? PYTHON_HINT : isTypescript ? TYPESCRIPT_HINT : null
    return hint === null ? pointed : { ...pointed, message: `${pointed.message}\n${hint}` }
  }
}

function asCalled(
  invocation: Invocation,
  { mayStream = false, isStreamAggregated = false }: ExecuteContext,
  options: ExecuteOptions,
): Invocation {
  const streamed = mayStream ? { ...invocation, mayStream, isStreamAggregated } : invocation
  // A deployment has all of its variables from the moment on that it is loaded, which is before its first call.
  const { environment = invocation.source.mode === 'live' ? (options.environment ?? '') : '' } = invocation
  return environment === '' ? streamed : { ...streamed, environment }
}

/** Those before the task; most have none. */
function addPhases(outcome: Outcome, phases: PhaseTimings): Outcome {
  if (isEmpty(phases)) return outcome
  return { ...outcome, usage: { ...outcome.usage, phases: { ...phases, ...outcome.usage.phases } } }
}

/** What was said and made before the code ran. */
function addTo(outcome: Outcome, { log, dependencyLock }: Prepared): Outcome {
  if (log === '' && dependencyLock === undefined) return outcome
  return {
    ...outcome,
    stdout: log === '' ? outcome.stdout : log + (outcome.stdout ?? ''),
    ...(dependencyLock === undefined ? {} : { dependencyLock }),
  }
}

function partsOf(outcome: Outcome): Pick<Execution, 'failure' | 'chunks'> {
  if (!outcome.ok) return { failure: outcome.failure }
  return outcome.chunks === undefined ? {} : { chunks: outcome.chunks }
}

function resolve(request: EncodedRequest | PlainRequest, context: ExecuteContext, options: ExecuteOptions): Resolved {
  const { deployment = null, allowsLive = true } = context
  if ('shape' in request) return resolvePlain(request, deployment)
  const features = checkFeatures(request, options)
  if (!features.ok) return features
  if (!hasCode(request)) return resolveFlash(request, deployment)
  return allowsLive ? resolveLive(request, features) : { ok: false, failure: LIVE_DISABLED }
}

/** A warm isolate has the memory that it was made with, whatever a request asks for. */
function limitsOf(
  asked: AskedLimits,
  lower: AskedLimits,
  { source }: Invocation,
  context: ExecuteContext,
  options: ExecuteOptions,
): Limits {
  const limits = clampLimits(asked, clampLimits(lower, allowedAt(context, options)))
  const { memoryMb } = options.limits
  return source.mode === 'live' || limits.memoryMb === memoryMb ? limits : { ...limits, memoryMb }
}

function allowedAt({ wallMs, inputBytes }: ExecuteContext, { limits, wallMsMax }: ExecuteOptions): Limits {
  if (wallMs === undefined && inputBytes === undefined) return limits
  return {
    ...limits,
    wallMs: wallMs === undefined ? limits.wallMs : Math.min(wallMs, wallMsMax),
    inputBytes: inputBytes ?? limits.inputBytes,
  }
}

function checkInput(invocation: Invocation, limits: Limits): Failure | null {
  const used = Buffer.byteLength(invocation.input.text)
  const limit = limits.inputBytes
  if (used <= limit) return null
  const message = `The input is ${groupDigits(used)} bytes; the limit is ${groupDigits(limit)} bytes.`
  return { code: 'PAYLOAD_TOO_LARGE', message, limit, used }
}

function refused(failure: Failure, isPlain: boolean): Execution {
  return {
    response: isPlain ? failedPlainResponse(failure) : failedResponse(failure),
    code: failure.code,
    usage: notRun(failure).usage,
  }
}
