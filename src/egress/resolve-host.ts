// From the name of a host to the addresses that a connection may be made to: asked once, and every answer checked.
import { lookup, Resolver } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { Reach } from '../core/network-policy.ts'
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
 * As the name servers of the machine say, without its hosts file and its search domains. The system's way keeps a thread of
 * four for each name while its server does not answer: whoever chooses names could stop that of everybody else.
 * @param servers `127.0.0.1:53`; absent for those of the machine.
 */
export function createServerResolve(servers?: readonly string[]): Resolve {
  let resolver: Resolver | null = null
  let openedAt = 0
  return async (hostname) => {
    const now = performance.now()
    if (resolver === null || now - openedAt > RESOLVER_MAX_AGE_MS) {
      resolver = openResolver(servers)
      openedAt = now
    }
    const [four, six] = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)])
    const found = [toAddresses(four, 4), toAddresses(six, 6)].flat()
    if (found.length > 0) return found
    throw four.status === 'rejected' ? four.reason : new Error('no address')
  }
}

function openResolver(servers: readonly string[] | undefined): Resolver {
  const resolver = new Resolver({ timeout: RESOLVE_TIMEOUT_MS, tries: RESOLVE_TRIES })
  if (servers !== undefined) resolver.setServers(servers)
  return resolver
}

/** One knows the servers that the machine had when it was made. */
const RESOLVER_MAX_AGE_MS = 60_000
const RESOLVE_TIMEOUT_MS = 2_000
const RESOLVE_TRIES = 3
/** Of one name; a server that sends more is not believed that they are all its. */
const ADDRESSES_MAX = 16

function toAddresses(answer: PromiseSettledResult<readonly string[]>, family: number): readonly ResolvedAddress[] {
  if (answer.status === 'rejected') return []
  return answer.value.slice(0, ADDRESSES_MAX).map((address) => ({ address, family }))
}

const byServers = createServerResolve()

/** Where guest code chooses the name, by name servers; hosts that the operator lets lead elsewhere, as the machine does. */
export function resolverFor(reach: Reach): Resolve {
  return reach === 'public' ? byServers : resolveBySystem
}

/**
 * @param hostname a name, or an address as the URL standard writes it, with or without brackets. One answer that is refused
 * refuses the name: whoever sets it could have the connection go to any of them.
 */
export async function resolveHost(hostname: string, check: CheckAddress, resolve: Resolve): Promise<ResolvedHost> {
  const [first, ...others] = await addressesOf(hostname, resolve)
  if (first === undefined) return { ok: false, reason: 'unknown' }
  for (const { address } of [first, ...others]) {
    const why = check(address)
    if (why !== null) return { ok: false, reason: 'refused', why }
  }
  return { ok: true, addresses: [first, ...others] }
}

/** Unchecked; none for a name that has none. @param hostname as that of `resolveHost`. */
export async function addressesOf(hostname: string, resolve: Resolve): Promise<readonly ResolvedAddress[]> {
  const bare = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
  const family = isIP(bare)
  return family === 0 ? resolveQuietly(bare, resolve) : [{ address: bare, family }]
}

async function resolveQuietly(hostname: string, resolve: Resolve): Promise<readonly ResolvedAddress[]> {
  try {
    return await resolve(hostname)
  } catch {
    return []
  }
}
