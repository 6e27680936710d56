// Which addresses the hosts of a rule may lead to.
import type { Reach } from '../core/network-policy.ts'
import { createAddressCheck } from './check-address.ts'
import type { CheckAddress } from './check-address.ts'

const PRIVATE = ['127.0.0.0/8', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '::1', 'fc00::/7']
/** Metadata services of clouds that have an address in one of these; the others are link-local or public. */
const METADATA = ['100.100.100.200', 'fd00:ec2::254', 'fd20:ce::254']

const publicOnly = createAddressCheck([])
const alsoPrivate = createAddressCheck(PRIVATE)
const alsoMetadata = createAddressCheck(METADATA)

/** Throws on a range that is none. */
export function checkReach(reach: Reach): CheckAddress {
  if (reach === 'public') return publicOnly
  if (reach !== 'private') return createAddressCheck(reach)
  return (address) => {
    const why = publicOnly(address)
    if (why === null) return null
    return alsoMetadata(address) === null ? 'a metadata service' : alsoPrivate(address)
  }
}
