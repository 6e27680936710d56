// Request and Response in isolates: what they are made of, and what is read of them. Nothing here asks a host.
import { describe, expect, it } from 'vitest'
import { useWebGuests } from './web-guest.ts'

const { createGuest, run } = useWebGuests()

/** Of expressions, `name: message` of what each throws or rejects with. */
async function failures(...expressions: readonly string[]): Promise<unknown> {
  const tries = expressions.map((expression) => `async () => (${expression})`)
  return run(`
    const said = []
    for (const one of [${tries.join(', ')}]) said.push(await one().then((value) => 'done: ' + value, (error) => error.name + ': ' + error.message))
    return said`)
}

describe('a body', () => {
  it('of each kind has its content type, and is read as what is asked for', async () => {
    const seen = await run(`
      const of = async (body, init) => { const r = new Response(body, init); return [r.headers.get('content-type'), await r.text()] }
      const bytes = new Uint8Array([104, 105, 33])
      return [
        await of('hé\\ud800'), await of(bytes.subarray(0, 2)), await of(bytes.buffer), await of(new DataView(bytes.buffer, 1)),
        await of(new Blob(['b'], { type: 'A/b' })), await of(new Blob(['b'])), await of(new URLSearchParams({ a: 'ü &' })),
        await of(null), await of(undefined), await of(7), await of({ toString: () => 'own' }), await of('x', { headers: { 'Content-Type': 'a/b' } }),
        await of('\\ufeffmark'), await of('')]`)
    expect(seen).toEqual([
      ['text/plain;charset=UTF-8', 'hé\ufffd'],
      [null, 'hi'],
      [null, 'hi!'],
      [null, 'i!'],
      ['a/b', 'b'],
      [null, 'b'],
      ['application/x-www-form-urlencoded;charset=UTF-8', 'a=%C3%BC+%26'],
      [null, ''],
      [null, ''],
      ['text/plain;charset=UTF-8', '7'],
      ['text/plain;charset=UTF-8', 'own'],
      ['a/b', 'x'],
      ['text/plain;charset=UTF-8', 'mark'],
      ['text/plain;charset=UTF-8', ''],
    ])
  })

  it('is read in every form, from a text and from bytes', async () => {
    const seen = await run(`
      const forms = async (make) => [
        await make().json(), [...await make().bytes()], (await make().arrayBuffer()).byteLength,
        await (async (blob) => [blob instanceof Blob, blob.type, await blob.text()])(await make().blob())]
      const own = new TextEncoder().encode('[1]')
      const response = new Response(own)
      own[0] = 0
      const copy = await response.bytes()
      return [await forms(() => new Response('[1]')), await forms(() => new Response(new Blob(['[1]'], { type: 'application/json' }))), copy[0],
        copy.buffer.byteLength]`)
    expect(seen).toEqual([
      [[1], [91, 49, 93], 3, [true, 'text/plain;charset=UTF-8', '[1]']],
      [[1], [91, 49, 93], 3, [true, 'application/json', '[1]']],
      91,
      3,
    ])
  })

  it('is read once, and a clone of it by itself', async () => {
    expect(
      await run(`
        const first = new Response('a', { status: 201, headers: { b: 'c' } })
        const second = first.clone()
        second.headers.set('b', 'd')
        const texts = [first.bodyUsed, await first.text(), first.bodyUsed, second.bodyUsed, await second.text(), first.headers.get('b'), second.status]
        const request = new Request('http://a/', { method: 'POST', body: 'x' })
        const copy = request.clone()
        const taken = new Request(request)
        return [texts, request.bodyUsed, await taken.text(), await copy.text(), copy.method]`),
    ).toEqual([[false, 'a', true, false, 'a', 'c', 201], true, 'x', 'x', 'POST'])
    expect(
      await failures(
        `(async (r) => { await r.text(); return r.json() })(new Response('1'))`,
        `(async (r) => { await r.text(); return r.clone() })(new Response('1'))`,
        `(async (r) => { await r.text(); return new Request(r) })(new Request('http://a/', { method: 'PUT', body: 'b' }))`,
        `new Response('{').json()`,
        `Response.prototype.text.call({})`,
      ),
    ).toEqual([
      'TypeError: The body has been read already, or its stream is locked',
      'TypeError: Response.clone: the body has been read already, or its stream is locked',
      'TypeError: Request: the body has been read already, or its stream is locked',
      expect.stringContaining('SyntaxError: '),
      expect.stringContaining('TypeError: '),
    ])
  })

  it('that is a form is written and read as multipart, also with hostile names', async () => {
    const seen = await run(`
      const form = new FormData()
      form.append('a"\\r\\nb', 'line\\nend')
      form.append('f', new File(['\\r\\n--', new Uint8Array([0, 255])], 'n"ä.bin', { type: 'x/y' }))
      form.append('e', '')
      const response = new Response(form)
      const type = response.headers.get('content-type')
      const back = await response.formData()
      const file = back.get('f')
      const again = await new Request('http://a/', { method: 'POST', body: 'a=b+c&d', headers: { 'content-type': 'application/x-www-form-urlencoded' } }).formData()
      return [type.replace(/[0-9a-f]{32}$/, 'random'), [...back.keys()], back.get('a"\\r\\nb'), file instanceof File, file.name, file.type, [...await file.bytes()], back.get('e'), [...again]]`)
    expect(seen).toEqual([
      'multipart/form-data; boundary=----formdata-random',
      ['a"\r\nb', 'f', 'e'],
      'line\r\nend',
      true,
      'n"ä.bin',
      'x/y',
      [13, 10, 45, 45, 0, 255],
      '',
      [
        ['a', 'b c'],
        ['d', ''],
      ],
    ])
  })

  it('that is no form is refused as one, with what is wrong', async () => {
    const of = (text: string, type = 'multipart/form-data; boundary=b'): string =>
      `new Response(${JSON.stringify(text)}, { headers: { 'content-type': ${JSON.stringify(type)} } }).formData()`
    const head = 'Content-Disposition: form-data; name="a"'
    expect(
      await failures(
        of('x', 'text/plain'),
        of('x', 'multipart/form-data'),
        of('x'),
        of('--b'),
        of(`--b\r\n${head}`),
        of(`--b\r\n${head}\r\n\r\nno end`),
        of(`--b\r\nContent-Type: a/b\r\n\r\n\r\n--b--`),
        of(`--b\r\nContent-Disposition: attachment; name="a"\r\n\r\n\r\n--b--`),
        of(`--b\r\nnothing\r\n\r\n\r\n--b--`),
        of(`--b\r\nContent-Disposition: form-data; name="a\r\n\r\n\r\n--b--`),
        of(`--b\r\n${head}\r\nx: ${'y'.repeat(20_000)}\r\n\r\n\r\n--b--`),
      ),
    ).toEqual([
      "TypeError: formData: the content type is 'text/plain', which is none of a form",
      ...[
        'there is no boundary',
        'it does not begin with its boundary',
        'there is no line end behind a boundary',
        'the head of a part has no end',
        'a part has no end',
        'a part has no name',
        'a part is no part of a form',
        'a header of a part has no colon',
        'a name has no end',
        'the head of a part has no end',
      ].map((what) => `TypeError: formData: the form is malformed: ${what}`),
    ])
  })

  it('is searched for its boundary in a time that grows with its length only', async () => {
    using guest = createGuest()
    const search = async (length: number): Promise<number> =>
      (await guest.run(`
        const boundary = '-'.repeat(60) + 'b'
        const text = '--' + boundary + '\\r\\nContent-Disposition: form-data; name="a"\\r\\n\\r\\n' + '\\r\\n' + '-'.repeat(${length}) + '\\r\\n--' + boundary + '--'
        const response = new Response(text, { headers: { 'content-type': 'multipart/form-data; boundary=' + boundary } })
        const from = Date.now()
        const form = await response.formData()
        return form.get('a').length === ${length} + 2 ? Date.now() - from : -1`)) as number
    await search(100_000)
    const shortMs = await search(200_000)
    expect(shortMs).toBeGreaterThanOrEqual(0)
    expect(await search(800_000)).toBeLessThan(40 * Math.max(shortMs, 5))
  })

  it('is a stream when code asks for one', async () => {
    expect(
      await run(`
        const response = new Response('abc')
        const chunks = []
        for await (const chunk of response.body) chunks.push(...chunk)
        const given = new Response(new ReadableStream({ start(c) { c.enqueue(new Uint8Array([104])); c.enqueue(new Uint8Array([105])); c.close() } }))
        const copy = given.clone()
        return [chunks, response.bodyUsed, await given.text(), await copy.text(), new Response(null).body, response.body === response.body]`),
    ).toEqual([[97, 98, 99], true, 'hi', 'hi', null, true])
  })
})

