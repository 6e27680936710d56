// Hosts of URLs: domains, IPv4 and IPv6 addresses, and the opaque hosts of schemes that nobody knows.
import { MAX_DOMAIN_CHARACTERS, OP } from '../../bridge.ts'
import { regExpExec, stringSlice, stringToLowerCase } from '../../intrinsics.ts'
import { askHost } from '../host.ts'
import { isIpv4, parseIpv4 } from './ipv4.ts'
import { parseIpv6 } from './ipv6.ts'
import { CONTROL_SET, percentDecode, percentEncode } from './percent.ts'

const FORBIDDEN = /[\0\t\n\r #/:<>?@[\\\]^|]/
const FORBIDDEN_IN_DOMAIN = /[\0- #%/:<>?@[\\\]^|\x7f]/
/** Without `<` and `>`, which may become other characters together with what follows. */
const ENDS_DOMAIN = /[\0- #%/:?@[\\\]^|\x7f]/
const BEYOND_ASCII = /[^\0-\x7f]/

/** The host as it is written in a URL; null when it is none. */
export function parseHost(input: string, isSpecial: boolean): string | null {
  if (input[0] === '[') {
    return input[input.length - 1] === ']' ? parseIpv6(stringSlice(input, 1, -1)) : null
  }
  if (!isSpecial) return regExpExec(FORBIDDEN, input) === null ? percentEncode(input, CONTROL_SET) : null
  const domain = toAscii(percentDecode(input))
  if (domain === '' || regExpExec(FORBIDDEN_IN_DOMAIN, domain) !== null) return null
  return isIpv4(domain) ? parseIpv4(domain) : domain
}

/**
 * Empty for what is no domain. Only what is not ASCII needs the tables that the host has: a domain in ASCII stays one even
 * where a label of it is no valid Punycode, as the standard has it since its parser falls back to ASCII.
 */
function toAscii(domain: string): string {
  if (regExpExec(BEYOND_ASCII, domain) === null) return stringToLowerCase(domain)
  if (domain.length > MAX_DOMAIN_CHARACTERS || regExpExec(ENDS_DOMAIN, domain) !== null) return ''
  return askHost(OP.domainToAscii, 0, domain)
}
