// How guest code reaches other hosts: composed from the configuration; what carries the requests is loaded with the first of them.
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { EgressBroker } from '../core/egress.ts'
import type { NetworkPolicies } from '../core/network-policies.ts'
import type { TenantId } from '../core/task.ts'
import { deferExchange } from '../egress/defer-exchange.ts'
import type { EgressRecord, NetworkBroker } from '../egress/egress-broker.ts'
import { loadPolicies } from './load-egress-policies.ts'
import { EgressLog } from './log-egress.ts'

export interface EgressOptions {
  readonly config: Config
  /** Where the values of the operator's headers are. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly log: Logger
  /** Told of each request to another host when it is over, whatever of it is logged. */
  readonly onExchange: (record: EgressRecord) => void
  readonly onDefect: (error: unknown) => void
}

export interface Egress extends AsyncDisposable {
  readonly broker: EgressBroker
  readonly policies: NetworkPolicies
  /** Requests that are not over. */
  readonly open: () => number
  /** Of those, the ones that have their turn. @param tenant null for all of them. */
  readonly inProgress: (tenant: TenantId | null) => number
}

/** Rejects on a policy that is none. */
export async function createEgress({ config, env, log, onExchange, onDefect }: EgressOptions): Promise<Egress> {
  const policies = await loadPolicies(config, env)
  const audit = new EgressLog({ log, lines: config.egressLog, now: () => performance.now() })
  let loaded: NetworkBroker | null = null
  let loading: Promise<NetworkBroker> | null = null
  // undici takes 150 ms and 26 MB, which most services never need.
  const load = async (): Promise<NetworkBroker> => {
    const egress = await import('../egress/egress-broker.ts')
    loaded = new egress.NetworkBroker({
      policies,
      bounds: {
        requests: config.egressRequests,
        atOnce: config.egressRequestsAtOnce,
        sentBytes: config.egressSentBytes,
        receivedBytes: config.egressReceivedBytes,
        tenantAtOnce: config.egressTenantMax,
        serviceAtOnce: config.egressMax,
      },
      onExchange: (record) => {
        audit.write(record)
        onExchange(record)
      },
    })
    return loaded
  }
  const broker: EgressBroker = {
    open: (...asked) => {
      if (loaded !== null) return loaded.open(...asked)
      const opening = (loading ??= load())
      return deferExchange(async () => (await opening).open(...asked), onDefect)
    },
    // What a task opened before is opened first.
    ended: (taskId) => {
      if (loaded !== null) loaded.ended(taskId)
      else loading?.then(({ ended }) => ended(taskId)).catch(() => undefined)
    },
  }
  return {
    broker,
    policies,
    open: () => loaded?.exchanges ?? 0,
    inProgress: (tenant) => loaded?.inProgress(tenant) ?? 0,
    async [Symbol.asyncDispose]() {
      await (await loading?.catch(() => null))?.[Symbol.asyncDispose]()
      audit[Symbol.dispose]()
    },
  }
}
