// Between ports and the kinds of events, each of which few isolates load.

export interface MessageLink {
  /** There once there can be ports. */
  isPort: ((value: unknown) => boolean) | undefined
  /** There once there are kinds of events: what a port dispatches for a message. */
  createEvent: ((data: unknown, ports: readonly object[]) => object) | undefined
}

export const messageLink = { __proto__: null, isPort: undefined, createEvent: undefined } as MessageLink
