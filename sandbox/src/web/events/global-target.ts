// The listeners of the global object, which is no EventTarget itself: a hidden one has them.
import { OP } from '../../bridge.ts'
import {
  apply,
  construct,
  defineProperty,
  errorConstructors,
  getGlobal,
  getOwnPropertyDescriptor,
  isObject,
  jsonParse,
  objectHasOwn,
  PromiseIntrinsic,
  stringIndexOf,
  stringSlice,
  TypeErrorIntrinsic,
} from '../../intrinsics.ts'
import { domError } from '../dom-error.ts'
import { eventLink } from '../event-link.ts'
import { loadEventKinds } from '../gateways.ts'
import { askHost } from '../host.ts'
import { events } from '../host.ts'
import { needArguments } from '../interface.ts'

type Method = 'addEventListener' | 'removeEventListener' | 'dispatchEvent'
type Given = Readonly<Record<number, unknown>> & { readonly length: number }

let holder: object | undefined
let hearsRejections = false
/** An error of a listener of errors is told as any other is without listeners. */
let isTelling = false

/** What the three functions of the global object do. */
export function callGlobalTarget(method: Method, given: Given): unknown {
  const { addEventListener, classes, fireAt, isFree, removeEventListener } = events()
  holder ??= construct(classes['EventTarget'] as new () => object, [])
  if (method === 'dispatchEvent') {
    needArguments(given.length, 1, method)
    const { 0: event } = given
    const isReady = isFree(event)
    if (isReady === undefined) throw new TypeErrorIntrinsic('dispatchEvent: the argument must be an Event')
    if (!isReady) throw domError('InvalidStateError', 'dispatchEvent: the event is being dispatched already')
    return fireAt(getGlobal(), holder, event as object, false)
  }
  if (method === 'removeEventListener') return apply(removeEventListener, holder, given as unknown as unknown[])
  apply(addEventListener, holder, given as unknown as unknown[])
  eventLink.tellError = tellError
  eventLink.tellRejection = tellRejection
  if (!hearsRejections && given[0] === 'unhandledrejection') {
    hearsRejections = true
    askHost(OP.hearsRejections, 0, '')
  }
  return undefined
}

function tellError(error: unknown): boolean {
  if (isTelling) return true
  isTelling = true
  try {
    const init = { __proto__: null, cancelable: true, error, message: messageOf(error) }
    return fire('ErrorEvent', 'error', init)
  } finally {
    isTelling = false
  }
}

function tellRejection(payload: string): string {
  const {
    0: message,
    1: stack,
    2: line,
  } = jsonParse(payload) as { readonly 0: string; readonly 1: string; readonly 2: string }
  const reason = toReason(message, stack)
  const promise = new PromiseIntrinsic((_resolve, reject) => reject(reason))
  void settle(promise)
  const init = { __proto__: null, cancelable: true, promise, reason }
  return fire('PromiseRejectionEvent', 'unhandledrejection', init) ? line : ''
}

function fire(name: string, type: string, init: object): boolean {
  const { fireAt } = events()
  const kind = loadEventKinds()[name as keyof object] as new () => object
  return fireAt(getGlobal(), holder as object, construct(kind, [type, init]), true)
}

/** The rejection that the event is about is handled by that. */
async function settle(promise: Promise<unknown>): Promise<void> {
  try {
    await promise
  } catch {
    // Told to the listeners.
  }
}

/** An own property of the error or of its class, without asking a getter. */
function messageOf(error: unknown): string {
  const message = isObject(error) ? ownText(error) : error
  return typeof message === 'string' ? `Uncaught ${message}` : 'Uncaught'
}

function ownText(error: object): unknown {
  const descriptor = getOwnPropertyDescriptor(error, 'message')
  return descriptor !== undefined && objectHasOwn(descriptor, 'value') ? descriptor.value : undefined
}

/** An error like the one that was thrown, of the class that its stack names: the host knows no more. */
function toReason(message: string, stack: string): Error {
  const name = stringSlice(stack, 0, stringIndexOf(stack, ':'))
  const kind = objectHasOwn(errorConstructors, name) ? name : 'Error'
  const reason = construct(errorConstructors[kind as 'Error'] as unknown as new () => Error, [message])
  if (stack !== '') {
    const descriptor = { __proto__: null, value: stack, writable: true, configurable: true } as PropertyDescriptor
    defineProperty(reason, 'stack', descriptor)
  }
  return reason
}
