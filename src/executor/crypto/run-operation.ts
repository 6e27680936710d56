// One operation of `crypto.subtle`, from text to text. Nothing of it is kept.
import type { webcrypto } from 'node:crypto'
import { groupDigits } from '../../core/group-digits.ts'
import { findExcess, MAX_MODULUS_BITS } from './bounds.ts'
import { KeyTooLarge, openKey, sealKey, toBase64, toParameters } from './keys.ts'
import { ownCrypto } from './own-crypto.ts'
import { MalformedRequest, need, readJwk, readRequest } from './read-request.ts'
import type { Algorithm, AskedRequest, Bytes, SentKey } from './read-request.ts'

/** What the standard lets an operation fail with; the guest program makes the error. */
const ERROR_NAMES: ReadonlySet<string> = new Set([
  'DataError',
  'InvalidAccessError',
  'NotSupportedError',
  'OperationError',
  'QuotaExceededError',
  'SyntaxError',
  'TypeError',
])
const MAX_MESSAGE_CHARACTERS = 300
/** Of an operation: the guest program writes it first. */
const NUMBER = /^\{"id":(\d{1,15}),/u

type Answer = Readonly<Record<string, unknown>>
type Usages = webcrypto.KeyUsage[]

/** The payload of `KIND.cryptoAnswer`. Never rejects. */
export async function runCryptoOperation(text: string): Promise<string> {
  // Whoever waits for an operation that cannot be read is told so.
  const [, id = '0'] = NUMBER.exec(text) ?? []
  try {
    const request = readRequest(text)
    const excess = findExcess(request)
    const answer = excess === null ? await run(request) : failure('QuotaExceededError', excess)
    return `${id}\n${JSON.stringify(answer)}`
  } catch (error) {
    return `${id}\n${JSON.stringify(describe(error))}`
  }
}

const failure = (name: string, message: string): Answer => ({ error: [name, message] })

function describe(error: unknown): Answer {
  if (error instanceof MalformedRequest) return failure('OperationError', 'The operation is malformed or too large.')
  if (error instanceof KeyTooLarge) {
    return failure(
      'QuotaExceededError',
      `The RSA key is larger than its limit of ${groupDigits(MAX_MODULUS_BITS.used)} bits.`,
    )
  }
  const { name, message } = error instanceof Error ? error : { name: '', message: '' }
  const text = message.split('\n', 1)[0]?.slice(0, MAX_MESSAGE_CHARACTERS) ?? ''
  return failure(ERROR_NAMES.has(name) ? name : 'OperationError', text)
}

async function run(request: AskedRequest): Promise<Answer> {
  const { subtle } = ownCrypto().webcrypto
  switch (request.operation) {
    case 'digest': {
      const { algorithm, data } = need(request, 'algorithm', 'data')
      return bytes(await subtle.digest(toParameters(algorithm), data))
    }
    case 'encrypt':
    case 'decrypt':
    case 'sign': {
      const { algorithm, key, data } = need(request, 'algorithm', 'key', 'data')
      return bytes(await subtle[request.operation](toParameters(algorithm), openKey(key), data))
    }
    case 'verify': {
      const { algorithm, key, signature, data } = need(request, 'algorithm', 'key', 'signature', 'data')
      return { value: await subtle.verify(toParameters(algorithm), openKey(key), signature, data) }
    }
    case 'generateKey':
      return generateKey(request)
    case 'importKey':
      return {
        key: await importKey(request, need(request, 'format').format, request.jwk ?? need(request, 'data').data),
      }
    case 'exportKey': {
      const { format, key } = need(request, 'format', 'key')
      const exported = await subtle.exportKey(format as 'raw', openKey(key))
      return exported instanceof ArrayBuffer ? bytes(exported) : { jwk: exported }
    }
    case 'deriveBits': {
      const { algorithm, key } = need(request, 'algorithm', 'key')
      return bytes(await subtle.deriveBits(toParameters(algorithm), openKey(key), request.length ?? null))
    }
    case 'deriveKey':
      return { key: await deriveKey(request) }
    case 'wrapKey': {
      const { format, wrapped, key, algorithm } = need(request, 'format', 'wrapped', 'key', 'algorithm')
      const parameters = toParameters(algorithm)
      return bytes(await subtle.wrapKey(format as 'raw', openKey(wrapped), openKey(key), parameters))
    }
    case 'unwrapKey':
      return { key: await unwrapKey(request) }
    case 'getPublicKey': {
      const { key, usages } = need(request, 'key', 'usages')
      return { key: sealKey(await modern().getPublicKey(openKey(key), usages as Usages), true) }
    }
    default:
      return runEncapsulation(request)
  }
}

const bytes = (value: ArrayBuffer): Answer => ({ bytes: toBase64(value) })

/** Key derivation functions, whose keys nobody gets out of Node.js: the bytes that they are made of are the key. */
const isDerivation = (name: string): boolean => name === 'HKDF' || name === 'PBKDF2' || name.startsWith('Argon2')

async function generateKey(request: AskedRequest): Promise<Answer> {
  const { algorithm, extractable, usages } = need(request, 'algorithm', 'extractable', 'usages')
  const key = await ownCrypto().webcrypto.subtle.generateKey(toParameters(algorithm), true, usages as Usages)
  if (!('privateKey' in key)) return { key: sealKey(key, extractable) }
  return { pair: [sealKey(key.publicKey, true), sealKey(key.privateKey, extractable)] }
}

type KeyData = Bytes | Readonly<Record<string, unknown>>

/** Imported so that its material can be read, whatever the guest is allowed: the guest program keeps that to itself. */
async function importKey(request: AskedRequest, format: string, data: KeyData, own?: Algorithm): Promise<string> {
  const { extractable, usages } = need(request, 'extractable', 'usages')
  const algorithm = own ?? need(request, 'algorithm').algorithm
  const { subtle } = ownCrypto().webcrypto
  const parameters = toParameters(algorithm)
  if (isDerivation(algorithm.name)) {
    const key = await subtle.importKey(format as 'raw', data as Bytes, parameters, extractable, usages as Usages)
    return sealKey(key, extractable, data as Bytes)
  }
  const given = data instanceof Uint8Array || extractable ? data : withoutExt(data)
  const key = await subtle.importKey(format as 'raw', given as Bytes, parameters, true, usages as Usages)
  return sealKey(key, extractable)
}

/** That a key is not to be read matters to whoever asks for one that can be. */
function withoutExt(jwk: Readonly<Record<string, unknown>>): KeyData {
  const { ext: _ext, ...members } = jwk
  return members
}

/** What usages say is for the operation to see, whose part this is. */
function requireUsage({ usages }: SentKey, usage: string): void {
  if (usages.includes(usage)) return
  throw Object.assign(new Error(`The key is not for ${usage}.`), { name: 'InvalidAccessError' })
}

async function deriveKey(request: AskedRequest): Promise<string> {
  const { algorithm, key, target, extractable, usages } = need(
    request,
    'algorithm',
    'key',
    'target',
    'extractable',
    'usages',
  )
  const { subtle } = ownCrypto().webcrypto
  const parameters = toParameters(algorithm)
  if (!isDerivation(target.name)) {
    const derived = await subtle.deriveKey(parameters, openKey(key), toParameters(target), true, usages as Usages)
    return sealKey(derived, extractable)
  }
  requireUsage(key, 'deriveKey')
  const secret = await subtle.deriveBits(parameters, openKey(key, ['deriveBits']), null)
  return importKey(request, target.name.startsWith('Argon2') ? 'raw-secret' : 'raw', new Uint8Array(secret), target)
}

async function unwrapKey(request: AskedRequest): Promise<string> {
  const { format, data, key, algorithm, target } = need(request, 'format', 'data', 'key', 'algorithm', 'target')
  const { subtle } = ownCrypto().webcrypto
  requireUsage(key, 'unwrapKey')
  let text: Bytes
  if (algorithm.name === 'AES-KW') {
    // The one algorithm that only wraps: a key for HMAC has any bytes.
    const any = { name: 'HMAC', hash: 'SHA-1' }
    const parameters = toParameters(algorithm)
    const whole = await subtle.unwrapKey('raw', data, openKey(key), parameters, any, true, ['sign'])
    text = new Uint8Array(await subtle.exportKey('raw', whole))
  } else text = new Uint8Array(await subtle.decrypt(toParameters(algorithm), openKey(key, ['decrypt']), data))
  return importKey(request, format, format === 'jwk' ? parseJwk(text) : text, target)
}

function parseJwk(text: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    return readJwk(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(text)) as unknown)
  } catch {
    throw Object.assign(new Error('What was unwrapped is no JSON Web Key.'), { name: 'DataError' })
  }
}

