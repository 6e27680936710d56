// SubtleCrypto: arguments are converted here, as Web IDL has it, and everything else is the host's, which has the algorithms.
import { isObject, TypeErrorIntrinsic } from '../../intrinsics.ts'
import { toDouble } from '../convert.ts'
import { needArguments, OWN_KEY, refuseConstruction, shapeInterface } from '../interface.ts'
import { normalize, normalizeTarget, toIdentifier, toInteger } from './algorithms.ts'
import type { Registered } from './algorithms.ts'
import { readBytes, toBytes, writeBytes } from './bytes.ts'
import { CryptoKey, keyTextOf, makeKey, shapeCryptoKey } from './crypto-key.ts'
import { toFormat, writeKeyData, writeUsages } from './key-data.ts'
import { own } from './own.ts'
import { operate } from './pending.ts'

export function createSubtleGlobals(): object {
  shapeInterface(SubtleCrypto, 'SubtleCrypto')
  shapeCryptoKey()
  return { __proto__: null, SubtleCrypto, CryptoKey, subtle: new SubtleCrypto(OWN_KEY) }
}

const MAX_BITS = 0xffff_ffff

let isSubtleCrypto: (value: unknown) => boolean

class SubtleCrypto {
  readonly #brand = true

  static {
    isSubtleCrypto = (value) => isObject(value) && #brand in value && value.#brand
  }

  constructor(key: unknown = undefined) {
    refuseConstruction(key)
  }

  encrypt(_algorithm: unknown, _key: unknown, _data: unknown): Promise<unknown> {
    return transform(check(this), 'encrypt', arguments)
  }

  decrypt(_algorithm: unknown, _key: unknown, _data: unknown): Promise<unknown> {
    return transform(check(this), 'decrypt', arguments)
  }

  sign(_algorithm: unknown, _key: unknown, _data: unknown): Promise<unknown> {
    return transform(check(this), 'sign', arguments)
  }

  verify(algorithm: unknown, key: unknown, signature: unknown, data: unknown): Promise<unknown> {
    const write = (): string => {
      const identifier = toIdentifier(algorithm)
      const text = toKeyText(key)
      const signatureBytes = toBytes(signature, 'the signature')
      const dataBytes = toBytes(data, 'the data')
      const parameters = normalize(identifier, 'verify')
      return `"operation":"verify","algorithm":${parameters},"key":${text},"signature":${writeBytes(signatureBytes)},"data":${writeBytes(dataBytes)}`
    }
    return ask(check(this), arguments.length, 4, 'verify', write, readValue)
  }

  digest(algorithm: unknown, data: unknown): Promise<unknown> {
    const write = (): string => {
      const identifier = toIdentifier(algorithm)
      const bytes = toBytes(data, 'the data')
      return `"operation":"digest","algorithm":${normalize(identifier, 'digest')},"data":${writeBytes(bytes)}`
    }
    return ask(check(this), arguments.length, 2, 'digest', write, readBuffer)
  }

  generateKey(algorithm: unknown, extractable: unknown, usages: unknown): Promise<unknown> {
    const write = (): string => {
      const identifier = toIdentifier(algorithm)
      const list = writeUsages(usages)
      const parameters = normalize(identifier, 'generateKey')
      return `"operation":"generateKey","algorithm":${parameters},${keyMembers(extractable, list)}`
    }
    return ask(check(this), arguments.length, 3, 'generateKey', write, readKeys)
  }

  deriveKey(
    algorithm: unknown,
    key: unknown,
    target: unknown,
    extractable: unknown,
    usages: unknown,
  ): Promise<unknown> {
    const write = (): string => {
      const identifier = toIdentifier(algorithm)
      const text = toKeyText(key)
      const targetIdentifier = toIdentifier(target)
      const list = writeUsages(usages)
      const parameters = normalize(identifier, 'deriveBits')
      const wanted = normalizeTarget(targetIdentifier)
      return `"operation":"deriveKey","algorithm":${parameters},"key":${text},"target":${wanted},${keyMembers(extractable, list)}`
    }
    return ask(check(this), arguments.length, 5, 'deriveKey', write, readKeys)
  }

