// atob, btoa, TextEncoder and TextDecoder in isolates.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { useWebGuests } from './web-guest.ts'

const { createGuest, run } = useWebGuests()

/** `[name, message]` of what an expression throws. */
const thrown = async (expression: string): Promise<unknown> =>
  run(`try { ${expression} } catch (error) { return [error.name, error.message, error.code ?? null] }`)

describe('atob and btoa', () => {
  it('are those of Node.js for texts of all kinds', async () => {
    const texts = ['', 'a', 'ab', 'abc', 'hell\u00f6 w\u00f6rld', '\0\xff', 'x'.repeat(1_000)]
    const encoded = texts.map((text) => btoa(text))
    expect(await run(`return ${JSON.stringify(texts)}.map(btoa)`)).toEqual(encoded)
    const lenient = [...encoded, ' YW Jj\n', 'YQ', 'YWI', 'YR==', '\t']
    expect(await run(`return ${JSON.stringify(lenient)}.map((text) => atob(text))`)).toEqual(
      lenient.map((text) => atob(text)),
    )
  })

  it('refuse what is no base64, and what is no byte, with the place', async () => {
    expect(await thrown(`atob('a')`)).toEqual(['InvalidCharacterError', expect.stringContaining('1 characters'), 5])
    expect(await thrown(`atob('ab=c')`)).toEqual(['InvalidCharacterError', expect.stringContaining('at 2'), 5])
    expect(await thrown(`btoa('a\\u0100')`)).toEqual(['InvalidCharacterError', expect.stringContaining('at 1'), 5])
    expect(await thrown('atob()')).toEqual(['TypeError', expect.stringContaining('1 argument'), null])
    expect(await thrown('btoa(Symbol())')).toEqual(['TypeError', expect.any(String), null])
  })
})

describe('TextEncoder', () => {
  it('writes UTF-8 as Node.js does, lone surrogates included', async () => {
    using guest = createGuest()
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 60 }), async (text) => {
        const bytes = await guest.run(`return [...new TextEncoder().encode(${JSON.stringify(text)})]`)
        expect(bytes).toEqual([...new TextEncoder().encode(text)])
      }),
      { numRuns: 60 },
    )
    expect(await guest.run(`return [...new TextEncoder().encode('\\ud800a\\udc00')]`)).toEqual([
      239, 191, 189, 97, 239, 191, 189,
    ])
  })

  it('writes whole characters only into what there is', async () => {
    expect(
      await run(`
        const target = new Uint8Array(6)
        const { read, written } = new TextEncoder().encodeInto('a\\u20ac\\u{1f600}', target)
        return [read, written, [...target]]`),
    ).toEqual([2, 4, [0x61, 0xe2, 0x82, 0xac, 0, 0]])
  })
})

describe('TextDecoder', () => {
  it('reads any bytes as Node.js does, in one piece and in two', async () => {
    using guest = createGuest()
    const bytes = fc.uint8Array({ maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(
        bytes,
        fc.nat({ max: 40 }),
        fc.constantFrom('utf-8', 'utf-16le', 'utf-16be'),
        async (some, at, label) => {
          const decoded = await guest.run(`
          const bytes = new Uint8Array(${JSON.stringify([...some])})
          const whole = new TextDecoder('${label}').decode(bytes)
          const decoder = new TextDecoder('${label}')
          const parts = decoder.decode(bytes.subarray(0, ${at}), { stream: true }) + decoder.decode(bytes.subarray(${at}))
          let fatal
          try { fatal = new TextDecoder('${label}', { fatal: true }).decode(bytes) } catch (error) { fatal = error.name }
          return [whole, parts, fatal].map((text) => escape(text))`)
          const expected = new TextDecoder(label).decode(some)
          let fatal: string
          try {
            fatal = new TextDecoder(label, { fatal: true }).decode(some)
          } catch {
            fatal = 'TypeError'
          }
          expect(decoded).toEqual([expected, expected, fatal].map((text) => escape(text)))
        },
      ),
      { numRuns: 100 },
    )
  })

  it('reads the encodings of the web before UTF-8', async () => {
    expect(
      await run(`
        const read = (label, ...bytes) => new TextDecoder(label).decode(new Uint8Array(bytes))
        return [read('latin1', 0x80, 0xe9), read('Shift_JIS', 0x82, 0xa0), read('gb18030', 0xc4, 0xe3), read('big5', 0xa7, 0x41),
          read('euc-kr', 0xb0, 0xa1), read('koi8-r', 0xc1), read('windows-1251', 0xc0), new TextDecoder('ascii').encoding]`),
    ).toEqual(['\u20ac\u00e9', 'あ', '你', '你', '가', 'а', 'А', 'windows-1252'])
  })

  it('knows labels in any case and with spaces around them, and names the one that it does not know', async () => {
    expect(await run(`return [new TextDecoder(' UTF-8\\n').encoding, new TextDecoder('Unicode').encoding]`)).toEqual([
      'utf-8',
      'utf-16le',
    ])
    expect(await thrown(`new TextDecoder('utf-7')`)).toEqual(['RangeError', expect.stringContaining("'utf-7'"), null])
    expect(await thrown(`new TextDecoder('iso-2022-cn')`)).toEqual([
      'RangeError',
      expect.stringContaining('iso-2022-cn'),
      null,
    ])
    expect(await thrown(`new TextDecoder('utf-8\\0')`)).toEqual(['RangeError', expect.any(String), null])
  })

  it('drops a byte order mark unless it is told to keep it', async () => {
    expect(
      await run(`
        const bytes = new Uint8Array([0xef, 0xbb, 0xbf, 0x61])
        return [new TextDecoder().decode(bytes), new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes).length]`),
    ).toEqual(['a', 2])
  })

  it('takes every kind of view, and nothing else', async () => {
    expect(
      await run(`
        const { buffer } = new Uint8Array([0, 0, 0x61, 0, 0x62, 0])
        return [buffer, new DataView(buffer, 2, 2), new Uint16Array(buffer, 2, 2), new Int8Array(buffer, 2, 1)].map((view) => new TextDecoder().decode(view))`),
    ).toEqual(['\0\0a\0b\0', 'a\0', 'a\0b\0', 'a'])
    expect(await thrown(`new TextDecoder().decode('a')`)).toEqual([
      'TypeError',
      expect.stringContaining('buffer'),
      null,
    ])
    expect(
      await run(`const { buffer } = new Uint8Array(4); buffer.transfer(); return new TextDecoder().decode(buffer)`),
    ).toBe('')
  })
})
