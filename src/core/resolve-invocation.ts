// What a request means: which code to run, which name to call, values in which form. Code in it means Live, none Flash.
import type { Failure } from '../errors.ts'
import type { EncodedRequest } from '../protocol/parse.ts'
import type { PlainRequest } from '../protocol/plain-request.ts'
import type { Deployment } from './deployment.ts'
import type { InstanceCall, Invocation, Language, MethodCall, SourceNeeds } from './invocation.ts'
import type { AskedLimits } from './limits.ts'
import { chooseMethod, findDeployed, queueTarget, toDeployedInvocation } from './resolve-deployed.ts'

export type Resolved =
  | {
      readonly ok: true
      readonly invocation: Invocation
      /** Limits of the deployed function, lower than the service's. */
      readonly limits: AskedLimits
    }
  | { readonly ok: false; readonly failure: Failure }

const MAX_NAME_CHARACTERS = 1_024
const IDENTIFIER = /^[$_\p{ID_Start}][$\u200c\u200d\p{ID_Continue}]*$/u

/** Longer than every id that is made up: a class's name, and nine characters. */
const MAX_INSTANCE_ID_CHARACTERS = 2_048

/** What a request asks for, once it is known to be what this build has. */
export interface AskedFeatures {
  readonly language: Language
  readonly needs: SourceNeeds | null
}

export function resolveLive(request: EncodedRequest, { language, needs }: AskedFeatures): Resolved {
  const isClass = request.execution_type === 'class'
  const kind = isClass ? 'class' : 'function'
  const { [`${kind}_code` as const]: code, [`${kind}_name` as const]: name } = request
  if (name === null || name.length > MAX_NAME_CHARACTERS || !IDENTIFIER.test(name)) {
    return failed('REQUEST_INVALID', `${kind}_name must be one JavaScript identifier`)
  }
  if (code === null || code === '') {
    return failed('REQUEST_INVALID', `${kind}_code is empty, and the request's execution_type is "${kind}"`)
  }
  const call = isClass ? resolveInstance(request) : null
  if (call?.ok === false) return call
  return {
    ok: true,
    limits: {},
    invocation: {
      kind: 'function',
      source: { mode: 'live', language, code, ...(needs === null ? {} : { needs }) },
      name,
      ...(call === null ? {} : call.instance),
      input: { format: request.serialization_format, text: request.input },
    },
  }
}

/** @returns which method of which instance a request for a class means. */
function resolveInstance({
  instance_id: asked,
  create_new_instance: isNew,
  method_name: name,
}: EncodedRequest):
  | { readonly ok: true; readonly instance: { readonly method: MethodCall; readonly instance: InstanceCall } }
  | Extract<Resolved, { ok: false }> {
  const id = asked === '' ? null : asked
  const { length } = id ?? ''
  if (length > MAX_INSTANCE_ID_CHARACTERS) {
    const numbers = `it has ${length} characters; the limit is ${MAX_INSTANCE_ID_CHARACTERS}`
    return failed('REQUEST_INVALID', `instance_id is too long: ${numbers}`)
  }
  // It goes on in the header of a frame: an executor that gets a longer one ends, and every instance with it.
  if (name.length > MAX_NAME_CHARACTERS) {
    const numbers = `it has ${name.length} characters; the limit is ${MAX_NAME_CHARACTERS}`
    return failed('REQUEST_INVALID', `method_name is too long: ${numbers}`)
  }
  return { ok: true, instance: { method: { name }, instance: { id, isNew } } }
}

/** A FunctionRequest without code. */
export function resolveFlash(request: EncodedRequest, deployment: Deployment | null): Resolved {
  const isClass = request.execution_type === 'class'
  const name = (isClass ? request.class_name : request.function_name) ?? 'None'
  const found = findDeployed(deployment, name)
  if (!found.ok || deployment === null) {
    return found.ok ? failed('ENTRY_NOT_FOUND', 'There is no deployment.') : found
  }
  const { fn } = found
  const input = { format: request.serialization_format, text: request.input }
  const call = isClass ? resolveInstance(request) : null
  if (call?.ok === false) return call
  const method = call?.instance.method ?? null
  const invocation = toDeployedInvocation({ deployment, fn, method, needsAll: false, input })
  return { ok: true, limits: fn.limits, invocation: { ...invocation, ...call?.instance } }
}

/** A queue request that is nothing but keyword arguments. */
export function resolvePlain(request: PlainRequest, deployment: Deployment | null): Resolved {
  const fn = deployment === null ? null : queueTarget(deployment)
  if (deployment === null || fn === null) {
    return failed(
      'ENTRY_NOT_FOUND',
      'The input names no function, and the deployment has not exactly one queue resource.',
    )
  }
  const input = { format: 'json', text: request.input } as const
  if (fn.kind === 'function') {
    const invocation = toDeployedInvocation({ deployment, fn, method: null, needsAll: true, input })
    return { ok: true, limits: fn.limits, invocation }
  }
  const chosen = chooseMethod(fn, request.method)
  if (!chosen.ok) return chosen
  const method = { name: chosen.name }
  return {
    ok: true,
    limits: fn.limits,
    invocation: toDeployedInvocation({ deployment, fn, method, needsAll: true, input }),
  }
}

function failed(code: Failure['code'], message: string): Extract<Resolved, { ok: false }> {
  return { ok: false, failure: { code, message } }
}
