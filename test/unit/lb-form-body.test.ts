// Multipart bodies of load-balanced routes: what is read, what is refused, and that hostile ones cost little.
import { describe, expect, test } from 'vitest'
import { readForm } from '../../src/http/lb/form-body.ts'

const MULTIPART = 'multipart/form-data; boundary=X'
const MALFORMED = {
  ok: false,
  answer: { status: 400, body: '{"detail":"There was an error parsing the body"}', code: 'REQUEST_INVALID' },
}

function part(name: string, value: string, more = ''): string {
  return `--X\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`
}

async function fieldsOf(body: string, contentType = MULTIPART): Promise<unknown> {
  const form = await readForm(Buffer.from(body, 'latin1'), contentType)
  if (!form.ok) return form
  return [...form.fields].map(([name, value]) => [name, typeof value === 'string' ? value : value.toString('hex')])
}

describe('a form', () => {
  test('has text and files by name, and the last of several counts', async () => {
    const body = `${part('n', '5')}${part('f', '\0\xff\r\n', '; filename="a"')}${part('__proto__', 'p')}${part('n', '6')}--X--\r\n`
    expect(await fieldsOf(body)).toEqual([
      ['n', '6'],
      ['f', '00ff0d0a'],
      ['__proto__', 'p'],
    ])
  })

  test('is read from bytes in the middle of a larger buffer', async () => {
    const body = `${part('n', '5')}--X--\r\n`
    const form = await readForm(Buffer.from(`junk${body}junk`).subarray(4, 4 + body.length), MULTIPART)
    expect(form).toEqual({ ok: true, fields: new Map([['n', '5']]) })
  })

  test.each(['Multipart/Form-Data; Boundary="X"', 'multipart/form-data;charset=utf-8;boundary=X'])(
    'the content type may be %s',
    async (contentType) => {
      expect(await fieldsOf(`${part('n', '5')}--X--`, contentType)).toEqual([['n', '5']])
    },
  )

  test('what a browser sends is read', async () => {
    const form = new FormData()
    form.set('text', 'ü')
    form.set('file', new Blob(['abc']), 'a.bin')
    const request = new Response(form)
    const body = Buffer.from(await request.arrayBuffer())
    expect(await fieldsOf(body.toString('latin1'), request.headers.get('content-type') ?? '')).toEqual([
      ['text', 'ü'],
      ['file', '616263'],
    ])
  })

  test.each([
    ['nothing', '', MULTIPART],
    ['no parts', '--X--\r\n', MULTIPART],
    ['JSON', '{"n":5}', 'application/json'],
    ['a body without a type', 'n=5', ''],
  ])('%s has no fields', async (_name, body, contentType) => {
    expect(await fieldsOf(body, contentType)).toEqual([])
  })

  test('may be URL-encoded', async () => {
    const contentType = 'application/x-www-form-urlencoded; charset=utf-8'
    expect(await fieldsOf('a=1&b=%20+&a=2', contentType)).toEqual([
      ['a', '2'],
      ['b', '  '],
    ])
    expect(await fieldsOf('&'.repeat(1_000), contentType)).toEqual(MALFORMED)
  })

  test.each([
    ['garbage', 'garbage', MULTIPART],
    ['a part without an end', '--X\r\nContent-Disposition: form-data; name="n"\r\n\r\n5', MULTIPART],
    ['a header without a colon', '--X\r\nfoo\r\n\r\n5\r\n--X--\r\n', MULTIPART],
    ['a part without a name', '--X\r\nContent-Disposition: form-data\r\n\r\n5\r\n--X--\r\n', MULTIPART],
    ['no boundary', part('n', '5'), 'multipart/form-data'],
    ['an empty boundary', part('n', '5'), 'multipart/form-data; boundary='],
    ['a boundary with a quote', part('n', '5'), 'multipart/form-data; boundary="a"b"'],
    ['a long boundary', part('n', '5'), `multipart/form-data; boundary=${'X'.repeat(71)}`],
    ['another boundary', `${part('n', '5')}--X--\r\n`, 'multipart/form-data; boundary=Y'],
  ])('%s is malformed', async (_name, body, contentType) => {
    expect(await fieldsOf(body, contentType)).toEqual(MALFORMED)
  })

  test('takes a thousand parts and no more', async () => {
    expect(await fieldsOf(`${part('n', '5').repeat(1_000)}--X--\r\n`)).toEqual([['n', '5']])
    expect(await fieldsOf(`${part('n', '5').repeat(1_001)}--X--\r\n`)).toEqual(MALFORMED)
  })

  test('is refused quickly when it is built to be slow', async () => {
    const startedMs = performance.now()
    for (const body of [
      `--X\r\n${'a:b\r\n'.repeat(1_000_000)}\r\n--X--\r\n`,
      part('n', '5').repeat(100_000),
      part('a\\'.repeat(2_000_000), '5'),
      '--X--'.repeat(1_000_000),
    ]) {
      expect(await fieldsOf(body)).toEqual(MALFORMED)
    }
    expect(performance.now() - startedMs).toBeLessThan(2_000)
  })

  test('with more headers than a thousand fields need is malformed, and few long ones are not', async () => {
    const headers = (bytes: number): string => `a:b\r\n${'a:b\r\n'.repeat(bytes / 5)}`
    const bodyOf = (parts: number, bytes: number): string =>
      `${`--X\r\n${headers(bytes)}Content-Disposition: form-data; name="n"\r\n\r\n5\r\n`.repeat(parts)}--X--\r\n`
    expect(await fieldsOf(bodyOf(1_000, 6_000))).toEqual(MALFORMED)
    expect(await fieldsOf(bodyOf(1_000, 300))).toEqual([['n', '5']])
    expect(await fieldsOf(bodyOf(20, 8_000))).toEqual([['n', '5']])
  })

  test.each([
    ['spaces', '+', ' '],
    ['letters and spaces', 'x+', 'x '],
    ['escapes', '%41', 'A'],
  ])('that is URL-encoded text of nothing but %s is read as quickly as any other', async (_what, encoded, text) => {
    const times = 9_000_000 / encoded.length
    const startedMs = performance.now()
    const form = await readForm(Buffer.from(`a=${encoded.repeat(times)}`), 'application/x-www-form-urlencoded')
    const value = form.ok ? form.fields.get('a') : undefined
    expect(value === text.repeat(times)).toBe(true)
    expect(performance.now() - startedMs).toBeLessThan(1_000)
  })
})
