// A call of a resource that this service serves itself: a task like any other, and no request over the network.
import { randomUUID } from 'node:crypto'
import type { DeployedFunction } from '../core/deployment.ts'
import { groupDigits } from '../core/group-digits.ts'
import type { MethodCall } from '../core/invocation.ts'
import type { Outcome } from '../core/outcome.ts'
import type { RemoteAnswer, RemoteCall } from '../core/remote-call.ts'
import { chooseMethod, toDeployedInvocation } from '../core/resolve-deployed.ts'
import type { Invoke } from '../execution/execute.ts'
import { describeFailure } from '../protocol/failure-text.ts'
import { liftError } from '../protocol/lift-error.ts'
import { parsePlainRequest } from '../protocol/plain-request.ts'
import type { RemoteArguments } from './call-remote.ts'
import { failed } from './describe-answer.ts'

export function createCallHere(
  invoke: Invoke,
): (call: RemoteCall, fn: DeployedFunction, args: RemoteArguments) => Promise<RemoteAnswer> {
  return async function callHere(call, fn, { value, mayHaveRareNumbers }) {
    const { deployment } = call.origin
    const isClass = fn.kind === 'class'
    const { input, method: asked } = parsePlainRequest(value, { isClass, mayHaveRareNumbers })
    const chosen = isClass ? chooseMethod(fn, asked) : null
    if (chosen?.ok === false) return failed('REMOTE_FAILED', chosen.failure.message)
    const method: MethodCall | null = chosen === null ? null : { name: chosen.name }
    const encoded = { format: 'json', text: input } as const
    const invocation = toDeployedInvocation({ deployment, fn, method, needsAll: true, input: encoded })
    const { tenant, signal, deadlineMs: wallMs } = call
    const context = { id: `remote-${randomUUID()}`, tenant, signal, wallMs, deployment, isNested: true } as const
    return toAnswer(await invoke({ ok: true, invocation, limits: fn.limits }, context), call, fn)
  }
}

function toAnswer(outcome: Outcome, call: RemoteCall, { route }: DeployedFunction): RemoteAnswer {
  if (!outcome.ok) {
    const { failure } = outcome
    const { code, detail: message = failure.message } = failure
    return failed(code === 'CANCELLED' ? code : 'REMOTE_FAILED', describeFailure({ code, message }))
  }
  // A job has the error of its result lifted; a route gives what the function returned.
  const { error, output } = route === null ? liftError(outcome.value) : { error: null, output: outcome.value }
  if (error !== null) return failed('REMOTE_FAILED', error)
  const text = output ?? 'null'
  const bytes = Buffer.byteLength(text)
  if (bytes <= call.answerBytes && call.takeBytes(bytes)) return { ok: true, shape: 'plain', text }
  const numbers = `${groupDigits(bytes)} bytes; the limit is ${groupDigits(call.answerBytes)} bytes`
  return failed('LIMIT_EGRESS', `The result of '${call.name}' is ${numbers}, and what is left for all answers.`)
}
