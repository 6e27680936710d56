// The algorithms of each operation and what their parameters are: an object of the guest becomes JSON of what is known of it.
import {
  isObject,
  jsonStringify,
  mathFloor,
  objectKeys,
  objectHasOwn,
  regExpExec,
  stringToLowerCase,
  typedArrayName,
  TypeErrorIntrinsic,
} from '../../intrinsics.ts'
import { bytesOf } from '../bytes.ts'
import { toDomString, toDouble } from '../convert.ts'
import { domError } from '../dom-error.ts'
import { writeBytes } from './bytes.ts'
import { keyTextOf } from './crypto-key.ts'

/** Its members in the order of their names: the letter of a kind, and `!` when it must be there. */
type Members = Readonly<Record<string, string>>

const NONE: Members = { __proto__: null } as unknown as Members
const members = (list: object): Members => list as Members

const AES_LENGTH = members({ __proto__: null, length: 's!' })
const AEAD = members({ __proto__: null, additionalData: 'b', iv: 'b!', tagLength: 'o' })
const CURVE = members({ __proto__: null, namedCurve: 't!' })
const HASHED = members({ __proto__: null, hash: 'h!' })
const HASHED_LENGTH = members({ __proto__: null, hash: 'h!', length: 'l' })
const LENGTH = members({ __proto__: null, length: 'l' })
const CONTEXT = members({ __proto__: null, context: 'b' })
const PUBLIC = members({ __proto__: null, public: 'k!' })
const RSA = members({ __proto__: null, hash: 'h!', modulusLength: 'l!', publicExponent: 'u!' })
const SHAKE = members({ __proto__: null, customization: 'b', functionName: 'b', outputLength: 'l!' })
const TURBO_SHAKE = members({ __proto__: null, domainSeparation: 'o', outputLength: 'l!' })
const KMAC = members({ __proto__: null, customization: 'b', outputLength: 'l!' })
const ARGON2 = members({
  __proto__: null,
  associatedData: 'b',
  memory: 'l!',
  nonce: 'b!',
  parallelism: 'l!',
  passes: 'l!',
  secretValue: 'b',
  version: 'o',
})

const DIGEST = { __proto__: null, digest: NONE }
const DIGEST_SHAKE = { __proto__: null, digest: SHAKE }
const DIGEST_KANGAROO = { __proto__: null, digest: KMAC }
const DIGEST_TURBO = { __proto__: null, digest: TURBO_SHAKE }
const KEYS = { __proto__: null, generateKey: NONE, importKey: NONE }
const aes = (parameters: object): object => ({ ...KEYS, generateKey: AES_LENGTH, keyLength: AES_LENGTH, ...parameters })
const cipher = (how: Members): object => aes({ __proto__: null, encrypt: how, decrypt: how })
const signature = (how: Members): object => ({ ...KEYS, sign: how, verify: how })
const rsa = (parameters: object): object => ({ ...KEYS, generateKey: RSA, importKey: HASHED, ...parameters })
const curve = (parameters: object): object => ({ ...KEYS, generateKey: CURVE, importKey: CURVE, ...parameters })
const derivation = (how: Members): object => ({ __proto__: null, importKey: NONE, deriveBits: how, keyLength: NONE })
const KMAC_KEYS = { ...KEYS, generateKey: LENGTH, importKey: LENGTH, keyLength: LENGTH, sign: KMAC, verify: KMAC }
const KEM = { ...KEYS, encapsulate: NONE, decapsulate: NONE }

const ALGORITHMS = {
  __proto__: null,
  'AES-CBC': cipher(members({ __proto__: null, iv: 'b!' })),
  'AES-CTR': cipher(members({ __proto__: null, counter: 'b!', length: 'o!' })),
  'AES-GCM': cipher(AEAD),
  'AES-OCB': cipher(AEAD),
  'AES-KW': aes({ __proto__: null, wrapKey: NONE, unwrapKey: NONE }),
  'ChaCha20-Poly1305': { ...KEYS, encrypt: AEAD, decrypt: AEAD, keyLength: NONE },
  ECDH: curve({ __proto__: null, deriveBits: PUBLIC }),
  ECDSA: curve({ __proto__: null, sign: HASHED, verify: HASHED }),
  Ed25519: signature(NONE),
  Ed448: signature(CONTEXT),
  'ML-DSA-44': signature(CONTEXT),
  'ML-DSA-65': signature(CONTEXT),
  'ML-DSA-87': signature(CONTEXT),
  'ML-KEM-512': KEM,
  'ML-KEM-768': KEM,
  'ML-KEM-1024': KEM,
  HMAC: {
    ...signature(NONE),
    generateKey: HASHED_LENGTH,
    importKey: HASHED_LENGTH,
    keyLength: HASHED_LENGTH,
  },
  KMAC128: KMAC_KEYS,
  KMAC256: KMAC_KEYS,
  HKDF: derivation(members({ __proto__: null, hash: 'h!', info: 'b!', salt: 'b!' })),
  PBKDF2: derivation(members({ __proto__: null, hash: 'h!', iterations: 'l!', salt: 'b!' })),
  Argon2d: derivation(ARGON2),
  Argon2i: derivation(ARGON2),
  Argon2id: derivation(ARGON2),
  'RSA-OAEP': rsa({
    __proto__: null,
    encrypt: members({ __proto__: null, label: 'b' }),
    decrypt: members({ __proto__: null, label: 'b' }),
  }),
  'RSA-PSS': rsa({
    __proto__: null,
    sign: members({ __proto__: null, saltLength: 'l!' }),
    verify: members({ __proto__: null, saltLength: 'l!' }),
  }),
  'RSASSA-PKCS1-v1_5': rsa({ __proto__: null, sign: NONE, verify: NONE }),
  'SHA-1': DIGEST,
  'SHA-256': DIGEST,
  'SHA-384': DIGEST,
  'SHA-512': DIGEST,
  'SHA3-256': DIGEST,
  'SHA3-384': DIGEST,
  'SHA3-512': DIGEST,
  cSHAKE128: DIGEST_SHAKE,
  cSHAKE256: DIGEST_SHAKE,
  KT128: DIGEST_KANGAROO,
  KT256: DIGEST_KANGAROO,
  TurboSHAKE128: DIGEST_TURBO,
  TurboSHAKE256: DIGEST_TURBO,
  X25519: { ...KEYS, deriveBits: PUBLIC },
  X448: { ...KEYS, deriveBits: PUBLIC },
} as unknown as Readonly<Record<string, Readonly<Record<string, Members>>>>

