// MessageChannel and MessagePort of the HTML standard, as far as one realm has them.
import { construct, isObject, TypeErrorIntrinsic } from '../../intrinsics.ts'
import { structuredCloneOf } from '../clone/structured-clone.ts'
import { domError } from '../dom-error.ts'
import { createBelow } from '../events/below.ts'
import { createHandlers, defineHandlers } from '../events/handler-attributes.ts'
import type { Handlers } from '../events/handler-attributes.ts'
import { loadEventKinds } from '../gateways.ts'
import { events } from '../host.ts'
import { needArguments, shapeInterface } from '../interface.ts'
import { messageLink } from '../message-link.ts'
import { addPlatformObjects } from '../platform-objects.ts'
import { createItems } from '../sequence.ts'
import { createChannel, disentangle, enable, post } from './channel.ts'
import type { End } from './channel.ts'
import { readTransfer } from './read-transfer.ts'

interface PortState {
  /** Another port has it when this one was transferred. */
  end: End | undefined
  /** It was closed or transferred, so that it cannot be transferred any more. */
  isDetached: boolean
  readonly handlers: Handlers
}

const { make, factsOf: stateOf, isOne, shape } = createBelow<PortState>('MessagePort', 'EventTarget')

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
    start(this)
  }

  close(): void {
    const state = stateOf(this)
    const { end } = state
    state.isDetached = true
    if (end !== undefined) disentangle(end)
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
  shape(MessagePort)
  // Behind that, so that the console shows nothing of who listens.
  const handlersOf = (port: unknown): Handlers => stateOf(port).handlers
  defineHandlers(MessagePort.prototype, ['message'], handlersOf, start)
  defineHandlers(MessagePort.prototype, ['messageerror', 'close'], handlersOf)
  shapeInterface(MessageChannel, 'MessageChannel')
  messageLink.isPort = isPort
  addPlatformObjects(
    (value) => (isPort(value) || isMessageChannel(value) ? null : undefined),
    (value) => (isPort(value) ? moverOf(value) : undefined),
  )
  return { __proto__: null, MessageChannel, MessagePort }
}

const isPort = (value: unknown): value is object => isObject(value) && isOne(value)

function start(port: unknown): void {
  const { end } = stateOf(port)
  if (end !== undefined) enable(end)
}

/** Made without the constructor that the class inherits, which the guest may have replaced. */
function createPort(end: End): object {
  const { classes, fireAt } = events()
  const { Event } = classes as unknown as { readonly Event: new () => object }
  const state = { __proto__: null, end, isDetached: false, handlers: createHandlers() } as PortState
  const port = make([], MessagePort, () => state)
  end.isEnabled = false
  end.receiver = {
    // @ts-expect-error -- TypeScript has no type for the literal that sets the prototype.
    __proto__: null,
    take: (data, moved) => fireAt(port, port, messageEventOf(data, moved), true),
    closed: () => fireAt(port, port, construct(Event, ['close']), true),
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

function hasItem(list: readonly unknown[], item: object): boolean {
  for (let index = 0; index < list.length; index++) if (list[index] === item) return true
  return false
}

function hasPortOf(list: readonly unknown[], end: End): boolean {
  for (let index = 0; index < list.length; index++) {
    const item = list[index]
    if (isPort(item) && stateOf(item).end === end) return true
  }
  return false
}
