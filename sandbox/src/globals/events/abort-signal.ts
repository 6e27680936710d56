// AbortController and AbortSignal of the DOM standard.
import {
  apply,
  arrayAppend,
  construct,
  isObject,
  mapEntries,
  MapIntrinsic,
  mapIteratorNext,
  mathMin,
  setPrototypeOf,
  symbolIterator,
  toNumber,
  TypeErrorIntrinsic,
} from '../../intrinsics.ts'
import { DOMException } from './dom-exception.ts'
import { environment } from './environment.ts'
import { addOwnListener, EventTarget, fireEvent, removeListener, targetStateOf } from './event-target.ts'
import type { TargetState } from './event-target.ts'
import { finishInterface, needArguments } from './interface.ts'
import type { SignalState } from './signal-state.ts'

/** The longest delay that a timer has; no call lives as long. */
const MAX_DELAY_MS = 0x7f_ff_ff_ff
const MAX_SAFE_INTEGER = 2 ** 53 - 1

export class AbortSignal {
  constructor() {
    throw new TypeErrorIntrinsic('Illegal constructor')
  }

  static abort(reason: unknown = undefined): object {
    const signal = createSignal()
    const state = stateOf(signal)
    state.isAborted = true
    state.reason = reason === undefined ? abortError() : reason
    return signal
  }

  static timeout(milliseconds: unknown): object {
    needArguments('AbortSignal.timeout', arguments.length, 1)
    const delayMs = toDelay(milliseconds)
    const signal = createSignal()
    const { setTimer } = environment
    setTimer(
      () => {
        abortSignal(signal, new DOMException('The operation was aborted due to timeout', 'TimeoutError'))
      },
      mathMin(delayMs, MAX_DELAY_MS),
    )
    return signal
  }

  static any(signals: unknown): object {
    needArguments('AbortSignal.any', arguments.length, 1)
    return createDependent(toSignals(signals))
  }

  get aborted(): boolean {
    return stateOf(this).isAborted
  }

  get reason(): unknown {
    return stateOf(this).reason
  }

  throwIfAborted(): void {
    const { isAborted, reason } = stateOf(this)
    if (isAborted) throw reason
  }

  get onabort(): object | null {
    return stateOf(this).handler
  }

  set onabort(value: unknown) {
    const state = stateOf(this)
    const target = targetStateOf(this) as TargetState
    const handler = isObject(value) ? value : null
    state.handler = handler
    if (handler === null) {
      if (state.handlerListener !== null) removeListener(target, 'abort', false, state.handlerListener)
      state.handlerListener = null
    } else if (state.handlerListener === null) {
      // It keeps its place among the listeners when another handler takes the place of the first.
      state.handlerListener = (event) => {
        if (typeof state.handler === 'function') apply(state.handler as () => unknown, this, [event])
      }
      addOwnListener(target, 'abort', state.handlerListener)
    }
  }
}

export class AbortController {
  readonly #signal = createSignal()

  get signal(): object {
    return this.#signal
  }

