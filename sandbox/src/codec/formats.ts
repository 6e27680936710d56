// The two formats of the wire, behind one face: the input of a call, its result, and what either can fail with.
import { OP } from '../bridge.ts'
import { arrayAppend, objectHasOwn, objectKeys } from '../intrinsics.ts'
import type { CallInput } from '../run/bind-arguments.ts'
import { decodeBase64 } from './base64.ts'
import { decodeError, isCodecError } from './codec-error.ts'
import { decodeJson, encodeJson } from './json/json.ts'
import { decodePickle } from './pickle/decode.ts'
import { encodePickle } from './pickle/encode.ts'

type Format = 'json' | 'cloudpickle'

interface InputText {
  readonly args: readonly unknown[]
  readonly kwargs: Readonly<Record<string, unknown>>
  readonly construct: InputText
  readonly bytes: Readonly<Record<string, string>>
}

export interface DecodedInput extends CallInput {
  /** What the constructor of a class gets, where a request has that too. */
  readonly constructorInput: CallInput | undefined
}

/**
 * @param text JSON `{"args":[…],"kwargs":{…}}`, where each value is a base64 pickle in the format `cloudpickle`; for a class
 * with a member `construct` of the same shape. A member `bytes` holds keyword arguments in base64 that become a Uint8Array.
 * @param hasConstructor whether somebody wants what the constructor gets.
 */
export function decodeInput(format: Format, text: string, hasConstructor = true): DecodedInput {
  const input = decodeJson(text) as InputText
  const isWanted = hasConstructor && objectHasOwn(input, 'construct')
  const constructorInput = isWanted ? decodeArguments(format, input.construct) : undefined
  const { args, keys, values } = decodeArguments(format, input)
  if (objectHasOwn(input, 'bytes')) decodeBytes(input.bytes, keys, values)
  return { args, keys, values, constructorInput }
}

function decodeBytes(bytes: Readonly<Record<string, string>>, keys: string[], values: unknown[]): void {
  const names = objectKeys(bytes)
  for (let index = 0; index < names.length; index += 1) {
    const name = names[index] as string
    arrayAppend(keys, name)
    arrayAppend(values, decodeBase64(bytes[name] as string))
  }
}

function decodeArguments(
  format: Format,
  { args, kwargs }: Pick<InputText, 'args' | 'kwargs'>,
): CallInput & { readonly keys: string[]; readonly values: unknown[] } {
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

/** `None`, in protocol 5. */
const SMALLEST_PICKLE = 'gAVOLg=='

/** Compiles what every pickle takes, ahead of the call that will bring some. */
export function preparePickles(): void {
  encodePickle(decodePickle(SMALLEST_PICKLE), 64)
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
