// Event of the DOM standard, as far as it goes without a tree of nodes.
import { dateNow, defineProperty, isObject, nameFunction } from '../../intrinsics.ts'
import { defineConstants, finishInterface, needArguments, toDictionary, toDomString } from './interface.ts'

export const PHASE = { __proto__: null, NONE: 0, CAPTURING_PHASE: 1, AT_TARGET: 2, BUBBLING_PHASE: 3 } as const

export interface EventState {
  type: string
  target: object | null
  /** While listeners run; null otherwise. */
  currentTarget: object | null
  phase: number
  bubbles: boolean
  cancelable: boolean
  readonly composed: boolean
  isTrusted: boolean
  isDispatched: boolean
  stopsPropagation: boolean
  stopsImmediately: boolean
  isCanceled: boolean
  isInPassiveListener: boolean
  readonly timeStamp: number
}

/** When the classes were first needed, which is as good a beginning as any. */
const startedMs = dateNow()

/** Undefined for what is no event. */
export let eventStateOf: (value: unknown) => EventState | undefined

export class Event {
  readonly #state: EventState

  static {
    eventStateOf = (value) => (isObject(value) && #state in value ? value.#state : undefined)
  }

  constructor(type: unknown, init: unknown = undefined) {
    needArguments('Event', arguments.length, 1)
    const name = toDomString(type)
    const { bubbles, cancelable, composed } = toDictionary(init, 'Event: the second argument')
    this.#state = {
      // @ts-expect-error -- TypeScript has no type for the literal that sets the prototype.
      __proto__: null,
      type: name,
      target: null,
      currentTarget: null,
      phase: PHASE.NONE,
      bubbles: isTrue(bubbles),
      cancelable: isTrue(cancelable),
      composed: isTrue(composed),
      isTrusted: false,
      isDispatched: false,
      stopsPropagation: false,
      stopsImmediately: false,
      isCanceled: false,
      isInPassiveListener: false,
      timeStamp: dateNow() - startedMs,
    }
    defineProperty(this, 'isTrusted', TRUST)
  }

  get type(): string {
    return this.#state.type
  }

  get target(): object | null {
    return this.#state.target
  }

  get srcElement(): object | null {
    return this.#state.target
  }

  get currentTarget(): object | null {
    return this.#state.currentTarget
  }

  composedPath(): object[] {
    const { currentTarget } = this.#state
    return currentTarget === null ? [] : [currentTarget]
  }

  get eventPhase(): number {
    return this.#state.phase
  }

  stopPropagation(): void {
    this.#state.stopsPropagation = true
  }

  get cancelBubble(): boolean {
    return this.#state.stopsPropagation
  }

  set cancelBubble(value: unknown) {
    if (value) this.#state.stopsPropagation = true
  }

  stopImmediatePropagation(): void {
    this.#state.stopsPropagation = true
    this.#state.stopsImmediately = true
  }

  get bubbles(): boolean {
    return this.#state.bubbles
  }

  get cancelable(): boolean {
    return this.#state.cancelable
  }

  get returnValue(): boolean {
    return !this.#state.isCanceled
  }

  set returnValue(value: unknown) {
    if (!value) cancel(this.#state)
  }

  preventDefault(): void {
    cancel(this.#state)
  }

  get defaultPrevented(): boolean {
    return this.#state.isCanceled
  }

  get composed(): boolean {
    return this.#state.composed
  }

  get timeStamp(): number {
    return this.#state.timeStamp
  }

  initEvent(type: unknown, bubbles: unknown = false, cancelable: unknown = false): void {
    needArguments('initEvent', arguments.length, 1)
    const name = toDomString(type)
    const state = this.#state
    if (state.isDispatched) return
    state.type = name
    state.bubbles = isTrue(bubbles)
    state.cancelable = isTrue(cancelable)
    state.isTrusted = false
    state.target = null
    state.stopsPropagation = false
    state.stopsImmediately = false
    state.isCanceled = false
  }
}

/** A boolean as WebIDL converts one. */
export function isTrue(value: unknown): boolean {
  return !!value
}

function cancel(state: EventState): void {
  if (state.cancelable && !state.isInPassiveListener) state.isCanceled = true
}

function isTrusted(this: unknown): boolean {
  return eventStateOf(this)?.isTrusted === true
}
nameFunction(isTrusted, 'get isTrusted')

/** Of every event itself, so that no prototype can pretend it. */
// @ts-expect-error -- as above.
const TRUST: PropertyDescriptor = { __proto__: null, get: isTrusted, enumerable: true, configurable: false }

finishInterface(Event, 'Event')
defineConstants(Event, PHASE as unknown as Readonly<Record<string, number>>)