  deriveBits(algorithm: unknown, key: unknown, bits: unknown = null): Promise<unknown> {
    const write = (): string => {
      const identifier = toIdentifier(algorithm)
      const text = toKeyText(key)
      const wanted = bits === null ? 'null' : `${toUnsignedLong(bits)}`
      return `"operation":"deriveBits","algorithm":${normalize(identifier, 'deriveBits')},"key":${text},"length":${wanted}`
    }
    return ask(check(this), arguments.length, 2, 'deriveBits', write, readBuffer)
  }

  importKey(
    format: unknown,
    data: unknown,
    algorithm: unknown,
    extractable: unknown,
    usages: unknown,
  ): Promise<unknown> {
    const write = (): string => {
      const name = toFormat(format)
      const key = writeKeyData(name, data)
      const identifier = toIdentifier(algorithm)
      const list = writeUsages(usages)
      const parameters = normalize(identifier, 'importKey')
      return `"operation":"importKey","format":"${name}",${key},"algorithm":${parameters},${keyMembers(extractable, list)}`
    }
    return ask(check(this), arguments.length, 5, 'importKey', write, readKeys)
  }

  exportKey(format: unknown, key: unknown): Promise<unknown> {
    const write = (): string => {
      const name = toFormat(format)
      return `"operation":"exportKey","format":"${name}","key":${toKeyText(key)}`
    }
    return ask(check(this), arguments.length, 2, 'exportKey', write, readExported)
  }

  wrapKey(format: unknown, key: unknown, wrappingKey: unknown, algorithm: unknown): Promise<unknown> {
    const write = (): string => {
      const name = toFormat(format)
      const wrapped = toKeyText(key)
      const text = toKeyText(wrappingKey)
      const parameters = normalizeEither(toIdentifier(algorithm), 'wrapKey', 'encrypt')
      return `"operation":"wrapKey","format":"${name}","wrapped":${wrapped},"key":${text},"algorithm":${parameters}`
    }
    return ask(check(this), arguments.length, 4, 'wrapKey', write, readBuffer)
  }

  unwrapKey(
    format: unknown,
    data: unknown,
    key: unknown,
    algorithm: unknown,
    target: unknown,
    extractable: unknown,
    usages: unknown,
  ): Promise<unknown> {
    const write = (): string => {
      const name = toFormat(format)
      const bytes = toBytes(data, 'the wrapped key')
      const text = toKeyText(key)
      const identifier = toIdentifier(algorithm)
      const targetIdentifier = toIdentifier(target)
      const list = writeUsages(usages)
      const parameters = normalizeEither(identifier, 'unwrapKey', 'decrypt')
      const wanted = normalize(targetIdentifier, 'importKey')
      return `"operation":"unwrapKey","format":"${name}","data":${writeBytes(bytes)},"key":${text},"algorithm":${parameters},"target":${wanted},${keyMembers(extractable, list)}`
    }
    return ask(check(this), arguments.length, 7, 'unwrapKey', write, readKeys)
  }

  getPublicKey(key: unknown, usages: unknown): Promise<unknown> {
    const write = (): string => {
      const text = toKeyText(key)
      return `"operation":"getPublicKey","key":${text},"usages":${writeUsages(usages)}`
    }
    return ask(check(this), arguments.length, 2, 'getPublicKey', write, readKeys)
  }

  encapsulateBits(algorithm: unknown, key: unknown): Promise<unknown> {
    const write = (): string => {
      const identifier = toIdentifier(algorithm)
      const text = toKeyText(key)
      return `"operation":"encapsulateBits","algorithm":${normalize(identifier, 'encapsulate')},"key":${text}`
    }
    return ask(check(this), arguments.length, 2, 'encapsulateBits', write, readEncapsulated)
  }

  encapsulateKey(
    algorithm: unknown,
    key: unknown,
    target: unknown,
    extractable: unknown,
    usages: unknown,
  ): Promise<unknown> {
    const write = (): string => {
      const identifier = toIdentifier(algorithm)
      const text = toKeyText(key)
      const wanted = toIdentifier(target)
      const list = writeUsages(usages)
      const parameters = normalize(identifier, 'encapsulate')
      return `"operation":"encapsulateKey","algorithm":${parameters},"key":${text},"target":${normalize(wanted, 'importKey')},${keyMembers(extractable, list)}`
    }
    return ask(check(this), arguments.length, 5, 'encapsulateKey', write, readEncapsulated)
  }

