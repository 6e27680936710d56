// What the guard measures: a hot path of the service beside a yardstick that takes the same kind of resource.

/** One call; those that cannot help it are asynchronous. */
export type Call = () => void | Promise<void>

/** A call and a yardstick; batches of each take turns. */
export interface PreparedPath {
  readonly call: Call
  /** Never changes: what it takes says how quick the machine is at this moment. */
  readonly yardstick: Call
  /** How many calls make a batch, which is of some milliseconds: less than a turn on the processor. */
  readonly callsPerBatch: number
  readonly yardsticksPerBatch: number
  /** Forgets what has piled up: run after each batch of calls, and not measured. */
  readonly forget?: () => void
}

/** Throws when a call does not answer what it should: a path that does less is not a quicker one. */
export type PreparePath = () => Promise<PreparedPath>
