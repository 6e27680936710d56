// The classes of events and abort signals, with what the guest program itself does with them.
// Made at first use: every function of them costs when isolates start, and few programs need one.
import { AbortController, abortSignal, AbortSignal, createDependent, createSignal } from './abort-signal.ts'
import { DOMException } from './dom-exception.ts'
import { environment } from './environment.ts'
import type { EventEnvironment } from './environment.ts'
import { EventTarget, targetStateOf } from './event-target.ts'
import { Event } from './event.ts'
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
}

export function loadEventClasses({ report, setTimer }: EventEnvironment): EventClasses {
  const own = environment as { -readonly [Key in keyof EventEnvironment]: EventEnvironment[Key] }
  own.report = report
  own.setTimer = setTimer
  const classes = { __proto__: null, AbortController, AbortSignal, DOMException, Event, EventTarget }
  return {
    __proto__: null,
    classes: classes as unknown as Readonly<Record<string, object>>,
    createSignal: () => createSignal(),
    abortSignal,
    createDependent,
    signalStateOf: (value: unknown) => targetStateOf(value)?.signal,
  } as EventClasses
}
