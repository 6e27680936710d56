// Web globals that are made when the guest has replaced every built-in, and at the end of its stack.
import { describe, expect, it } from 'vitest'
import { TIERS } from '../../sandbox/src/bridge.ts'
import { ARM, POISON, SUBJECTS } from './console-poison.ts'
import { useWebGuests } from './web-guest.ts'

const { createGuest } = useWebGuests()

/** The ways to the globals, of which none has been used: poison takes the globals themselves. */
const WAYS = `
  const ways = {}
  for (const name of ['URL', 'URLSearchParams', 'Headers', 'Request', 'Response', 'Blob', 'File', 'FileReader', 'FormData', 'ProgressEvent', 'TextEncoder', 'TextDecoder', 'crypto', 'performance', 'navigator', 'CustomEvent', 'ErrorEvent', 'MessageEvent', 'PromiseRejectionEvent', 'QuotaExceededError', 'process'])
    ways[name] = Object.getOwnPropertyDescriptor(globalThis, name).get
  const { addEventListener, dispatchEvent, atob, btoa, structuredClone, reportError, fetch } = globalThis
  const bytes = new Uint8Array([104, 195, 169, 226])
  const value = { a: [1, { b: 2 }], m: new Map([['k', new Set([1])]]), d: new Date(7), r: /x/gi, e: new TypeError('t'), u: bytes, self: null }
  value.self = value
  const moved = new ArrayBuffer(4)
  const parts = { [Symbol.iterator]: () => { let left = 1; return { next: () => ({ done: left-- === 0, value: 'h\u00e9' }) } } }`

