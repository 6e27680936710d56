// What people use in place of isolates: a worker thread for each request. Argument: the memory limit in MB.
import { once } from 'node:events'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { serveRounds } from '../support/serve-rounds.ts'

const maxOldGenerationSizeMb = Number(process.argv[2])
const entryPath = join(import.meta.dirname, 'worker-entry.cjs')

await serveRounds(async ({ code, name, args }) => {
  const worker = new Worker(entryPath, {
    workerData: { code, name, args },
    resourceLimits: { maxOldGenerationSizeMb },
    env: {},
  })
  const [result] = (await once(worker, 'message')) as [unknown]
  return { result, cleanUp: async () => void (await worker.terminate()) }
})
