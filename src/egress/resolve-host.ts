// From the name of a host to the addresses that a connection may be made to: asked once, and every answer checked.
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { CheckAddress } from './check-address.ts'

export interface ResolvedAddress {
  readonly address: string
  readonly family: number
}

/** Rejects when the name has no address. */
export type Resolve = (hostname: string) => Promise<readonly ResolvedAddress[]>

export type ResolvedHost =
  | { readonly ok: true; readonly addresses: readonly [ResolvedAddress, ...ResolvedAddress[]] }
  | { readonly ok: false; readonly reason: 'unknown' }
  /** `why` goes on after "it leads to". */
  | { readonly ok: false; readonly reason: 'refused'; readonly why: string }

/** As the machine resolves names, its hosts file included. */
export const resolveBySystem: Resolve = async (hostname) => lookup(hostname, { all: true, order: 'verbatim' })

/**
 * @param hostname a name, or an address as the URL standard writes it, with or without brackets. One answer that is refused
 * refuses the name: whoever sets it could have the connection go to any of them.
 */
export async function resolveHost(hostname: string, check: CheckAddress, resolve: Resolve): Promise<ResolvedHost> {
  const bare = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
  const family = isIP(bare)
  const [first, ...others] = family === 0 ? await resolveQuietly(bare, resolve) : [{ address: bare, family }]
  if (first === undefined) return { ok: false, reason: 'unknown' }
  for (const { address } of [first, ...others]) {
    const why = check(address)
    if (why !== null) return { ok: false, reason: 'refused', why }
  }
  return { ok: true, addresses: [first, ...others] }
}

async function resolveQuietly(hostname: string, resolve: Resolve): Promise<readonly ResolvedAddress[]> {
  try {
    return await resolve(hostname)
  } catch {
    return []
  }
}