describe('a Response', () => {
  it('has the members of the standard', async () => {
    expect(
      await run(`
        const all = (r) => [r.type, r.url, r.redirected, r.status, r.ok, r.statusText, [...r.headers], r.bodyUsed]
        return [all(new Response()), all(new Response('a', { status: 404, statusText: 'No é', headers: [['A', 'b']] })), all(Response.error()),
          all(Response.redirect('http://a/b c', 307)), all(Response.json({ a: [1] }, { status: 201 })), await Response.json({ a: [1] }).text(),
          Object.prototype.toString.call(Response.error()), Response.name, Response.length, Object.keys(Response.prototype).length]`),
    ).toEqual([
      ['default', '', false, 200, true, '', [], false],
      [
        'default',
        '',
        false,
        404,
        false,
        'No é',
        [
          ['a', 'b'],
          ['content-type', 'text/plain;charset=UTF-8'],
        ],
        false,
      ],
      ['error', '', false, 0, false, '', [], false],
      ['default', '', false, 307, false, '', [['location', 'http://a/b%20c']], false],
      ['default', '', false, 201, true, '', [['content-type', 'application/json']], false],
      '{"a":[1]}',
      '[object Response]',
      'Response',
      0,
      16,
    ])
  })

  it('refuses what no answer has', async () => {
    expect(
      await failures(
        `new Response('', { status: 199 })`,
        `new Response('', { status: 600 })`,
        `new Response('', { status: 204 })`,
        `new Response('', { statusText: 'a\\nb' })`,
        `new Response('', { statusText: 'Ā' })`,
        `Response.redirect('http://a/', 200)`,
        `Response.redirect('nowhere')`,
        `Response.json(() => 1)`,
        `Response.json()`,
        `Response.error().headers.set('a', 'b')`,
        `Response.redirect('http://a/').headers.append('a', 'b')`,
        `new Response(Symbol('s'))`,
        `structuredClone(new Response())`,
        `Response('a')`,
      ),
    ).toEqual([
      'RangeError: Response: the status must be from 200 to 599, and not 199',
      'RangeError: Response: the status must be from 200 to 599, and not 600',
      'TypeError: Response: an answer with status 204 has no body',
      'TypeError: Response: the status text must be one line without control characters',
      expect.stringContaining('TypeError: Response: the status text'),
      'RangeError: Response.redirect: the status must be 301, 302, 303, 307 or 308, and not 200',
      "TypeError: Response.redirect: 'nowhere' is no URL",
      'TypeError: Response.json: the value has no JSON',
      expect.stringContaining('1 argument is required'),
      'TypeError: Headers: these headers cannot be changed',
      'TypeError: Headers: these headers cannot be changed',
      expect.stringContaining('TypeError: '),
      expect.stringContaining('DataCloneError: '),
      expect.stringContaining('TypeError: '),
    ])
  })
})