/** Uses all of them, and no built-in itself. */
const USE = `
  const { URL: makeUrl } = ways
  const U = makeUrl()
  const { URLSearchParams: getParams, Headers: getHeaders, Request: getRequest, Response: getResponse, Blob: getBlob, File: getFile, FormData: getForm, TextEncoder: getEncoder, TextDecoder: getDecoder, crypto: getCrypto, performance: getPerformance, navigator: getNavigator } = ways
  const url = new U('../b c?x=1&y=%20#f', 'https://us:p@Ex.org:8080/a/b')
  console.log(url.href, url.origin, new U('http://[1::2]/').host, new U('http://0x7f.1/').host, new U('file:c|/a/../b').href, U.canParse('x'))
  url.host = 'b:9'; url.pathname = '/\\u00e9'; url.hash = 'x y'; url.searchParams.append('z', '\\u{1f600}')
  const steps = url.searchParams.entries()
  const step = steps.next().value
  console.log(url.href, step[0], step[1], url.searchParams.get('z'), url.searchParams.size)
  const P = getParams()
  const params = new P('b=2&a=1&b=3'); params.sort(); params.delete('b', '3'); params.set('c', 'd')
  console.log(params.toString())
  const H = getHeaders(); const headers = new H(); headers.append('B', ' 1 '); headers.append('b', '2'); headers.set('a', '3')
  const first = headers.entries().next().value
  console.log(headers.get('b'), first[0], first[1])
  const B = getBlob(); const F = getFile(); const D = getForm()
  const form = new D(); form.append('f', new B()); form.set('t', 'v')
  console.log(form.get('f').name, form.get('t'), new B().slice(0, 1).size, form.keys().next().value)
  const Q = getRequest(); const R = getResponse()
  const asked = new Q('http://a/b#c', { method: 'post', body: 'x', headers: { d: 'e' } })
  console.log(asked.method, asked.url, asked.headers.get('d'), asked.headers.get('content-type'), new Q(asked).redirect, asked.bodyUsed, asked.signal.aborted)
  const answered = new R(form, { status: 201, statusText: 'k' })
  console.log(answered.status, answered.headers.get('content-type').length, R.json({ a: 1 }).headers.get('content-type'), R.redirect('http://a').headers.get('location'), answered.clone().ok)
  const E = getEncoder(); const encoded = new E().encode('h\\u00e9\\ud800')
  const T = getDecoder()
  console.log(encoded[1], encoded[5], new T().decode(bytes), new T('utf-16be').decode(encoded), new T('UTF-8').encoding)
  console.log(atob('aGk='), btoa('hi'))
  const copy = structuredClone(value)
  console.log(copy.self === copy, copy.a[1].b, copy.e.message, copy.u[0], structuredClone(moved, { transfer: undefined }) !== moved)
  const ids = getCrypto().randomUUID() !== getCrypto().randomUUID()
  const performance = getPerformance(); performance.mark('m', { startTime: 1 })
  console.log(ids, performance.now() >= 0, performance.measure('n', 'm').startTime, getNavigator().userAgent)
  try { new U('no') } catch (error) { console.log(error.message) }
  try { atob('!') } catch (error) { console.log(error.name, error.code) }
  try { structuredClone(() => 1) } catch (error) { console.log(error.name) }
  const C = ways.CustomEvent(); const V = ways.ErrorEvent(); const M = ways.MessageEvent(); const X = ways.QuotaExceededError()
  console.log(new C('c', { detail: 5 }).detail, new V('e', { message: 'm', lineno: 3 }).lineno, new M('m', { data: 4 }).data, new X('q', { quota: 2 }).quota)
  const { env } = ways.process(); env.A = 5
  console.log(env.A, url, headers, params, new C('c', { detail: 5 }).type)
  addEventListener('error', (event) => console.log('heard', event.error, event.message))
  reportError('told')
  const blob = new B(parts, { type: 'text/plain;charset=utf-16le' })
  const objectUrl = U.createObjectURL(blob)
  const request = new Q(objectUrl, { headers: { range: 'bytes=1-' } })
  U.revokeObjectURL(objectUrl)
  const answer = async () => { const part = await fetch(request); console.log(part.status, part.headers.get('content-range'), await part.text()) }
  answer()
  console.log(objectUrl.length, request.url === objectUrl, new (ways.ProgressEvent())('p', { loaded: 3 }).loaded)
  const Reader = ways.FileReader()
  const read = (form) => {
    const reader = new Reader()
    const tell = (event) => console.log(form, event.type, event.loaded, event.total, reader.readyState, reader.result, reader.error)
    reader.onloadstart = tell; reader.onprogress = tell; reader.onload = tell; reader.onabort = tell; reader.onloadend = tell
    reader['readAs' + form](blob)
    return reader
  }
  read('Text'); read('DataURL'); read('BinaryString'); read('ArrayBuffer'); read('Text').abort()`

/** Enough for every task of the readers. */
const TASKS = 40