/** Their names, by how they are written in lower case. */
const NAMES = { __proto__: null } as unknown as Record<string, string>
const KNOWN = objectKeys(ALGORITHMS)
for (let index = 0; index < KNOWN.length; index++) {
  const name = KNOWN[index] as string
  NAMES[stringToLowerCase(name)] = name
}

export type Registered =
  | 'digest'
  | 'encrypt'
  | 'decrypt'
  | 'sign'
  | 'verify'
  | 'generateKey'
  | 'importKey'
  | 'deriveBits'
  | 'keyLength'
  | 'wrapKey'
  | 'unwrapKey'
  | 'encapsulate'
  | 'decapsulate'

/** What Web IDL makes of an algorithm before anything is looked up. */
export function toIdentifier(value: unknown): unknown {
  return isObject(value) ? value : toDomString(value)
}

/** @throws a NotSupportedError for an algorithm that has no such operation, whatever else the guest throws. */
export function normalize(identifier: unknown, operation: Registered): string {
  return `{${normalizeMembers(identifier, operation)}}`
}

/** The JSON of what the key of an algorithm is made with: how it is imported, and how long it is. */
export function normalizeTarget(identifier: unknown): string {
  // A member that is there twice is the later one in JSON; here both are the same unless a getter has it otherwise.
  return `{${normalizeMembers(identifier, 'importKey')},${normalizeMembers(identifier, 'keyLength')}}`
}

function normalizeMembers(identifier: unknown, operation: Registered): string {
  const source = isObject(identifier) ? identifier : ({ __proto__: null, name: identifier } as object)
  const name = findName(source, operation)
  const kinds = (ALGORITHMS[name] as Readonly<Record<string, Members>>)[operation] as Members
  let text = `"name":${jsonStringify(name)}`
  const keys = objectKeys(kinds)
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index] as string
    const kind = kinds[key] as string
    const value = source[key as keyof object] as unknown
    if (value !== undefined) text += `,"${key}":${writeMember(value, kind, `${name}: ${key}`)}`
    else if (kind.length > 1) throw new TypeErrorIntrinsic(`crypto.subtle: ${name} needs the parameter '${key}'`)
  }
  return text
}

/** @throws NotSupportedError */
function findName(source: object, operation: Registered): string {
  const { name: given } = source as { readonly name?: unknown }
  if (given === undefined) throw new TypeErrorIntrinsic("crypto.subtle: the algorithm needs a 'name'")
  const text = toDomString(given)
  // No letter beyond ASCII is one of ASCII in another case here.
  const name = regExpExec(ASCII, text) === null ? undefined : NAMES[stringToLowerCase(text)]
  if (name !== undefined && objectHasOwn(ALGORITHMS[name] as object, operation)) return name
  throw domError('NotSupportedError', `crypto.subtle: '${text}' is no algorithm of this operation`)
}

const ASCII = /^[\0-\x7f]*$/

const MAXIMA = { __proto__: null, o: 0xff, s: 0xffff, l: 0xffff_ffff } as unknown as Readonly<Record<string, number>>

function writeMember(value: unknown, kind: string, what: string): string {
  const { 0: letter } = kind as unknown as { readonly 0: string }
  switch (letter) {
    case 'b':
    case 'u': {
      const bytes = letter === 'u' && typedArrayName(value) !== 'Uint8Array' ? undefined : bytesOf(value)
      if (bytes === undefined) throw new TypeErrorIntrinsic(`crypto.subtle: ${what} must be bytes`)
      return writeBytes(bytes)
    }
    case 'h':
      return normalize(toIdentifier(value), 'digest')
    case 't':
      return jsonStringify(toDomString(value))
    case 'k': {
      const key = keyTextOf(value)
      if (key === undefined) throw new TypeErrorIntrinsic(`crypto.subtle: ${what} must be a CryptoKey`)
      return key
    }
    default:
      return `${toInteger(value, MAXIMA[letter] as number, what)}`
  }
}

/** As Web IDL converts a number that must be in its range. */
export function toInteger(value: unknown, maximum: number, what: string): number {
  const number = toDouble(value)
  const whole = number < 0 ? -mathFloor(-number) : mathFloor(number)
  if (whole >= 0 && whole <= maximum) return whole + 0
  throw new TypeErrorIntrinsic(`crypto.subtle: ${what} must be a number from 0 to ${maximum}`)
}
