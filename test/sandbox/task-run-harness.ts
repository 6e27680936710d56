// Code of one request in an isolate of the test's own process: what it gives, and how it ends.
import { ensureRuntime } from '../../src/cli/ensure-runtime.ts'
import { loadSnapshot } from '../../src/executor/load-snapshot.ts'
import { createSlot, disposeSlot } from '../../src/executor/slot.ts'
import type { Slot } from '../../src/executor/slot.ts'
import type { SendExchange } from '../../src/executor/task-exchanges.ts'
import type { Settled } from '../../src/executor/task-run-options.ts'
import { TaskRun } from '../../src/executor/task-run.ts'
import type { RunMessage } from '../../src/ipc/messages.ts'
import { LIMITS } from './module-host-harness.ts'

export interface AskedRun extends Partial<Omit<RunMessage, 'limits'>> {
  readonly limits?: Partial<RunMessage['limits']>
  /** Chunks and progress are taken by themselves; otherwise by `run.pull` and `run.progressTaken`. */
  readonly takes?: boolean
  readonly graceMs?: number
  readonly onExchange?: SendExchange
}

export type StartRun = Awaited<ReturnType<typeof prepareRuns>>

/** Builds the snapshot if need be. The source defines a function `f` without parameters. */
export async function prepareRuns() {
  const runtime = await ensureRuntime()
  if (!runtime.ok) throw new Error(runtime.message)
  const snapshot = loadSnapshot(runtime.files.snapshotPath)
  return function startRun(
    code: string,
    { takes = true, limits = {}, graceMs, onExchange = () => undefined, ...more }: AskedRun = {},
  ) {
    const chunks: unknown[] = []
    const progress: unknown[] = []
    const used: Slot[] = []
    const ended = Promise.withResolvers<Settled>()
    const message: RunMessage = {
      type: 'run',
      taskId: 't',
      fileName: 'function.js',
      name: 'f',
      mayStream: true,
      tellsProgress: true,
      format: 'json',
      limits: { ...LIMITS, ...limits },
      ...more,
    }
    const run = new TaskRun({
      message,
      code,
      input: '{"args":[],"kwargs":{}}',
      cache: null,
      onCache: () => undefined,
      takeIsolate: (memoryMb) => {
        const slot = createSlot({
          memoryMb,
          logBytes: 10_000,
          snapshot,
          guestWasm: false,
          onCatastrophe: () => undefined,
        })
        used.push(slot)
        return slot
      },
      onChunk: (chunk) => {
        chunks.push(message.format === 'json' ? JSON.parse(chunk) : chunk)
        if (takes) setImmediate(() => run.pull(1))
      },
      onProgress: (value) => {
        progress.push(JSON.parse(value))
        if (takes) setImmediate(() => run.progressTaken())
      },
      onExchange,
      onSettled: ended.resolve,
      onFree: () => used.forEach((slot) => disposeSlot(slot, false)),
      onZombie: () => undefined,
      ...(graceMs === undefined ? {} : { graceMs }),
    })
    void run.run()
    return { run, chunks, progress, settled: ended.promise }
  }
}
