// What the guest program asks of the listeners on the global object, once there are some.

export interface EventLink {
  /** Dispatches an `error` event; false when a listener has prevented that the error is told otherwise. */
  tellError: ((error: unknown) => boolean) | undefined
  /** The same for a rejection that nothing handled, as the host tells it. What is left to print, or nothing. */
  tellRejection: ((payload: string) => string) | undefined
}

export const eventLink = { __proto__: null, tellError: undefined, tellRejection: undefined } as EventLink
