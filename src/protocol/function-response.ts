// The FunctionResponse of the wire, and its JSON text.
import type { Failure } from '../errors.ts'
import { describeFailure } from './failure-text.ts'
import { naiveLocalTime } from './naive-local-time.ts'

const US_PER_MS = 1_000

/** The instance of a class that a request called. Times are milliseconds since 1970, with a fraction. */
export interface InstanceNote {
  readonly id: string
  readonly className: string
  readonly createdAt: number
  readonly lastUsedAt: number
  readonly methodCalls: number
}

/** What a request cost and where its time went; phases by their names, in milliseconds. */
export interface UsageNote {
  readonly cpuMs: number
  readonly wallMs: number
  readonly isolate?: string
  readonly codeCache?: string
  readonly heapBytes?: number
  readonly phases: object
}

/** The answer to one FunctionRequest (protocol.md §1.2); values are text that is never decoded on the host. */
export interface FunctionResponse {
  readonly success: boolean
  /** A base64 pickle, or the sentence of upstream when the submitted code lacks the function. */
  readonly result: string | null
  /** JSON text, spliced into the answer as it is: it must have passed `JSON.parse`. */
  readonly jsonResult: string | null
  readonly error: string | null
  /** What the guest printed; null when nothing ran. */
  readonly stdout: string | null
  /** Of a request for a class whose instance lives on. */
  readonly instance?: InstanceNote
  /** Of a request with `dependencies`: what was installed, to be sent with the next one. */
  readonly dependencyLock?: string
  /** Of a request that asks for it. */
  readonly usage?: UsageNote
  /** Of a request of the plain queue shape: the whole output of its job (protocol.md §5.3), null for none. */
  readonly plain?: PlainOutput
}

export interface PlainOutput {
  readonly output: string | null
  /** Whether what the function returned asks for another worker in place of this one. */
  readonly asksRefresh?: boolean
}

/** The response of a request that failed, with what it printed until then. */
export function failedResponse(failure: Failure, stdout: string | null = null): FunctionResponse {
  return {
    success: false,
    result: null,
    jsonResult: null,
    error: describeFailure(failure),
    stdout,
  }
}

/** The same in the plain queue shape, whose output has what upstream's handler leaves there. */
export function failedPlainResponse(failure: Failure, stdout: string | null = null): FunctionResponse {
  const output = `{"success":false,"traceback":${JSON.stringify(stdout ?? '')}}`
  return { ...failedResponse(failure, stdout), plain: { output } }
}

/** The `output` of a job; null for none. The error is the job's own (protocol.md §0, trap 1). */
export function writeJobOutput(response: FunctionResponse): string | null {
  if (response.plain !== undefined) return response.plain.output
  return writeFunctionResponse(response, { withoutError: true })
}

/**
 * Compact JSON with every key, nulls included, in upstream's order; behind them `dependency_lock` and `usage`, where there are some.
 * `withoutError` leaves the `error` key out: jobs carry it at their top level (protocol.md §0, trap 1).
 */
export function writeFunctionResponse(response: FunctionResponse, options: { readonly withoutError: boolean }): string {
  const error = options.withoutError ? '' : `,"error":${JSON.stringify(response.error)}`
  return (
    `{"success":${response.success ? 'true' : 'false'},"result":${JSON.stringify(response.result)}` +
    `,"json_result":${response.jsonResult ?? 'null'}${error},"stdout":${JSON.stringify(response.stdout)}` +
    `,"instance_id":${JSON.stringify(response.instance?.id ?? null)},"instance_info":${writeInfo(response.instance)}` +
    (response.dependencyLock === undefined ? '' : `,"dependency_lock":${JSON.stringify(response.dependencyLock)}`) +
    `${response.usage === undefined ? '' : `,"usage":${writeUsage(response.usage)}`}}`
  )
}

/** Times to microseconds: more digits are noise. */
function writeUsage({ cpuMs, wallMs, isolate, codeCache, heapBytes, phases }: UsageNote): string {
  const usage = { cpuMs, wallMs, isolate, codeCache, heapBytes, phases }
  return JSON.stringify(usage, (_, value: unknown) =>
    typeof value === 'number' ? Math.round(value * US_PER_MS) / US_PER_MS : value,
  )
}

function writeInfo(instance: InstanceNote | undefined): string {
  if (instance === undefined) return 'null'
  const { className, createdAt, methodCalls, lastUsedAt } = instance
  return JSON.stringify({
    class_name: className,
    created_at: naiveLocalTime(createdAt),
    method_calls: methodCalls,
    last_used: naiveLocalTime(lastUsedAt),
  })
}
