// The two formats of the wire, behind one face: the input of a call, its result, and what either can fail with.
import { OP } from '../bridge.ts'
import { arrayAppend, objectKeys } from '../intrinsics.ts'
import type { CallInput } from '../run/bind-arguments.ts'
import { decodeError, isCodecError } from './codec-error.ts'
import { decodeJson, encodeJson } from './json/json.ts'
import { decodePickle } from './pickle/decode.ts'
import { encodePickle } from './pickle/encode.ts'

type Format = 'json' | 'cloudpickle'

interface InputText {
  readonly args: readonly unknown[]
  readonly kwargs: Readonly<Record<string, unknown>>
}

/** @param text JSON `{"args":[…],"kwargs":{…}}`, where each value is a base64 pickle in the format `cloudpickle`. */
export function decodeInput(format: Format, text: string): CallInput {
  const { args, kwargs } = decodeJson(text) as InputText
  const keys = objectKeys(kwargs)
  const values: unknown[] = []
  for (let index = 0; index < keys.length; index += 1) {
    const key = keys[index] as string
    arrayAppend(values, decodeValue(format, kwargs[key], key))
  }
  const decoded: unknown[] = []
  for (let index = 0; index < args.length; index += 1) arrayAppend(decoded, decodeValue(format, args[index], index))
  return { args: decoded, keys, values }
}

function decodeValue(format: Format, value: unknown, name: string | number): unknown {
  if (format === 'json') return value
  if (typeof value !== 'string') throw decodeError(`Argument ${name} is not a base64 string`)
  return decodePickle(value)
}

/** The text of a result, of at most `maxBytes` bytes. */
export function encodeResult(format: Format, value: unknown, maxBytes: number): string {
  return format === 'json' ? encodeJson(value, maxBytes) : encodePickle(value, maxBytes)
}

/** How a task ends when a codec failed. */
export interface CodecFailure {
  readonly op: number
  /** The size of a result that is too large, else 0. */
  readonly bytes: number
  readonly message: string
}

/** Undefined for what anything else threw. */
export function codecFailure(thrown: unknown): CodecFailure | undefined {
  if (!isCodecError(thrown)) return undefined
  const { kind, message, bytes } = thrown
  const op = kind === 'decode' ? OP.inputInvalid : kind === 'encode' ? OP.resultNotEncodable : OP.outputTooLarge
  return { op, bytes, message }
}
