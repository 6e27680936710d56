// EventTarget of the DOM standard, for targets that have no parents.
import {
  apply,
  arrayAppend,
  isObject,
  mapDelete,
  mapEntries,
  mapGet,
  mapHas,
  MapIntrinsic,
  mapIteratorNext,
  mapSet,
  mapSize,
  TypeErrorIntrinsic,
} from '../../intrinsics.ts'
import { DOMException } from './dom-exception.ts'
import { environment } from './environment.ts'
import { Event, eventStateOf, isTrue, PHASE } from './event.ts'
import type { EventState } from './event.ts'
import { finishInterface, needArguments, toDictionary, toDomString } from './interface.ts'
import type { SignalState } from './signal-state.ts'

interface Listener {
  /** A function, or an object with a `handleEvent`. */
  readonly callback: object
  readonly isOnce: boolean
  readonly isPassive: boolean
  isRemoved: boolean
  /** Removes it when it is aborted. */
  readonly signal: SignalState | undefined
}

/** By type, then by callback, in the order in which they were added. */
type Listeners = Map<string, Map<object, Listener>>

export interface TargetState {
  capturing: Listeners | undefined
  bubbling: Listeners | undefined
  /** Of an AbortSignal. */
  signal: SignalState | undefined
}

/** Undefined for what is no event target. */
export let targetStateOf: (value: unknown) => TargetState | undefined

export class EventTarget {
  readonly #state = { __proto__: null, capturing: undefined, bubbling: undefined, signal: undefined } as TargetState

