// Strict JSON written value by value: the slow way, for values that have something to refuse, to call or to name.
import {
  apply,
  bigIntValueOf,
  booleanValueOf,
  isRawJson,
  jsonStringify,
  numberValueOf,
  objectIs,
  objectKeys,
  SetIntrinsic,
  setAdd,
  setDelete,
  setHas,
  stringValueOf,
  toText,
} from '../../intrinsics.ts'
import { MAX_DEPTH } from '../bounds.ts'
import { outputTooLarge } from '../codec-error.ts'
import { describeForeign, describeType, kindOf } from '../kinds.ts'
import { createPath, explainThrown, refuse, STEP } from '../path.ts'
import type { Path } from '../path.ts'

const REFUSED = 'which JSON cannot carry'
/** For what pickles carry. */
const ADVICE = `${REFUSED}; use serialization_format "cloudpickle"`

interface Writer {
  text: string
  readonly maxBytes: number
  readonly path: Path
  /** Of the value that is being written. */
  depth: number
  /** The containers around that value: meeting one again is a cycle. */
  readonly open: Set<object>
}

/** Like `encodeJson`, which calls it. The limit is held in characters, which are never more than bytes. */
export type WriteJson = (value: unknown, maxBytes: number) => string

/** Inside of one function: a snapshot pays for each that exists, and most results go another way. */
export function createWriteJson(): WriteJson {
  return writeJson

  function writeJson(value: unknown, maxBytes: number): string {
    const writer: Writer = { text: '', maxBytes, path: createPath(), depth: 0, open: new SetIntrinsic() }
    try {
      const replaced = callToJson(value, '')
      write(writer, replaced === undefined ? null : replaced)
      return writer.text
    } catch (thrown) {
      throw explainThrown(thrown, writer.path, writer.depth)
    }
  }

  function callToJson(value: unknown, key: string): unknown {
    if ((typeof value !== 'object' || value === null) && typeof value !== 'bigint') return value
    const { toJSON } = value as { readonly toJSON?: unknown }
    return typeof toJSON === 'function' ? apply(toJSON, value, [key]) : value
  }

  /** Looks at the length first: the text of a string that is too long would take memory many times over the limit. */
  function quote(writer: Writer, value: string): string {
    const bytes = writer.text.length + value.length + 2
    if (bytes > writer.maxBytes) throw outputTooLarge(bytes, writer.maxBytes)
    return jsonStringify(value)
  }

  /** Of a value whose `toJSON` has been called. */
  function write(writer: Writer, value: unknown): void {
    switch (typeof value) {
      case 'string':
        return append(writer, quote(writer, value))
      case 'number':
        return append(writer, numberText(writer, value))
      case 'boolean':
        return append(writer, value ? 'true' : 'false')
      case 'object':
        return value === null ? append(writer, 'null') : writeObject(writer, value)
      default:
        throw fail(writer, `${describeType(value)}, ${typeof value === 'bigint' ? ADVICE : REFUSED}`)
    }
  }

  function numberText(writer: Writer, value: number): string {
    if (value - value !== 0) throw fail(writer, `is ${value}, ${ADVICE}`)
    return objectIs(value, -0) ? '-0.0' : toText(value)
  }

  function writeObject(writer: Writer, value: object): void {
    const kind = kindOf(value)
    switch (kind) {
      case 'Array':
        return writeContainer(writer, value, writeArray)
      case 'plain':
        return isRawJson(value) ? append(writer, jsonStringify(value)) : writeContainer(writer, value, writeMembers)
      case 'String':
        return append(writer, jsonStringify(stringValueOf(value)))
      case 'Number':
        return append(writer, numberText(writer, numberValueOf(value)))
      case 'Boolean':
        return append(writer, booleanValueOf(value) ? 'true' : 'false')
      case 'BigInt':
        return write(writer, bigIntValueOf(value))
      case 'instance':
      case 'Date':
        return writeContainer(writer, value, writeMembers)
      default: {
        const foreign = describeForeign(kind)
        const bytes = kind === 'TypedArray' || kind === 'ArrayBuffer' || kind === 'DataView'
        throw fail(writer, foreign ?? `is ${bytes ? 'binary data' : `a ${kind}`}, ${ADVICE}`)
      }
    }
  }

  function writeContainer(writer: Writer, value: object, writeInside: (writer: Writer, value: object) => void): void {
    if (setHas(writer.open, value)) throw fail(writer, `is part of a cycle, ${ADVICE}`)
    if (writer.depth === MAX_DEPTH) throw fail(writer, `is nested deeper than ${MAX_DEPTH} levels`)
    setAdd(writer.open, value)
    writeInside(writer, value)
    setDelete(writer.open, value)
  }

  function writeArray(writer: Writer, value: object): void {
    const array = value as readonly unknown[]
    const { keys, steps } = writer.path
    const at = writer.depth
    const { length } = array
    append(writer, '[')
    for (let index = 0; index < length; index += 1) {
      keys[at] = index
      steps[at] = STEP.index
      writer.depth = at + 1
      if (index > 0) append(writer, ',')
      const item = callToJson(array[index], toText(index))
      if (item === undefined) append(writer, 'null')
      else write(writer, item)
    }
    writer.depth = at
    append(writer, ']')
  }

  function writeMembers(writer: Writer, value: object): void {
    const { keys, steps } = writer.path
    const at = writer.depth
    const names = objectKeys(value)
    let separator = '{'
    for (let index = 0; index < names.length; index += 1) {
      const name = names[index] as string
      keys[at] = name
      steps[at] = STEP.property
      writer.depth = at + 1
      const member = callToJson((value as Readonly<Record<string, unknown>>)[name], name)
      if (member === undefined) continue
      append(writer, `${separator}${jsonStringify(name)}:`)
      write(writer, member)
      separator = ','
    }
    writer.depth = at
    append(writer, separator === '{' ? '{}' : '}')
  }

  function append(writer: Writer, piece: string): void {
    writer.text += piece
    if (writer.text.length > writer.maxBytes) throw outputTooLarge(writer.text.length, writer.maxBytes)
  }

  function fail(writer: Writer, says: string): unknown {
    return refuse(writer.path, writer.depth, says)
  }
}
