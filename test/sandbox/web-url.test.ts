// URL and URLSearchParams in isolates, against those of Node.js.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { useWebGuests } from './web-guest.ts'

const { createGuest, run } = useWebGuests()

const PARTS = [
  'href',
  'origin',
  'protocol',
  'username',
  'password',
  'host',
  'hostname',
  'port',
  'pathname',
  'search',
  'hash',
] as const

const SHOW = `const show = (url, base) => { try { const parsed = new URL(url, base); return ${JSON.stringify(PARTS)}.map((part) => parsed[part]) } catch (error) { return error.name } };`

function show(url: string, base: string | undefined): unknown {
  try {
    const parsed = new URL(url, base)
    return PARTS.map((part) => parsed[part])
  } catch {
    return 'TypeError'
  }
}

/** Pieces of which texts are made that come near to being URLs. */
const piece = fc.constantFrom(
  ...[
    'http:',
    'https://',
    'file:',
    'file:///',
    'ws:',
    'mailto:',
    'x-y+z:',
    '//',
    '/',
    '\\',
    '?',
    '#',
    '@',
    ':',
    ':80',
    ':443',
    ':99999',
  ],
  ...[
    'a',
    'B.c',
    'example.org',
    '1.2.3.4',
    '0x7f.1',
    '256',
    '[::1]',
    '[1:2::3:4.5.6.7]',
    '[',
    ']',
    'C:',
    'c|',
    '..',
    '.',
    '%2e',
    '%2E%2e',
  ],
  ...[
    '%41',
    '%',
    '%zz',
    ' ',
    '\t',
    '\n',
    '\0',
    '"',
    '<',
    '>',
    '`',
    '{',
    '}',
    '|',
    '^',
    "'",
    '&',
    '=',
    '+',
    ';',
    'é',
    '😀',
    '日本',
    '~',
    '*',
    '$',
  ],
)
const text = fc.array(piece, { maxLength: 7 }).map((pieces) => pieces.join(''))

describe('URL', () => {
  it('takes every text apart as Node.js does', async () => {
    using guest = createGuest()
    await guest.run(`${SHOW} globalThis.show = show`)
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(text, fc.option(text, { nil: undefined })), { minLength: 40, maxLength: 40 }),
        async (pairs) => {
          const seen = await guest.run(
            `return ${JSON.stringify(pairs)}.map(([url, base]) => show(url, base ?? undefined))`,
          )
          expect(seen).toEqual(pairs.map(([url, base]) => show(url, base)))
        },
      ),
      { numRuns: 60 },
    )
  })

  it('does with every assignment to a part what Node.js does', async () => {
    using guest = createGuest()
    const part = fc.constantFrom(...PARTS.filter((name) => name !== 'origin'))
    const start = fc.constantFrom(
      'https://user:pass@example.org:8080/a/b?c=d#e',
      'file:///C:/a',
      'mailto:a@b',
      'x:/a',
      'x://h',
      'http://h/',
    )
    const assign = (url: URL, name: (typeof PARTS)[number], value: string): unknown => {
      try {
        Object.assign(url, { [name]: value })
      } catch {
        return 'TypeError'
      }
      return url.href
    }
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(start, part, text), { minLength: 30, maxLength: 30 }), async (changes) => {
        const seen = await guest.run(`return ${JSON.stringify(changes)}.map(([start, name, value]) => {
          const url = new URL(start)
          try { url[name] = value } catch (error) { return error.name }
          return url.href
        })`)
        expect(seen).toEqual(changes.map(([from, name, value]) => assign(new URL(from), name, value)))
      }),
      { numRuns: 60 },
    )
  })

  it('says what it could not parse, cut where it is long', async () => {
    expect(
      await run(`try { new URL('nonsense') } catch (error) { return [error.name, error.message, error.code] }`),
    ).toEqual(['TypeError', "Invalid URL: 'nonsense'", 'ERR_INVALID_URL'])
    expect(await run(`try { new URL('x'.repeat(1e6)) } catch (error) { return error.message.length }`)).toBeLessThan(
      300,
    )
    expect(
      await run(`return [URL.canParse('x'), URL.canParse('x', 'a:/b'), URL.parse('x'), URL.parse('http://a').href]`),
    ).toEqual([false, true, null, 'http://a/'])
  })

  it('writes what is beyond ASCII in a host in ASCII, up to 512 characters', async () => {
    const body = `return ['http://XN--a.b/', 'http://bücher.example/', 'http://%C3%BC/', 'x://ü/', 'http://' + 'ü'.repeat(600) + '/', 'http://' + 'a'.repeat(600) + '/']
      .map((text) => URL.parse(text)?.host.length ?? null)`
    expect(await run(body)).toEqual([7, 21, 7, 6, null, 600])
    expect(await run(`return new URL('http://b\u00fccher.example').hostname`)).toBe('xn--bcher-kva.example')
  })

  it('keeps its query and its parameters the same', async () => {
    expect(
      await run(`
        const url = new URL('http://a/?b=1&b=2#c')
        const { searchParams } = url
        searchParams.append('d', 'e f')
        const appended = url.href
        url.search = '?x=%20'
        const replaced = [...searchParams]
        searchParams.delete('x')
        const emptied = url.href
        url.href = 'http://b/?y'
        return [appended, replaced, emptied, [...searchParams], url.searchParams === searchParams]`),
    ).toEqual(['http://a/?b=1&b=2&d=e+f#c', [['x', ' ']], 'http://a/#c', [['y', '']], true])
  })
})

