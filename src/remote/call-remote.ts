// Calls of deployed functions to functions of other resources: the manifest says where, the operator says whether.
import type { DeployedFunction } from '../core/deployment.ts'
import type { CallRemote, RemoteAnswer, RemoteCall } from '../core/remote-call.ts'
import { isJsonObject, parseJson } from '../protocol/json.ts'
import { describeStatus, failed } from './describe-answer.ts'
import type { EndpointMap } from './endpoint-map.ts'
import { findTarget } from './find-target.ts'
import type { Target } from './find-target.ts'
import type { AskResource } from './resource-client.ts'
import { toRouteRequest } from './route-request.ts'
import { runJob } from './run-job.ts'

/** What the front process holds for a call, in the service's one account of such bytes. */
export interface HeldBytes {
  /** False, and nothing changed, when there is no room for so many. */
  resize(bytes: number): boolean
  release(): void
}

/** Keyword arguments, as a parsed object and as the JSON of it. */
export interface RemoteArguments {
  readonly value: Readonly<Record<string, unknown>>
  readonly mayHaveRareNumbers: boolean
}

export interface CallRemoteOptions {
  readonly ask: AskResource
  readonly endpoints: EndpointMap
  /** Runs a function that this service itself serves. Never rejects. */
  readonly callHere: (call: RemoteCall, fn: DeployedFunction, args: RemoteArguments) => Promise<RemoteAnswer>
  /** Calls in progress, all together. */
  readonly callsMax: number
  /** Null when there is no room. */
  readonly reserve: (bytes: number) => HeldBytes | null
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number
}

/** Put into an otherwise empty input, since the platform drops those. */
const EMPTY_INPUT = '{"__empty":true}'

export function createCallRemote(options: CallRemoteOptions): CallRemote {
  const { ask, endpoints, callHere, callsMax, now } = options
  let running = 0

  return async function callRemote(call) {
    if (running >= callsMax) {
      return failed('EGRESS_FAILED', `${callsMax} calls of other resources are in progress already.`)
    }
    const heldBytes = Buffer.byteLength(call.argumentsText)
    const held = options.reserve(heldBytes)
    if (held === null) return failed('EGRESS_FAILED', 'The service holds too much at once to call other resources now.')
    running++
    try {
      const target = await findTarget(call.name, call.origin, endpoints)
      return await send({ ...call, takeBytes: countBytes(call, held, heldBytes) }, target)
    } finally {
      running--
      held.release()
    }
  }

  async function send(call: RemoteCall, target: Target): Promise<RemoteAnswer> {
    if (target.kind === 'none') return { ok: false, failure: target.failure }
    const args = parseJson(call.argumentsText)
    if (!args.ok) return failed('EGRESS_DENIED', `The arguments of '${call.name}' are refused: ${args.reason}.`)
    const { value, mayHaveRareNumbers } = args
    if (!isJsonObject(value)) return failed('EGRESS_DENIED', `The arguments of '${call.name}' are no JSON object.`)
    switch (target.kind) {
      case 'here':
        return callHere(call, target.fn, { value, mayHaveRareNumbers })
      case 'queue': {
        const input = Object.keys(value).length === 0 ? EMPTY_INPUT : call.argumentsText
        return runJob(call, target.base, input, { ask, now })
      }
      case 'route':
        return askRoute(call, target, value)
      default:
        return target satisfies never
    }
  }

  async function askRoute(
    call: RemoteCall,
    { fn, route, base }: Extract<Target, { kind: 'route' }>,
    args: RemoteArguments['value'],
  ): Promise<RemoteAnswer> {
    const request = toRouteRequest(base, fn, route, new Map(Object.entries(args)))
    if (typeof request === 'string') return failed('EGRESS_DENIED', request)
    const { url, body } = request
    const answer = await ask(call, { method: route.method, href: url.href, body, deadlineMs: call.deadlineMs })
    if (!answer.ok) return answer
    if (answer.status < 200 || answer.status > 299) return describeStatus(call.name, answer)
    const text = answer.body === '' ? 'null' : answer.body
    if (parseJson(text).ok) return { ok: true, shape: 'plain', text }
    return failed('EGRESS_FAILED', `The resource of '${call.name}' answers with text that is no JSON.`)
  }
}

/** Both accounts: that of the task, and that of everything which the service holds. */
function countBytes({ takeBytes }: RemoteCall, held: HeldBytes, from: number): RemoteCall['takeBytes'] {
  let heldBytes = from
  return (bytes) => {
    heldBytes += bytes
    return takeBytes(bytes) && held.resize(heldBytes)
  }
}