  decapsulateBits(algorithm: unknown, key: unknown, data: unknown): Promise<unknown> {
    const write = (): string => {
      const identifier = toIdentifier(algorithm)
      const text = toKeyText(key)
      const bytes = toBytes(data, 'the ciphertext')
      return `"operation":"decapsulateBits","algorithm":${normalize(identifier, 'decapsulate')},"key":${text},"data":${writeBytes(bytes)}`
    }
    return ask(check(this), arguments.length, 3, 'decapsulateBits', write, readBuffer)
  }

  decapsulateKey(
    algorithm: unknown,
    key: unknown,
    data: unknown,
    target: unknown,
    extractable: unknown,
    usages: unknown,
  ): Promise<unknown> {
    const write = (): string => {
      const identifier = toIdentifier(algorithm)
      const text = toKeyText(key)
      const bytes = toBytes(data, 'the ciphertext')
      const wanted = toIdentifier(target)
      const list = writeUsages(usages)
      const parameters = normalize(identifier, 'decapsulate')
      return `"operation":"decapsulateKey","algorithm":${parameters},"key":${text},"data":${writeBytes(bytes)},"target":${normalize(wanted, 'importKey')},${keyMembers(extractable, list)}`
    }
    return ask(check(this), arguments.length, 6, 'decapsulateKey', write, readKeys)
  }
}

/** What is wrong with the receiver: a method that promises something rejects with it. */
function check(receiver: unknown): Error | null {
  return isSubtleCrypto(receiver) ? null : new TypeErrorIntrinsic('Illegal invocation')
}

/** What is wrong with the receiver or the number of arguments rejects the promise, before any of them is looked at. */
function ask(
  error: Error | null,
  count: number,
  needed: number,
  name: string,
  write: () => string,
  read: (answer: object) => unknown,
): Promise<unknown> {
  return operate(() => {
    if (error !== null) throw error
    needArguments(count, needed, `crypto.subtle.${name}`)
    return write()
  }, read)
}

/** The three that take an algorithm, a key and data. */
function transform(
  error: Error | null,
  operation: 'encrypt' | 'decrypt' | 'sign',
  given: Readonly<Record<number, unknown>> & { readonly length: number },
): Promise<unknown> {
  const write = (): string => {
    const identifier = toIdentifier(given[0])
    const key = toKeyText(given[1])
    const bytes = toBytes(given[2], 'the data')
    const parameters = normalize(identifier, operation)
    return `"operation":"${operation}","algorithm":${parameters},"key":${key},"data":${writeBytes(bytes)}`
  }
  return ask(error, given.length, 3, operation, write, readBuffer)
}

/** Few algorithms wrap keys; what encrypts does as well. */
function normalizeEither(identifier: unknown, first: Registered, second: Registered): string {
  try {
    return normalize(identifier, first)
  } catch {
    return normalize(identifier, second)
  }
}

const keyMembers = (extractable: unknown, usages: string): string =>
  `"extractable":${extractable ? 'true' : 'false'},"usages":${usages}`

function toKeyText(value: unknown): string {
  const text = keyTextOf(value)
  if (text === undefined) throw new TypeErrorIntrinsic('crypto.subtle: the key must be a CryptoKey')
  return text
}

/** As Web IDL converts a number of 32 bits that has no range to keep. */
function toUnsignedLong(value: unknown): number {
  const number = toDouble(value)
  return number >= 0 && number <= MAX_BITS ? toInteger(number, MAX_BITS, 'the length') : number >>> 0
}

const readBuffer = (answer: object): unknown => readBytes(own(answer, 'bytes') as string)
const readValue = (answer: object): unknown => own(answer, 'value')

function readKeys(answer: object): unknown {
  const pair = own(answer, 'pair') as { readonly 0: unknown; readonly 1: unknown } | undefined
  if (pair === undefined) return makeKey(own(answer, 'key'))
  return { publicKey: makeKey(pair[0]), privateKey: makeKey(pair[1]) }
}

function readExported(answer: object): unknown {
  const jwk = own(answer, 'jwk')
  return jwk === undefined ? readBuffer(answer) : jwk
}

function readEncapsulated(answer: object): unknown {
  const key = own(answer, 'key')
  const sharedKey = key === undefined ? readBuffer(answer) : makeKey(key)
  return { sharedKey, ciphertext: readBytes(own(answer, 'ciphertext') as string) }
}
