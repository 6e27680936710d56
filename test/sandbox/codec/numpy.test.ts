// Arrays of numpy, captured from numpy 2.4: every layout becomes a typed array in row order that remembers its shape.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { decodePickle } from '../../../sandbox/src/codec/pickle/decode.ts'
import { encodePickle } from '../../../sandbox/src/codec/pickle/encode.ts'
import { decodeOpcodes, MAX_BYTES, refusal, runPython } from './codec.ts'

interface Captured {
  readonly name: string
  readonly shape: readonly number[]
  readonly dtype: string
  /** In row order; 64-bit integers as text. */
  readonly values: readonly (number | boolean | string)[]
  /** Protocols 5, 4 and 2, and 2 with the module names of numpy 1. */
  readonly pickles: readonly string[]
}

type NumpyArray = ArrayLike<number | bigint> & { readonly shape: unknown; readonly dtype: unknown }

const captured = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', '..', 'fixtures', 'pickle-numpy.json'), 'utf8'),
) as readonly Captured[]

test.for(captured.map((vector) => [vector.name, vector] as const))('an array: %s', ([, vector]) => {
  for (const base64 of vector.pickles) {
    const array = decodePickle(base64) as NumpyArray
    expect(Array.from(array, String)).toEqual(
      vector.values.map((value) => String(typeof value === 'boolean' ? Number(value) : value)),
    )
    expect(array).toMatchObject({ shape: vector.shape, dtype: vector.dtype })
    expect(Object.keys(array)).not.toContain('shape')
  }
})

test('scalars are plain numbers and booleans', () => {
  const scalar = (dtype: string, bytes: string): unknown =>
    decodeOpcodes(
      `cnumpy.core.multiarray\nscalar\ncnumpy\ndtype\nV${dtype}\n\x85RC${String.fromCharCode(bytes.length)}${bytes}\x86R.`,
    )
  expect(scalar('f8', '\0\0\0\0\0\0\x04@')).toBe(2.5)
  expect(scalar('i8', '\xff\xff\xff\xff\xff\xff\xff\xff')).toBe(-1)
  expect(scalar('i8', '\0\0\0\0\0\0\0\x40')).toBe(2n ** 62n)
  expect(scalar('b1', '\x01')).toBe(true)
})

test.each(['O8', 'U2', 'S3', 'M8', 'c16', 'V4'])('elements of dtype %s are refused by name', (dtype) => {
  const opcodes = `cnumpy.core.numeric\n_frombuffer\n(C\0cnumpy\ndtype\nV${dtype}\n\x85R)V\x43\ntR.`
  expect(refusal(() => decodeOpcodes(opcodes)).message).toContain(`numpy.dtype('${dtype}') has no typed array`)
})

test.each([
  ['more elements than bytes', 'K\x03\x85', 'VC\n'],
  ['a negative dimension', 'J\xff\xff\xff\xff\x85', 'VC\n'],
  ['an unknown order', 'K\x01\x85', 'VA\n'],
  ['axes that are none', 'K\x01K\x01\x86', 'VK\nK\x01K\x01\x86'],
])('%s: refused', (_, shape, order) => {
  const opcodes = `cnumpy.core.numeric\n_frombuffer\n(C\x08${'\0'.repeat(8)}cnumpy\ndtype\nVf8\n\x85R${shape}${order}tR.`
  expect(refusal(() => decodeOpcodes(opcodes)).message).toContain('arguments that are not those of data')
})

const hasNumpy = spawnSync('python3', ['-c', 'import numpy']).status === 0
if (!hasNumpy) process.stderr.write('SKIPPED: there is no numpy to load the encoded arrays with\n')

describe.skipIf(!hasNumpy)('a real numpy', () => {
  test('loads what it gets back as the array that it sent, and can write to it', () => {
    const pairs = captured.flatMap(({ pickles }) =>
      pickles.slice(0, 3).map((base64) => [base64, encodePickle(decodePickle(base64), MAX_BYTES)]),
    )
    const program = `
import base64, json, pickle, sys
import numpy
def same(sent, back):
    kinds = sent.dtype.newbyteorder("=") == back.dtype.newbyteorder("=")
    return type(back) is numpy.ndarray and kinds and sent.shape == back.shape and bool((sent == back).all()) and back.flags.writeable
load = lambda text: pickle.loads(base64.b64decode(text))
json.dump([same(load(sent), load(back)) for sent, back in json.load(sys.stdin)], sys.stdout)
`
    expect(runPython(program, pairs)).toEqual(pairs.map(() => true))
  })
})
