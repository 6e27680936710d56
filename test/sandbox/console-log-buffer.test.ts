// The log of a request: how much is kept, where it is cut, and when it is sent.
import fc from 'fast-check'
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest'

// The clock is replaced before the module reads it, as the module keeps what it finds.
vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 })
const { createLogBuffer } = await import('../../sandbox/src/globals/log-buffer.ts')
afterAll(() => vi.useRealTimers())

const EAGER_WRITES = 16
const mark = (bytes: number): string => `\n[output truncated: the limit is ${bytes} bytes]\n`

interface Sent {
  readonly texts: string[]
  readonly buffer: ReturnType<typeof createLogBuffer>
}

function create(logBytes: number): Sent {
  const texts: string[] = []
  const buffer = createLogBuffer((text) => texts.push(text))
  buffer.configure(logBytes)
  return { texts, buffer }
}

/** A buffer that has used up the writes that are sent at once. */
function createLate(logBytes: number): Sent {
  const sent = create(logBytes)
  for (let index = 0; index < EAGER_WRITES; index++) sent.buffer.write('.')
  sent.texts.length = 0
  return sent
}

/** The same by a plain reading of the rule: whole writes while they fit, then code points, then the mark. */
function keep(writes: readonly string[], logBytes: number): string {
  let kept = ''
  let room = logBytes
  for (const text of writes) {
    const bytes = Buffer.byteLength(text)
    if (bytes > room) {
      for (const codePoint of text) {
        room -= Buffer.byteLength(codePoint)
        if (room < 0) break
        kept += codePoint
      }
      return kept + mark(logBytes)
    }
    kept += text
    room -= bytes
  }
  return kept
}

describe('the bound', () => {
  it.each<[string, readonly string[], number, string]>([
    ['keeps what fits exactly, without a mark', ['12345', '67890'], 10, '1234567890'],
    ['marks the first byte too many', ['12345', '67890', 'x'], 10, `1234567890${mark(10)}`],
    ['cuts inside a write', ['123456789'], 4, `1234${mark(4)}`],
    ['marks once and drops the rest', ['12345', '6', '7', '8'], 4, `1234${mark(4)}`],
    ['keeps nothing when there is no room at all', ['a'], 0, mark(0)],
    ['ignores empty writes at the limit', ['1234', '', ''], 4, '1234'],
    ['counts bytes of UTF-8', ['é日\u{1f600}'], 9, 'é日\u{1f600}'],
    ['does not cut a character of two bytes', ['aé'], 2, `a${mark(2)}`],
    ['does not cut a character of three bytes', ['日本'], 5, `日${mark(5)}`],
    ['does not cut a surrogate pair', ['a\u{1f600}b'], 4, `a${mark(4)}`],
    ['counts half a pair as three bytes', ['\ud83d', 'x'], 3, `\ud83d${mark(3)}`],
  ])('%s', (_, writes, logBytes, expected) => {
    const { texts, buffer } = create(logBytes)
    for (const text of writes) buffer.write(text)
    buffer.flush()
    expect(texts.join('')).toBe(expected)
  })

  it('holds for generated writes', () => {
    const unit = fc.oneof(
      fc.integer({ min: 0, max: 0xff_ff }).map((code) => String.fromCharCode(code)),
      fc.integer({ min: 0xd8_00, max: 0xdf_ff }).map((code) => String.fromCharCode(code)),
      fc.integer({ min: 0x1_00_00, max: 0x10_ff_ff }).map((code) => String.fromCodePoint(code)),
    )
    const text = fc.oneof(fc.string({ maxLength: 30 }), fc.string({ unit, maxLength: 30 }))
    fc.assert(
      fc.property(fc.array(text, { maxLength: 40 }), fc.nat({ max: 600 }), (writes, logBytes) => {
        const { texts, buffer } = create(logBytes)
        for (const one of writes) buffer.write(one)
        expect(texts.join('') + buffer.take()).toBe(keep(writes, logBytes))
      }),
      { numRuns: 500 },
    )
  })

  it('costs nothing more once it is reached, however much is written', () => {
    const { texts, buffer } = create(10)
    buffer.write('x'.repeat(11))
    expect(texts).toHaveLength(1)
    const long = 'é'.repeat(1_000_000)
    const start = process.cpuUsage().user
    for (let index = 0; index < 100_000; index++) buffer.write(long)
    // Counting the bytes of one such text takes milliseconds.
    expect(process.cpuUsage().user - start).toBeLessThan(1_000_000)
    buffer.flush()
    expect(texts).toHaveLength(1)
  })

  it('begins anew with the next request, which gets nothing of the one before', () => {
    const { texts, buffer } = createLate(100)
    buffer.write('of the first')
    buffer.configure(5)
    expect(buffer.take()).toBe('')
    buffer.write('123')
    buffer.write('456')
    expect(texts.join('')).toBe(`12345${mark(5)}`)
  })

  it('is zero before the first request', () => {
    const texts: string[] = []
    const { write } = createLogBuffer((text) => texts.push(text))
    write('too early')
    expect(texts.join('')).toBe(mark(0))
  })
})