describe('URLSearchParams', () => {
  it('reads and writes texts as Node.js does', async () => {
    using guest = createGuest()
    const query = fc.array(fc.constantFrom('a', 'é', '=', '&', '+', '%20', '%C3%A9', '?', '😀', ' ', '#'), {
      maxLength: 12,
    })
    await fc.assert(
      fc.asyncProperty(fc.array(query, { minLength: 30, maxLength: 30 }), async (queries) => {
        const texts = queries.map((parts) => parts.join(''))
        const seen = await guest.run(
          `return ${JSON.stringify(texts)}.map((text) => { const params = new URLSearchParams(text); return [String(params), [...params]] })`,
        )
        expect(seen).toEqual(
          texts.map((one) => {
            const params = new URLSearchParams(one)
            return [String(params), [...params]]
          }),
        )
      }),
      { numRuns: 30 },
    )
  })

  it('leaves what is no percent-encoding as it is', async () => {
    expect(await run(`return [...new URLSearchParams('%zz\u{1f600}%20=%&%4=%41')]`)).toEqual([
      ['%zz\u{1f600} ', '%'],
      ['%4', 'A'],
    ])
  })

  it('is made of pairs, records and its like, and changed and sorted in place', async () => {
    expect(
      await run(`
        const params = new URLSearchParams({ b: 1, a: 2 })
        params.append('b', '3'); params.set('a', '4'); params.append('a', '5'); params.sort()
        params.delete('b', '1')
        return [String(params), params.size, params.getAll('a'), params.has('b', '3'), params.get('z'),
          String(new URLSearchParams([['x', 'y']])), String(new URLSearchParams(params)), String(new URLSearchParams(new Map([['k', 'v']])))]`),
    ).toEqual(['a=4&a=5&b=3', 3, ['4', '5'], true, null, 'x=y', 'a=4&a=5&b=3', 'k=v'])
    expect(await run(`try { new URLSearchParams([['a']]) } catch (error) { return error.message }`)).toContain(
      '1 members instead of 2',
    )
  })

  it('is iterated as it is at each step', async () => {
    expect(
      await run(`
        const params = new URLSearchParams('a=1&b=2')
        const seen = []
        for (const [name] of params) { seen.push(name); if (seen.length === 1) params.append('c', '3') }
        params.forEach((value, name, all) => seen.push(value, all === params))
        return seen`),
    ).toEqual(['a', 'b', 'c', '1', true, '2', true, '3', true])
  })
})
