// Between the entries of the isolate and the brotli streams, which few isolates load: what these are told once there are some.

export interface BrotliLink {
  /** The host has an answer. */
  answer: ((payload: string) => void) | undefined
  /** A call has ended, and its streams with it. */
  ended: ((id: number) => void) | undefined
}

export const brotliLink = { __proto__: null, answer: undefined, ended: undefined } as BrotliLink
