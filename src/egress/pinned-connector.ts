// Opens connections to checked addresses only: what a name resolves to is looked at once, and that is what is connected to.
import { isIP } from 'node:net'
import type { LookupFunction } from 'node:net'
import { buildConnector } from 'undici'
import { withBoundedReads } from './bounded-reads.ts'
import type { CheckAddress } from './check-address.ts'
import { resolveHost } from './resolve-host.ts'
import type { Resolve } from './resolve-host.ts'

export interface ConnectorOptions {
  readonly check: CheckAddress
  readonly resolve: Resolve
  /** For resolving, connecting and the TLS handshake together. */
  readonly connectMs: number
}

/** What the caller of a request gets when its host leads to an address that is refused. */
export class RefusedAddress extends Error {
  readonly why: string

  constructor(why: string) {
    super(`it leads to ${why}`)
    this.why = why
  }
}

class UnknownHost extends Error {
  readonly code = 'ENOTFOUND'
}

/** Server name and certificate are those of the name, whatever address is connected to. */
export function createPinnedConnector({ check, resolve, connectMs }: ConnectorOptions): buildConnector.connector {
  // Called while the socket is being made, in the place of the system's own lookup: there is no second one.
  const lookUp = async (...[hostname, options, callback]: Parameters<LookupFunction>): Promise<void> => {
    const resolved = await resolveHost(hostname, check, resolve)
    if (!resolved.ok) {
      callback(resolved.reason === 'refused' ? new RefusedAddress(resolved.why) : new UnknownHost(hostname), '')
      return
    }
    const [first] = resolved.addresses
    if (options.all === true) callback(null, [...resolved.addresses])
    else callback(null, first.address, first.family)
  }
  const lookup: LookupFunction = (...asked) => void lookUp(...asked)
  const connect = withBoundedReads(buildConnector({ lookup, timeout: connectMs, allowH2: false }))
  return (options, callback) => {
    const why = isIP(options.hostname) === 0 ? null : check(options.hostname)
    if (why !== null) {
      callback(new RefusedAddress(why), null)
      return
    }
    connect(options, (error, socket) => {
      if (error !== null) {
        callback(error, null)
        return
      }
      // What was really connected to, before a byte of the request is written.
      const found = check(socket.remoteAddress ?? '')
      if (found === null) callback(null, socket)
      else {
        socket.destroy()
        callback(new RefusedAddress(found), null)
      }
    })
  }
}
