// What an AbortSignal is, apart from being an event target.

export interface SignalState {
  isAborted: boolean
  reason: unknown
  /** Of `AbortSignal.any`: it follows others. */
  readonly isDependent: boolean
  /** Signals that it follows. */
  readonly sources: object[]
  /** Signals that follow it. */
  readonly dependents: object[]
  /** What else is to be done when it is aborted, by what it is done for. */
  readonly algorithms: Map<object, () => void>
  /** The value of `onabort`. */
  handler: object | null
  /** The listener that calls it, as long as there is one. */
  handlerListener: ((event: object) => void) | null
}
