// Reading answers of HTTP as they come, however the network cuts them.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AnswerParser } from '../../bench/tool/load/answer-parser.ts'
import type { ParsedAnswer, ParseState } from '../../bench/tool/load/answer-parser.ts'

const LENGTH = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nServer-Timing: open;dur=2\r\n\r\nhello'
const CHUNKED = 'HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n'
const TRAILERS = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nz\r\n0\r\nX-Error-Code: A\r\n\r\n'
const EMPTY = 'HTTP/1.1 204 No Content\r\n\r\n'

function parseAll(pieces: readonly Buffer[]): readonly ParseState[] {
  const parser = new AnswerParser()
  return pieces.map((piece) => parser.push(piece))
}

function answersOf(states: readonly ParseState[]): readonly ParsedAnswer[] {
  return states.flatMap((state) => (state.kind === 'answer' ? [state.answer] : []))
}

describe('an answer', () => {
  test.each([
    [LENGTH, { status: 200, text: 'hello', serverTiming: 'open;dur=2' }],
    [CHUNKED, { status: 201, text: 'abc0123456789', serverTiming: '' }],
    [TRAILERS, { status: 200, text: 'z', serverTiming: '' }],
    [EMPTY, { status: 204, text: '', serverTiming: '' }],
  ])('is the same however it is cut: %j', (text, { status, text: body, serverTiming }) => {
    const bytes = Buffer.from(text)
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: bytes.length - 1 }), { maxLength: 12 }), (cuts) => {
        const edges = [0, ...cuts.toSorted((one, other) => one - other), bytes.length]
        const pieces = edges.slice(1).map((end, index) => bytes.subarray(edges[index], end))
        const states = parseAll(pieces)
        expect(states.slice(0, -1).every((state) => state.kind === 'more')).toBe(true)
        expect(answersOf(states)).toEqual([{ status, body: Buffer.from(body), serverTiming }])
      }),
    )
  })

  test('is followed by the next one on the same connection', () => {
    const states = parseAll([LENGTH, CHUNKED, LENGTH].map((text) => Buffer.from(text)))
    expect(answersOf(states).map(({ body }) => body.toString())).toEqual(['hello', 'abc0123456789', 'hello'])
  })

  test('begins with the first byte of its body, not with its head', () => {
    const parser = new AnswerParser()
    const headBytes = CHUNKED.indexOf('3\r\n')
    parser.push(Buffer.from(CHUNKED.slice(0, headBytes)))
    expect(parser.hasBody).toBe(false)
    parser.push(Buffer.from(CHUNKED.slice(headBytes, headBytes + 8)))
    expect(parser.hasBody).toBe(true)
  })
})

test.each([
  ['SSH-2.0-x\r\n\r\n', 'not an answer of HTTP/1.1'],
  ['HTTP/1.1 200 OK\r\n\r\nbody', 'an answer without a length'],
  ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n', 'a chunk without a size'],
  ['HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n', 'an answer of 99999999999 bytes'],
  [`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(70_000)}`, 'the head of an answer does not end'],
])('what is no answer is told apart: %s', (text, problem) => {
  expect(parseAll([Buffer.from(text)])).toEqual([{ kind: 'broken', problem: expect.stringContaining(problem) }])
})
