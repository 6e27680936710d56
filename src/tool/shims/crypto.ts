// `node:crypto` in a bundle: digests, MACs, key derivation and random numbers; keys and ciphers are `crypto.subtle`'s.
import { Buffer } from 'node:buffer'
import { hkdf } from '@noble/hashes/hkdf.js'
import { hmac } from '@noble/hashes/hmac.js'
import { md5, ripemd160, sha1 } from '@noble/hashes/legacy.js'
import { pbkdf2 } from '@noble/hashes/pbkdf2.js'
import { scrypt } from '@noble/hashes/scrypt.js'
import { sha224, sha256, sha384, sha512, sha512_224, sha512_256 } from '@noble/hashes/sha2.js'
import { sha3_224, sha3_256, sha3_384, sha3_512 } from '@noble/hashes/sha3.js'
import { randomShim } from './crypto-random.ts'

type Bytes = Uint8Array<ArrayBuffer>
type Input = string | ArrayBufferView | ArrayBuffer | SecretKey
type Encoding = BufferEncoding | 'buffer' | undefined
type Done = (error: Error | null, key?: Buffer) => void

/** Of every algorithm the same, whatever its sizes. */
type Algorithm = typeof sha256

const ALGORITHMS: Readonly<Record<string, unknown>> = {
  md5,
  sha1,
  sha224,
  sha256,
  sha384,
  sha512,
  'sha512-224': sha512_224,
  'sha512-256': sha512_256,
  'sha3-224': sha3_224,
  'sha3-256': sha3_256,
  'sha3-384': sha3_384,
  'sha3-512': sha3_512,
  ripemd160,
  rmd160: ripemd160,
}

function algorithmOf(name: string): Algorithm {
  const key = name.toLowerCase().replace(/^rsa-/u, '').replace(/^sha-/u, 'sha')
  if (!Object.hasOwn(ALGORITHMS, key)) throw new Error(`Digest method not supported: ${name}`)
  return ALGORITHMS[key] as Algorithm
}

/** A copy, so that what a caller does with its bytes later changes nothing. */
function toBytes(data: Input, encoding?: BufferEncoding): Bytes {
  if (typeof data === 'string') return Uint8Array.from(Buffer.from(data, encoding))
  if (data instanceof SecretKey) return data.export()
  if (data instanceof ArrayBuffer) return new Uint8Array(data.slice(0))
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice()
}

function toOutput(bytes: Uint8Array, encoding: Encoding): Buffer | string {
  const buffer = Buffer.from(bytes)
  return encoding === undefined || encoding === 'buffer' ? buffer : buffer.toString(encoding)
}

interface Running {
  update(data: Uint8Array): unknown
  digest(): Uint8Array
  clone(): Running
}

/** A hash or a MAC under way. */
class Digest {
  readonly #state: Running
  #isDone = false

  constructor(state: Running) {
    this.#state = state
  }

  update(data: Input, encoding?: BufferEncoding): this {
    if (this.#isDone) throw new Error('Digest already called')
    this.#state.update(toBytes(data, encoding))
    return this
  }

  digest(encoding?: Encoding): Buffer | string {
    if (this.#isDone) throw new Error('Digest already called')
    this.#isDone = true
    return toOutput(this.#state.digest(), encoding)
  }

  copy(): Digest {
    if (this.#isDone) throw new Error('Digest already called')
    return new Digest(this.#state.clone())
  }
}

/** The only kind of key object that there is here. */
class SecretKey {
  readonly type = 'secret'
  readonly #bytes: Bytes

  constructor(bytes: Bytes) {
    this.#bytes = bytes
  }

  get symmetricKeySize(): number {
    return this.#bytes.length
  }

  export(): Bytes {
    return Buffer.from(this.#bytes)
  }

  equals(other: unknown): boolean {
    return other instanceof SecretKey && Buffer.from(this.#bytes).equals(Buffer.from(other.export()))
  }
}

function pbkdf2Sync(password: Input, salt: Input, iterations: number, size: number, digest = 'sha1'): Buffer {
  return Buffer.from(pbkdf2(algorithmOf(digest), toBytes(password), toBytes(salt), { c: iterations, dkLen: size }))
}

interface ScryptOptions {
  readonly N?: number
  readonly cost?: number
  readonly r?: number
  readonly blockSize?: number
  readonly p?: number
  readonly parallelization?: number
}

function scryptSync(password: Input, salt: Input, size: number, options: ScryptOptions = {}): Buffer {
  const { N = options.cost ?? 16_384, r = options.blockSize ?? 8, p = options.parallelization ?? 1 } = options
  return Buffer.from(scrypt(toBytes(password), toBytes(salt), { N, r, p, dkLen: size }))
}

function hkdfSync(digest: string, key: Input, salt: Input, info: Input, size: number): ArrayBuffer {
  return Uint8Array.from(hkdf(algorithmOf(digest), toBytes(key), toBytes(salt), toBytes(info), size)).buffer
}

/** The form with a callback, which comes as the last argument. */
function later(compute: (...given: never[]) => unknown): (...given: unknown[]) => void {
  return (...given) => {
    const done = given.pop() as Done
    queueMicrotask(() => {
      let key: Buffer
      try {
        key = compute(...(given as never[])) as Buffer
      } catch (error) {
        done(error as Error)
        return
      }
      done(null, key)
    })
  }
}

function timingSafeEqual(a: ArrayBufferView, b: ArrayBufferView): boolean {
  const [left, right] = [toBytes(a), toBytes(b)]
  if (left.length !== right.length) throw new RangeError('Input buffers must have the same byte length')
  return left.reduce((difference, byte, index) => difference | (byte ^ (right[index] ?? 0)), 0) === 0
}

/** What is left to `crypto.subtle`, which is asynchronous, or to nobody. */
const ABSENT = [
  ...['createSign', 'createVerify', 'sign', 'verify', 'createPrivateKey', 'createPublicKey', 'generateKeyPair'],
  ...['generateKeyPairSync', 'generateKey', 'generateKeySync', 'createCipheriv', 'createDecipheriv', 'createECDH'],
  ...['createDiffieHellman', 'diffieHellman', 'publicEncrypt', 'publicDecrypt', 'privateEncrypt', 'privateDecrypt'],
]

function absent(name: string): never {
  throw new Error(`crypto.${name} is not available: keys and ciphers are what crypto.subtle is for`)
}

export const shim = {
  ...Object.fromEntries(ABSENT.map((name) => [name, () => absent(name)])),
  ...randomShim,
  constants: {},
  KeyObject: SecretKey,
  createHash: (name: string): Digest => new Digest(algorithmOf(name).create()),
  createHmac: (name: string, key: Input): Digest => new Digest(hmac.create(algorithmOf(name), toBytes(key))),
  createSecretKey: (key: Input, encoding?: BufferEncoding): SecretKey => new SecretKey(toBytes(key, encoding)),
  getHashes: (): string[] => Object.keys(ALGORITHMS),
  getCiphers: (): string[] => [],
  getCurves: (): string[] => [],
  hash: (name: string, data: Input, encoding: Encoding = 'hex'): Buffer | string =>
    new Digest(algorithmOf(name).create()).update(data).digest(encoding),
  hkdf: later(hkdfSync),
  hkdfSync,
  pbkdf2: later(pbkdf2Sync),
  pbkdf2Sync,
  scrypt: later(scryptSync),
  scryptSync,
  timingSafeEqual,
  get webcrypto(): Crypto {
    return globalThis.crypto
  },
  get subtle(): SubtleCrypto {
    return globalThis.crypto.subtle
  },
}
