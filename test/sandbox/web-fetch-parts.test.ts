// Headers, Blob, File and FormData in isolates.
import { describe, expect, it } from 'vitest'
import { useWebGuests } from './web-guest.ts'

const { run } = useWebGuests()

const thrown = async (expression: string): Promise<unknown> =>
  run(`try { ${expression}; return 'done' } catch (error) { return error.name + ': ' + error.message }`)

describe('Headers', () => {
  it('finds names in any case, joins what has one name, and keeps cookies apart', async () => {
    expect(
      await run(`
        const headers = new Headers([['X-B', '1'], ['x-a', ' 2 '], ['Set-Cookie', 'c=1']])
        headers.append('x-b', '3'); headers.append('set-cookie', 'd=2')
        return [headers.get('X-B'), headers.get('x-a'), headers.getSetCookie(), [...headers], headers.has('x-c'), headers.get('x-c')]`),
    ).toEqual([
      '1, 3',
      '2',
      ['c=1', 'd=2'],
      [
        ['set-cookie', 'c=1'],
        ['set-cookie', 'd=2'],
        ['x-a', '2'],
        ['x-b', '1, 3'],
      ],
      false,
      null,
    ])
  })

  it('sets, deletes, and is iterated in order while it changes', async () => {
    expect(
      await run(`
        const headers = new Headers({ b: 1, c: 2 })
        headers.append('b', 'x'); headers.set('B', 'y'); headers.delete('C')
        const seen = []
        for (const [name, value] of headers) { seen.push(name, value); if (seen.length === 2) headers.set('d', 'z') }
        headers.forEach((value, name, all) => seen.push(name + value, all === headers))
        return [seen, [...headers.keys()], [...headers.values()], String(new Headers(headers).get('b'))]`),
    ).toEqual([['b', 'y', 'd', 'z', 'by', true, 'dz', true], ['b', 'd'], ['y', 'z'], 'y'])
  })

  it('refuses names and values that HTTP does not have, with what is wrong', async () => {
    expect(await thrown(`new Headers([['a b', 'c']])`)).toBe(`TypeError: Headers: 'a b' is no name of a header`)
    expect(await thrown(`new Headers({ a: 'b\\nc' })`)).toContain('one line')
    expect(await thrown(`new Headers().append('a', '\\u0100')`)).toContain('beyond Latin-1')
    expect(await thrown(`new Headers([['a']])`)).toContain('1 members instead of 2')
    expect(await thrown(`new Headers(1)`)).toContain('must be an object')
    expect(await thrown(`new Headers(null)`)).toContain('must be an object')
    expect(await thrown(`new Headers().get('')`)).toContain('no name of a header')
  })
})

describe('Blob and File', () => {
  it('hold the bytes of texts, buffers, views and other blobs, as they were then', async () => {
    expect(
      await run(`
        const bytes = new Uint8Array([97, 98])
        const blob = new Blob(['é', bytes, bytes.buffer, new DataView(bytes.buffer, 1), new Blob(['z'])], { type: 'Text/Plain' })
        bytes[0] = 120
        const copy = new Uint8Array(await blob.arrayBuffer())
        copy[0] = 1
        return [blob.size, blob.type, await blob.text(), [...await blob.bytes()][0], await new Blob(['\\ufeffa']).text()]`),
    ).toEqual([8, 'text/plain', 'éababbz', 195, 'a'])
  })

  it('are cut as arrays are, without copying what nobody changes', async () => {
    expect(
      await run(`
        const blob = new Blob(['abcdef'])
        return Promise.all([blob.slice(1, 3), blob.slice(-2), blob.slice(4, 2), blob.slice(2).slice(1, 2, 'X/Y'), blob.slice(1.5)].map(async (part) => [await part.text(), part.type]))`),
    ).toEqual([
      ['bc', ''],
      ['ef', ''],
      ['', ''],
      ['d', 'x/y'],
      ['cdef', ''],
    ])
  })

  it('have names and times', async () => {
    expect(
      await run(`
        const file = new File(['a'], 'b.txt', { type: 'c/d', lastModified: 5.9 })
        const now = Date.now()
        return [file.name, file.type, file.lastModified, new File([], 'x').lastModified >= now, file.slice(0, 1).constructor.name]`),
    ).toEqual(['b.txt', 'c/d', 5, true, 'Blob'])
  })

  it('refuse what is no list of parts', async () => {
    expect(await thrown(`new Blob('abc')`)).toContain('must be iterable')
    expect(await thrown(`new Blob([], { endings: 'x' })`)).toContain("'native', and not 'x'")
    expect(await thrown(`new File(['a'])`)).toContain('2 arguments are required')
    expect(await run(`return new Blob(['a\\r\\nb\\rc\\n'], { endings: 'native' }).text()`)).toBe('a\nb\nc\n')
  })
})

describe('FormData', () => {
  it('keeps texts and files in order', async () => {
    expect(
      await run(`
        const form = new FormData()
        form.append('a', 1); form.append('f', new Blob(['x'], { type: 't/t' })); form.append('f', new File(['y'], 'n'), 'm'); form.append('a', 'b')
        const [first, second] = form.getAll('f')
        const before = [...form.keys()]
        form.set('a', 'c'); form.delete('none')
        const seen = []
        form.forEach((value, name) => seen.push(name, typeof value === 'string' ? value : value.name))
        return [before, first instanceof File, first.name, first.type, second.name, await second.text(), form.get('a'), form.has('z'), form.get('z'), seen]`),
    ).toEqual([
      ['a', 'f', 'f', 'a'],
      true,
      'blob',
      't/t',
      'm',
      'y',
      'c',
      false,
      null,
      ['a', 'c', 'f', 'blob', 'f', 'm'],
    ])
  })

  it('refuses a name for a text, and forms', async () => {
    expect(await thrown(`new FormData().append('a', 'b', 'c')`)).toContain('must be a Blob')
    expect(await thrown(`new FormData().append('a')`)).toContain('2 arguments are required')
    expect(await thrown(`new FormData({})`)).toContain('no forms')
  })
})
