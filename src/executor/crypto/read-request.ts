// What a guest asks of `crypto.subtle`, read from its text: the shape, the kinds and the sizes are checked here, by this side
// alone. What the operation makes of it is for Node.js to say.
import { MAX_CRYPTO_BYTES } from '../../../sandbox/src/bridge.ts'

export const OPERATIONS = [
  'digest',
  'encrypt',
  'decrypt',
  'sign',
  'verify',
  'generateKey',
  'importKey',
  'exportKey',
  'deriveBits',
  'deriveKey',
  'wrapKey',
  'unwrapKey',
  'getPublicKey',
  'encapsulateBits',
  'encapsulateKey',
  'decapsulateBits',
  'decapsulateKey',
] as const
export type OperationName = (typeof OPERATIONS)[number]

/** What Node.js takes: never memory that is shared. */
export type Bytes = Uint8Array<ArrayBuffer>

/** A name and members: bytes, numbers, the name of a hash or of a curve, another key. */
export interface Algorithm {
  readonly name: string
  readonly [member: string]: Bytes | number | string | Algorithm | SentKey
}

/** A key as the guest program keeps it: the host keeps none. */
export interface SentKey {
  readonly type: 'secret' | 'public' | 'private'
  readonly algorithm: Algorithm
  readonly extractable: boolean
  readonly usages: readonly string[]
  /** The bytes of a secret, SPKI of a public key, PKCS #8 of a private one. */
  readonly material: Bytes
}

export interface CryptoRequest {
  readonly id: number
  readonly operation: OperationName
  readonly algorithm: Algorithm
  /** Of the key that is to be made of what is derived or unwrapped. */
  readonly target: Algorithm
  readonly key: SentKey
  /** The key that is wrapped. */
  readonly wrapped: SentKey
  readonly data: Bytes
  readonly signature: Bytes
  readonly format: string
  /** In place of data. */
  readonly jwk: Readonly<Record<string, unknown>>
  /** In bits; null for all that there are. */
  readonly length: number | null
  readonly extractable: boolean
  readonly usages: readonly string[]
}

/** Only what the operation needs is there, which the guest program knows and `need` checks. */
export type AskedRequest = Partial<CryptoRequest> & Pick<CryptoRequest, 'id' | 'operation'>

/** Text that no guest program sends. */
export class MalformedRequest extends Error {}

const MAX_WORD_CHARACTERS = 64
const MAX_USAGES = 32
const MAX_UINT32 = 2 ** 32 - 1
/** Of salts, labels, secrets and the like, which are short everywhere. */
export const MAX_PARAMETER_BYTES = 64 * 1024
/** Of a key that is not a secret: RSA with 4 096 bits has 2.4 KB, ML-DSA-87 has 5. */
export const MAX_KEY_BYTES = 8 * 1024

const BYTES_MEMBERS = new Set([
  'additionalData',
  'associatedData',
  'context',
  'counter',
  'customization',
  'functionName',
  'info',
  'iv',
  'label',
  'nonce',
  'publicExponent',
  'salt',
  'secretValue',
])
const NUMBER_MEMBERS = new Set([
  'domainSeparation',
  'iterations',
  'length',
  'memory',
  'modulusLength',
  'outputLength',
  'parallelism',
  'passes',
  'saltLength',
  'tagLength',
  'version',
])
const JWK_TEXTS = new Set(
  ['kty', 'use', 'alg', 'crv', 'x', 'y', 'd', 'n', 'e', 'p', 'q', 'dp', 'dq', 'qi', 'k'].concat(['pub', 'priv']),
)

/** @throws MalformedRequest */
export function readRequest(text: string): AskedRequest {
  const sent = readObject(parse(text))
  const id = sent['id']
  const operation = OPERATIONS.find((one) => one === sent['operation'])
  if (typeof id !== 'number' || !Number.isSafeInteger(id) || operation === undefined) throw new MalformedRequest()
  const request: Record<string, unknown> = { id, operation }
  for (const [name, value] of Object.entries(sent)) {
    if (name === 'id' || name === 'operation') continue
    const read = FIELDS.get(name)
    if (read === undefined) throw new MalformedRequest()
    request[name] = read(value)
  }
  return request as AskedRequest
}

