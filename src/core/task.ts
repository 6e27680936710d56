// A task: an invocation with its owner and its limits, ready to run.
import type { Invocation } from './invocation.ts'
import type { Limits } from './limits.ts'

/** Who owns the code; the pool never lets two tenants share an executor process. */
export type TenantId = string

export const DEFAULT_TENANT: TenantId = 'default'

export interface Task {
  readonly id: string
  readonly tenant: TenantId
  readonly invocation: Invocation
  readonly limits: Limits
}
