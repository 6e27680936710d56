// Hostile use of crypto.subtle, URLPattern, events and variables in real executor processes, beside a neighbour that must not
// notice. What is native cannot be interrupted: the calls are ended, and no executor is kept from its next one for long.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Sentinel } from '../support/sentinel.ts'
import { ServiceProcess } from '../support/service-process.ts'
import { expectRecovery } from './hostile-suite.ts'

const LIMITS = { cpuMs: 300, wallMs: 30_000, memoryMb: 64 }
const EXECUTORS = 3
const SPARE = 1
const SECRET = 'a value of the operator'

let service: ServiceProcess
let neighbour: Sentinel

beforeAll(async () => {
  service = await ServiceProcess.start({
    env: {
      EXECUTORS_MIN: String(EXECUTORS),
      EXECUTORS_MAX: String(EXECUTORS),
      EXECUTORS_SPARE: String(SPARE),
      GUEST_ENV: JSON.stringify({ NAME: SECRET }),
    },
  })
  neighbour = await Sentinel.create(service.url)
})
afterAll(async () => {
  await neighbour[Symbol.asyncDispose]()
  await service[Symbol.asyncDispose]()
})

const PASSWORD = `const password = await crypto.subtle.importKey('raw', new Uint8Array(8), 'PBKDF2', false, ['deriveBits']);`
const RSA = `{ name: 'RSA-PSS', modulusLength: 3072, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' }, true, ['sign', 'verify']`
const DEAR = `{ name: 'PBKDF2', hash: 'SHA-512', salt: new Uint8Array(8), iterations: 1_300_000 }, password, 512`

/** By what a guest does, with what it ends; a text is what it returns. */
const ATTACKS: Readonly<Record<string, readonly [body: string, end: readonly string[]]>> = {
  'generates keys without end': [`for (;;) await crypto.subtle.generateKey(${RSA})`, ['LIMIT_CPU']],
  'asks for thousands of keys at once': [
    `await Promise.all(Array.from({ length: 5000 }, () => crypto.subtle.generateKey(${RSA})))`,
    ['LIMIT_CPU'],
  ],
  'asks for thousands of keys and returns': [
    `for (let n = 0; n < 5000; n++) crypto.subtle.generateKey(${RSA}); return 'left'`,
    ['left'],
  ],
  'derives as much as it may, without end': [
    `${PASSWORD} for (;;) await crypto.subtle.deriveBits(${DEAR})`,
    ['LIMIT_CPU'],
  ],
  'has an absurd number of iterations': [
    `${PASSWORD} return crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-512', salt: new Uint8Array(8), iterations: 4e9 }, password, 512).catch((error) => error.name)`,
    ['QuotaExceededError'],
  ],
  'wants more memory of Argon2 than there is': [
    `const key = await crypto.subtle.importKey('raw-secret', new Uint8Array(8), 'Argon2id', false, ['deriveBits'])
     return crypto.subtle.deriveBits({ name: 'Argon2id', memory: 2 ** 31, passes: 1, parallelism: 1, nonce: new Uint8Array(16) }, key, 256).catch((error) => error.name)`,
    ['QuotaExceededError'],
  ],
  'hashes as much at once as it may, without end': [
    `const data = new Uint8Array(2 ** 23); for (;;) await Promise.all([1, 2, 3, 4].map(() => crypto.subtle.digest('SHA-512', data)))`,
    ['LIMIT_CPU', 'LIMIT_MEMORY'],
  ],
  'keeps a million operations waiting': [
    `const data = new Uint8Array(1000); for (let n = 0; n < 1e6; n++) crypto.subtle.digest('SHA-1', data); return 'left'`,
    ['LIMIT_CPU', 'LIMIT_MEMORY'],
  ],
  'answers each operation with two more': [
    `const again = () => { crypto.subtle.digest('SHA-1', new Uint8Array(1)).then(again).then(again); return crypto.subtle.digest('SHA-1', new Uint8Array(1)).then(again) }; await again()`,
    ['LIMIT_CPU', 'LIMIT_MEMORY'],
  ],
  'has getters that compute for ever': [
    `await crypto.subtle.digest({ get name() { for (;;); } }, new Uint8Array(1))`,
    ['LIMIT_CPU'],
  ],
  'has usages without end': [
    `await crypto.subtle.generateKey('Ed25519', true, { *[Symbol.iterator]() { for (;;) yield 'sign' } })`,
    ['LIMIT_CPU'],
  ],
  'has a proxy for every argument': [
    `const p = new Proxy(function () {}, { get: (t, k) => k === Symbol.toPrimitive ? () => 'sha-1' : k === Symbol.iterator ? undefined : p }); const names = []
     for (const name of ['digest', 'encrypt', 'importKey', 'generateKey', 'wrapKey', 'deriveKey']) await crypto.subtle[name](p, p, p, p, p, p, p).catch((error) => names.push(error.name))
     return new Set(names).size + ''`,
    ['1'],
  ],
  'detaches its data while the algorithm is read': [
    `const data = new Uint8Array(4); const name = { get name() { structuredClone(data.buffer, { transfer: [data.buffer] }); return 'SHA-1' } }
     return crypto.subtle.digest(name, data).then((made) => made.byteLength + '', (error) => error.name)`,
    ['20', 'TypeError'],
  ],
  'has JSON that is not what it says': [
    `Object.prototype.toJSON = String.prototype.toJSON = Array.prototype.toJSON = () => ({ operation: 'exportKey' }); JSON.stringify = () => '{}'; JSON.parse = () => ({ key: '{}' })
     return (await crypto.subtle.digest('SHA-1', new Uint8Array(1))).byteLength + ''`,
    ['20'],
  ],
  'matches a pattern for ever': [
    `const pattern = new URLPattern({ pathname: '/((?:a+)+b)' }); return pattern.test({ pathname: '/' + 'a'.repeat(60) })`,
    ['LIMIT_CPU'],
  ],
  'compiles a pattern of millions of parts': [
    `for (;;) new URLPattern({ pathname: '/' + ':a1'.repeat(1e6) + '{a}*'.repeat(1e6) })`,
    ['LIMIT_CPU', 'LIMIT_MEMORY', 'GUEST_THREW'],
  ],
  'rejects again whenever it hears of a rejection': [
    `addEventListener('unhandledrejection', () => { Promise.reject(new Error('again')) }); Promise.reject(new Error('first')); await new Promise(() => undefined)`,
    ['LIMIT_CPU'],
  ],
  'reports an error for each error that it hears of': [
    `addEventListener('error', (event) => { for (;;) reportError(event.error) }); reportError(new Error('a'))`,
    ['LIMIT_CPU'],
  ],
  'fills its variables': [
    `for (let n = 0; ; n++) process.env['a' + n] = 'b'.repeat(1e4)`,
    ['LIMIT_CPU', 'LIMIT_MEMORY'],
  ],
}