describe('a Request', () => {
  it('has the members of the standard, and takes those of another', async () => {
    expect(
      await run(`
        const all = (r) => [r.method, r.url, [...r.headers], r.redirect, r.mode, r.credentials, r.cache, r.referrer, r.referrerPolicy, r.integrity, r.keepalive, r.duplex, r.destination, r.signal.aborted]
        const one = new Request('HTTP://Ex.org/a b#c', { method: 'post', headers: { A: 'b' }, body: 'x', redirect: 'manual', credentials: 'omit', cache: 'no-store', mode: 'no-cors', keepalive: 1, referrer: '', referrerPolicy: 'origin', integrity: 'i' })
        return [all(new Request('http://a')), all(one), all(new Request(one, { method: 'purge' })), new Request(new URL('http://u/')).url]`),
    ).toEqual([
      [
        'GET',
        'http://a/',
        [],
        'follow',
        'cors',
        'same-origin',
        'default',
        'about:client',
        '',
        '',
        false,
        'half',
        '',
        false,
      ],
      [
        'POST',
        'http://ex.org/a%20b#c',
        [
          ['a', 'b'],
          ['content-type', 'text/plain;charset=UTF-8'],
        ],
        'manual',
        'no-cors',
        'omit',
        'no-store',
        '',
        'origin',
        'i',
        true,
        'half',
        '',
        false,
      ],
      [
        'purge',
        'http://ex.org/a%20b#c',
        [
          ['a', 'b'],
          ['content-type', 'text/plain;charset=UTF-8'],
        ],
        'manual',
        'no-cors',
        'omit',
        'no-store',
        '',
        'origin',
        'i',
        true,
        'half',
        '',
        false,
      ],
      'http://u/',
    ])
  })

  it('follows the signal that it is given, and that of the request that it is made of', async () => {
    expect(
      await run(`
        const controller = new AbortController()
        const one = new Request('http://a/', { signal: controller.signal })
        const two = new Request(one)
        const three = two.clone()
        const free = new Request(one, { signal: null })
        const early = two.signal
        controller.abort('why')
        return [one.signal === controller.signal, one.signal === one.signal, early.reason, one.signal.reason, three.signal.aborted, free.signal.aborted]`),
    ).toEqual([false, true, 'why', 'why', true, false])
  })

  it('refuses what no request has', async () => {
    const of = (init: string): string => `new Request('http://a/', ${init})`
    expect(
      await failures(
        `new Request()`,
        `new Request('/a')`,
        `new Request('http://u:p@a/')`,
        of(`{ method: 'a b' }`),
        of(`{ method: 'Trace' }`),
        of(`{ body: '' }`),
        of(`{ method: 'HEAD', body: 'x' }`),
        of(`{ mode: 'navigate' }`),
        of(`{ redirect: 'x' }`),
        of(`{ cache: 'only-if-cached' }`),
        of(`{ window: 1 }`),
        of(`{ signal: {} }`),
        of(`{ headers: { 'a b': '' } }`),
        of(`1`),
      ),
    ).toEqual([
      expect.stringContaining('1 argument is required'),
      "TypeError: Request: '/a' is no absolute URL",
      'TypeError: Request: the URL must have no credentials',
      "TypeError: Request: 'a b' is no method",
      'TypeError: Request: the method Trace is forbidden',
      'TypeError: Request: a request with method GET has no body',
      'TypeError: Request: a request with method HEAD has no body',
      "TypeError: Request: mode cannot be 'navigate'",
      "TypeError: Request: 'x' is nothing that redirect can be",
      "TypeError: Request: with cache 'only-if-cached', mode must be 'same-origin'",
      'TypeError: Request: window can only be null',
      'TypeError: Request: signal must be an AbortSignal',
      "TypeError: Headers: 'a b' is no name of a header",
      'TypeError: Request: the options must be an object',
    ])
  })
})
