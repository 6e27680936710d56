// The globals of events and abort signals: the first use of one of them loads all of them.
import { installLazyGlobals } from '../web/lazy-globals.ts'
import type { EventEnvironment } from './events/environment.ts'
import { loadEventClasses } from './events/load-event-classes.ts'
import type { EventClasses } from './events/load-event-classes.ts'

const NAMES = ['AbortController', 'AbortSignal', 'DOMException', 'Event', 'EventTarget', 'QuotaExceededError'] as const

export type LoadEvents = () => EventClasses

export function installEventGlobals(environment: EventEnvironment): LoadEvents {
  let loaded: EventClasses | undefined
  const load: LoadEvents = () => (loaded ??= loadEventClasses(environment))
  installLazyGlobals(NAMES, () => load().classes)
  return load
}
