// Attributes such as `onload`: one listener each, which keeps its place when another takes it.
import { apply, defineProperty, deleteProperty, isObject, nameFunction } from '../../intrinsics.ts'
import { events } from '../host.ts'

interface Handler {
  value: object
  readonly listener: (event: object) => void
}

/** Of one target, by the types of events: those that are set. */
export type Handlers = Record<string, Handler | undefined>

// @ts-expect-error -- TypeScript has no type for the literal that sets the prototype.
export const createHandlers = (): Handlers => ({ __proto__: null })

/**
 * @param handlersOf throws for an object of another class.
 * @param onSet called when one of them has been set, to whatever value.
 */
export function defineHandlers(
  prototype: object,
  types: readonly string[],
  handlersOf: (target: unknown) => Handlers,
  onSet?: (target: unknown) => void,
): void {
  for (let index = 0; index < types.length; index++) defineHandler(prototype, types[index] as string, handlersOf, onSet)
}

function defineHandler(
  prototype: object,
  type: string,
  handlersOf: (target: unknown) => Handlers,
  onSet?: (target: unknown) => void,
): void {
  const attribute = {
    get(this: unknown): object | null {
      return handlersOf(this)[type]?.value ?? null
    },
    set(this: unknown, value: unknown): void {
      const handlers = handlersOf(this)
      const known = handlers[type]
      const isSet = isObject(value)
      if (known !== undefined && isSet) known.value = value
      else if (known !== undefined) remove(this, type, handlers, known)
      else if (isSet) add(this, type, handlers, value)
      onSet?.(this)
    },
  }
  const { get, set } = attribute
  nameFunction(get, `get on${type}`)
  nameFunction(set, `set on${type}`)
  // @ts-expect-error -- as above.
  defineProperty(prototype, `on${type}`, { __proto__: null, get, set, enumerable: true, configurable: true })
}

function add(target: unknown, type: string, handlers: Handlers, value: object): void {
  const listener = (event: object): void => {
    if (typeof handler.value === 'function') apply(handler.value as () => unknown, target, [event])
  }
  const handler = { __proto__: null, value, listener } as Handler
  const { addEventListener } = events()
  apply(addEventListener, target, [type, listener])
  handlers[type] = handler
}

function remove(target: unknown, type: string, handlers: Handlers, { listener }: Handler): void {
  const { removeEventListener } = events()
  apply(removeEventListener, target, [type, listener])
  deleteProperty(handlers, type)
}