/** @throws MalformedRequest when one is missing */
export function need<Name extends keyof CryptoRequest>(
  request: AskedRequest,
  ...names: Name[]
): Pick<CryptoRequest, Name> {
  if (names.some((name) => request[name] === undefined)) throw new MalformedRequest()
  return request as Pick<CryptoRequest, Name>
}

/** A JSON Web Key with the members that have a meaning, each of its kind. */
export function readJwk(value: unknown): Readonly<Record<string, unknown>> {
  const jwk: Record<string, unknown> = {}
  for (const [name, member] of Object.entries(readObject(value))) {
    if (JWK_TEXTS.has(name)) jwk[name] = readText(member, 2 * MAX_PARAMETER_BYTES)
    else if (name === 'ext') jwk[name] = readBoolean(member)
    else if (name === 'key_ops') jwk[name] = readUsages(member)
    else if (name === 'oth') jwk[name] = []
  }
  return jwk
}

const FIELDS: ReadonlyMap<string, (value: unknown) => unknown> = new Map<string, (value: unknown) => unknown>([
  ['algorithm', (value) => readAlgorithm(value, 0)],
  ['target', (value) => readAlgorithm(value, 0)],
  ['key', (value) => readKey(value, 0)],
  ['wrapped', (value) => readKey(value, 0)],
  ['data', (value) => readBytes(value, MAX_CRYPTO_BYTES)],
  ['signature', (value) => readBytes(value, MAX_PARAMETER_BYTES)],
  ['format', (value) => readText(value, MAX_WORD_CHARACTERS)],
  ['jwk', readJwk],
  ['length', (value) => (value === null ? null : readNumber(value))],
  ['extractable', readBoolean],
  ['usages', readUsages],
])

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    throw new MalformedRequest()
  }
}

function readObject(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new MalformedRequest()
  return value as Readonly<Record<string, unknown>>
}

/** A hash or a key inside another is as deep as it goes. */
function readAlgorithm(value: unknown, depth: number): Algorithm {
  const algorithm: Record<string, Algorithm[string]> = {}
  for (const [name, member] of Object.entries(readObject(value))) {
    if (BYTES_MEMBERS.has(name)) {
      algorithm[name] = readBytes(member, name === 'additionalData' ? MAX_CRYPTO_BYTES : MAX_PARAMETER_BYTES)
    } else if (NUMBER_MEMBERS.has(name)) algorithm[name] = readNumber(member)
    else if (name === 'name' || name === 'namedCurve') algorithm[name] = readText(member, MAX_WORD_CHARACTERS)
    else if (name === 'hash' && depth < 3) algorithm[name] = readAlgorithm(member, depth + 1)
    else if (name === 'public' && depth === 0) algorithm[name] = readKey(member, 1)
    else throw new MalformedRequest()
  }
  if (algorithm['name'] === undefined) throw new MalformedRequest()
  return algorithm as Algorithm
}

function readKey(value: unknown, depth: number): SentKey {
  const { type, algorithm, extractable, usages, material, ...rest } = readObject(value)
  const isKnown = type === 'secret' || type === 'public' || type === 'private'
  if (!isKnown || Object.keys(rest).length > 0) throw new MalformedRequest()
  return {
    type,
    algorithm: readAlgorithm(algorithm, depth + 1),
    extractable: readBoolean(extractable),
    usages: readUsages(usages),
    material: readBytes(material, type === 'secret' ? MAX_PARAMETER_BYTES : MAX_KEY_BYTES),
  }
}

function readText(value: unknown, maxCharacters: number): string {
  if (typeof value !== 'string' || value.length > maxCharacters) throw new MalformedRequest()
  return value
}

function readBytes(value: unknown, maxBytes: number): Bytes {
  const bytes = Buffer.from(readText(value, Math.ceil(maxBytes / 3) * 4 + 4), 'base64')
  if (bytes.length > maxBytes) throw new MalformedRequest()
  return bytes
}

function readNumber(value: unknown): number {
  const isNumber = typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= MAX_UINT32
  if (!isNumber) throw new MalformedRequest()
  return value
}

function readBoolean(value: unknown): boolean {
  if (typeof value !== 'boolean') throw new MalformedRequest()
  return value
}

function readUsages(value: unknown): readonly string[] {
  if (!Array.isArray(value) || value.length > MAX_USAGES) throw new MalformedRequest()
  return value.map((usage) => readText(usage, MAX_WORD_CHARACTERS))
}
