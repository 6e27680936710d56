// What the pool tells an executor when it starts it: one JSON text on the command line.
// Not checked by a schema: both ends are one program, and an executor that loads none starts sooner and is smaller.

export interface ExecutorArguments {
  readonly snapshotPath: string
  /** Of the larger tiers, in their order. */
  readonly tierPaths: readonly string[]
  /** What the process was started with; null for a seed that V8 has chosen. */
  readonly hashSeed: string | null
  /** Limits of the isolates that are made ahead. */
  readonly memoryMb: number
  readonly logBytes: number
  readonly isolatesReady: number
  /** Leaves the guest the built-ins whose memory no heap limit counts. */
  readonly guestWasm: boolean
  /** The stack of guests on the main thread; null when none may run there. */
  readonly guestStackKb: number | null
  /** The largest frame that the parent sends. */
  readonly maxFrameBytes: number
  /** User and group to become after loading; null to stay. */
  readonly uid: number | null
  readonly confinement: 'bubblewrap' | 'self' | 'permission'
  /** The operator demands this level: a layer of it that cannot be applied ends the process. */
  readonly strict: boolean
}

export function writeExecutorArguments(options: ExecutorArguments): string {
  return JSON.stringify(options)
}

/** Throws when the process was not started by the pool. */
export function readExecutorArguments(argv: readonly string[]): ExecutorArguments {
  return JSON.parse(argv.at(-1) ?? '') as ExecutorArguments
}
