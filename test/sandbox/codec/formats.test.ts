// Both formats behind one face, and bytes that no pickler wrote.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { OP } from '../../../sandbox/src/bridge.ts'
import { codecFailure, decodeInput, encodeResult } from '../../../sandbox/src/codec/formats.ts'
import { encodePickle } from '../../../sandbox/src/codec/pickle/encode.ts'
import { decodeOpcodes, MAX_BYTES, refusal } from './codec.ts'

describe('the input of a call', () => {
  test('in JSON is taken as it is', () => {
    const text = '{"args":[1,{"a":[null]}],"kwargs":{"k":-0,"__proto__":2}}'
    expect(decodeInput('json', text)).toEqual({ args: [1, { a: [null] }], keys: ['k', '__proto__'], values: [-0, 2] })
  })

  test('in pickles is decoded value by value', () => {
    const text = '{"args":["gAVLBS4="],"kwargs":{"k":"gAVOLg=="}}'
    expect(decodeInput('cloudpickle', text)).toEqual({ args: [5], keys: ['k'], values: [null] })
    expect(refusal(() => decodeInput('cloudpickle', '{"args":[],"kwargs":{"k":5}}')).message).toContain(
      'k is not a base64',
    )
    expect(refusal(() => decodeInput('cloudpickle', '{"args":["gAV"],"kwargs":{}}')).message).toBe('Incorrect padding')
  })
})

test('the ending of a task says whose fault it is', () => {
  expect(encodeResult('json', undefined, 4)).toBe('null')
  expect(encodeResult('cloudpickle', 5, 8)).toBe('gAVLBS4=')
  const input = refusal(() => decodeInput('cloudpickle', '{"args":[""],"kwargs":{}}'))
  const result = refusal(() => encodeResult('json', [() => 1], MAX_BYTES))
  const size = refusal(() => encodeResult('json', 'too long', 5))
  expect(codecFailure(input)).toEqual({ op: OP.inputInvalid, bytes: 0, message: 'Ran out of input' })
  expect(codecFailure(result)).toMatchObject({ op: OP.resultNotEncodable, bytes: 0 })
  expect(codecFailure(size)).toMatchObject({ op: OP.outputTooLarge, bytes: 10 })
  expect(codecFailure({ kind: 'decode', message: 'forged', bytes: 0 })).toBeUndefined()
  expect(codecFailure(new Error('x'))).toBeUndefined()
})

/** Bytes that are mostly opcodes, so that many of them do something. */
const opcodes = fc.array(
  fc.oneof(
    fc.constantFrom(...'(.012FIJKLMNRSTUVXabcdeghijlopqrstu})]GBC'.split('')),
    fc.integer({ min: 0x80, max: 0x98 }).map((code) => String.fromCharCode(code)),
    fc.constantFrom(
      'K\x01',
      '\x8c\x01a',
      'h\0',
      'q\0',
      'I1\n',
      '\x94',
      '}(',
      '](',
      '\x85R',
      ')R',
      '\x8c\x08builtins\x8c\x03set\x93',
    ),
    fc.constantFrom(
      'cbuiltins\nset\n',
      'cdatetime\ndate\n',
      'ccollections\ndefaultdict\n',
      'cuuid\nUUID\n',
      'cnumpy\ndtype\n',
    ),
    fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
  ),
  { maxLength: 60 },
)

test('whatever opcodes come, the end is a value that encodes, or a codec error', { timeout: 60_000 }, () => {
  let decoded = 0
  fc.assert(
    fc.property(opcodes, (codes) => {
      let value: unknown
      try {
        value = decodeOpcodes(`${codes.join('')}.`)
      } catch (error) {
        expect(codecFailure(error)?.op).toBe(OP.inputInvalid)
        return
      }
      decoded += 1
      try {
        expect(encodePickle(value, MAX_BYTES)).not.toBe('')
      } catch (error) {
        expect(codecFailure(error)?.op).toBe(OP.resultNotEncodable)
      }
    }),
    { numRuns: 20_000 },
  )
  expect(decoded).toBeGreaterThan(50)
})
