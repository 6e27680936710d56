// The classes of events and abort signals, with what the guest program itself does with them.
// Made at first use: every function of them costs when isolates start, and few programs need one.
import { addPlatformObjects } from '../../web/platform-objects.ts'
import { AbortController, abortSignal, AbortSignal, createDependent, createSignal } from './abort-signal.ts'
import { DOMException, exceptionStateOf } from './dom-exception.ts'
import { environment } from './environment.ts'
import type { EventEnvironment } from './environment.ts'
import { EventTarget, fireAt, targetStateOf } from './event-target.ts'
import { Event, eventStateOf } from './event.ts'
import { copyQuotaError, QuotaExceededError } from './quota-exceeded-error.ts'
import type { SignalState } from './signal-state.ts'

export interface EventClasses {
  /** By the names of their globals. */
  readonly classes: Readonly<Record<string, object>>
  readonly createSignal: () => object
  /** Runs listeners; what they throw is reported. */
  readonly abortSignal: (signal: object, reason: unknown) => void
  /** A signal that is aborted with any of others. */
  readonly createDependent: (signals: readonly object[]) => object
  /** Undefined for what is no signal. */
  readonly signalStateOf: (value: unknown) => SignalState | undefined
  readonly fireAt: typeof fireAt
  readonly addEventListener: (...args: unknown[]) => unknown
  readonly removeEventListener: (...args: unknown[]) => unknown
  /** Whether an event may be dispatched; undefined for what is none. */
  readonly isFree: (event: unknown) => boolean | undefined
}

// Before any guest has seen them.
const { addEventListener, removeEventListener } = EventTarget.prototype

export function loadEventClasses({ report, setTimer }: EventEnvironment): EventClasses {
  const own = environment as { -readonly [Key in keyof EventEnvironment]: EventEnvironment[Key] }
  own.report = report
  own.setTimer = setTimer
  addPlatformObjects(copyException)
  const classes = {
    __proto__: null,
    AbortController,
    AbortSignal,
    DOMException,
    Event,
    EventTarget,
    QuotaExceededError,
  }
  return {
    __proto__: null,
    classes: classes as unknown as Readonly<Record<string, object>>,
    createSignal: () => createSignal(),
    abortSignal,
    createDependent,
    signalStateOf: (value: unknown) => targetStateOf(value)?.signal,
    fireAt,
    addEventListener,
    removeEventListener,
    isFree: (event) => {
      const state = eventStateOf(event)
      return state === undefined ? undefined : !state.isDispatched
    },
  } as EventClasses
}

function copyException(value: object): object | undefined {
  const state = exceptionStateOf(value)
  if (state === undefined) return undefined
  const { message, name } = state
  return copyQuotaError(value, message) ?? new DOMException(message, name)
}