/** Much like one of the others. */
const SLOW: ReadonlySet<string> = new Set([
  'asks for thousands of keys at once',
  'derives as much as it may, without end',
  'answers each operation with two more',
  'has getters that compute for ever',
  'has usages without end',
  'compiles a pattern of millions of parts',
  'reports an error for each error that it hears of',
  'fills its variables',
])

describe('a guest that', () => {
  for (const [name, [body, ends]] of Object.entries(ATTACKS)) {
    const tags = SLOW.has(name) ? ['slow'] : []
    it(`${name} meets its limits, and nobody else notices`, { tags }, async () => {
      await neighbour.start()
      const answer = await service.client.execute({ source: `async function run() { ${body} }`, limits: LIMITS })
      await neighbour.callsMore(4)
      const { lost } = await neighbour.stop()
      expect(ends, answer.error.slice(0, 300)).toContain(answer.code ?? answer.value)
      expect(lost).toEqual([])
      await expectRecovery(service, EXECUTORS + SPARE)
    })
  }

  it('looks for variables finds those that are meant for it, and none of the service', async () => {
    const source = `function run() { process.env.OTHER = 5; return [{ ...process.env }, Object.keys(process), typeof require] }`
    const first = await service.client.execute({ source })
    expect(first.value, first.error).toEqual([{ NAME: SECRET, OTHER: '5' }, ['env'], 'undefined'])
    expect((await service.client.execute({ source: 'const run = () => process.env.OTHER ?? null' })).value).toBeNull()
  })

  it('uses a name that is left out is told why, and can ask for it first', async () => {
    const told = async (name: string): Promise<string> =>
      (await service.client.execute({ source: `const run = () => typeof ${name} + new ${name}()` })).error
    expect(await told('WebSocket')).toContain(
      'WebSocket is not defined: WebSocket is left out, since isolates have no sockets',
    )
    expect(await told('SharedArrayBuffer')).toContain('no memory limit counts what it allocates')
    expect(await told('Undefined')).toMatch(/Undefined is not defined\s*(?:\n|$)/u)
    const top = await service.client.execute({ source: `const load = require; const run = () => 1` })
    expect(top.error).toContain('require is left out, since code runs in a V8 isolate and not in Node.js')
  })

  it('listens to rejections hears of them, and keeps them out of its log', async () => {
    const source = `async function run(keeps) {
      const heard = []
      addEventListener('unhandledrejection', (event) => { heard.push([event.reason instanceof TypeError, event.reason.message, event.promise instanceof Promise]); if (keeps) event.preventDefault() })
      Promise.reject(new TypeError('lost'))
      await new Promise((done) => setTimeout(done, 30))
      return heard
    }`
    const quiet = await service.client.execute({ source, args: [true] })
    expect([quiet.value, quiet.stdout]).toEqual([[[true, 'lost', true]], ''])
    const loud = await service.client.execute({ source, args: [false] })
    expect([loud.value, loud.stdout]).toEqual([
      [[true, 'lost', true]],
      expect.stringContaining('Uncaught (in promise) TypeError: lost'),
    ])
  })
})
