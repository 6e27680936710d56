// What the tasks of one executor ask of others: functions of other resources, and other hosts.
import type { EgressBroker } from '../core/egress.ts'
import type { Task } from '../core/task.ts'
import type { ExchangeMessage, RemoteCallMessage } from '../ipc/messages.ts'
import { EgressExchanges } from './egress-exchanges.ts'
import { RemoteCalls } from './remote-calls.ts'
import type { RemoteBounds } from './remote-calls.ts'
import type { SendFrame } from './transport.ts'

export interface OutgoingOptions {
  /** How code calls functions of other resources; absent for not at all. */
  readonly remote?: RemoteBounds | undefined
  /** How code reaches other hosts; absent for not at all. */
  readonly egress?: EgressBroker | undefined
  readonly send: SendFrame
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number
}

export class Outgoing {
  readonly #remote: RemoteCalls
  readonly #egress: EgressExchanges

  constructor({ remote, egress, send, now }: OutgoingOptions) {
    this.#remote = new RemoteCalls({ bounds: remote, send, now })
    this.#egress = new EgressExchanges({ broker: egress, send, now })
  }

  /** @param caller whom the message names. Throws on what an honest executor never says. */
  receive(
    message: RemoteCallMessage | ExchangeMessage,
    parts: readonly string[],
    caller: { readonly task: Task; readonly startedAt: number },
  ): void {
    if (message.type === 'exchange') this.#egress.receive(message, parts, caller)
    else this.#remote.receive(message, parts, caller)
  }

  /** The task is to stop: what it waits for is given up, and what it asks for from now on is not done. */
  cancel(taskId: string): void {
    this.#remote.cancel(taskId)
    this.#egress.cancel(taskId)
  }

  /** The executor does not have the task any more. */
  end(taskId: string): void {
    this.#remote.end(taskId)
    this.#egress.end(taskId)
  }

  endAll(): void {
    this.#remote.endAll()
    this.#egress.endAll()
  }
}
