// One operation that a guest has done outside of its isolate, and that there is room for.

export interface NativeOperation {
  /** Of the entry with the answer. */
  readonly kind: number
  /** Settles when it may begin; null for at once. */
  readonly admission: Promise<void> | null
  /** The answer. Never rejects. Nothing interrupts it. */
  readonly run: () => Promise<string>
  /** To be called once, when it is over, answer and all, or is not begun. */
  readonly leave: () => void
}