describe('the sending', () => {
  beforeEach(() => {
    vi.setSystemTime(Date.now() + 1_000)
  })

  it('is at once for the first 16 writes', () => {
    const { texts, buffer } = create(1_000)
    for (let index = 0; index < EAGER_WRITES; index++) buffer.write(`${index};`)
    expect(texts).toEqual(Array.from({ length: EAGER_WRITES }, (_, index) => `${index};`))
    buffer.write('later')
    expect(texts).toHaveLength(EAGER_WRITES)
    expect(buffer.take()).toBe('later')
  })

  it('waits for 4 KiB, counted in bytes', () => {
    const { texts, buffer } = createLate(100_000)
    buffer.write('x'.repeat(4_093))
    expect(texts).toEqual([])
    buffer.write('é')
    expect(texts).toEqual([])
    buffer.write('y')
    expect(texts).toEqual([`${'x'.repeat(4_093)}éy`])
    buffer.write('z')
    expect(texts).toHaveLength(1)
  })

  it('waits no longer than 5 ms after the last sending, as far as something is written then', () => {
    const { texts, buffer } = createLate(100_000)
    buffer.write('a')
    vi.setSystemTime(Date.now() + 4)
    buffer.write('b')
    expect(texts).toEqual([])
    vi.setSystemTime(Date.now() + 1)
    buffer.write('c')
    expect(texts).toEqual(['abc'])
    buffer.write('d')
    expect(texts).toEqual(['abc'])
  })

  it('is at once for the mark: the program may never get to the end', () => {
    const { texts, buffer } = createLate(20)
    buffer.write('abcd')
    expect(texts).toEqual([])
    buffer.write('e')
    expect(texts).toEqual([`abcd${mark(20)}`])
  })

  it('sends with flush what waits, once, and nothing when nothing waits', () => {
    const { texts, buffer } = createLate(1_000)
    buffer.write('a')
    buffer.write('b')
    buffer.flush()
    buffer.flush()
    expect(texts).toEqual(['ab'])
  })

  it('leaves to take what waits, once', () => {
    const { texts, buffer } = createLate(1_000)
    buffer.write('a')
    expect(buffer.take()).toBe('a')
    expect(buffer.take()).toBe('')
    buffer.flush()
    expect(texts).toEqual([])
  })

  it('loses no count when sending throws', () => {
    let throws = true
    const texts: string[] = []
    const { write, configure } = createLogBuffer((text) => {
      if (throws) throw new Error('not now')
      texts.push(text)
    })
    configure(6)
    expect(() => write('1234')).toThrow('not now')
    throws = false
    write('5678')
    expect(texts).toEqual([`56${mark(6)}`])
  })
})

it('the record inherits nothing and its functions need no this', () => {
  const { buffer } = create(1)
  expect(Object.getPrototypeOf(buffer)).toBe(null)
  expect(Object.keys(buffer)).toEqual(['write', 'configure', 'flush', 'take'])
})
