// What one operation may cost. Nothing interrupts native code that has begun, so that what would take more than about a second
// does not begin.
import { groupDigits } from '../../core/group-digits.ts'
import { MAX_PARAMETER_BYTES } from './read-request.ts'
import type { Algorithm, AskedRequest } from './read-request.ts'

/** The largest key that a second is enough for: the search for primes is a game of chance, and with 4 096 bits often a long one. */
export const MAX_MODULUS_BITS = { generated: 3_072, used: 4_096 } as const
/** Of a private RSA key as PKCS #8, which bounds the exponents in it. */
export const MAX_RSA_KEY_BYTES = 4_096

const MAX_BITS = 8 * MAX_PARAMETER_BYTES
/** In computations of SHA-256 twice over, of which a second has about seven million. */
const MAX_WORK = 4_000_000
const COST_OF_HASH: Readonly<Record<string, number>> = { 'SHA-1': 1, 'SHA-256': 1, 'SHA-384': 3, 'SHA-512': 3 }
const COST_OF_OTHERS = 5
const HASH_BYTES: Readonly<Record<string, number>> = { 'SHA-1': 20, 'SHA-384': 48, 'SHA-512': 64, 'SHA3-384': 48 }
const MAX_ARGON_KIB = 65_536
const MAX_ARGON_WORK_KIB = 262_144
const MAX_ARGON_LANES = 16

/** A sentence that says what is too much, or null. */
export function findExcess({ operation, algorithm, target, length }: AskedRequest): string | null {
  const bits = Math.max(length ?? 0, numberOf(target, 'length'), numberOf(algorithm, 'outputLength'))
  if (bits > MAX_BITS) return tooMuch(`${groupDigits(bits)} bits are asked for`, `${groupDigits(MAX_BITS)} bits`)
  if (algorithm === undefined) return null
  if (operation === 'generateKey') return findExcessOfKey(algorithm)
  if (operation !== 'deriveBits' && operation !== 'deriveKey') return null
  if (algorithm.name === 'PBKDF2') return findExcessOfPbkdf2(algorithm, bits === 0 ? MAX_TARGET_BITS : bits)
  return algorithm.name.startsWith('Argon2') ? findExcessOfArgon(algorithm) : null
}

/** The longest key that is derived without a length: HMAC with SHA-512. */
const MAX_TARGET_BITS = 1_024

function findExcessOfKey(algorithm: Algorithm): string | null {
  const bits = numberOf(algorithm, 'length')
  if (bits > MAX_BITS) return tooMuch(`The key has ${groupDigits(bits)} bits`, `${groupDigits(MAX_BITS)} bits`)
  const modulus = numberOf(algorithm, 'modulusLength')
  if (modulus > MAX_MODULUS_BITS.generated) {
    const limit = `${groupDigits(MAX_MODULUS_BITS.generated)} bits for a key that is generated`
    return tooMuch(`The modulus has ${groupDigits(modulus)} bits`, limit)
  }
  const exponent = algorithm['publicExponent']
  if (!(exponent instanceof Uint8Array) || modulus === 0) return null
  const value = BigInt(`0x0${Buffer.from(exponent).toString('hex')}`)
  // Small ones and even ones are refused by name; any other makes the search for primes as long as its author likes.
  return value === 65_537n || value <= 3n || value % 2n === 0n ? null : 'The public exponent must be 3 or 65537.'
}

function findExcessOfPbkdf2(algorithm: Algorithm, bits: number): string | null {
  const hash = algorithm['hash']
  const name = typeof hash === 'object' && 'name' in hash ? hash.name : ''
  const salt = algorithm['salt']
  const blocks = Math.ceil(bits / 8 / (HASH_BYTES[name] ?? 32))
  const saltWork = salt instanceof Uint8Array ? salt.length / 64 : 0
  const work = blocks * (numberOf(algorithm, 'iterations') + saltWork) * (COST_OF_HASH[name] ?? COST_OF_OTHERS)
  if (work <= MAX_WORK) return null
  const iterations = Math.floor(MAX_WORK / blocks / (COST_OF_HASH[name] ?? COST_OF_OTHERS) - saltWork)
  return tooMuch(
    `PBKDF2 has ${groupDigits(numberOf(algorithm, 'iterations'))} iterations`,
    `${groupDigits(Math.max(iterations, 0))} for ${groupDigits(bits)} bits with ${name}`,
  )
}

function findExcessOfArgon(algorithm: Algorithm): string | null {
  const kib = numberOf(algorithm, 'memory')
  const lanes = numberOf(algorithm, 'parallelism')
  if (kib > MAX_ARGON_KIB) return tooMuch(`Argon2 takes ${groupDigits(kib)} KiB`, `${groupDigits(MAX_ARGON_KIB)} KiB`)
  if (lanes > MAX_ARGON_LANES) return tooMuch(`Argon2 has ${groupDigits(lanes)} lanes`, groupDigits(MAX_ARGON_LANES))
  const work = Math.max(kib, 8 * lanes) * numberOf(algorithm, 'passes')
  if (work <= MAX_ARGON_WORK_KIB) return null
  return tooMuch(`Argon2 goes over ${groupDigits(work)} KiB`, `${groupDigits(MAX_ARGON_WORK_KIB)} KiB in all passes`)
}

const tooMuch = (what: string, limit: string): string => `${what}; the limit is ${limit}.`

function numberOf(algorithm: Algorithm | undefined, member: string): number {
  const value = algorithm?.[member]
  return typeof value === 'number' ? value : 0
}