describe('when the guest has replaced every built-in before a web global is made', () => {
  it.each([...TIERS.keys()])('they ask none of the replacements and do the same (tier %i)', async (tier) => {
    using clean = createGuest()
    using poisoned = createGuest({ tier })
    await clean.evaluate(`{ ${WAYS}; ${USE}; 0 }`)
    await poisoned.evaluate(`${WAYS};${SUBJECTS};${POISON};${ARM};{ ${USE} } 0`)
    for (let task = 0; task < TASKS; task++) {
      // oxlint-disable-next-line no-await-in-loop -- one task after the other
      await Promise.all([clean.flush(), poisoned.flush()])
    }
    expect(await poisoned.evaluate('disarm()')).toBe('')
    expect(poisoned.log).toBe(clean.log)
    expect(clean.log.split('\n').length).toBe(52)
    expect(clean.log).toContain('206 bytes 1-2/3 \u00e9\n')
    expect(clean.log).toContain('https://us:p@b:9/%C3%A9?x=1&y=+&z=%F0%9F%98%80#x%20y')
  })

  it('messages are posted and received without asking any of them', async () => {
    using guest = createGuest()
    await guest.evaluate(`
      const way = Object.getOwnPropertyDescriptor(globalThis, 'MessageChannel').get
      const steps = { done: false, value: undefined }
      const list = { next: () => { const step = { done: steps.done, value: steps.value }; steps.done = true; return step } }
      list[Symbol.iterator] = () => list
      ${SUBJECTS};${POISON};${ARM}
      {
        const C = way(); const channel = new C(); const other = new C()
        channel.port1.onmessage = ({ data, ports: { 0: port, length } }) => {
          console.log('got', data.a[1], data.port === port, length)
          port.onmessage = (event) => console.log('through the port', event.data)
          port.onclose = (event) => console.log(event.type)
        }
        steps.value = other.port1
        channel.port2.postMessage({ a: [1, 2], port: other.port1 }, list)
        other.port2.postMessage('waited')
        other.port2.close()
      }`)
    for (let left = 3; left > 0; left--) {
      // oxlint-disable-next-line no-await-in-loop -- one task after the other
      await guest.flush()
    }
    expect(guest.log).toBe('got 2 true 1\nthrough the port waited\nclose\n')
    expect(await guest.evaluate('disarm()')).toBe('')
  })

  it('a program that asks one of the replacements is found out', async () => {
    using guest = createGuest()
    const asked = await guest.evaluate(`${WAYS};${SUBJECTS};${POISON};${ARM};[1].map((item) => item); disarm()`)
    expect(asked).toContain('call map')
  })

  it('what a library decodes goes wrong for that guest alone, with an error', async () => {
    using guest = createGuest()
    const seen = await guest.run(`
      Map.prototype.get = () => { throw new Error('mine') }
      String.prototype.trim = () => 'utf-8'
      try { return new TextDecoder('shift_jis').decode(new Uint8Array([0x82, 0xa0])) } catch (error) { return error.message }`)
    expect(seen).toEqual(expect.any(String))
    expect(await guest.run(`return new TextDecoder('utf-16le').decode(new Uint8Array([97, 0]))`)).toBe('a')
  })
})

describe('at the end of the stack', () => {
  const USES: Readonly<Record<string, readonly [use: string, after: unknown]>> = {
    URL: [`new URL('http://a/?b').searchParams.size`, 1],
    Headers: [`new Headers({ a: 'b' }).get('a')`, 'b'],
    Request: [`new Request('http://a/', { method: 'PUT', body: new FormData() }).method`, 'PUT'],
    Response: [`Response.json({ a: 1 }).clone().status`, 200],
    FormData: [`[...new FormData()].length`, 0],
    Blob: [`new Blob(['a']).size`, 1],
    TextDecoder: [`new TextDecoder().decode(new Uint8Array([97]))`, 'a'],
    'an older encoding': [`new TextDecoder('shift_jis').decode(new Uint8Array([0x82, 0xa0]))`, 'あ'],
    structuredClone: [`structuredClone({ a: [1] }).a[0]`, 1],
    crypto: [`crypto.randomUUID().length`, 36],
    performance: [`typeof performance.now()`, 'number'],
    atob: [`atob('YQ==')`, 'a'],
    CompressionStream: [`new CompressionStream('gzip').readable.locked`, false],
    'a stream of a blob': [`new Blob(['a']).stream().locked`, false],
    MessageChannel: [`structuredClone(new MessageChannel().port1.onmessage)`, null],
    'a stream that is transferred': [
      `(() => { const a = new ReadableStream(); return structuredClone(a, { transfer: [a] }).locked })()`,
      false,
    ],
  }

  it.each(Object.entries(USES))('%s is tried at every level, and works afterwards', async (_name, [use, after]) => {
    using guest = createGuest()
    const seen = await guest.run(`
      const use = () => ${use}
      let failures = 0
      let depth = 0
      const measured = () => { depth++; measured() }
      try { measured() } catch {}
      const descend = (left) => {
        if (left > 0) return descend(left - 1)
        try { use() } catch { failures++ }
      }
      for (let left = depth; left > depth - 400; left -= 3) { try { descend(left) } catch { failures++ } }
      return [failures > 0, use()]`)
    expect(seen).toEqual([true, after])
  })
})
