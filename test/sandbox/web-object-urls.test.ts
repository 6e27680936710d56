// URLs of blobs in isolates: what they lead to, for how long, and what fetch answers for them without asking anybody.
import { describe, expect, it } from 'vitest'
import { OP } from '../../sandbox/src/bridge.ts'
import { useWebGuests } from './web-guest.ts'

const { createGuest, run } = useWebGuests()

const FAILURE = `const failure = async (act) => { try { return 'done: ' + await act() } catch (error) { return error.name + ': ' + error.message } }`

describe('a URL of a blob', () => {
  it('is of the opaque origin that code here has, and another one each time', async () => {
    const seen = await run(`
      const blob = new Blob(['a'])
      const urls = [URL.createObjectURL(blob), URL.createObjectURL(blob), URL.createObjectURL(new File([], 'n'))]
      const parsed = new URL(urls[0])
      return [urls.map((url) => /^blob:null\\/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(url)), new Set(urls).size, parsed.origin, parsed.protocol, parsed.href === urls[0]]`)
    expect(seen).toEqual([[true, true, true], 3, 'null', 'blob:', true])
  })

  it('is fetched with its type and its length, inside the isolate', async () => {
    using guest = createGuest()
    const seen = await guest.run(`
      const url = URL.createObjectURL(new Blob(['h\\u00e9'], { type: 'Text/X; a=B' }))
      const plain = await fetch(URL.createObjectURL(new Blob()))
      const response = await fetch(new URL(url + '#part'))
      const again = await fetch(url, { method: 'get', headers: { a: 'b' } })
      return [response.status, response.statusText, response.ok, response.type, response.redirected, response.url === url, [...response.headers],
        await response.text(), (await again.blob()).type, [...plain.headers], await plain.text(), await new Request(url).text(), new Request(url).url === url]`)
    expect(seen).toEqual([
      200,
      'OK',
      true,
      'basic',
      false,
      true,
      [
        ['content-length', '3'],
        ['content-type', 'text/x; a=b'],
      ],
      'hé',
      'text/x;a=b',
      [
        ['content-length', '0'],
        ['content-type', ''],
      ],
      '',
      '',
      true,
    ])
    expect(guest.asked).not.toContain(OP.exchangeOpen)
  })

  it('gives bytes and streams that are nobody else’s', async () => {
    const seen = await run(`
      const blob = new Blob(['abc'])
      const url = URL.createObjectURL(blob)
      const response = await fetch(url)
      const copy = response.clone()
      const bytes = await response.bytes()
      bytes[0] = 120
      const chunks = []
      for await (const chunk of (await fetch(url)).body) chunks.push(...chunk)
      return [await copy.text(), chunks, await blob.text()]`)
    expect(seen).toEqual(['abc', [97, 98, 99], 'abc'])
  })

  it('leads to its blob until exactly that URL is revoked', async () => {
    const seen = await run(`
      ${FAILURE}
      const url = URL.createObjectURL(new Blob(['a']))
      const uppercase = url.replace('blob:', ' BLOB:')
      for (const other of [url + '#part', url + '?query', url + '/path', url.slice(0, -1), 'no URL', 'http://a/', '']) URL.revokeObjectURL(other)
      const kept = await (await fetch(uppercase)).text()
      const others = []
      for (const other of [url + '?query', url + '/path', 'blob:null/x', 'blob:http://a/b']) others.push((await failure(() => fetch(other))).slice(0, 28))
      const asked = new Request(url)
      const begun = fetch(url)
      URL.revokeObjectURL(uppercase)
      URL.revokeObjectURL(url)
      const late = (await failure(() => fetch(url))).replace(url, 'URL')
      return [kept, others, await (await begun).text(), await (await fetch(asked.clone())).text(), await (await fetch(asked)).text(), await (await fetch(new Request(asked, { headers: { a: 'b' } }))).text(), late]`)
    expect(seen).toEqual([
      'a',
      [...Array<string>(3).fill("TypeError: fetch: 'blob:null"), "TypeError: fetch: 'blob:http"].map((said) =>
        said.slice(0, 28),
      ),
      'a',
      'a',
      'a',
      'a',
      "TypeError: fetch: 'URL' leads to no blob, or was revoked",
    ])
  })

  it('that was revoked when a request was made is not found by that request later', async () => {
    const seen = await run(`
      ${FAILURE}
      const url = URL.createObjectURL(new Blob(['a']))
      URL.revokeObjectURL(url)
      const request = new Request(url)
      return (await failure(() => fetch(request))).slice(0, 10)`)
    expect(seen).toBe('TypeError:')
  })

  it.each(['HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'CUSTOM', 'get2'])('is not fetched with %s', async (method) => {
    const seen = await run(`
      ${FAILURE}
      const url = URL.createObjectURL(new Blob(['a']))
      return failure(() => fetch(url, { method: '${method}' }))`)
    expect(seen).toBe(`TypeError: fetch: a blob: URL is fetched with GET, and not with ${method}`)
  })

  it('is not fetched by what was aborted before', async () => {
    const seen = await run(`
      ${FAILURE}
      const url = URL.createObjectURL(new Blob(['a']))
      return failure(() => fetch(url, { signal: AbortSignal.abort(new RangeError('no')) }))`)
    expect(seen).toBe('RangeError: no')
  })
})