interface Shared<Key> {
  readonly sharedKey: Key
  readonly ciphertext: ArrayBuffer
}

/** What is newer than the types of Node.js. */
interface ModernSubtle {
  readonly getPublicKey: (key: webcrypto.CryptoKey, usages: Usages) => Promise<webcrypto.CryptoKey>
  readonly encapsulateBits: (algorithm: unknown, key: webcrypto.CryptoKey) => Promise<Shared<ArrayBuffer>>
  readonly decapsulateBits: (algorithm: unknown, key: webcrypto.CryptoKey, data: Bytes) => Promise<ArrayBuffer>
}

const modern = (): ModernSubtle => ownCrypto().webcrypto.subtle as unknown as ModernSubtle

/** A key out of an encapsulation is what its bits are, imported. */
async function runEncapsulation(request: AskedRequest): Promise<Answer> {
  const { operation } = request
  const { algorithm, key } = need(request, 'algorithm', 'key')
  const parameters = toParameters(algorithm)
  if (operation.endsWith('Key')) requireUsage(key, operation)
  const isEncapsulation = operation.startsWith('encapsulate')
  const opened = openKey(
    key,
    operation.endsWith('Bits') ? key.usages : [isEncapsulation ? 'encapsulateBits' : 'decapsulateBits'],
  )
  const shared = isEncapsulation ? await modern().encapsulateBits(parameters, opened) : null
  const secret = shared?.sharedKey ?? (await modern().decapsulateBits(parameters, opened, need(request, 'data').data))
  const ciphertext = shared === null ? {} : { ciphertext: toBase64(shared.ciphertext) }
  if (operation.endsWith('Bits')) return { ...bytes(secret), ...ciphertext }
  const { target } = need(request, 'target')
  return { key: await importKey(request, 'raw-secret', new Uint8Array(secret), target), ...ciphertext }
}
