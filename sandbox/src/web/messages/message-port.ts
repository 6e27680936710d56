// MessageChannel and MessagePort of the HTML standard, as far as one realm has them.
import {
  construct,
  isObject,
  setPrototypeOf,
  TypeErrorIntrinsic,
  weakMapGet,
  WeakMapIntrinsic,
  weakMapSet,
} from '../../intrinsics.ts'
import { structuredCloneOf } from '../clone/structured-clone.ts'
import { domError } from '../dom-error.ts'
import { loadEventKinds } from '../gateways.ts'
import { events } from '../host.ts'
import { needArguments, shapeInterface } from '../interface.ts'
import { messageLink } from '../message-link.ts'
import { addPlatformObjects } from '../platform-objects.ts'
import { createItems } from '../sequence.ts'
import { createChannel, disentangle, enable, post } from './channel.ts'
import type { End } from './channel.ts'
import { createHandlers, getHandler, setHandler } from './event-handlers.ts'
import type { Handlers } from './event-handlers.ts'
import { readTransfer } from './read-transfer.ts'

interface PortState {
  /** Another port has it when this one was transferred. */
  end: End | undefined
  /** It was closed or transferred, so that it cannot be transferred any more. */
  isDetached: boolean
  handlers: Handlers | undefined
}

const states = new WeakMapIntrinsic<object, PortState>()

/** Their constructors are given to nobody else, so that the ports of a channel are what they seem. */
class MessagePort {
  constructor() {
    throw new TypeErrorIntrinsic('Illegal constructor')
  }

  postMessage(message: unknown, transfer: unknown = undefined): void {
    const { end } = stateOf(this)
    needArguments(arguments.length, 1, 'MessagePort.postMessage')
    const list = readTransfer(transfer)
    const peer = end?.peer
    if (hasItem(list, this)) {
      throw domError('DataCloneError', 'MessagePort.postMessage: a port cannot be transferred through itself.')
    }
    const isLost = peer !== undefined && hasPortOf(list, peer)
    const copy = structuredCloneOf(message, undefined, list)
    if (peer !== undefined && !isLost) post(peer, copy, list)
  }

  start(): void {
    const { end } = stateOf(this)
    if (end !== undefined) enable(end)
  }

  close(): void {
    const state = stateOf(this)
    const { end } = state
    state.isDetached = true
    if (end !== undefined) disentangle(end)
  }

  get onmessage(): object | null {
    return handlerOf(this, 'message')
  }

  set onmessage(value: unknown) {
    const { end } = setHandlerOf(this, 'message', value)
    if (end !== undefined) enable(end)
  }

  get onmessageerror(): object | null {
    return handlerOf(this, 'messageerror')
  }

  set onmessageerror(value: unknown) {
    setHandlerOf(this, 'messageerror', value)
  }

  get onclose(): object | null {
    return handlerOf(this, 'close')
  }

  set onclose(value: unknown) {
    setHandlerOf(this, 'close', value)
  }
}

let isMessageChannel: (value: object) => boolean

class MessageChannel {
  readonly #port1: object
  readonly #port2: object

  static {
    isMessageChannel = (value) => #port1 in value
  }

  constructor() {
    const { 0: one, 1: other } = createChannel()
    this.#port1 = createPort(one)
    this.#port2 = createPort(other)
  }

  get port1(): object {
    return this.#port1
  }

  get port2(): object {
    return this.#port2
  }
}

/** To be called once. */
export function createMessageGlobals(): object {
  const { EventTarget } = events().classes as unknown as { readonly EventTarget: { readonly prototype: object } }
  shapeInterface(MessagePort, 'MessagePort')
  setPrototypeOf(MessagePort, EventTarget)
  setPrototypeOf(MessagePort.prototype, EventTarget.prototype)
  shapeInterface(MessageChannel, 'MessageChannel')
  messageLink.isPort = isPort
  addPlatformObjects(
    (value) => (isPort(value) || isMessageChannel(value) ? null : undefined),
    (value) => (isPort(value) ? moverOf(value) : undefined),
  )
  return { __proto__: null, MessageChannel, MessagePort }
}

function isPort(value: unknown): value is object {
  return isObject(value) && weakMapGet(states, value) !== undefined
}

function stateOf(port: object): PortState {
  const state = weakMapGet(states, port)
  if (state === undefined) throw new TypeErrorIntrinsic('Illegal invocation: this is not a MessagePort')
  return state
}

/** Made without the constructor that the class inherits, which the guest may have replaced. */
function createPort(end: End): object {
  const { classes, fireAt } = events()
  const { Event, EventTarget } = classes as unknown as Readonly<Record<'Event' | 'EventTarget', new () => object>>
  const port = construct(EventTarget, [], MessagePort)
  weakMapSet(states, port, { __proto__: null, end, isDetached: false, handlers: undefined } as PortState)
  end.isEnabled = false
  end.receiver = {
    // @ts-expect-error -- TypeScript has no type for the literal that sets the prototype.
    __proto__: null,
    take: (data, moved) => fireAt(port, port, messageEventOf(data, moved), true),
    closed: () => fireAt(port, port, construct(Event, ['close']) as object, true),
  }
  return port
}

function messageEventOf(data: unknown, moved: readonly unknown[]): object {
  loadEventKinds()
  const { createEvent } = messageLink
  return (createEvent as NonNullable<typeof createEvent>)(data, portsOf(moved))
}

function portsOf(moved: readonly unknown[]): readonly object[] {
  const ports = createItems<object>()
  for (let index = 0; index < moved.length; index++) {
    const each = moved[index]
    if (isPort(each)) ports[ports.length] = each
  }
  return ports
}

function moverOf(port: object): () => object {
  const state = stateOf(port)
  const check = (): void => {
    if (!state.isDetached) return
    throw domError('DataCloneError', 'A MessagePort that was closed or transferred cannot be transferred.')
  }
  check()
  return () => {
    // Copying may have run code of the guest that has closed it.
    check()
    const { end } = state
    state.end = undefined
    state.isDetached = true
    return createPort(end as End)
  }
}

function handlerOf(port: object, type: string): object | null {
  const { handlers } = stateOf(port)
  return handlers === undefined ? null : getHandler(handlers, type)
}

function setHandlerOf(port: object, type: string, value: unknown): PortState {
  const state = stateOf(port)
  setHandler(port, (state.handlers ??= createHandlers()), type, value)
  return state
}

function hasItem(list: readonly unknown[], item: object): boolean {
  for (let index = 0; index < list.length; index++) if (list[index] === item) return true
  return false
}

function hasPortOf(list: readonly unknown[], end: End): boolean {
  for (let index = 0; index < list.length; index++) {
    const item = list[index]
    if (isObject(item) && weakMapGet(states, item)?.end === end) return true
  }
  return false
}
