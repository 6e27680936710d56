// What the classes of events need of the rest of the guest program, which their own bundle does not have.

export interface EventEnvironment {
  /** Tells what a listener threw; never throws. */
  readonly report: (thrown: unknown) => void
  /** Runs a callback after so many milliseconds, for the call that is running. */
  readonly setTimer: (callback: () => void, delayMs: number) => void
}

/** Filled when the bundle is loaded. */
// @ts-expect-error -- TypeScript has no type for the literal that sets the prototype.
export const environment: EventEnvironment = { __proto__: null, report: () => undefined, setTimer: () => undefined }