describe('a range of a blob', () => {
  const TEXT = 'A simple Hello, World! example'
  const atTheEnd = (range: string): [string, string, string] => [range, ' example', '22-29']

  it.each([
    ['bytes=9-21', 'Hello, World!', '9-21'],
    ['bytes=0-0', 'A', '0-0'],
    ...['bytes=22-', 'bytes=-8', 'bytes=22-29', 'bytes=22-30', 'bytes=22-99999999999999999999'].map(atTheEnd),
    ...['bytes= 22-', 'bytes \t = \t 22 \t - \t 29'].map(atTheEnd),
    ['bytes=-100', TEXT, '0-29'],
  ])('%j is answered as a part', async (range, text, shown) => {
    const seen = await run(`
      const response = await fetch(URL.createObjectURL(new Blob(['${TEXT}'], { type: 'a/b' })), { headers: { Range: ${JSON.stringify(range)} } })
      return [response.status, response.statusText, response.ok, [...response.headers], await response.text()]`)
    expect(seen).toEqual([
      206,
      'Partial Content',
      true,
      [
        ['content-length', String(text.length)],
        ['content-range', `bytes ${shown}/30`],
        ['content-type', 'a/b'],
      ],
      text,
    ])
  })

  it.each([
    'bytes=',
    'bytes=-',
    'bytes=-0',
    'bytes=x-5',
    'bytes=5-x',
    'bytes=10-5',
    'bytes=30-',
    'bytes=99999999999999999999-',
    'bytes=0-2,4-5',
    'bytes=+1-2',
    'bytes=1.5-2',
    'bytes 0-5',
    'byte=0-5',
    'BYTES=0-5',
    'items=0-5',
    '0-5',
    '',
  ])('%j is none', async (range) => {
    const seen = await run(`
      ${FAILURE}
      const url = URL.createObjectURL(new Blob(['${TEXT}']))
      return failure(() => fetch(url, { headers: { Range: '${range}' } }))`)
    expect(seen).toBe(`TypeError: fetch: a blob of 30 bytes has no range '${range}'`)
  })

  it('is none where there are two, or where there is no byte', async () => {
    const seen = await run(`
      ${FAILURE}
      const url = URL.createObjectURL(new Blob(['abc']))
      const none = URL.createObjectURL(new Blob())
      const tries = [[url, [['Range', 'bytes=0-0'], ['Range', 'bytes=1-1']]], [none, { Range: 'bytes=0-' }], [none, { Range: 'bytes=-1' }]]
      return Promise.all(tries.map(([target, headers]) => failure(() => fetch(target, { headers }))))`)
    expect(seen).toEqual([
      "TypeError: fetch: a blob of 3 bytes has no range 'bytes=0-0, bytes=1-1'",
      "TypeError: fetch: a blob of 0 bytes has no range 'bytes=0-'",
      "TypeError: fetch: a blob of 0 bytes has no range 'bytes=-1'",
    ])
  })
})

describe('URL.createObjectURL', () => {
  it('takes blobs only, and loads nothing for what is none', async () => {
    using guest = createGuest()
    await guest.run('return typeof URL.createObjectURL')
    const before = guest.asked.length
    const seen = await guest.run(`
      const tries = [[], [{}], ['a'], [null], [new Proxy({}, {})]]
      return tries.map((given) => { try { return URL.createObjectURL(...given) } catch (error) { return error.name + ': ' + error.message } })`)
    expect(seen).toEqual([
      'TypeError: URL.createObjectURL: 1 argument is required, but only 0 present',
      ...Array<string>(4).fill('TypeError: URL.createObjectURL: the argument must be a Blob'),
    ])
    expect(guest.asked.length).toBe(before)
  })

  it('does not load what blobs are made of before it is called with one', async () => {
    using guest = createGuest()
    await guest.run('return typeof URL')
    const withUrl = guest.asked.filter((op) => op === OP.groupText).length
    await guest.run(
      `const { createObjectURL } = URL; URL.revokeObjectURL('blob:null/a'); new URL('blob:null/a').origin`,
    )
    expect(guest.asked.filter((op) => op === OP.groupText).length).toBe(withUrl)
  })

  it('refuses more than 32 768 at once with the limit in the message, and makes others when one is revoked', async () => {
    const seen = await run(`
      const blob = new Blob(['a'])
      const urls = []
      let refused
      try { for (;;) urls.push(URL.createObjectURL(blob)) } catch (error) { refused = error }
      const before = urls.length
      URL.revokeObjectURL(urls[0])
      urls.push(URL.createObjectURL(blob))
      return [before, refused instanceof QuotaExceededError, refused.message, urls.length, await (await fetch(urls.at(-1))).text()]`)
    expect(seen).toEqual([
      32_768,
      true,
      'URL.createObjectURL: 32768 URLs lead to blobs already, which is the limit; revokeObjectURL makes room.',
      32_769,
      'a',
    ])
  })
})
