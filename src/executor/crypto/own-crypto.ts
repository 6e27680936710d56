// `node:crypto` of the executor, which takes longer to load than all else: loaded by the first guest that needs it.

type Crypto = typeof import('node:crypto')

let loaded: Crypto | undefined

export function ownCrypto(): Crypto {
  return (loaded ??= load())
}

function load(): Crypto {
  // That an algorithm is new is nothing that the service's log is to say, and guests decide which they use.
  process.removeAllListeners('warning')
  return process.getBuiltinModule('node:crypto')
}
