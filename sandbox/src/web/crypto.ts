// crypto.getRandomValues and crypto.randomUUID, from random bytes of the host.
import { isObject, typedArrayByteLength, typedArrayName, TypeErrorIntrinsic } from '../intrinsics.ts'
import { bytesOf } from './bytes.ts'
import { domError } from './dom-error.ts'
import { loadSubtleGlobals } from './gateways.ts'
import { needArguments, OWN_KEY, refuseConstruction, shapeInterface } from './interface.ts'
import { drawBytes, drawUuid } from './random.ts'

const MAX_BYTES = 65_536

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
    drawBytes(bytes, length)
    return array
  }

  get subtle(): object | undefined {
    return this.#isCrypto ? (loadSubtleGlobals() as { readonly subtle: object }).subtle : undefined
  }

  randomUUID(): string {
    if (!this.#isCrypto) return ''
    return drawUuid()
  }
}

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
