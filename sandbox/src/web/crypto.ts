// crypto.getRandomValues and crypto.randomUUID, from random bytes of the host.
import { MAX_ENTROPY_BYTES, OP } from '../bridge.ts'
import {
  charCodeAt,
  isObject,
  mathMin,
  RangeErrorIntrinsic,
  typedArrayByteLength,
  typedArrayName,
  TypeErrorIntrinsic,
} from '../intrinsics.ts'
import { bytesOf } from './bytes.ts'
import { domError } from './dom-error.ts'
import { loadSubtleGlobals } from './gateways.ts'
import { askHost } from './host.ts'
import { needArguments, OWN_KEY, refuseConstruction, shapeInterface } from './interface.ts'

/** What one asking of the host serves: 256 identifiers. */
const POOL_BYTES = 4_096
const MAX_BYTES = 65_536

/** The host's answer, and how much of it is used. Empty until the first use: what is in a snapshot is in every isolate. */
let pool = ''
let used = 0

export function createCryptoGlobals(): object {
  shapeInterface(Crypto, 'Crypto')
  return { __proto__: null, Crypto, crypto: new Crypto(OWN_KEY) }
}

class Crypto {
  readonly #isCrypto: boolean

  constructor(key: unknown = undefined) {
    refuseConstruction(key)
    this.#isCrypto = true
  }

  getRandomValues(array: unknown): unknown {
    if (!this.#isCrypto) return undefined
    needArguments(arguments.length, 1, 'crypto.getRandomValues')
    const name = isObject(array) ? typedArrayName(array) : undefined
    const bytes = bytesOf(array)
    if (bytes === undefined) throw new TypeErrorIntrinsic('crypto.getRandomValues: the argument must be a typed array')
    if (name === undefined || !(name in INTEGER_ARRAYS)) {
      throw domError('TypeMismatchError', 'crypto.getRandomValues: the array must be one of integers')
    }
    const length = typedArrayByteLength(bytes)
    if (length > MAX_BYTES) {
      const message = `crypto.getRandomValues: the array has ${length} bytes; the limit is ${MAX_BYTES} bytes.`
      throw domError('QuotaExceededError', message)
    }
    fill(bytes, length)
    return array
  }

  get subtle(): object | undefined {
    return this.#isCrypto ? (loadSubtleGlobals() as { readonly subtle: object }).subtle : undefined
  }

  randomUUID(): string {
    if (!this.#isCrypto) return ''
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
}

const HEX = '0123456789abcdef'

const INTEGER_ARRAYS = {
  __proto__: null,
  Int8Array: true,
  Uint8Array: true,
  Uint8ClampedArray: true,
  Int16Array: true,
  Uint16Array: true,
  Int32Array: true,
  Uint32Array: true,
  BigInt64Array: true,
  BigUint64Array: true,
}

function fill(bytes: Uint8Array, length: number): void {
  for (let index = 0; index < length; index++) {
    if (used === pool.length)
      refill(mathMin(MAX_ENTROPY_BYTES, length - index > POOL_BYTES ? length - index : POOL_BYTES))
    bytes[index] = charCodeAt(pool, used++)
  }
}

function refill(byteCount: number): void {
  const drawn = askHost(OP.entropy, byteCount, '')
  if (drawn.length !== byteCount) throw new RangeErrorIntrinsic('crypto: the host gave no random bytes')
  pool = drawn
  used = 0
}
