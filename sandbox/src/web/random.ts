// Random bytes of the host, and identifiers of them.
import { MAX_ENTROPY_BYTES, OP } from '../bridge.ts'
import { charCodeAt, mathMin, RangeErrorIntrinsic } from '../intrinsics.ts'
import { askHost } from './host.ts'

/** What one asking of the host serves: 256 identifiers. */
const POOL_BYTES = 4_096

/** The host's answer, and how much of it is used. Empty until the first use: what is in a snapshot is in every isolate. */
let pool = ''
let used = 0

export function drawBytes(bytes: Uint8Array, length: number): void {
  for (let index = 0; index < length; index++) {
    if (used === pool.length)
      refill(mathMin(MAX_ENTROPY_BYTES, length - index > POOL_BYTES ? length - index : POOL_BYTES))
    bytes[index] = charCodeAt(pool, used++)
  }
}

/** Of version 4. */
export function drawUuid(): string {
  if (pool.length - used < 16) refill(POOL_BYTES)
  let text = ''
  for (let index = 0; index < 16; index++) {
    let byte = charCodeAt(pool, used++)
    if (index === 6) byte = (byte & 0x0f) | 0x40
    else if (index === 8) byte = (byte & 0x3f) | 0x80
    if (index === 4 || index === 6 || index === 8 || index === 10) text += '-'
    text += (HEX[byte >> 4] as string) + (HEX[byte & 0xf] as string)
  }
  return text
}

const HEX = '0123456789abcdef'

function refill(byteCount: number): void {
  const drawn = askHost(OP.entropy, byteCount, '')
  if (drawn.length !== byteCount) throw new RangeErrorIntrinsic('crypto: the host gave no random bytes')
  pool = drawn
  used = 0
}
