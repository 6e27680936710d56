// Which rules are a task's: those of its endpoint, else of its tenant, else of the service.
import type { HostRule } from './host-rule.ts'
import type { NetworkPolicy } from './network-policy.ts'
import { endpointOf } from './resolve-deployed.ts'
import type { Task, TenantId } from './task.ts'

/** The most specific that there is counts, and only that. */
export interface PolicyLayer {
  /** Of whatever has none of its own. */
  readonly policy: NetworkPolicy | null
  /** Of code that comes with requests. */
  readonly live: NetworkPolicy | null
  readonly endpoints: ReadonlyMap<string, NetworkPolicy>
}

export interface NetworkPolicies {
  readonly service: PolicyLayer
  readonly tenants: ReadonlyMap<TenantId, PolicyLayer>
}

/** Denies everything. */
export const NO_POLICIES: NetworkPolicies = {
  service: { policy: null, live: null, endpoints: new Map() },
  tenants: new Map(),
}

const NOTHING: NetworkPolicy = { place: 'rules', rules: [] }

/** @param endpoint null for code that comes with a request. */
export function policyOf(
  { service, tenants }: NetworkPolicies,
  tenant: TenantId,
  endpoint: string | null,
): NetworkPolicy {
  const own = tenants.get(tenant)
  const layers = own === undefined ? [service] : [own, service]
  for (const { policy, live, endpoints } of layers) {
    const found = (endpoint === null ? live : endpoints.get(endpoint)) ?? policy
    if (found !== null) return found
  }
  return NOTHING
}

/** Null for code that comes with a request. */
export function endpointOfTask({ invocation: { source } }: Task): string | null {
  return source.mode === 'live' ? null : endpointOf(source.deployment)
}

/**
 * The hosts that the manifest says a deployed function asks; null when it says nothing. What is no function of it, as when a new
 * version is tried, may what any function of its module may.
 */
export function declaredHosts({ invocation: { source, name } }: Task): readonly HostRule[] | null {
  if (source.mode === 'live' || source.origin === undefined) return null
  const { deployment, resource } = source.origin
  const functions = deployment.resources.find((one) => one.name === resource)?.functions ?? []
  const called = functions.filter((fn) => fn.name === name)
  const meant = called.length > 0 ? called : functions.filter((fn) => fn.module === source.module.name)
  return meant.some(({ egress }) => egress === undefined) ? null : meant.flatMap(({ egress }) => egress ?? [])
}
