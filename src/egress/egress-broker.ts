// Makes the requests of guest code to other hosts: by the rules of the task's endpoint, within its budgets.
import type { EgressBroker, EgressExchange, EgressRequestHead } from '../core/egress.ts'
import { declaredHosts, endpointOfTask, policyOf } from '../core/network-policies.ts'
import type { NetworkPolicies } from '../core/network-policies.ts'
import { decide, portOf } from '../core/network-policy.ts'
import type { Reach } from '../core/network-policy.ts'
import type { Task, TenantId } from '../core/task.ts'
import type { ErrorCode, Failure } from '../errors.ts'
import type { CheckAddress } from './check-address.ts'
import { WideDecoders } from './decode-body.ts'
import { describeDenial } from './describe-denial.ts'
import { Dispatchers } from './dispatchers.ts'
import type { DispatcherTimes } from './dispatchers.ts'
import { EgressBudget } from './egress-budget.ts'
import type { EgressBounds } from './egress-budget.ts'
import { Exchange } from './exchange.ts'
import type { Denial, ExchangeReport } from './exchange.ts'
import { checkReach } from './reach-check.ts'
import { refusedExchange } from './refused-exchange.ts'
import { resolverFor } from './resolve-host.ts'
import type { Resolve } from './resolve-host.ts'

export interface NetworkBrokerOptions {
  readonly policies: NetworkPolicies
  readonly bounds: EgressBounds
  /** Told of each exchange when it is over. */
  readonly onExchange: (record: EgressRecord) => void
  /** How names are resolved; absent for the machine's way, and straight by its servers where guest code chooses the name. */
  readonly resolveFor?: (reach: Reach) => Resolve
  /** Which addresses may be connected to; absent for what the rule says. */
  readonly checkFor?: (reach: Reach) => CheckAddress
  readonly times?: Partial<DispatcherTimes>
}

/** One exchange for the log. Nothing in it comes from a header or a body, and no query. */
export interface EgressRecord {
  readonly taskId: string
  readonly tenant: TenantId
  /** Null for code that came with a request. */
  readonly endpoint: string | null
  readonly method: string
  /** Of the last hop; null for what was no URL. */
  readonly host: string | null
  readonly port: number | null
  readonly path: string | null
  readonly decision: 'allow' | 'deny'
  /** Where the rule stands that decided; null when none did. */
  readonly rule: string | null
  readonly redirects: number
  readonly status: number | null
  readonly sentBytes: number
  readonly receivedBytes: number
  readonly durationMs: number
  readonly code: ErrorCode | null
  /** Why it was denied; null for one that was not. */
  readonly denial: Denial | null
  /** Until its code was given the head of the answer; null when it was not. */
  readonly headMs: number | null
}

const TIMES: DispatcherTimes = { connectMs: 10_000, firstByteMs: 60_000, betweenBytesMs: 30_000 }
/** Half of them for requests, and half for what waits to be used again or was given up while it was made. */
const CONNECTIONS_PER_REQUEST = 2
/** What a timer can wait for. */
const DEADLINE_MS_MAX = 2_147_483_647

export class NetworkBroker implements EgressBroker, AsyncDisposable {
  readonly #options: NetworkBrokerOptions
  readonly #times: DispatcherTimes
  readonly #budget: EgressBudget
  readonly #dispatchers: Dispatchers
  readonly #wideDecoders = new WideDecoders()
  readonly #running = new Map<string, Set<Exchange>>()

  constructor(options: NetworkBrokerOptions) {
    this.#options = options
    this.#times = { ...TIMES, ...options.times }
    this.#budget = new EgressBudget(options.bounds)
    const { checkFor = checkReach, resolveFor = resolverFor } = options
    this.#dispatchers = new Dispatchers({
      ...this.#times,
      checkFor,
      resolveFor,
      tenantConnections: CONNECTIONS_PER_REQUEST * options.bounds.tenantAtOnce,
      serviceConnections: CONNECTIONS_PER_REQUEST * options.bounds.serviceAtOnce,
    })
  }

  readonly open = (task: Task, head: EgressRequestHead, deadlineMs: number): EgressExchange => {
    const budget = this.#budget.ofTask(task.id)
    if (budget === null) return refusedExchange(TOO_MANY_TASKS)
    const { tenant } = task
    const endpoint = endpointOfTask(task)
    const policy = policyOf(this.#options.policies, tenant, endpoint)
    const declared = declaredHosts(task)
    const startedAt = performance.now()
    const exchange: Exchange = new Exchange(head, {
      decide: (method, url) => decide(policy, declared, method, url),
      describeDenial: (method, url, verdict) => describeDenial(policy, method, url, verdict),
      dispatcherOf: (reach) => this.#dispatchers.of(tenant, reach),
      isCrowded: () => this.#dispatchers.isCrowded(tenant),
      budget,
      takeSlot: () => this.#budget.take(tenant),
      wideDecoders: this.#wideDecoders,
      times: this.#times,
      deadlineMs: Math.min(Math.max(deadlineMs, 0), DEADLINE_MS_MAX),
      onEnd: (report) => {
        this.#forget(task.id, exchange)
        this.#options.onExchange(toRecord(report, task, endpoint, startedAt))
      },
    })
    this.#remember(task.id, exchange)
    return exchange
  }

  /** Exchanges that are not over; those of one task wait for their turn. */
  get exchanges(): number {
    return this.#running.values().reduce((sum, { size }) => sum + size, 0)
  }

  /** Of those, the ones that have their turn. @param tenant null for all of them. */
  inProgress(tenant: TenantId | null): number {
    return this.#budget.inProgress(tenant)
  }

  readonly ended = (taskId: string): void => {
    for (const exchange of this.#running.get(taskId) ?? []) exchange.cancel()
    this.#running.delete(taskId)
    this.#budget.ended(taskId)
  }

  #remember(taskId: string, exchange: Exchange): void {
    const running = this.#running.get(taskId)
    if (running === undefined) this.#running.set(taskId, new Set([exchange]))
    else running.add(exchange)
  }

  #forget(taskId: string, exchange: Exchange): void {
    const running = this.#running.get(taskId)
    running?.delete(exchange)
    if (running?.size === 0) this.#running.delete(taskId)
  }

  /** Cuts off what is in progress. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const taskId of [...this.#running.keys()]) this.ended(taskId)
    await this.#dispatchers[Symbol.asyncDispose]()
  }
}

const TOO_MANY_TASKS: Failure = {
  code: 'EGRESS_FAILED',
  message: 'The request is not made, because too many tasks make requests to other hosts already.',
}

const PATH_CHARACTERS = 256
const METHOD_CHARACTERS = 32
const HOST_CHARACTERS = 256

function toRecord(
  { method, url, verdict, failure, headAt, ...rest }: ExchangeReport,
  { id: taskId, tenant }: Task,
  endpoint: string | null,
  startedAt: number,
): EgressRecord {
  return {
    taskId,
    tenant,
    endpoint,
    method: method.slice(0, METHOD_CHARACTERS),
    host: url?.hostname.slice(0, HOST_CHARACTERS) ?? null,
    port: url === null ? null : portOf(url),
    path: url === null ? null : url.pathname.slice(0, PATH_CHARACTERS),
    decision: failure?.code === 'EGRESS_DENIED' || verdict?.isAllowed !== true ? 'deny' : 'allow',
    rule: verdict?.rule?.place ?? null,
    ...rest,
    durationMs: performance.now() - startedAt,
    code: failure?.code ?? null,
    headMs: headAt === null ? null : headAt - startedAt,
  }
}
