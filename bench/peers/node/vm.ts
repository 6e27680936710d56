// node:vm: a context for each request in one thread. It is no boundary for hostile code, as its own documentation says.
import { createContext, runInContext } from 'node:vm'
import { servePeer } from './serve-peer.ts'

/** Nothing that does not end may keep the server. */
const TIMEOUT_MS = 5_000

servePeer((source, entry) => {
  const context = createContext({})
  runInContext(source, context, { timeout: TIMEOUT_MS })
  const call = runInContext(entry, context) as (...args: readonly unknown[]) => unknown
  return { call: (args) => call(...args), close: () => undefined }
})
