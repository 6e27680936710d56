// A virgin isolate as executors make and dispose of it, beside a bare isolate with a context.
import { createSlot, disposeSlot } from '../../../src/executor/slot.ts'
import { openSnapshots } from '../../../test/support/open-snapshots.ts'
import type { PreparedPath } from '../guarded-path.ts'
import { bareIsolate } from '../yardsticks/bare-isolate.ts'

export async function prepareVirginIsolate(): Promise<PreparedPath> {
  const snapshots = await openSnapshots()
  const options = {
    memoryMb: 128,
    logBytes: 262_144,
    snapshot: snapshots.get(0),
    guestWasm: false,
    onCatastrophe: (reason: string) => {
      throw new Error(reason)
    },
  }
  return {
    call: () => disposeSlot(createSlot(options), false),
    yardstick: bareIsolate,
    callsPerBatch: 4,
    yardsticksPerBatch: 5,
  }
}