  static {
    targetStateOf = (value) => (isObject(value) && #state in value ? value.#state : undefined)
  }

  addEventListener(type: unknown, callback: unknown, options: unknown = undefined): void {
    const state = this.#state
    needArguments('addEventListener', arguments.length, 2)
    const name = toDomString(type)
    const handler = toCallback(callback)
    const { capture, once, passive, signal } = readAddOptions(options)
    if (signal !== undefined && signal.isAborted) return
    if (handler === null) return
    const listener = {
      __proto__: null,
      callback: handler,
      isOnce: once,
      isPassive: passive,
      isRemoved: false,
      signal,
    } as Listener
    if (!addListener(state, name, capture, listener) || signal === undefined) return
    mapSet(signal.algorithms, listener, () => removeListener(state, name, capture, handler))
  }

  removeEventListener(type: unknown, callback: unknown, options: unknown = undefined): void {
    const state = this.#state
    needArguments('removeEventListener', arguments.length, 2)
    const name = toDomString(type)
    const handler = toCallback(callback)
    const capture = readCapture(options)
    if (handler !== null) removeListener(state, name, capture, handler)
  }

  dispatchEvent(event: unknown): boolean {
    const state = this.#state
    needArguments('dispatchEvent', arguments.length, 1)
    const eventState = eventStateOf(event)
    if (eventState === undefined) throw new TypeErrorIntrinsic('dispatchEvent: the argument must be an Event')
    if (eventState.isDispatched) {
      throw new DOMException('dispatchEvent: the event is being dispatched already', 'InvalidStateError')
    }
    eventState.isTrusted = false
    return dispatch(this, state, event as object, eventState)
  }
}

finishInterface(EventTarget, 'EventTarget')

/** Dispatches an event of the service itself, which no code made. */
export function fireEvent(target: object, state: TargetState, type: string): void {
  const event = new Event(type)
  const eventState = eventStateOf(event) as EventState
  eventState.isTrusted = true
  dispatch(target, state, event, eventState)
}

/**
 * Dispatches an event of the service itself to the listeners of `holder`, as one at `target`.
 * @returns false when a listener has prevented what would follow.
 */
export function fireAt(target: object, holder: object, event: object, isTrusted: boolean): boolean {
  const eventState = eventStateOf(event) as EventState
  eventState.isTrusted = isTrusted
  return dispatch(target, targetStateOf(holder) as TargetState, event, eventState)
}

/** A listener of the guest program itself. */
export function addOwnListener(state: TargetState, type: string, callback: (event: object) => void): void {
  const listener = {
    __proto__: null,
    callback,
    isOnce: false,
    isPassive: false,
    isRemoved: false,
    signal: undefined,
  } as Listener
  addListener(state, type, false, listener)
}

export function removeListener(state: TargetState, type: string, isCapturing: boolean, callback: object): void {
  const byType = isCapturing ? state.capturing : state.bubbling
  const listeners = byType === undefined ? undefined : mapGet(byType, type)
  if (byType === undefined || listeners === undefined) return
  const listener = mapGet(listeners, callback)
  if (listener === undefined) return
  listener.isRemoved = true
  if (listener.signal !== undefined) mapDelete(listener.signal.algorithms, listener)
  mapDelete(listeners, callback)
  if (mapSize(listeners) === 0) mapDelete(byType, type)
}

/** False when there is such a listener already. */
function addListener(state: TargetState, type: string, isCapturing: boolean, listener: Listener): boolean {
  const byType = isCapturing
    ? (state.capturing ??= new MapIntrinsic<string, Map<object, Listener>>())
    : (state.bubbling ??= new MapIntrinsic<string, Map<object, Listener>>())
  let listeners = mapGet(byType, type)
  if (listeners === undefined) {
    listeners = new MapIntrinsic<object, Listener>()
    mapSet(byType, type, listeners)
  }
  if (mapHas(listeners, listener.callback)) return false
  mapSet(listeners, listener.callback, listener)
  return true
}

function dispatch(target: object, state: TargetState, event: object, eventState: EventState): boolean {
  eventState.isDispatched = true
  eventState.target = target
  try {
    eventState.phase = PHASE.AT_TARGET
    eventState.currentTarget = target
    invoke(target, state, true, event, eventState)
    invoke(target, state, false, event, eventState)
  } finally {
    eventState.phase = PHASE.NONE
    eventState.currentTarget = null
    eventState.isDispatched = false
    eventState.stopsPropagation = false
    eventState.stopsImmediately = false
  }
  return !eventState.isCanceled
}

/** Those that are there at the beginning, as far as none of them removes another. */
function invoke(target: object, state: TargetState, isCapturing: boolean, event: object, eventState: EventState): void {
  if (eventState.stopsPropagation) return
  const { type } = eventState
  const byType = isCapturing ? state.capturing : state.bubbling
  const listeners = byType === undefined ? undefined : mapGet(byType, type)
  if (listeners === undefined) return
  const present = listOf(listeners)
  for (let index = 0; index < present.length; index++) {
    const listener = present[index] as Listener
    if (listener.isRemoved) continue
    if (listener.isOnce) removeListener(state, type, isCapturing, listener.callback)
    eventState.isInPassiveListener = listener.isPassive
    try {
      call(listener.callback, target, event)
    } catch (thrown) {
      const { report } = environment
      report(thrown)
    } finally {
      eventState.isInPassiveListener = false
    }
    if (eventState.stopsImmediately) return
  }
}

function listOf(listeners: Map<object, Listener>): readonly Listener[] {
  const list: Listener[] = []
  const entries = mapEntries(listeners)
  for (;;) {
    const step = mapIteratorNext(entries)
    if (step.done) return list
    arrayAppend(list, (step.value as unknown as { readonly 1: Listener })[1])
  }
}

function call(callback: object, target: object, event: object): void {
  if (typeof callback === 'function') {
    apply(callback, target, [event])
    return
  }
  const { handleEvent } = callback as { readonly handleEvent?: unknown }
  if (typeof handleEvent !== 'function') throw new TypeErrorIntrinsic('The handleEvent of a listener is not a function')
  apply(handleEvent, callback, [event])
}

function toCallback(callback: unknown): object | null {
  if (callback === null || callback === undefined) return null
  if (isObject(callback)) return callback
  throw new TypeErrorIntrinsic('A listener must be a function or an object')
}

interface AddOptions {
  readonly capture: boolean
  readonly once: boolean
  readonly passive: boolean
  readonly signal: SignalState | undefined
}

function readAddOptions(options: unknown): AddOptions {
  if (!isObject(options)) {
    const capture = isTrue(options)
    return { __proto__: null, capture, once: false, passive: false, signal: undefined } as AddOptions
  }
  const { capture, once, passive, signal } = toDictionary(options, 'The options of a listener')
  const state = targetStateOf(signal)?.signal
  if (signal !== undefined && state === undefined) {
    throw new TypeErrorIntrinsic('The signal of a listener must be an AbortSignal')
  }
  return {
    __proto__: null,
    capture: isTrue(capture),
    once: isTrue(once),
    passive: isTrue(passive),
    signal: state,
  } as AddOptions
}

function readCapture(options: unknown): boolean {
  return isObject(options) ? isTrue((options as { readonly capture?: unknown }).capture) : isTrue(options)
}
