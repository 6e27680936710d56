// Values that a mark makes another Python type: dicts of a special class, numbers with all their digits, ranges.
import { regExpExec } from '../../intrinsics.ts'
import { refuse } from '../path.ts'
import { isInt } from './call-arguments.ts'
import type { DatetimeEncoder } from './encode-datetime.ts'
import { saveFloat, saveInteger } from './encode-numbers.ts'
import { isDefaultdictMark, ownValue } from './marks.ts'
import { isDecimal, isFraction, isUuid } from './text-forms.ts'
import { endCall, writeByte, writeGlobal, writeText } from './writer.ts'
import type { Writer } from './writer.ts'

export interface MarkedEncoder {
  /** The empty dict of a class, on the stack and not stored yet. */
  readonly beginDictOfType: (writer: Writer, type: string, depth: number) => void
  /** An object with a mark that is none of a dict. */
  readonly saveMarkedObject: (writer: Writer, object: object, type: unknown, depth: number) => void
  /** A String object, whose text is what its mark says. */
  readonly saveMarkedText: (writer: Writer, object: object, text: string, type: unknown, depth: number) => void
}

export function createMarkedEncoder(datetime: DatetimeEncoder): MarkedEncoder {
  const { saveTime, saveTimedelta, saveTimezone } = datetime
  return { beginDictOfType, saveMarkedObject, saveMarkedText }

  function beginDictOfType(writer: Writer, type: string, depth: number): void {
    const isDefaultdict = isDefaultdictMark(type)
    writeGlobal(writer, 'collections', isDefaultdict ? 'defaultdict' : 'OrderedDict')
    if (!isDefaultdict || type === 'collections.defaultdict') {
      writeByte(writer, 0x29) // EMPTY_TUPLE
    } else {
      const match = regExpExec(
        /^collections\.defaultdict\((list|dict|set|frozenset|tuple|int|float|complex|bool|str|bytes|bytearray)\)$/,
        type,
      )
      if (match === null) throw refuse(writer.path, depth, 'has a mark with an unknown factory')
      writeGlobal(writer, 'builtins', match[1] as string)
      writeByte(writer, 0x85) // TUPLE1
    }
    writeByte(writer, 0x52) // REDUCE
  }

  function saveMarkedObject(writer: Writer, object: object, type: unknown, depth: number): void {
    switch (type) {
      case 'complex':
        return saveComplex(writer, object, depth)
      case 'range':
        return saveRange(writer, object, depth)
      case 'datetime.timedelta':
        return saveTimedelta(writer, object, depth)
      default:
        throw refuse(writer.path, depth, 'has a mark that an object cannot have')
    }
  }

  function saveComplex(writer: Writer, object: object, depth: number): void {
    const re = ownValue(object, 'real')
    const im = ownValue(object, 'imag')
    if (typeof re !== 'number' || typeof im !== 'number') {
      throw refuse(writer.path, depth, 'is marked as complex, but real and imag are not both numbers')
    }
    writeGlobal(writer, 'builtins', 'complex')
    saveFloat(writer, re)
    saveFloat(writer, im)
    endCall(writer, object, 2)
  }

  function saveRange(writer: Writer, object: object, depth: number): void {
    const start = ownValue(object, 'start')
    const stop = ownValue(object, 'stop')
    const step = ownValue(object, 'step')
    if (!isInt(start) || !isInt(stop) || !isInt(step) || step == 0) {
      throw refuse(writer.path, depth, 'is marked as a range, but start, stop and step are not integers')
    }
    writeGlobal(writer, 'builtins', 'range')
    saveInteger(writer, start, depth)
    saveInteger(writer, stop, depth)
    saveInteger(writer, step, depth)
    endCall(writer, object, 3)
  }

  function saveMarkedText(writer: Writer, object: object, text: string, type: unknown, depth: number): void {
    switch (type) {
      case 'decimal.Decimal':
        return saveCall(writer, object, 'decimal', 'Decimal', text, isDecimal(text), depth)
      case 'fractions.Fraction':
        return saveCall(writer, object, 'fractions', 'Fraction', text, isFraction(text), depth)
      case 'uuid.UUID':
        return saveCall(writer, object, 'uuid', 'UUID', text, isUuid(text), depth)
      case 'datetime.time':
        return saveTime(writer, object, text, depth)
      case 'datetime.timezone':
        return saveTimezone(writer, object, text, depth)
      default:
        throw refuse(writer.path, depth, 'has a mark that a String object cannot have')
    }
  }

  /**
   * A class that is called with the text. Its name is never read from the value, where it may be another by now: whoever
   * chose a global freely would run code in the client.
   */
  function saveCall(
    writer: Writer,
    object: object,
    module: string,
    name: string,
    text: string,
    isValid: boolean,
    depth: number,
  ): void {
    if (!isValid) throw refuse(writer.path, depth, `is marked as ${module}.${name}, but its text is not one`)
    writeGlobal(writer, module, name)
    writeText(writer, text)
    endCall(writer, object, 1)
  }
}
