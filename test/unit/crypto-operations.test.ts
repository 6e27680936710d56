// What the host makes of the text of an operation of crypto.subtle, which a hostile guest may have brought to say anything.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findExcess } from '../../src/executor/crypto/bounds.ts'
import { OPERATIONS } from '../../src/executor/crypto/read-request.ts'
import { runCryptoOperation } from '../../src/executor/crypto/run-operation.ts'

const B64 = 'AAAAAAAAAAAAAAAAAAAAAA=='
const KEY = {
  type: 'secret',
  algorithm: { name: 'AES-CBC', length: 128 },
  extractable: true,
  usages: ['encrypt'],
  material: B64,
}

async function answerOf(request: unknown): Promise<unknown> {
  const text = await runCryptoOperation(typeof request === 'string' ? request : JSON.stringify(request))
  const [id = '', json = ''] = text.split('\n')
  return [Number(id), JSON.parse(json)]
}

const MALFORMED = { error: ['OperationError', 'The operation is malformed or too large.'] }

describe('the text of an operation', () => {
  it('is answered by its number', async () => {
    expect(await answerOf({ id: 7, operation: 'digest', algorithm: { name: 'SHA-1' }, data: '' })).toEqual([
      7,
      { bytes: '2jmj7l5rSw0yVb/vlWAYkK/YBwk=' },
    ])
    const iv = B64
    expect(
      await answerOf({ id: 8, operation: 'encrypt', algorithm: { name: 'AES-CBC', iv }, key: KEY, data: '' }),
    ).toEqual([8, { bytes: expect.stringMatching(/^[\w+/=]{24}$/u) as string }])
  })

  it.each<[string, unknown]>([
    ['is no JSON', '{'],
    ['is no object', '[]'],
    ['has no number', { operation: 'digest' }],
    ['has an operation that there is not', { id: 1, operation: 'constructor' }],
    ['has a member that there is not', { id: 1, operation: 'digest', path: '/etc/passwd' }],
    ['lacks what it needs', { id: 1, operation: 'digest', data: '' }],
    [
      'has a parameter that there is not',
      { id: 1, operation: 'digest', algorithm: { name: 'SHA-1', toString: 1 }, data: '' },
    ],
    ['has a parameter of another kind', { id: 1, operation: 'digest', algorithm: { name: 1 }, data: '' }],
    ['has an object for bytes', { id: 1, operation: 'digest', algorithm: { name: 'SHA-1' }, data: { length: 1e9 } }],
    [
      'has a salt that is too long',
      { id: 1, operation: 'deriveBits', algorithm: { name: 'HKDF', salt: 'A'.repeat(1e5) } },
    ],
    [
      'has a key in a key in a key',
      { id: 1, operation: 'sign', key: { ...KEY, algorithm: { name: 'a', public: KEY } } },
    ],
    ['has a key with more to it', { id: 1, operation: 'exportKey', format: 'raw', key: { ...KEY, handle: 5 } }],
    [
      'has a number beyond 32 bits',
      { id: 1, operation: 'generateKey', algorithm: { name: 'AES-CBC', length: 2 ** 40 } },
    ],
    [
      'has too many usages',
      { id: 1, operation: 'generateKey', algorithm: { name: 'AES-CBC' }, usages: Array(40).fill('a') },
    ],
  ])('that %s is refused', async (_name, request) => {
    expect(((await answerOf(request)) as unknown[])[1]).toEqual(MALFORMED)
  })

  it('may be anything: the answer is always a number and JSON', async () => {
    const member = fc.oneof(
      fc.string(),
      fc.nat(),
      fc.constant(KEY),
      fc.constant(B64),
      fc.record({ name: fc.string() }),
      fc.jsonValue(),
    )
    const request = fc.record(
      {
        id: fc.nat(),
        operation: fc.constantFrom(...OPERATIONS),
        algorithm: fc.record(
          {
            name: fc.constantFrom('AES-CBC', 'HMAC', 'ECDH', 'X25519', 'SHA-1', ''),
            hash: member,
            iv: member,
            public: member,
          },
          { requiredKeys: ['name'] },
        ),
        key: fc.constant(KEY),
        data: fc.constantFrom('', B64, '!'),
        format: fc.constantFrom('raw', 'jwk', 'spki', 'none'),
        usages: fc.constant(['encrypt']),
        extractable: fc.boolean(),
        jwk: fc.jsonValue(),
      },
      { requiredKeys: ['id', 'operation'] },
    )
    await fc.assert(
      fc.asyncProperty(request, async (asked) => {
        expect(await answerOf(asked)).toEqual([expect.any(Number), expect.any(Object)])
      }),
      { numRuns: 300 },
    )
  })

  it('with a key of another kind, or an RSA key that is too large, is refused by name', async () => {
    const { generateKeyPairSync } = process.getBuiltinModule('node:crypto')
    const { publicKey } = generateKeyPairSync('rsa', {
      modulusLength: 4_104,
      publicKeyEncoding: { type: 'spki', format: 'der' },
      privateKeyEncoding: { type: 'pkcs8', format: 'der' },
    })
    const key = {
      ...KEY,
      type: 'public',
      algorithm: { name: 'RSA-PSS', hash: { name: 'SHA-1' } },
      usages: ['verify'],
      material: publicKey.toString('base64'),
    }
    const verify = {
      id: 1,
      operation: 'verify',
      algorithm: { name: 'RSA-PSS', saltLength: 0 },
      key,
      signature: '',
      data: '',
    }
    expect(await answerOf(verify)).toEqual([
      1,
      { error: ['QuotaExceededError', 'The RSA key is larger than its limit of 4,096 bits.'] },
    ])
    expect(await answerOf({ ...verify, key: KEY })).toEqual([1, { error: ['InvalidAccessError', expect.any(String)] }])
  })
})

describe('what an operation may cost', () => {
  const salt = new Uint8Array(16)
  const pbkdf2 = (hash: string, iterations: number, length: number) =>
    findExcess({
      id: 1,
      operation: 'deriveBits',
      algorithm: { name: 'PBKDF2', hash: { name: hash }, salt, iterations },
      length,
    })

  it('has room for what is advised, and says what is too much', () => {
    expect(pbkdf2('SHA-1', 1_300_000, 256)).toBeNull()
    expect(pbkdf2('SHA-256', 600_000, 512)).toBeNull()
    expect(pbkdf2('SHA-512', 210_000, 512)).toBeNull()
    expect(pbkdf2('SHA-512', 10_000_000, 512)).toBe(
      'PBKDF2 has 10,000,000 iterations; the limit is 1,333,333 for 512 bits with SHA-512.',
    )
    const argon = { name: 'Argon2id', memory: 19_456, passes: 2, parallelism: 1 }
    expect(findExcess({ id: 1, operation: 'deriveBits', algorithm: argon, length: 256 })).toBeNull()
    expect(findExcess({ id: 1, operation: 'deriveBits', algorithm: { ...argon, memory: 2 ** 30 }, length: 256 })).toBe(
      'Argon2 takes 1,073,741,824 KiB; the limit is 65,536 KiB.',
    )
  })
})
