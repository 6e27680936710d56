// Captured pickles of a real client: all of them decode, and what is encoded from them is the same value to a real Python.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isCodecError } from '../../../sandbox/src/codec/codec-error.ts'
import { captureLateIntrinsics } from '../../../sandbox/src/codec/late-intrinsics.ts'
import { decodePickle } from '../../../sandbox/src/codec/pickle/decode.ts'
import { encodePickle } from '../../../sandbox/src/codec/pickle/encode.ts'

captureLateIntrinsics()

interface Vector {
  readonly name: string
  readonly b64: string
  readonly json?: unknown
  /** The same value in older protocols. */
  readonly protocols?: Readonly<Record<string, string>>
}

const { vectors } = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', '..', 'fixtures', 'pickle-vectors.json'), 'utf8'),
) as { readonly vectors: readonly Vector[] }
const MAX_BYTES = 10_000_000

describe('captured pickles', () => {
  test.for(vectors.map((vector) => [vector.name, vector] as const))('%s decodes', ([, { b64, json }]) => {
    const value = decodePickle(b64)
    // JSON.parse has rounded the large integers of the fixture, so the comparison rounds ours as well.
    const rounded = JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? Number(item) : item))
    if (json !== undefined) expect(JSON.parse(rounded)).toEqual(json)
    else expect(value).not.toBeUndefined()
  })

  test('older protocols decode to the same value', () => {
    const older = vectors.flatMap(({ b64, protocols = {} }) =>
      Object.values(protocols).map((text) => [b64, text] as const),
    )
    for (const [current, text] of older) expect(decodePickle(text)).toEqual(decodePickle(current))
  })
})

/** Asks one Python whether each pair of pickles holds equal values of equal types; skips where there is no Python. */
const PROGRAM = `
import base64, json, pickle, sys
pairs = json.load(sys.stdin)
def same(a, b):
    if type(a) is not type(b): return False
    if isinstance(a, float): return repr(a) == repr(b)
    if isinstance(a, (list, tuple)): return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict): return len(a) == len(b) and all(same(x, y) and same(a[x], b[y]) for x, y in zip(a, b))
    return a == b
load = lambda text: pickle.loads(base64.b64decode(text))
json.dump([same(load(a), load(b)) for a, b in pairs], sys.stdout)
`
const hasPython = spawnSync('python3', ['--version']).status === 0
if (!hasPython) process.stderr.write('SKIPPED: there is no python3 to load the encoded pickles with\n')

function compareInPython(pairs: readonly (readonly [string, string])[]): unknown {
  const { stdout, stderr } = spawnSync('python3', ['-c', PROGRAM], { input: JSON.stringify(pairs), encoding: 'utf8' })
  expect(stderr).toBe('')
  return JSON.parse(stdout)
}

describe.skipIf(!hasPython)('encoded again', () => {
  test('every captured value is the same to Python', () => {
    const pairs = vectors.map(({ b64 }) => [b64, encodePickle(decodePickle(b64), MAX_BYTES)] as const)
    const isSame = compareInPython(pairs) as readonly boolean[]
    // A float without a fraction becomes an int: JavaScript has one kind of number.
    const lossy = ['float0', 'float1e300']
    const changed = vectors.filter(({ name }, index) => isSame[index] !== true && !lossy.includes(name))
    expect(changed.map(({ name }) => name)).toEqual([])
  })
})

test('any JSON value comes back from its own pickle', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      expect(decodePickle(encodePickle(value, MAX_BYTES))).toEqual(value)
    }),
  )
})

test('any text, also with lone surrogates, any big integer and any float come back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.bigInt(), fc.double(), (text, big, float) => {
      const value = [`${text}\ud800`, big, Number.isInteger(float) ? 0.5 : float]
      const back = decodePickle(encodePickle(value, MAX_BYTES)) as readonly unknown[]
      expect(back[0]).toBe(value[0])
      expect(String(back[1])).toBe(String(big))
      expect(back[2]).toBe(value[2])
    }),
  )
})

describe('bytes that are no pickle', () => {
  const attempt = (base64: string): void => {
    try {
      decodePickle(base64)
    } catch (error) {
      expect(isCodecError(error)).toBe(true)
    }
  }

  test('give a value or a codec error, never anything else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => attempt(Buffer.from(bytes).toString('base64'))),
      { numRuns: 3_000 },
    )
  })

  test('made by changing real pickles give a value or a codec error', () => {
    fc.assert(
      fc.property(fc.constantFrom(...vectors), fc.nat(), fc.nat(255), ({ b64 }, where, byte) => {
        const bytes = Buffer.from(b64, 'base64')
        bytes[where % Math.min(bytes.length, 300)] = byte
        attempt(bytes.toString('base64'))
      }),
      { numRuns: 2_000 },
    )
  })

  test.for([
    ['os.system', 'gASVHQAAAAAAAACMBXBvc2l4lIwGc3lzdGVtlJOUjAJpZJSFlFKULg==', 'posix.system'],
    ['nothing', '', 'Ran out of input'],
    ['bad base64', 'gAV', 'Incorrect padding'],
  ] as const)('%s is refused by name', ([, base64, text]) => {
    let message = ''
    try {
      decodePickle(base64)
    } catch (error) {
      message = isCodecError(error) ? error.message : ''
    }
    expect(message).toContain(text)
  })
})
