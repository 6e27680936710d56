// JavaScript values to pickles of protocol 5.
import {
  apply,
  bigIntValueOf,
  booleanValueOf,
  mapGet,
  mapSet,
  numberValueOf,
  stringStartsWith,
  stringValueOf,
  symbolToStringTag,
} from '../../intrinsics.ts'
import { encodeBase64 } from '../base64.ts'
import type { CodecError } from '../codec-error.ts'
import { describeForeign, describeType, kindOf } from '../kinds.ts'
import { explainThrown, refuse } from '../path.ts'
import { saveBuffer, saveTypedArray } from './encode-bytes.ts'
import { saveArray, saveMap, saveMembers, saveSet } from './encode-containers.ts'
import { saveBigInt, saveFloat, saveNumber } from './encode-numbers.ts'
import { unhashableType } from './hashable.ts'
import { isDictMark, markOf } from './marks.ts'
import { datetimeEncoder, markedEncoder, temporalEncoder } from './rare-encoders.ts'
import { real } from './real-object.ts'
import { beginValue, closeFrame, createWriter, openFrame, tooLarge, writeByte, writeGet, writeText } from './writer.ts'
import type { Writer } from './writer.ts'

/**
 * The base64 pickle of a value, at most `maxBytes` long; `docs/protocol.md` has the table of types. Getters, traps and `toJSON`
 * of the guest run. Throws codec errors only: `size` as soon as the limit is passed, `encode` with the path of a value that
 * pickle cannot carry.
 */
export function encodePickle(value: unknown, maxBytes: number): string {
  const writer = createWriter(maxBytes)
  try {
    writeByte(writer, 0x80) // PROTO
    writeByte(writer, 5)
    openFrame(writer)
    save(writer, value, 0, false)
    writeByte(writer, 0x2e) // STOP
    closeFrame(writer)
  } catch (thrown) {
    throw explainThrown(thrown, writer.path, writer.depth)
  }
  if (writer.length > writer.maxLength) throw tooLarge(writer, writer.length)
  return encodeBase64(writer.bytes, writer.length)
}

function save(writer: Writer, value: unknown, depth: number, isHashed: boolean): void {
  beginValue(writer)
  switch (typeof value) {
    case 'string':
      return writeText(writer, value)
    case 'number':
      return saveNumber(writer, value)
    case 'boolean':
      return writeByte(writer, value ? 0x88 : 0x89) // NEWTRUE, NEWFALSE
    case 'undefined':
      return writeByte(writer, 0x4e) // NONE
    case 'bigint':
      return saveBigInt(writer, value, depth)
    case 'object':
      return value === null ? writeByte(writer, 0x4e) : saveObject(writer, value, depth, isHashed)
    default:
      throw refuse(writer.path, depth, `${describeType(value)}, which pickle cannot carry`)
  }
}

function saveObject(writer: Writer, object: object, depth: number, isHashed: boolean): void {
  const unhashable = isHashed ? unhashableType(object) : null
  if (unhashable !== null) throw refuseUnhashable(writer, depth, unhashable)
  const index = mapGet(writer.memo, object)
  if (index !== undefined) return writeGet(writer, index)
  const kind = kindOf(object)
  switch (kind) {
    case 'Array':
      return saveArray(save, writer, object as readonly unknown[], depth, isHashed)
    case 'plain':
      return savePlain(writer, object, depth)
    case 'Map':
      return saveMap(save, writer, object, depth)
    case 'Set':
      return saveSet(save, writer, object, depth)
    case 'Date':
      return saveDateObject(writer, object, depth)
    case 'TypedArray':
      return saveTypedArray(writer, object, depth)
    case 'ArrayBuffer':
    case 'DataView':
      return saveBuffer(writer, object, kind, depth)
    case 'String':
      return saveStringObject(writer, object, depth)
    case 'Number':
      return saveFloat(writer, numberValueOf(object))
    case 'Boolean':
      return save(writer, booleanValueOf(object), depth, isHashed)
    case 'BigInt':
      return save(writer, bigIntValueOf(object), depth, isHashed)
    case 'instance':
      return saveInstance(writer, object, depth, isHashed)
    default:
      throw refuse(writer.path, depth, describeForeign(kind) ?? `is a ${kind}, which pickle cannot carry`)
  }
}

function savePlain(writer: Writer, object: object, depth: number): void {
  const type = markOf(object)
  if (type === undefined || isDictMark(type)) saveMembers(save, writer, object, type, depth)
  else {
    const { saveMarkedObject } = markedEncoder()
    saveMarkedObject(writer, object, type, depth)
  }
}

/** A String object: a str, or what its mark says that the text is. */
function saveStringObject(writer: Writer, object: object, depth: number): void {
  const text = real(writer, depth, 'String', () => stringValueOf(object))
  const type = markOf(object)
  if (type === undefined) writeText(writer, text)
  else {
    const { saveMarkedText } = markedEncoder()
    saveMarkedText(writer, object, text, type, depth)
  }
}

/** An instance of a class of the guest's: what its `toJSON` makes of it, or a dict of its own properties. */
function saveInstance(writer: Writer, object: object, depth: number, isHashed: boolean): void {
  const { [symbolToStringTag]: tag, toJSON } = object as { readonly [tag: symbol]: unknown; readonly toJSON?: unknown }
  if (typeof tag === 'string' && stringStartsWith(tag, 'Temporal.'))
    return temporalEncoder()(writer, object, tag, depth)
  const value: unknown = typeof toJSON === 'function' ? apply(toJSON, object, ['']) : object
  const isInstance = typeof value === 'object' && value !== null && kindOf(value) === 'instance'
  if (isInstance) {
    if (isHashed) throw refuseUnhashable(writer, depth, 'dict')
    saveMembers(save, writer, value, undefined, depth)
  } else save(writer, value, depth, isHashed)
  // The next reference to the instance is one to what it has become.
  const index = mapGet(writer.memo, value)
  if (index !== undefined && value !== object) mapSet(writer.memo, object, index)
}

function refuseUnhashable(writer: Writer, depth: number, type: string): CodecError {
  const says = type === 'list' || type === 'set' ? `; mark it as a ${type === 'list' ? 'tuple' : 'frozenset'}` : ''
  return refuse(writer.path, depth, `would be a ${type}, which cannot be a key or an element of a set in Python${says}`)
}

function saveDateObject(writer: Writer, object: object, depth: number): void {
  const { saveDate } = datetimeEncoder()
  saveDate(writer, object, depth)
}
