// The requests to other hosts of the tasks of one executor: believed for tasks that it was given only, counted, and ended
// with their task.
import { EXCHANGES_ASKED_MAX, EXCHANGES_MAX } from '../core/egress-bounds.ts'
import type { EgressBroker } from '../core/egress.ts'
import type { Task } from '../core/task.ts'
import type { Failure } from '../errors.ts'
import { readExchangeHead } from '../ipc/exchange-head.ts'
import type { ExchangeMessage } from '../ipc/messages.ts'
import { OpenExchange } from './open-exchange.ts'
import type { SendFrame } from './transport.ts'

export interface EgressExchangesOptions {
  /** Absent for no requests at all. */
  readonly broker: EgressBroker | undefined
  readonly send: SendFrame
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number
}

/** A task that the executor has. */
export interface EgressCaller {
  readonly task: Task
  readonly startedAt: number
}

/**
 * What an executor can say of a request that is over before it has heard of that: a piece of it, its end, that it has taken a
 * piece of the answer, and that nobody wants it.
 */
const LATE_FRAMES = 4

const SWITCHED_OFF: Failure = { code: 'EGRESS_DENIED', message: 'This service lets no code reach other hosts.' }

interface TaskExchanges {
  readonly open: Map<number, OpenExchange>
  lastId: number
  asked: number
  /** Frames for requests that are over, and how many bytes of their answers may still be said to have been read. */
  late: number
  lateBytes: number
  isCancelled: boolean
}

export class EgressExchanges {
  readonly #options: EgressExchangesOptions
  readonly #tasks = new Map<string, TaskExchanges>()

  constructor(options: EgressExchangesOptions) {
    this.#options = options
  }

  /**
   * @param caller whom the message names. Throws on what an honest executor never says: the bounds that it holds by itself
   * are held here again.
   */
  receive(message: ExchangeMessage, parts: readonly string[], caller: EgressCaller): void {
    const { exchangeId, verb } = message
    const exchanges = this.#exchangesOf(caller.task.id)
    const wanted = verb === 'open' || verb === 'write' ? 1 : 0
    if (parts.length !== wanted) throw new Error('frame: a request to another host has the wrong parts')
    const [text = ''] = parts
    if (verb === 'open') {
      this.#open(exchanges, exchangeId, text, caller)
      return
    }
    const exchange = exchanges.open.get(exchangeId)
    if (exchange !== undefined) exchange.hear(message, text)
    else if (exchangeId > exchanges.lastId) throw new Error('frame: no such request to another host')
    else hearLate(exchanges, message)
  }

  /** The task is to stop: what it waits for is given up, and what it asks for from now on is not done. */
  cancel(taskId: string): void {
    const exchanges = this.#tasks.get(taskId)
    if (exchanges === undefined) return
    exchanges.isCancelled = true
    for (const exchange of [...exchanges.open.values()]) exchange.close()
  }

  /** The executor does not have the task any more. */
  end(taskId: string): void {
    const exchanges = this.#tasks.get(taskId)
    if (exchanges === undefined) return
    this.cancel(taskId)
    this.#tasks.delete(taskId)
    if (exchanges.asked > 0) this.#options.broker?.ended(taskId)
  }

  endAll(): void {
    for (const taskId of [...this.#tasks.keys()]) this.end(taskId)
  }

  #exchangesOf(taskId: string): TaskExchanges {
    const known = this.#tasks.get(taskId)
    if (known !== undefined) return known
    const made = {
      open: new Map<number, OpenExchange>(),
      lastId: 0,
      asked: 0,
      late: 0,
      lateBytes: 0,
      isCancelled: false,
    }
    this.#tasks.set(taskId, made)
    return made
  }

  #open(exchanges: TaskExchanges, exchangeId: number, text: string, { task, startedAt }: EgressCaller): void {
    if (exchangeId <= exchanges.lastId) throw new Error('frame: a request to another host has the number of another')
    if (exchanges.open.size >= EXCHANGES_MAX) throw new Error('frame: too many requests to other hosts at once')
    if (exchanges.asked >= EXCHANGES_ASKED_MAX) throw new Error('frame: too many requests to other hosts')
    const head = readExchangeHead(text)
    if (head === null) throw new Error('frame: the head of a request to another host is malformed')
    exchanges.lastId = exchangeId
    exchanges.asked++
    if (exchanges.isCancelled) return
    const { broker, send, now } = this.#options
    const deadlineMs = Math.max(1, Math.ceil(startedAt + task.limits.wallMs - now()))
    const exchange = new OpenExchange({
      taskId: task.id,
      exchangeId,
      hasBody: head.hasBody,
      exchange: broker?.open(task, head, deadlineMs) ?? null,
      send,
      onClosed: (unreadBytes) => {
        exchanges.open.delete(exchangeId)
        exchanges.lateBytes += unreadBytes
      },
    })
    exchanges.open.set(exchangeId, exchange)
    if (broker === undefined) exchange.fail(SWITCHED_OFF)
    else exchange.begin()
  }
}

/** Nothing comes of it; it is as much as an honest executor can say. */
function hearLate(exchanges: TaskExchanges, { verb, bytes = 0 }: ExchangeMessage): void {
  if (verb === 'read' && bytes > 0) exchanges.lateBytes -= bytes
  else exchanges.late++
  if (exchanges.lateBytes < 0 || exchanges.late > LATE_FRAMES * exchanges.asked) {
    throw new Error('frame: too much of requests that are over')
  }
}
