// Which addresses the service connects to on behalf of guests: public ones, and what the operator names.
import { BlockList, isIP } from 'node:net'

/** Null for an address that may be connected to, else why not: words that go on after "it leads to". */
export type CheckAddress = (address: string) => string | null

type Range = readonly [net: string, prefix: number]

/** Of IPv4, what is no host on the public Internet; after the registry of special-purpose addresses (RFC 6890). */
const REFUSED_4: Readonly<Record<string, readonly Range[]>> = {
  'this machine': [
    ['0.0.0.0', 8],
    ['127.0.0.0', 8],
  ],
  'a private network': [
    ['10.0.0.0', 8],
    ['172.16.0.0', 12],
    ['192.168.0.0', 16],
  ],
  // The metadata services of clouds among them; that of Azure, below, has a public address.
  'a link-local address': [['169.254.0.0', 16]],
  'a metadata service': [['168.63.129.16', 32]],
  'a carrier network': [['100.64.0.0', 10]],
  'a reserved address': [
    ['192.0.0.0', 24],
    ['192.0.2.0', 24],
    ['192.88.99.0', 24],
    ['198.18.0.0', 15],
    ['198.51.100.0', 24],
    ['203.0.113.0', 24],
    ['240.0.0.0', 4],
  ],
  'a multicast address': [['224.0.0.0', 4]],
}

/** Of IPv6 only global unicast is public. An address that holds one of IPv4 is refused whole, whichever that is. */
const PUBLIC_6: readonly Range[] = [['2000::', 3]]
const REFUSED_6: Readonly<Record<string, readonly Range[]>> = {
  'this machine': [
    ['::', 128],
    ['::1', 128],
  ],
  'a private network': [
    ['fc00::', 7],
    ['fec0::', 10],
  ],
  'a link-local address': [['fe80::', 10]],
  'a multicast address': [['ff00::', 8]],
  'a translated address': [
    ['::ffff:0:0', 96],
    ['::', 96],
    ['64:ff9b::', 96],
    ['64:ff9b:1::', 48],
    ['2001::', 32],
    ['2002::', 16],
  ],
  'a reserved address': [
    ['2001::', 23],
    ['2001:db8::', 32],
    ['3fff::', 20],
  ],
}

const lists4 = toLists(REFUSED_4, 'ipv4')
const lists6 = toLists(REFUSED_6, 'ipv6')
const public6 = toList(PUBLIC_6, 'ipv6')

/**
 * @param allowed addresses and ranges in CIDR notation that are not refused, `127.0.0.1` or `10.1.0.0/16`. Throws on one
 * that is neither.
 */
export function createAddressCheck(allowed: readonly string[]): CheckAddress {
  const allowed4 = new BlockList()
  const allowed6 = new BlockList()
  for (const range of allowed) {
    const { address, prefix, family } = readRange(range)
    ;(family === 'ipv4' ? allowed4 : allowed6).addSubnet(address, prefix, family)
  }
  return (address) => {
    const family = isIP(address)
    // A zone (`fe80::1%eth0`) belongs to addresses of this machine's links only.
    if (family === 0 || address.includes('%')) return 'no address'
    // Each family has lists of its own: an IPv4 address is found in lists of IPv6 as its mapped form.
    if (family === 4) return allowed4.check(address) ? null : findIn(lists4, address, 'ipv4')
    if (allowed6.check(address, 'ipv6')) return null
    return findIn(lists6, address, 'ipv6') ?? (public6.check(address, 'ipv6') ? null : 'a reserved address')
  }
}

const RANGE = /^(?<address>[^/]+)(?:\/(?<prefix>\d{1,3}))?$/u

/** Throws on a text that is no range. */
function readRange(range: string): { address: string; prefix: number; family: 'ipv4' | 'ipv6' } {
  const { address = '', prefix } = RANGE.exec(range)?.groups ?? {}
  const bits = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0
  const length = prefix === undefined ? bits : Number(prefix)
  if (bits === 0 || length > bits) throw new Error(`${JSON.stringify(range)} is no address and no range of addresses`)
  return { address, prefix: length, family: bits === 32 ? 'ipv4' : 'ipv6' }
}

type Lists = readonly (readonly [reason: string, list: BlockList])[]

function toLists(ranges: Readonly<Record<string, readonly Range[]>>, family: 'ipv4' | 'ipv6'): Lists {
  return Object.entries(ranges).map(([reason, own]) => [reason, toList(own, family)] as const)
}

function toList(ranges: readonly Range[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList()
  for (const [net, prefix] of ranges) list.addSubnet(net, prefix, family)
  return list
}

function findIn(lists: Lists, address: string, family: 'ipv4' | 'ipv6'): string | null {
  return lists.find(([, list]) => list.check(address, family))?.[0] ?? null
}
