// crypto.subtle in a guest: what its arguments become, what it does for a hostile program, and what its keys are.
import { describe, expect, it } from 'vitest'
import { useWebGuests } from './web-guest.ts'

const { createGuest, run } = useWebGuests()

const HEX = `const hex = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, '0')).join('')`
const NAME = `const nameOf = (promise) => promise.then(() => 'fulfilled', (error) => error.name)`

describe('crypto.subtle', () => {
  it('does what the standard says, for one algorithm of each kind', async () => {
    const seen = await run(`${HEX}
      const { subtle } = crypto
      const bytes = new TextEncoder().encode('abc')
      const digest = hex(await subtle.digest('SHA-256', bytes))
      const hmac = await subtle.importKey('raw', new Uint8Array(20).fill(0x0b), { name: 'hmac', hash: 'SHA-256' }, false, ['sign', 'verify'])
      const mac = await subtle.sign('HMAC', hmac, new TextEncoder().encode('Hi There'))
      const aes = await subtle.generateKey({ name: 'AES-GCM', length: 256 }, true, ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey'])
      const iv = crypto.getRandomValues(new Uint8Array(12))
      const plain = await subtle.decrypt({ name: 'AES-GCM', iv }, aes, await subtle.encrypt({ name: 'AES-GCM', iv }, aes, bytes))
      const pair = await subtle.generateKey('Ed25519', false, ['sign', 'verify'])
      const signed = await subtle.verify('Ed25519', pair.publicKey, await subtle.sign('Ed25519', pair.privateKey, bytes), bytes)
      const wrapped = await subtle.wrapKey('jwk', aes, aes, { name: 'AES-GCM', iv })
      const again = await subtle.unwrapKey('jwk', wrapped, aes, { name: 'AES-GCM', iv }, 'AES-GCM', false, ['decrypt'])
      const password = await subtle.importKey('raw', bytes, 'PBKDF2', false, ['deriveKey', 'deriveBits'])
      const parameters = { name: 'PBKDF2', hash: 'SHA-1', salt: bytes, iterations: 2 }
      const derived = await subtle.deriveKey(parameters, password, 'HKDF', false, ['deriveBits']).catch((error) => error.name)
      const short = await subtle.deriveKey(parameters, password, { name: 'AES-CBC', length: 128 }, true, ['encrypt'])
      return [digest.slice(0, 8), hex(mac).slice(0, 8), await subtle.verify('HMAC', hmac, mac, bytes), new TextDecoder().decode(plain),
        signed, again.usages, again.extractable, derived, (await subtle.exportKey('jwk', short)).k.length, pair.privateKey.extractable]`)
    expect(seen).toEqual([
      'ba7816bf',
      'b0344c61',
      false,
      'abc',
      true,
      ['decrypt'],
      false,
      'OperationError',
      22,
      false,
    ] as unknown[])
  })

  it('makes keys that say what they are, and give their bytes to nobody who may not have them', async () => {
    const seen = await run(`${NAME}
      const { subtle } = crypto
      const key = await subtle.importKey('raw', new Uint8Array(16), 'AES-CBC', false, ['encrypt'])
      key.usages.push('decrypt'); key.algorithm.name = 'HMAC'
      Object.defineProperty(CryptoKey.prototype, 'extractable', { get: () => true })
      const iv = new Uint8Array(16)
      const fake = Object.create(CryptoKey.prototype)
      const copy = structuredClone({ key }).key
      return [Reflect.ownKeys(key), JSON.stringify(key), await nameOf(subtle.exportKey('raw', key)),
        await nameOf(subtle.decrypt({ name: 'AES-CBC', iv }, key, iv)), await nameOf(subtle.encrypt({ name: 'AES-CBC', iv }, key, iv)),
        await nameOf(subtle.encrypt({ name: 'AES-CBC', iv }, fake, iv)), await nameOf(subtle.encrypt({ name: 'AES-CBC', iv }, new Proxy(key, {}), iv)),
        copy instanceof CryptoKey, copy.usages, await nameOf(subtle.encrypt({ name: 'AES-CBC', iv }, copy, iv))]`)
    const notAKey = 'TypeError'
    expect(seen).toEqual([
      [],
      expect.not.stringContaining('material'),
      'InvalidAccessError',
      'InvalidAccessError',
      'fulfilled',
      notAKey,
      notAKey,
      true,
      ['encrypt'],
      'fulfilled',
    ])
  })

  it('takes bytes as they are when it is called, however the guest has them', async () => {
    const seen = await run(`${HEX}
      const { subtle } = crypto
      const sums = []
      const sum = async (data) => sums.push(hex(await subtle.digest('SHA-1', data)).slice(0, 4))
      const abc = new TextEncoder().encode('xabcx')
      const view = new Uint8Array(abc.buffer, 1, 3)
      const first = sum(view); view[0] = 0; await first; view[0] = 97
      await sum(new DataView(abc.buffer, 1, 3))
      await sum(view.slice().buffer)
      const moved = view.slice()
      const second = sum(moved); structuredClone(moved.buffer, { transfer: [moved.buffer] }); await second
      const gone = view.slice(); structuredClone(gone.buffer, { transfer: [gone.buffer] })
      await sum(gone)
      await sum(new Uint8Array())
      return [sums, await subtle.digest('SHA-1', 'abc').catch((error) => error.name), await subtle.digest('SHA-1', [1]).catch((error) => error.name)]`)
    expect(seen).toEqual([['a999', 'a999', 'a999', 'a999', 'da39', 'da39'], 'TypeError', 'TypeError'])
  })

  it('rejects, by the name that the standard has for it', async () => {
    const cases: Readonly<Record<string, string>> = {
      [`subtle.digest('SHA-3', bytes)`]: 'NotSupportedError',
      [`subtle.digest('\\u017fha-1', bytes)`]: 'NotSupportedError',
      [`subtle.digest({}, bytes)`]: 'TypeError',
      [`subtle.digest('SHA-1')`]: 'TypeError',
      [`subtle.digest.call({}, 'SHA-1', bytes)`]: 'TypeError',
      [`subtle.digest(Symbol(), bytes)`]: 'TypeError',
      [`subtle.generateKey({ name: 'AES-CBC', length: 100 }, true, ['encrypt'])`]: 'OperationError',
      [`subtle.generateKey({ name: 'AES-CBC', length: 1n }, true, ['encrypt'])`]: 'TypeError',
      [`subtle.generateKey({ name: 'AES-CBC', length: -1 }, true, ['encrypt'])`]: 'TypeError',
      [`subtle.generateKey({ name: 'AES-CBC', length: 128 }, true, ['fly'])`]: 'TypeError',
      [`subtle.generateKey({ name: 'AES-CBC', length: 128 }, true, [])`]: 'SyntaxError',
      [`subtle.importKey('raw', { kty: 'oct' }, 'AES-CBC', true, ['encrypt'])`]: 'TypeError',
      [`subtle.importKey('jwk', bytes, 'AES-CBC', true, ['encrypt'])`]: 'TypeError',
      [`subtle.importKey('jwk', { kty: 'oct', k: 'AAAA' }, 'AES-CBC', true, ['encrypt'])`]: 'DataError',
      [`subtle.importKey('pkcs8', bytes, { name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign'])`]: 'DataError',
      [`subtle.importKey('text', bytes, 'AES-CBC', true, ['encrypt'])`]: 'TypeError',
      // More than an operation may cost.
      [`subtle.digest('SHA-1', new Uint8Array(2 ** 23 + 1))`]: 'QuotaExceededError',
      [`subtle.generateKey({ name: 'RSA-PSS', modulusLength: 16384, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-1' }, true, ['sign'])`]:
        'QuotaExceededError',
      [`subtle.generateKey({ name: 'RSA-PSS', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 0, 0, 15]), hash: 'SHA-1' }, true, ['sign'])`]:
        'QuotaExceededError',
      [`subtle.generateKey({ name: 'HMAC', hash: 'SHA-1', length: 2 ** 32 - 1 }, true, ['sign'])`]:
        'QuotaExceededError',
      [`subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-512', salt: bytes, iterations: 2 ** 32 - 1 }, password, 512)`]:
        'QuotaExceededError',
      [`subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-1', salt: new Uint8Array(65536), iterations: 999 }, password, 524288)`]:
        'QuotaExceededError',
      [`subtle.deriveBits({ name: 'HKDF', hash: 'SHA-1', salt: bytes, info: bytes }, password, 2 ** 31)`]:
        'QuotaExceededError',
      [`subtle.digest({ name: 'cSHAKE128', outputLength: 2 ** 30 }, bytes)`]: 'QuotaExceededError',
      [`subtle.importKey('raw', new Uint8Array(2 ** 20), { name: 'HMAC', hash: 'SHA-1' }, true, ['sign']).then((key) => subtle.sign('HMAC', key, bytes))`]:
        'OperationError',
    }
    const seen = await run(`${NAME}
      const { subtle } = crypto
      const bytes = new Uint8Array(16)
      const password = await subtle.importKey('raw', bytes, 'PBKDF2', false, ['deriveBits'])
      return [${Object.keys(cases)
        .map((code) => `await nameOf(${code})`)
        .join(', ')}]`)
    expect(Object.fromEntries(Object.keys(cases).map((code, index) => [code, (seen as unknown[])[index]]))).toEqual(
      cases,
    )
  })

  it('asks none of the built-ins that a program has replaced, before and after it is made', async () => {
    using guest = createGuest()
    const seen = await guest.run(`
      const { subtle: get } = { get subtle() { return Object.getOwnPropertyDescriptor(Crypto.prototype, 'subtle').get } }
      const { crypto } = globalThis
      const call = Function.prototype.call.bind(get, crypto)
      const asked = []
      const trap = (target, name) => {
        const found = Object.getOwnPropertyDescriptor(target, name)
        if (typeof found?.value === 'function' && found.configurable)
          Object.defineProperty(target, name, { value: new Proxy(found.value, { apply(own, self, args) { asked[asked.length] = name; return Reflect_apply(own, self, args) } }) })
      }
      const Reflect_apply = Reflect.apply
      const data = new Uint8Array([97])
      for (const name of ['toJSON']) { Object.prototype[name] = String.prototype[name] = Array.prototype[name] = function () { asked[asked.length] = name; return 'poison' } }
      for (const name of ['type', 'key', 'error', 'pair', 'jwk', 'bytes']) Object.defineProperty(Object.prototype, name, { get() { asked[asked.length] = name; return 'poison' }, set() { asked[asked.length] = name }, configurable: true })
      for (const target of [JSON, Object, Reflect, Array.prototype, String.prototype, Map.prototype, RegExp.prototype, Promise.prototype, Number.prototype, Uint8Array, Uint8Array.prototype, Object.getPrototypeOf(Uint8Array.prototype)])
        for (const name of Reflect.ownKeys(target)) if (typeof name === 'string' && name !== 'constructor' && name !== 'then') trap(target, name)
      asked.length = 0
      const subtle = call()
      const key = await subtle.importKey('raw', data, { name: 'HMAC', hash: 'SHA-1' }, true, ['sign'])
      const mac = await subtle.sign('HMAC', key, data)
      const exported = await subtle.exportKey('jwk', key)
      const text = asked.length
      const kinds = mac.byteLength
      for (const name of ['type', 'key', 'error', 'pair', 'jwk', 'bytes', 'toJSON']) delete Object.prototype[name]
      delete Array.prototype.toJSON; delete String.prototype.toJSON
      return [text === 0 ? '' : asked.join(), kinds, exported.k]`)
    expect(seen).toEqual(['', 20, 'YQ'])
  })

  it('has four operations with the host at once, and any number of them in the guest', async () => {
    const seen = await run(`
      const data = new Uint8Array(1000)
      const all = await Promise.all(Array.from({ length: 3000 }, () => crypto.subtle.digest('SHA-1', data)))
      return new Set(all.map((one) => one.byteLength)).size`)
    expect(seen).toBe(1)
  })

  it('has what Node.js has beyond the standard', async () => {
    const seen = await run(`
      const { subtle } = crypto
      const pair = await subtle.generateKey('ML-KEM-768', true, ['encapsulateBits', 'decapsulateBits', 'encapsulateKey', 'decapsulateKey'])
      const { sharedKey, ciphertext } = await subtle.encapsulateBits('ML-KEM-768', pair.publicKey)
      const same = await subtle.decapsulateBits('ML-KEM-768', pair.privateKey, ciphertext)
      const made = await subtle.encapsulateKey('ML-KEM-768', pair.publicKey, { name: 'AES-GCM', length: 256 }, true, ['encrypt'])
      const dsa = await subtle.generateKey('ML-DSA-44', false, ['sign', 'verify'])
      const open = await subtle.getPublicKey(dsa.privateKey, ['verify'])
      const data = new Uint8Array(3)
      return [sharedKey.byteLength, same.byteLength, made.sharedKey.algorithm, made.ciphertext.byteLength,
        await subtle.verify('ML-DSA-44', open, await subtle.sign('ML-DSA-44', dsa.privateKey, data), data),
        (await subtle.digest('SHA3-256', data)).byteLength]`)
    expect(seen).toEqual([32, 32, { name: 'AES-GCM', length: 256 }, 1088, true, 32])
  })
})
