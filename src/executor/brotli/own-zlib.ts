// `node:zlib` of the executor: loaded by the first guest that needs it.
import type * as NodeZlib from 'node:zlib'

let loaded: typeof NodeZlib | undefined

export function ownZlib(): typeof NodeZlib {
  return (loaded ??= process.getBuiltinModule('node:zlib'))
}
