// Bare isolated-vm: an isolate for each request in one process, by its synchronous API, which has no hop between threads.
import ivm from 'isolated-vm'
import { servePeer } from './serve-peer.ts'

const MEMORY_MB = 128
const TIMEOUT_MS = 5_000

servePeer((source, entry) => {
  const isolate = new ivm.Isolate({ memoryLimit: MEMORY_MB })
  const context = isolate.createContextSync()
  context.evalSync(source, { timeout: TIMEOUT_MS })
  const call = context.evalSync(entry, { reference: true, timeout: TIMEOUT_MS })
  return {
    call: (args) =>
      call.applySync(undefined, [...args], {
        arguments: { copy: true },
        result: { copy: true },
        timeout: TIMEOUT_MS,
      }),
    close: () => isolate.dispose(),
  }
})
