// What a call of an instance comes to: a new instance, one that there is, or a sentence.
import { randomBytes } from 'node:crypto'
import type { FlashSource, InstanceCall, LiveSource } from '../../core/invocation.ts'
import { endpointOf } from '../../core/resolve-deployed.ts'
import type { Task } from '../../core/task.ts'
import type { Failure } from '../../errors.ts'
import type { Found, Instance, InstanceName, Loss } from './instance-table.ts'

/** Eight hexadecimal digits (protocol.md §7). */
const MADE_UP_BYTES = 4

/** An id that the caller does not give is made up as upstream does. */
export function nameOf({ tenant, invocation }: Task, { id }: InstanceCall): InstanceName {
  const made = (): string => `${invocation.name}_${randomBytes(MADE_UP_BYTES).toString('hex')}`
  return { tenant, scope: scopeOf(invocation.source), id: id ?? made() }
}

function scopeOf(source: LiveSource | FlashSource): string {
  return source.mode === 'live' ? 'live' : `endpoint ${endpointOf(source.deployment)}`
}

export function deploymentOf({ invocation: { source } }: Pick<Task, 'invocation'>): string | null {
  return source.mode === 'live' ? null : source.deployment
}

export const OTHER_VERSION = 'another version of its deployment took over'

export function describeIdle(instanceIdleMs: number): string {
  return `it was not called for ${instanceIdleMs} ms`
}

export type Judgement =
  | { readonly kind: 'create' }
  | { readonly kind: 'reuse'; readonly instance: Instance }
  /** It has to end, for a reason that is the end of a sentence. */
  | { readonly kind: 'over'; readonly instance: Instance; readonly why: string }
  | { readonly kind: 'refuse'; readonly failure: Failure }

export interface JudgedCall {
  readonly task: Task
  readonly call: InstanceCall
  readonly name: InstanceName
}

/** @param now milliseconds since 1970. */
export function judgeCall(
  { task, call, name }: JudgedCall,
  found: Found,
  { now, instanceIdleMs }: { readonly now: number; readonly instanceIdleMs: number },
): Judgement {
  if (call.isNew || found === null) return { kind: 'create' }
  if (found.kind === 'lost') return { kind: 'refuse', failure: describeLoss(name, found.loss, now) }
  const { instance } = found
  const { name: className } = task.invocation
  if (instance.className !== className) {
    const message = `Instance '${name.id}' is of class '${instance.className}', and the request asks for class '${className}'; create_new_instance true would replace it`
    return { kind: 'refuse', failure: { code: 'REQUEST_INVALID', message } }
  }
  if (instance.deployment !== deploymentOf(task)) return { kind: 'over', instance, why: OTHER_VERSION }
  const isIdle = now - instance.lastUsedAt > instanceIdleMs
  return isIdle ? { kind: 'over', instance, why: describeIdle(instanceIdleMs) } : { kind: 'reuse', instance }
}

export function describeLoss({ id }: InstanceName, { className, why, at, code }: Loss, now: number): Failure {
  const seconds = Math.max(0, Math.round((now - at) / 1_000))
  const when = `${seconds} s ago, at ${new Date(at).toISOString()}`
  const cause = code === null ? why : `${why} (${code})`
  const message = `Instance '${id}' of class '${className}' was lost ${when}: ${cause}. create_new_instance true makes it anew.`
  return { code: 'INSTANCE_LOST', message }
}
