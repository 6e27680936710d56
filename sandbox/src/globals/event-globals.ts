// The globals of events and abort signals: the first use of one of them loads all of them.
import {
  defineProperty,
  defineValue,
  getGlobal,
  getOwnPropertyDescriptor,
  installedGlobals,
  installGlobal,
  jsonParse,
  objectHasOwn,
} from '../intrinsics.ts'
import { describeError } from '../run/describe-error.ts'
import type { EventEnvironment } from './events/environment.ts'
import { loadEventClasses } from './events/load-event-classes.ts'
import type { EventClasses } from './events/load-event-classes.ts'

const NAMES = ['AbortController', 'AbortSignal', 'DOMException', 'Event', 'EventTarget'] as const

export type LoadEvents = () => EventClasses

/** @param write takes what a listener threw, for whoever reads the output of the call. */
export function installEventGlobals(setTimer: EventEnvironment['setTimer'], write: (text: string) => void): LoadEvents {
  let loaded: EventClasses | undefined
  const load: LoadEvents = () =>
    (loaded ??= loadEventClasses({ __proto__: null, report, setTimer } as EventEnvironment))

  /** There is nobody to tell when the guest's stack is at its end. */
  function report(thrown: unknown): void {
    try {
      const told = jsonParse(describeError(thrown)) as { readonly 0: string; readonly 1: string }
      write(`Uncaught ${told[1] === '' ? told[0] : told[1]}\n`)
    } catch {}
  }

  for (let index = 0; index < NAMES.length; index++) installLazyGlobal(NAMES[index] as string, load)
  return load
}

/** An accessor that becomes the class when it is asked, and what is assigned to it when something is. */
function installLazyGlobal(name: string, load: LoadEvents): void {
  function get(): object {
    const { classes } = load()
    const value = classes[name] as object
    const own = getOwnPropertyDescriptor(getGlobal(), name)
    // The guest may have put another there, and called this one itself.
    if (own !== undefined && objectHasOwn(own, 'get') && own.get === get) installGlobal(name, value)
    return value
  }
  function set(value: unknown): void {
    defineValue(getGlobal(), name, value)
  }
  installedGlobals[name] = get
  // @ts-expect-error -- TypeScript has no type for the literal that sets the prototype.
  defineProperty(getGlobal(), name, { __proto__: null, get, set, enumerable: false, configurable: true })
}
