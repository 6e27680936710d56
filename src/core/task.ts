// A task: an invocation with its owner and its limits, ready to run.
import type { Invocation } from './invocation.ts'
import type { Limits } from './limits.ts'

/** Who owns the code; the pool never lets two tenants share an executor process. */
export type TenantId = string

export const DEFAULT_TENANT: TenantId = 'default'

/**
 * Who may share an executor process: the Live tasks of one tenant, the calls of one version of a deployment, or the instances of
 * one tenant.
 */
export type CordonId = string

export function cordonOf({ tenant, invocation, instance }: Pick<Task, 'tenant' | 'invocation' | 'instance'>): CordonId {
  const { source } = invocation
  // No deployment has an empty name.
  if (instance !== undefined) return `${tenant}\n`
  return source.mode === 'live' ? tenant : `${tenant}\n${source.deployment}`
}

/** Tasks that wait behind each other: those of one cordon, or the calls of one instance. */
export function laneOf({ instance }: Task, cordon: CordonId): string {
  return instance === undefined ? cordon : `${cordon}\n${instance.key}`
}

/** What an executor is for; one that has done one thing never does another. */
export type Role = 'live' | 'flash' | 'instances'

export function roleOf({ invocation, instance }: Pick<Task, 'invocation' | 'instance'>): Role {
  return instance === undefined ? invocation.source.mode : 'instances'
}

/** What happens while a task runs. */
export interface TaskEvent {
  /** `chunk`: what an iterator gave, encoded in the format of the task's input. `progress`: what the code said of it, in JSON. */
  readonly type: 'chunk' | 'progress'
  /** On one line: JSON, or of a chunk the base64 text of a pickle. */
  readonly value: string
}

export interface Task {
  readonly id: string
  readonly tenant: TenantId
  readonly invocation: Invocation
  readonly limits: Limits
  /** The instance that it is a call of: a name that no other instance has had, and whether the call makes it. */
  readonly instance?: { readonly key: string; readonly isFirst: boolean }
  /** Whether decoding, encoding and the heap are measured, too; absent for no. */
  readonly isDetailed?: boolean
  /** Set when it only tries whether a new version of a deployment can be loaded: nobody has called that yet. */
  readonly isTrial?: true
  /** Set when a call of the same deployment waits for it. */
  readonly isNested?: true
}
