// Keys between their text in the guest and Node.js: made for one operation, and forgotten after it.
import type { KeyObject, webcrypto } from 'node:crypto'
import { MAX_MODULUS_BITS, MAX_RSA_KEY_BYTES } from './bounds.ts'
import { ownCrypto } from './own-crypto.ts'
import type { Algorithm, SentKey } from './read-request.ts'

/** A key is more than the operation may cost. */
export class KeyTooLarge extends Error {}

/** What is imported, as `importKey` takes it. */
type KeyParameters = Parameters<webcrypto.SubtleCrypto['importKey']>[2]

/** @throws what Node.js throws for material that is no such key, and KeyTooLarge */
export function openKey(
  { type, algorithm, material, ...sent }: SentKey,
  usages: readonly string[] = sent.usages,
  extractable = sent.extractable,
): webcrypto.CryptoKey {
  const object = openMaterial(type, material)
  checkSize(object, material.length)
  return object.toCryptoKey(toParameters(algorithm), extractable, usages as webcrypto.KeyUsage[])
}

/** As text, which the guest program sends back as it is. @param material of keys that Node.js gives nobody. */
export function sealKey(key: webcrypto.CryptoKey, extractable: boolean, material?: Uint8Array): string {
  const bytes = material ?? exportMaterial(ownCrypto().KeyObject.from(key))
  const { type, algorithm, usages } = key
  const sealed = { type, algorithm: writeAlgorithm(algorithm as unknown as Algorithm), extractable, usages }
  return JSON.stringify({ ...sealed, material: toBase64(bytes) })
}

/** Keys in the members of an algorithm are opened, the rest is as it is. */
export function toParameters(algorithm: Algorithm): KeyParameters {
  const { public: other } = algorithm
  if (typeof other !== 'object' || !('material' in other)) return algorithm
  return { ...algorithm, public: openKey(other as SentKey) } as unknown as KeyParameters
}

export const toBase64 = (bytes: Uint8Array | ArrayBuffer): string =>
  (bytes instanceof Uint8Array
    ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : Buffer.from(bytes)
  ).toString('base64')

function openMaterial(type: SentKey['type'], material: Uint8Array): KeyObject {
  const { createPrivateKey, createPublicKey, createSecretKey } = ownCrypto()
  const key = Buffer.from(material.buffer, material.byteOffset, material.byteLength)
  if (type === 'secret') return createSecretKey(key)
  return type === 'public'
    ? createPublicKey({ key, format: 'der', type: 'spki' })
    : createPrivateKey({ key, format: 'der', type: 'pkcs8' })
}

/** Whoever forges a key can have an exponent in it that takes minutes. */
function checkSize(object: KeyObject, bytes: number): void {
  const bits = object.asymmetricKeyDetails?.modulusLength ?? 0
  if (bits > MAX_MODULUS_BITS.used || (bits > 0 && bytes > MAX_RSA_KEY_BYTES)) throw new KeyTooLarge()
}

function exportMaterial(object: KeyObject): Uint8Array {
  if (object.type === 'secret') return object.export()
  const material = object.export({ format: 'der', type: object.type === 'public' ? 'spki' : 'pkcs8' }) as Buffer
  checkSize(object, material.length)
  return material
}

function writeAlgorithm(algorithm: Algorithm): object {
  return Object.fromEntries(
    Object.entries(algorithm).map(([name, value]) => {
      if (value instanceof Uint8Array) return [name, toBase64(value)]
      return [name, typeof value === 'object' ? writeAlgorithm(value as Algorithm) : value]
    }),
  )
}
