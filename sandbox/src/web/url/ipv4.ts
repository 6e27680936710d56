// IPv4 addresses in the many ways in which the URL standard lets them be written.
import { charCodeAt, regExpExec, stringIndexOf, stringLastIndexOf, stringSlice } from '../../intrinsics.ts'
import { createItems } from '../sequence.ts'
import { hexValue } from './percent.ts'

/** Whether a domain ends in a number: then it is an IPv4 address or nothing. */
export function isIpv4(domain: string): boolean {
  const end = domain[domain.length - 1] === '.' ? domain.length - 1 : domain.length
  const last = stringSlice(domain, stringLastIndexOf(domain, '.', end - 1) + 1, end)
  return last !== '' && (regExpExec(/^[0-9]+$/, last) !== null || regExpExec(/^0x[0-9a-f]*$/i, last) !== null)
}

/** As four decimal numbers; null when it is none. */
export function parseIpv4(domain: string): string | null {
  const text = domain[domain.length - 1] === '.' ? stringSlice(domain, 0, -1) : domain
  const numbers = createItems<number>()
  let from = 0
  while (from <= text.length) {
    const dot = stringIndexOf(text, '.', from)
    const end = dot === -1 ? text.length : dot
    const number = parseNumber(stringSlice(text, from, end))
    if (number === null || numbers.length === 4) return null
    numbers[numbers.length] = number
    from = end + 1
  }
  const last = numbers.length - 1
  let address = numbers[last] as number
  if (address >= 256 ** (4 - last)) return null
  for (let index = 0; index < last; index++) {
    const number = numbers[index] as number
    if (number > 255) return null
    address += number * 256 ** (3 - index)
  }
  const high = address / 0x1_00_00
  return `${(high >> 8) & 0xff}.${high & 0xff}.${(address >>> 8) & 0xff}.${address & 0xff}`
}

/** Decimal, octal behind `0` or hexadecimal behind `0x`; as large as it may be, it is a number. */
function parseNumber(text: string): number | null {
  if (text === '') return null
  let base = 10
  let from = 0
  if (text.length >= 2 && text[0] === '0') {
    const isHex = text[1] === 'x' || text[1] === 'X'
    base = isHex ? 16 : 8
    from = isHex ? 2 : 1
  }
  let number = 0
  for (let index = from; index < text.length; index++) {
    const digit = hexValue(charCodeAt(text, index))
    if (digit === -1 || digit >= base) return null
    number = number * base + digit
  }
  return number
}
