// What the tests of the codecs share: messages of refusals, marked values, pickles from opcodes, and a real Python.
import { spawnSync } from 'node:child_process'
import { isCodecError } from '../../../sandbox/src/codec/codec-error.ts'
import type { CodecError } from '../../../sandbox/src/codec/codec-error.ts'
import { captureLateIntrinsics } from '../../../sandbox/src/codec/late-intrinsics.ts'
import { decodePickle } from '../../../sandbox/src/codec/pickle/decode.ts'

captureLateIntrinsics()

export const MAX_BYTES = 10_000_000
export const TYPE = Symbol.for('python.type')

/** The codec error that `run` throws; fails for any other ending. */
export function refusal(run: () => unknown): CodecError {
  let value: unknown
  try {
    value = run()
  } catch (error) {
    if (isCodecError(error)) return error
    throw new Error('something else than a codec error was thrown', { cause: error })
  }
  throw new Error(`nothing was refused: ${String(value)}`)
}

/** What a guest does to return another Python type. */
export function marked<Value extends object>(value: Value, type: string): Value {
  return Object.defineProperty(value, TYPE, { value: type, writable: true, configurable: true })
}

export const tuple = (...items: unknown[]): unknown[] => marked(items, 'tuple')

/** Decodes opcodes, written as Latin-1. */
export function decodeOpcodes(opcodes: string): unknown {
  return decodePickle(Buffer.from(opcodes, 'latin1').toString('base64'))
}

export const hasPython = spawnSync('python3', ['--version']).status === 0
if (!hasPython) process.stderr.write('SKIPPED: there is no python3 to hold the pickles against\n')

/** What one run of a program prints as JSON, given JSON on its standard input. */
export function runPython(program: string, input: unknown): unknown {
  const { stdout, stderr, status } = spawnSync('python3', ['-W', 'ignore', '-c', program], {
    input: JSON.stringify(input),
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  })
  if (status !== 0) throw new Error(`python3 ended with ${status}: ${stderr}`)
  return JSON.parse(stdout)
}
