// Files in deployed modules: URLs of blobs are state of the module, and what a reader has to tell is of its call.
import { beforeAll, describe, expect, test } from 'vitest'
import { prepareHosts, script, valueOf } from './module-host-harness.ts'
import type { CreateHost } from './module-host-harness.ts'

let createHost: CreateHost
beforeAll(async () => {
  createHost = await prepareHosts()
})

describe('a URL of a blob in a module', () => {
  const URLS = script(
    `const made = URL.createObjectURL(new Blob(['kept'], { type: 'a/b' }))
    const loading = fetch(made)
    const early = async () => (await (await loading).clone()).text()
    const make = (text) => URL.createObjectURL(new Blob([text]))
    const read = async (url = made) => { try { return await (await fetch(url)).text() } catch (error) { return error.name } }
    const revoke = (url) => URL.revokeObjectURL(url)`,
    'early, make, read, revoke',
  )

  test('is there at the next call, until it is revoked, and in no other module', async () => {
    const { call } = createHost({ m: URLS, n: URLS })
    expect(valueOf(await call('early'))).toBe('kept')
    const url = valueOf(await call('make', ['made in a call']))
    expect(valueOf(await call('read'))).toBe('kept')
    expect(valueOf(await call('read', [url]))).toBe('made in a call')
    expect(valueOf(await call('read', [url], { hash: 'n' }))).toBe('TypeError')
    await call('revoke', [url])
    expect(valueOf(await call('read', [url]))).toBe('TypeError')
    expect(valueOf(await call('read'))).toBe('kept')
  })
})

describe('a reader in a module', () => {
  const READER = script(
    `const reader = new FileReader()
    const said = []
    for (const type of ['loadstart', 'progress', 'load', 'abort', 'loadend']) reader.addEventListener(type, () => said.push(type))
    const start = () => { reader.readAsText(new Blob(['text'])); return reader.readyState }
    const finish = () => new Promise((done) => { reader.addEventListener('loadend', () => done([reader.result, said.splice(0)]), { once: true }) })
    const startTwice = () => { start(); start() }
    const startAndFinish = () => { start(); return finish() }
    const nap = (ms) => new Promise((done) => setTimeout(() => done([reader.readyState, said.splice(0)]), ms))
    const abort = () => { reader.abort(); return [reader.readyState, said.splice(0)] }`,
    'start, finish, startTwice, startAndFinish, nap, abort',
  )

  test('tells nothing between calls of what a call had begun, and may be asked to read again', async () => {
    const { call } = createHost({ m: READER })
    expect(valueOf(await call('start'))).toBe(1)
    expect(valueOf(await call('nap', [20]))).toEqual([1, []])
    expect(valueOf(await call('startAndFinish'))).toEqual(['text', ['loadstart', 'progress', 'load', 'loadend']])
    await call('start')
    expect(valueOf(await call('abort'))).toEqual([2, ['abort', 'loadend']])
    expect((await call('startTwice')).failure?.message).toContain('the reader is reading something else')
  })

  test('goes on for a call that waits for what another one, which is over, had begun', async () => {
    const { call } = createHost({ m: READER })
    const waiting = call('finish')
    expect(valueOf(await call('start'))).toBe(1)
    expect(valueOf(await waiting)).toEqual(['text', ['loadstart', 'progress', 'load', 'loadend']])
  })
})
