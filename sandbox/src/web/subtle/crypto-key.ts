// CryptoKey: the key itself is text that the host has written and gets back with each operation, in a private field. No host
// keeps keys, so that none is ever left over, and what a number of a key would open is nothing.
import { decodeBase64 } from '../../codec/base64.ts'
import { defineValue, isArray, isObject, jsonParse, objectKeys } from '../../intrinsics.ts'
import { OWN_KEY, refuseConstruction, shapeInterface } from '../interface.ts'
import { addPlatformObjects } from '../platform-objects.ts'
import { own } from './own.ts'

/** Undefined for what is no key. */
export let keyTextOf: (value: unknown) => string | undefined

export class CryptoKey {
  readonly #text: string
  readonly #type: string
  readonly #extractable: boolean
  readonly #algorithm: object
  readonly #usages: object

  static {
    keyTextOf = (value) => (isObject(value) && #text in value ? value.#text : undefined)
  }

  constructor(key: unknown = undefined, text: unknown = '') {
    refuseConstruction(key)
    const sealed = jsonParse(text as string) as object
    this.#text = text as string
    this.#type = own(sealed, 'type') as string
    this.#extractable = own(sealed, 'extractable') as boolean
    this.#algorithm = readAlgorithm(own(sealed, 'algorithm') as object)
    this.#usages = own(sealed, 'usages') as object
  }

  get type(): string {
    return this.#type
  }

  get extractable(): boolean {
    return this.#extractable
  }

  get algorithm(): object {
    return this.#algorithm
  }

  get usages(): object {
    return this.#usages
  }
}

/** Called once, when the group is loaded. */
export function shapeCryptoKey(): void {
  shapeInterface(CryptoKey, 'CryptoKey')
  addPlatformObjects((value) => {
    const text = keyTextOf(value)
    return text === undefined ? undefined : makeKey(text)
  })
}

export function makeKey(text: unknown): object {
  return new CryptoKey(OWN_KEY, text)
}

function readAlgorithm(said: object): object {
  const algorithm = {}
  const names = objectKeys(said)
  for (let index = 0; index < names.length; index++) {
    const name = names[index] as string
    const value = own(said, name)
    if (name === 'publicExponent') defineValue(algorithm, name, decodeBase64(value as string))
    else defineValue(algorithm, name, isObject(value) && !isArray(value) ? readAlgorithm(value) : value)
  }
  return algorithm
}
