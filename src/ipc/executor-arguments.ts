// What the pool tells an executor when it starts it: one JSON text on the command line.
import * as v from 'valibot'

const count = v.pipe(v.number(), v.integer(), v.minValue(0))

export const ExecutorArguments = v.object({
  snapshotPath: v.string(),
  /** Memory limit of the isolates that are made ahead. */
  memoryMb: count,
  logBytes: count,
  isolatesReady: count,
  guestWasm: v.boolean(),
  /** The largest frame that the parent sends. */
  maxFrameBytes: count,
  /** User and group to become after loading; null to stay. */
  uid: v.nullable(count),
  confinement: v.picklist(['bubblewrap', 'self', 'permission']),
})
export type ExecutorArguments = v.InferOutput<typeof ExecutorArguments>

export function writeExecutorArguments(options: ExecutorArguments): string {
  return JSON.stringify(options)
}

/** Throws when the process was not started by the pool. */
export function readExecutorArguments(argv: readonly string[]): ExecutorArguments {
  return v.parse(ExecutorArguments, JSON.parse(argv.at(-1) ?? 'null'))
}
