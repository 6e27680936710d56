// IPv6 addresses.
import { charCodeAt } from '../../intrinsics.ts'
import { createItems } from '../sequence.ts'
import { hexValue } from './percent.ts'

const PIECES = 8

/** In brackets, as short as it gets; null when it is none. */
export function parseIpv6(input: string): string | null {
  const pieces = readPieces(input)
  return pieces === null ? null : `[${serialize(pieces)}]`
}

const at = (input: string, index: number): number => (index < input.length ? charCodeAt(input, index) : -1)
const COLON = 0x3a
const DOT = 0x2e

function readPieces(input: string): number[] | null {
  const pieces = createItems<number>()
  let compressAt = -1
  let pointer = 0
  if (at(input, 0) === COLON) {
    if (at(input, 1) !== COLON) return null
    pointer = 2
    compressAt = 0
  }
  while (pointer < input.length) {
    if (pieces.length === PIECES) return null
    if (at(input, pointer) === COLON) {
      if (compressAt !== -1) return null
      pointer++
      compressAt = pieces.length
      continue
    }
    const from = pointer
    let value = 0
    for (; pointer - from < 4; pointer++) {
      const digit = hexValue(at(input, pointer))
      if (digit === -1) break
      value = value * 16 + digit
    }
    if (at(input, pointer) === DOT) {
      if (pointer === from || pieces.length > PIECES - 2 || !readIpv4(input, from, pieces)) return null
      break
    }
    if (at(input, pointer) === COLON) {
      pointer++
      if (pointer === input.length) return null
    } else if (pointer < input.length) return null
    pieces[pieces.length] = value
  }
  return expand(pieces, compressAt)
}

/** Four decimal numbers in place of the last two pieces. */
function readIpv4(input: string, from: number, pieces: number[]): boolean {
  let pointer = from
  let address = 0
  for (let seen = 0; seen < 4; seen++) {
    if (seen > 0 && at(input, pointer++) !== DOT) return false
    const start = pointer
    let value = 0
    for (let digit = at(input, pointer) - 0x30; digit >= 0 && digit <= 9; digit = at(input, pointer) - 0x30) {
      if (pointer > start && value === 0) return false
      value = value * 10 + digit
      if (value > 255) return false
      pointer++
    }
    if (pointer === start) return false
    address = address * 256 + value
  }
  if (pointer < input.length) return false
  pieces[pieces.length] = (address / 0x1_00_00) & 0xffff
  pieces[pieces.length] = address & 0xffff
  return true
}

function expand(pieces: number[], compressAt: number): number[] | null {
  if (compressAt === -1) return pieces.length === PIECES ? pieces : null
  if (pieces.length === PIECES) return null
  const all = createItems<number>()
  const zeros = PIECES - pieces.length
  for (let index = 0; index < PIECES; index++) {
    const isZero = index >= compressAt && index < compressAt + zeros
    all[index] = isZero ? 0 : (pieces[index < compressAt ? index : index - zeros] as number)
  }
  return all
}

function serialize(pieces: readonly number[]): string {
  const { from, length } = longestZeros(pieces)
  let text = ''
  for (let index = 0; index < PIECES; index++) {
    if (index === from) {
      text += index === 0 ? '::' : ':'
      index += length - 1
      continue
    }
    text += toHex(pieces[index] as number)
    if (index < PIECES - 1) text += ':'
  }
  return text
}

/** The first of the longest runs of at least two zeros. */
function longestZeros(pieces: readonly number[]): { readonly from: number; readonly length: number } {
  let from = -1
  let length = 1
  let run = 0
  for (let index = 0; index < PIECES; index++) {
    run = pieces[index] === 0 ? run + 1 : 0
    if (run > length) {
      length = run
      from = index - run + 1
    }
  }
  return { from, length }
}

function toHex(value: number): string {
  let text = ''
  for (let shift = 12; shift >= 0; shift -= 4) {
    const digit = (value >> shift) & 0xf
    if (digit !== 0 || text !== '' || shift === 0) text += HEX[digit] as string
  }
  return text
}

const HEX = '0123456789abcdef'
