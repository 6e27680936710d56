// worker_threads: a thread for each request. It is no boundary for hostile code.
import { once } from 'node:events'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { servePeer } from './serve-peer.ts'

const MEMORY_MB = 128
const entryPath = join(import.meta.dirname, 'worker-entry.cjs')

servePeer((source, entry) => {
  const worker = new Worker(entryPath, {
    workerData: { source, entry },
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
    env: {},
  })
  return {
    async call(args) {
      const reply = once(worker, 'message')
      worker.postMessage(args)
      const [message] = (await reply) as [{ readonly result?: unknown; readonly error?: string }]
      if (message.error !== undefined) throw new Error(message.error)
      return message.result
    },
    // Its end is not waited for: the answer does not depend on it.
    close: () => void worker.terminate(),
  }
})
