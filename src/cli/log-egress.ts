// The audit log of requests to other hosts: one line each, and no more than a disk can bear.
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { EgressRecord } from '../egress/egress-broker.ts'

export interface EgressLogOptions {
  readonly log: Logger
  readonly lines: Config['egressLog']
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number
  /** Absent for five seconds. */
  readonly tellMs?: number
}

/** Of each decision; a flood of one leaves the lines of the other. */
const BURST = 500
const LINES_PER_S = 50
const TELL_MS = 5_000

/** What was left out is counted, and told when there is room again or `tellMs` later, whichever comes first. */
export class EgressLog implements Disposable {
  readonly #options: EgressLogOptions
  readonly #decisions = { allow: new LineBudget(), deny: new LineBudget() }
  #timer: NodeJS.Timeout | null = null

  constructor(options: EgressLogOptions) {
    this.#options = options
  }

  readonly write = (record: EgressRecord): void => {
    const { lines, log, now, tellMs = TELL_MS } = this.#options
    if (lines === 'none' || (lines === 'denied' && record.code === null)) return
    const budget = this.#decisions[record.decision]
    if (budget.take(now())) {
      if (budget.omitted > 0) this.#tell()
      log.info(describe(record), 'a request to another host')
      return
    }
    budget.omitted++
    this.#timer ??= setTimeout(() => this.#tell(), tellMs).unref()
  }

  #tell(): void {
    clearTimeout(this.#timer ?? undefined)
    this.#timer = null
    const { allow, deny } = this.#decisions
    const omitted = { allow: allow.omitted, deny: deny.omitted }
    allow.omitted = 0
    deny.omitted = 0
    if (omitted.allow + omitted.deny > 0)
      this.#options.log.warn({ omitted }, 'requests to other hosts without a log line')
  }

  [Symbol.dispose](): void {
    this.#tell()
  }
}

class LineBudget {
  omitted = 0
  #left = BURST
  #at = 0

  take(now: number): boolean {
    this.#left = Math.min(BURST, this.#left + ((now - this.#at) * LINES_PER_S) / 1_000)
    this.#at = now
    if (this.#left < 1) return false
    this.#left--
    return true
  }
}

/** By name, so that a field added to the record elsewhere does not get into the log by itself. */
function describe(record: EgressRecord): Readonly<Record<string, string | number>> {
  const { taskId, tenant, endpoint, method, host, port, path, decision, rule, redirects, status, code } = record
  const line: Record<string, string | number> = {
    event: 'egress',
    taskId,
    tenant,
    endpoint: endpoint ?? 'live',
    method,
  }
  if (host !== null) line['host'] = host
  if (port !== null) line['port'] = port
  if (path !== null) line['path'] = path
  line['decision'] = decision
  if (rule !== null) line['rule'] = rule
  if (redirects > 0) line['redirects'] = redirects
  if (status !== null) line['status'] = status
  line['sentBytes'] = record.sentBytes
  line['receivedBytes'] = record.receivedBytes
  line['durationMs'] = Math.round(record.durationMs * 10) / 10
  if (code !== null) line['code'] = code
  return line
}
