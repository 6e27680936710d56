// MessageEvent, by the HTML standard, and how ports make theirs.
import { arrayAppend, construct, objectFreeze, TypeErrorIntrinsic } from '../../intrinsics.ts'
import { toDomString, toUsvString } from '../convert.ts'
import { needArguments } from '../interface.ts'
import { messageLink } from '../message-link.ts'
import { readSequence } from '../sequence.ts'
import { optionOf } from './event-options.ts'
import type { EventConstructor } from './event-options.ts'

/** To be called once. */
export function createMessageEvent(Event: EventConstructor): object {
  class MessageEvent extends Event {
    readonly #data: unknown
    readonly #origin: string
    readonly #lastEventId: string
    readonly #source: unknown
    #ports: readonly unknown[]

    static {
      messageLink.createEvent = (data, ports) => {
        const event = construct(MessageEvent as new () => MessageEvent, ['message', { __proto__: null, data }])
        event.#ports = frozenCopy(ports)
        return event
      }
    }

    constructor(type: unknown, init: unknown = undefined) {
      needArguments(arguments.length, 1, 'MessageEvent')
      super(type, init)
      this.#data = optionOf(init, 'data', null)
      this.#lastEventId = toDomString(optionOf(init, 'lastEventId', ''))
      this.#origin = toUsvString(optionOf(init, 'origin', ''))
      this.#ports = toPorts(optionOf(init, 'ports', undefined))
      this.#source = toSource(optionOf(init, 'source', null))
    }

    get data(): unknown {
      return this.#data
    }

    get origin(): string {
      return this.#origin
    }

    get lastEventId(): string {
      return this.#lastEventId
    }

    get source(): unknown {
      return this.#source
    }

    get ports(): readonly unknown[] {
      return this.#ports
    }
  }
  return MessageEvent
}

function isPort(value: unknown): boolean {
  const { isPort: isOne } = messageLink
  return isOne?.(value) === true
}

function toPorts(value: unknown): readonly unknown[] {
  if (value === undefined) return frozenCopy([])
  return frozenCopy(
    readSequence(value, 'MessageEvent: the ports', (port) => {
      if (isPort(port)) return port
      throw new TypeErrorIntrinsic('MessageEvent: a port must be a MessagePort')
    }),
  )
}

/** A list that the guest gets, with the prototype of its own. */
function frozenCopy(items: readonly unknown[]): readonly unknown[] {
  const copy: unknown[] = []
  for (let index = 0; index < items.length; index++) arrayAppend(copy, items[index])
  objectFreeze(copy)
  return copy
}

function toSource(value: unknown): unknown {
  if (value === null || isPort(value)) return value
  throw new TypeErrorIntrinsic('MessageEvent: the source must be a MessagePort')
}
