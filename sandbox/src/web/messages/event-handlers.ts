// Attributes such as `onmessage` that are listeners, by the HTML standard.
import { apply, isObject, mapDelete, mapGet, MapIntrinsic, mapSet } from '../../intrinsics.ts'
import { events } from '../host.ts'

interface Handler {
  /** What code has set: only a function is called. */
  value: object
  readonly listener: (event: object) => void
}

/** By the type of the event. */
export type Handlers = Map<string, Handler>

export const createHandlers = (): Handlers => new MapIntrinsic<string, Handler>()

export function getHandler(handlers: Handlers, type: string): object | null {
  return mapGet(handlers, type)?.value ?? null
}

/** A handler that takes the place of another one keeps its place among the listeners. */
export function setHandler(target: object, handlers: Handlers, type: string, value: unknown): void {
  const known = mapGet(handlers, type)
  const { addEventListener, removeEventListener } = events()
  if (!isObject(value)) {
    if (known === undefined) return
    mapDelete(handlers, type)
    apply(removeEventListener, target, [type, known.listener])
  } else if (known === undefined) {
    const listener = (event: object): void => {
      const { value: present } = handler
      if (typeof present === 'function') apply(present as () => unknown, target, [event])
    }
    const handler = { __proto__: null, value, listener } as Handler
    mapSet(handlers, type, handler)
    apply(addEventListener, target, [type, listener])
  } else known.value = value
}
