// MessageEvent, by the HTML standard, and how ports make theirs.
import { arrayAppend, objectFreeze, TypeErrorIntrinsic } from '../../intrinsics.ts'
import { toDomString, toUsvString } from '../convert.ts'
import { needArguments } from '../interface.ts'
import { messageLink } from '../message-link.ts'
import { readSequence } from '../sequence.ts'
import { createBelow } from './below.ts'
import { optionOf } from './event-options.ts'

interface Message {
  readonly data: unknown
  readonly origin: string
  readonly lastEventId: string
  readonly source: unknown
  /** Frozen. */
  readonly ports: readonly unknown[]
}

const { make, factsOf, shape } = createBelow<Message>('MessageEvent', 'Event')

class MessageEvent {
  constructor(type: unknown, init: unknown = undefined) {
    needArguments(arguments.length, 1, 'MessageEvent')
    // oxlint-disable-next-line no-constructor-return -- as all classes below those of the DOM
    return make([type, init], new.target, () => readMessage(init)) as MessageEvent
  }

  get data(): unknown {
    return factsOf(this).data
  }

  get origin(): string {
    return factsOf(this).origin
  }

  get lastEventId(): string {
    return factsOf(this).lastEventId
  }

  get source(): unknown {
    return factsOf(this).source
  }

  get ports(): readonly unknown[] {
    return factsOf(this).ports
  }
}

/** Called once, before anybody has the class. */
export function createMessageEvent(): object {
  shape(MessageEvent)
  messageLink.createEvent = (data, ports) => {
    const message = { __proto__: null, data, origin: '', lastEventId: '', source: null, ports: frozenCopy(ports) }
    return make(['message'], MessageEvent, () => message)
  }
  return MessageEvent
}

function readMessage(init: unknown): Message {
  const data = optionOf(init, 'data', null)
  const lastEventId = toDomString(optionOf(init, 'lastEventId', ''))
  const origin = toUsvString(optionOf(init, 'origin', ''))
  const ports = toPorts(optionOf(init, 'ports', undefined))
  const source = toSource(optionOf(init, 'source', null))
  return { __proto__: null, data, origin, lastEventId, source, ports } as Message
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
