// Brotli over the real service, in code of a request and in a deployed module, compared with what Node.js makes of the same.
import { randomBytes } from 'node:crypto'
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { artifactOf, DeployedService } from '../support/deployed-service.ts'

const MODULE = `
const through = async (text, transform) => {
  const stream = new Blob([Uint8Array.fromBase64(text)]).stream().pipeThrough(transform)
  return new Uint8Array(await new Response(stream).arrayBuffer()).toBase64()
}
export const pack = (text) => through(text, new CompressionStream('brotli'))
export const unpack = (text) => through(text, new DecompressionStream('brotli'))
export const leave = async () => {
  const { readable, writable } = new CompressionStream('brotli')
  readable.getReader().read().catch(() => {})
  await writable.getWriter().write(new Uint8Array(100_000))
  return 'left'
}`
const FUNCTIONS = ['pack', 'unpack', 'leave'].map((name) => ({ name, module: 'm' }))

let deployed: DeployedService
beforeAll(async () => {
  deployed = await DeployedService.start(artifactOf({ m: MODULE }, FUNCTIONS), { EXECUTORS_PER_DEPLOYMENT: '1' })
})
afterAll(async () => {
  await deployed[Symbol.asyncDispose]()
})

const run = async (name: string, args: readonly unknown[], isDeployed: boolean): Promise<unknown> => {
  const answer = isDeployed
    ? await deployed.call(name, args)
    : await deployed.service.client.execute({ source: MODULE, name, args })
  expect(answer.error).toBe('')
  return answer.value
}

const texts = JSON.stringify(Array.from({ length: 5_000 }, (_, id) => ({ id, name: `user ${(id * 7_919) % 1_000}` })))
const INPUTS = [
  ['nothing', Buffer.alloc(0)],
  ['JSON', Buffer.from(texts)],
  ['what cannot be made smaller', randomBytes(500_000)],
  ['what grows by far', Buffer.alloc(3_000_000, 'abc')],
] as const

describe.each([
  ['a request', false],
  ['a deployment', true],
] as const)('code of %s', (_what, isDeployed) => {
  test.each(INPUTS)('packs and unpacks %s as Node.js does', async (_name, data) => {
    const text = data.toString('base64')
    const packed = Buffer.from((await run('pack', [text], isDeployed)) as string, 'base64')
    expect(brotliDecompressSync(packed).equals(data)).toBe(true)
    // As small as Node.js has it with as much effort, and a little.
    expect(packed.length).toBeLessThan(brotliCompressSync(data).length * 1.5 + 100)
    expect(await run('unpack', [brotliCompressSync(data).toString('base64')], isDeployed)).toBe(text)
  })

  test('is told of input that is not brotli', async () => {
    const { error } = isDeployed
      ? await deployed.call('unpack', [randomBytes(100).fill(255).toString('base64')])
      : await deployed.service.client.execute({ source: MODULE, name: 'unpack', args: ['/////////w=='] })
    expect(error).toContain('DecompressionStream: the input is not valid brotli')
  })
})

test('packages find it in zlib where they need not have it at once', async () => {
  const source = `
    import { promisify } from 'node:util'
    import zlib, { brotliCompress, brotliDecompress } from 'node:zlib'
    export async function f(text) {
      const packed = await promisify(brotliCompress)(text)
      const unpacked = await promisify(brotliDecompress)(packed, {})
      const refused = await promisify(brotliDecompress)(Buffer.from('no brotli')).catch((error) => error.name)
      const atOnce = (() => { try { return zlib.brotliCompressSync(text) } catch (error) { return error.message } })()
      return [packed.toString('base64'), String(unpacked), refused, atOnce]
    }`
  const { value, error } = await deployed.service.client.execute({ source, name: 'f', args: [texts] })
  expect(error).toBe('')
  const [packed = '', ...others] = value as readonly string[]
  expect(String(brotliDecompressSync(Buffer.from(packed, 'base64')))).toBe(texts)
  const why = 'zlib.brotliCompressSync is not available: brotli is done outside of the isolate; use zlib.brotliCompress'
  expect(others).toEqual([texts, 'TypeError', why])
})

test('calls of a deployed module that never end their streams leave all places to the next ones', async () => {
  const startedAt = performance.now()
  for (let count = 0; count < 40; count++) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    expect(await run('leave', [], true)).toBe('left')
  }
  // From the ninth on each would wait a second for its place.
  expect(performance.now() - startedAt).toBeLessThan(10_000)
  expect(await run('unpack', [brotliCompressSync(Buffer.from('a')).toString('base64')], true)).toBe('YQ==')
})
