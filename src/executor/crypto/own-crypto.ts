// `node:crypto` of the executor, which takes longer to load than all else: loaded by the first guest that needs it.

import type * as NodeCrypto from 'node:crypto'

type Crypto = typeof NodeCrypto

let loaded: Crypto | undefined

export function ownCrypto(): Crypto {
  return (loaded ??= load())
}

function load(): Crypto {
  // That an algorithm is new is nothing that the service's log is to say, and guests decide which they use.
  process.removeAllListeners('warning')
  return process.getBuiltinModule('node:crypto')
}
