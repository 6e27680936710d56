// The remote calls that the calls of this process wait for: which are under way, and how many there may be.
import { REMOTE_ACCEPTED } from '../../sandbox/src/bridge.ts'
import { groupDigits } from '../core/group-digits.ts'
import {
  REMOTE_ARGUMENT_BYTES,
  REMOTE_ASKED_MAX,
  REMOTE_NAME_CHARACTERS,
  REMOTE_PENDING_MAX,
} from '../core/remote-call.ts'
import type { ErrorCode } from '../errors.ts'
import type { RemoteCallMessage } from '../ipc/messages.ts'
import type { ModuleCall } from './module-call.ts'

export type SendRemote = (message: RemoteCallMessage, argumentsText: string) => void

interface Requests {
  readonly pending: Set<number>
  total: number
}

export class RemoteRequests {
  readonly #send: SendRemote
  readonly #requests = new Map<ModuleCall, Requests>()

  constructor(send: SendRemote) {
    this.#send = send
  }

  /** What the guest program says, which a hostile guest may have brought to say anything. Answers what it is told. */
  ask(call: ModuleCall, payload: string): string {
    const idEnd = payload.indexOf('\n')
    const nameEnd = payload.indexOf('\n', idEnd + 1)
    const requestId = Number(payload.slice(0, idEnd))
    const name = payload.slice(idEnd + 1, nameEnd)
    const argumentsText = payload.slice(nameEnd + 1)
    if (idEnd < 1 || nameEnd < 0 || !Number.isSafeInteger(requestId) || name.length > REMOTE_NAME_CHARACTERS) {
      return refuse('EGRESS_DENIED', 'The call is malformed.')
    }
    const bytes = Buffer.byteLength(argumentsText)
    const limit = Math.min(REMOTE_ARGUMENT_BYTES, call.limits.outputBytes)
    if (bytes > limit) {
      const numbers = `${groupDigits(bytes)} bytes; the limit is ${groupDigits(limit)} bytes.`
      return refuse('LIMIT_EGRESS', `The arguments of a call of '${name}' have ${numbers}`)
    }
    const requests = this.#requestsOf(call)
    if (requests.pending.has(requestId)) return refuse('EGRESS_DENIED', 'The call is malformed.')
    if (requests.pending.size >= REMOTE_PENDING_MAX) {
      return refuse(
        'LIMIT_EGRESS',
        `${REMOTE_PENDING_MAX} calls of other resources are in progress, which is the limit.`,
      )
    }
    if (requests.total >= REMOTE_ASKED_MAX) {
      return refuse(
        'LIMIT_EGRESS',
        `${groupDigits(REMOTE_ASKED_MAX)} calls of other resources were made, which is the limit.`,
      )
    }
    requests.total++
    requests.pending.add(requestId)
    this.#send({ type: 'remoteCall', taskId: call.message.taskId, requestId, name: name.toWellFormed() }, argumentsText)
    return REMOTE_ACCEPTED
  }

  /** Whether the call waits for this answer. */
  take(call: ModuleCall, requestId: number): boolean {
    return this.#requests.get(call)?.pending.delete(requestId) ?? false
  }

  ended(call: ModuleCall): void {
    this.#requests.delete(call)
  }

  #requestsOf(call: ModuleCall): Requests {
    const known = this.#requests.get(call)
    if (known !== undefined) return known
    const made = { pending: new Set<number>(), total: 0 }
    this.#requests.set(call, made)
    return made
  }
}

function refuse(code: ErrorCode, message: string): string {
  return JSON.stringify([code, message])
}