  abort(reason: unknown = undefined): void {
    abortSignal(this.#signal, reason)
  }
}

finishInterface(AbortSignal, 'AbortSignal')
setPrototypeOf(AbortSignal, EventTarget)
setPrototypeOf(AbortSignal.prototype, EventTarget.prototype)
finishInterface(AbortController, 'AbortController')

/** Made without the constructor that the class inherits, which the guest may have replaced. */
export function createSignal(isDependent = false): object {
  const signal = construct(EventTarget, [], AbortSignal) as object
  const target = targetStateOf(signal) as TargetState
  target.signal = {
    // @ts-expect-error -- TypeScript has no type for the literal that sets the prototype.
    __proto__: null,
    isAborted: false,
    reason: undefined,
    isDependent,
    sources: [],
    dependents: [],
    algorithms: new MapIntrinsic<object, () => void>(),
    handler: null,
    handlerListener: null,
  }
  return signal
}

/** First all that depend on it are aborted, then their listeners run. An undefined reason becomes an `AbortError`. */
export function abortSignal(signal: object, reason: unknown): void {
  const state = stateOf(signal)
  if (state.isAborted) return
  state.isAborted = true
  state.reason = reason === undefined ? abortError() : reason
  const followers: object[] = []
  for (let index = 0; index < state.dependents.length; index++) {
    const dependent = state.dependents[index] as object
    const dependentState = stateOf(dependent)
    if (dependentState.isAborted) continue
    dependentState.isAborted = true
    dependentState.reason = state.reason
    arrayAppend(followers, dependent)
  }
  state.dependents.length = 0
  runAbortSteps(signal, state)
  for (let index = 0; index < followers.length; index++) {
    const follower = followers[index] as object
    runAbortSteps(follower, stateOf(follower))
  }
}

function runAbortSteps(signal: object, state: SignalState): void {
  const entries = mapEntries(state.algorithms)
  for (;;) {
    const step = mapIteratorNext(entries)
    if (step.done) break
    const { 1: run } = step.value as unknown as { readonly 1: () => void }
    run()
  }
  fireEvent(signal, targetStateOf(signal) as TargetState, 'abort')
}

export function createDependent(signals: readonly object[]): object {
  const made = createSignal(true)
  const state = stateOf(made)
  for (let index = 0; index < signals.length; index++) {
    const { isAborted, reason } = stateOf(signals[index])
    if (!isAborted) continue
    state.isAborted = true
    state.reason = reason
    return made
  }
  for (let index = 0; index < signals.length; index++) {
    const signal = signals[index] as object
    const { isDependent, sources } = stateOf(signal)
    if (!isDependent) follow(made, signal)
    else for (let each = 0; each < sources.length; each++) follow(made, sources[each] as object)
  }
  return made
}

function follow(made: object, source: object): void {
  const { sources } = stateOf(made)
  for (let index = 0; index < sources.length; index++) if (sources[index] === source) return
  arrayAppend(sources, source)
  arrayAppend(stateOf(source).dependents, made)
}

function abortError(): object {
  return new DOMException('This operation was aborted', 'AbortError')
}

function stateOf(value: unknown): SignalState {
  const state = targetStateOf(value)?.signal
  if (state === undefined) throw new TypeErrorIntrinsic('Illegal invocation: this is not an AbortSignal')
  return state
}

/** A whole number from 0 on, as WebIDL enforces the range. */
function toDelay(milliseconds: unknown): number {
  if (typeof milliseconds === 'bigint') throw new TypeErrorIntrinsic('Cannot convert a BigInt value to a number')
  const asked = toNumber(milliseconds)
  const whole = asked - (asked % 1)
  if (whole >= 0 && whole <= MAX_SAFE_INTEGER) return whole
  throw new TypeErrorIntrinsic('AbortSignal.timeout: the time must be a number of milliseconds from 0 on')
}

/** A sequence of WebIDL. */
function toSignals(signals: unknown): readonly object[] {
  const list: object[] = []
  const method = isObject(signals) ? (signals as Readonly<Record<symbol, unknown>>)[symbolIterator] : undefined
  if (typeof method !== 'function') throw new TypeErrorIntrinsic('AbortSignal.any: the argument must be iterable')
  const iterator = apply(method as () => unknown, signals, [])
  if (!isObject(iterator)) throw new TypeErrorIntrinsic('AbortSignal.any: the argument must be iterable')
  const { next } = iterator as { readonly next?: unknown }
  if (typeof next !== 'function') throw new TypeErrorIntrinsic('AbortSignal.any: the argument must be iterable')
  for (;;) {
    const step = apply(next as () => unknown, iterator, [])
    if (!isObject(step)) throw new TypeErrorIntrinsic('AbortSignal.any: the argument must be iterable')
    if ((step as { readonly done?: unknown }).done) return list
    const { value } = step as { readonly value?: unknown }
    if (targetStateOf(value)?.signal === undefined) {
      throw new TypeErrorIntrinsic('AbortSignal.any: each value must be an AbortSignal')
    }
    arrayAppend(list, value as object)
  }
}
