// The snapshots of all tiers, as an executor has them; built if need be.
import { openSync } from 'node:fs'
import { ensureRuntime } from '../../src/cli/ensure-runtime.ts'
import { Snapshots } from '../../src/executor/load-snapshot.ts'

export async function openSnapshots(): Promise<Snapshots> {
  const runtime = await ensureRuntime()
  if (!runtime.ok) throw new Error(runtime.message)
  const { snapshotPath, tierPaths } = runtime.files
  const files = tierPaths.map((path) => openSync(path, 'r'))
  return new Snapshots(snapshotPath, files, (problem) => {
    throw new Error(problem)
  })
}
