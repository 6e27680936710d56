// One run of the pickle machine over the bytes of a pickle.
import { SetIntrinsic, typedArrayLength } from '../../intrinsics.ts'
import { MAX_MARKS } from '../bounds.ts'
import type { CodecError } from '../codec-error.ts'
import { decodeError } from '../codec-error.ts'
import { readDouble } from './bytes.ts'
import { setItems } from './dicts.ts'
import { buildState, callGlobal, checkNoKeywords, createObject, findGlobal } from './globals.ts'
import { readInt32, readLong, readUint32, readUint64 } from './integers.ts'
import { createDict, createStack, deepest, depthAround, getMemo, putMemo, replaceValue } from './machine.ts'
import type { Machine } from './machine.ts'
import { readSized, refuseOpcode } from './opcode-values.ts'
import { addItems, appendItems, createFrozenset, createList, createTuple } from './sequences.ts'
import { findLineEnd, parseIndexLine, readShortLine } from './text-lines.ts'
import { createReadLine } from './text-values.ts'
import type { ReadLine } from './text-values.ts'
import { checkData } from './tokens.ts'

let readLine: ReadLine | undefined

/**
 * Runs the pickle and returns its value; what it returns means nothing when the machine needs a plan afterwards.
 * Opcodes are numbers here, since V8 makes a jump table of those; each has its name in CPython's `pickletools` beside it.
 */
export function runPickle(bytes: Uint8Array, machine: Machine): unknown {
  const { stack, depths, memoDepths } = machine
  const marks: number[] = createStack()
  const end = typedArrayLength(bytes)
  let at = 0
  let top = 0
  /** Where the innermost mark is: what lies below cannot be taken before the mark is gone. */
  let fence = 0
  let from: number
  let size: number

  for (;;) {
    if (at >= end) throw decodeError('Ran out of input')
    const opcode = bytes[at] as number
    at += 1
    /** What the opcode pushes; those that push nothing continue. */
    let value: unknown
    let depth = 0
    switch (opcode) {
      case 0x80: // PROTO
        if (at >= end) throw truncated()
        if ((bytes[at] as number) > 5) throw decodeError(`unsupported pickle protocol: ${bytes[at]}`)
        at += 1
        continue
      case 0x95: // FRAME
        if (end - at < 8 || readUint64(bytes, at) > end - at - 8) throw truncated()
        at += 8
        continue
      case 0x2e: // STOP
        if (top <= fence) throw underflow()
        checkData(stack[top - 1])
        return stack[top - 1]

      case 0x28: // MARK
        if (marks.length === MAX_MARKS) throw decodeError(`More than ${MAX_MARKS} marks are open at once`)
        marks[marks.length] = top
        fence = top
        continue
      case 0x30: // POP
        if (marks.length > 0 && top === fence) {
          popMark(marks)
          fence = innermost(marks)
          continue
        }
        if (top <= fence) throw underflow()
        top -= 1
        continue
      case 0x31: // POP_MARK
        top = popMark(marks)
        fence = innermost(marks)
        continue
      case 0x32: // DUP
        if (top <= fence) throw underflow()
        machine.isDuplicated = true
        value = stack[top - 1]
        depth = depths[top - 1] as number
        break

      case 0x4e: // NONE
        value = null
        break
      case 0x88: // NEWTRUE
        value = true
        break
      case 0x89: // NEWFALSE
        value = false
        break
      case 0x4b: // BININT1
        if (at >= end) throw truncated()
        value = bytes[at]
        at += 1
        break
      case 0x4d: // BININT2
        if (end - at < 2) throw truncated()
        value = (bytes[at] as number) | ((bytes[at + 1] as number) << 8)
        at += 2
        break
      case 0x4a: // BININT
        if (end - at < 4) throw truncated()
        value = readInt32(bytes, at)
        at += 4
        break
      case 0x8a: // LONG1
        size = at < end ? (bytes[at] as number) : 0
        at += 1
        if (size > end - at) throw truncated()
        value = readLong(bytes, at, size)
        at += size
        break
      case 0x8b: // LONG4
        size = end - at < 4 ? 0 : readInt32(bytes, at)
        if (size < 0) throw decodeError('LONG pickle has negative byte count')
        at += 4
        if (size > end - at) throw truncated()
        value = readLong(bytes, at, size)
        at += size
        break
      case 0x47: // BINFLOAT
        if (end - at < 8) throw truncated()
        value = readDouble(bytes, at)
        at += 8
        break

      case 0x8c: // SHORT_BINUNICODE
      case 0x43: // SHORT_BINBYTES
      case 0x55: // SHORT_BINSTRING
        size = at < end ? (bytes[at] as number) : 0
        at += 1
        if (size > end - at) throw truncated()
        value = readSized(opcode, bytes, at, at + size)
        at += size
        break
      case 0x58: // BINUNICODE
      case 0x42: // BINBYTES
      case 0x54: // BINSTRING
        size = end - at < 4 ? 0 : readUint32(bytes, at)
        at += 4
        if (size > end - at) throw truncated()
        value = readSized(opcode, bytes, at, at + size)
        at += size
        break
      case 0x8d: // BINUNICODE8
      case 0x8e: // BINBYTES8
      case 0x96: // BYTEARRAY8
        size = end - at < 8 ? 0 : readUint64(bytes, at)
        at += 8
        if (size > end - at) throw truncated()
        value = readSized(opcode, bytes, at, at + size)
        at += size
        break

      case 0x49: // INT
      case 0x4c: // LONG
      case 0x46: // FLOAT
      case 0x53: // STRING
      case 0x56: // UNICODE
        size = findLineEnd(bytes, at, end)
        value = (readLine ??= createReadLine())(opcode, bytes, at, size)
        at = size + 1
        break

      case 0x5d: // EMPTY_LIST
        value = []
        depth = 1
        break
      case 0x7d: // EMPTY_DICT
        value = createDict(machine, at)
        depth = 1
        break
      case 0x8f: // EMPTY_SET
        value = new SetIntrinsic()
        depth = 1
        break
      case 0x29: // EMPTY_TUPLE
        value = createTuple(stack, top, top)
        depth = 1
        break
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        size = opcode - 0x84
        if (top - size < fence) throw underflow()
        depth = depthAround(deepest(machine, top - size, top))
        value = createTuple(stack, top - size, top)
        top -= size
        break
      case 0x74: // TUPLE
        from = popMark(marks)
        fence = innermost(marks)
        depth = depthAround(deepest(machine, from, top))
        value = createTuple(stack, from, top)
        top = from
        break
      case 0x6c: // LIST
        from = popMark(marks)
        fence = innermost(marks)
        depth = depthAround(deepest(machine, from, top))
        value = createList(stack, from, top)
        top = from
        break
      case 0x91: // FROZENSET
        from = popMark(marks)
        fence = innermost(marks)
        depth = depthAround(deepest(machine, from, top))
        value = createFrozenset(stack, from, top)
        top = from
        break
      case 0x61: // APPEND
        if (top - 1 <= fence) throw underflow()
        appendItems(machine, top - 2, top - 1, top)
        top -= 1
        continue
      case 0x65: // APPENDS
        from = popMark(marks)
        fence = innermost(marks)
        if (from <= fence) throw underflow()
        appendItems(machine, from - 1, from, top)
        top = from
        continue
      case 0x90: // ADDITEMS
        from = popMark(marks)
        fence = innermost(marks)
        if (from <= fence) throw underflow()
        addItems(machine, from - 1, from, top)
        top = from
        continue
      case 0x73: // SETITEM
        if (top - 2 <= fence) throw underflow()
        if (!setItems(machine, top - 3, top - 2, top)) return undefined
        top -= 2
        continue
      case 0x75: // SETITEMS
        from = popMark(marks)
        fence = innermost(marks)
        if (from <= fence) throw underflow()
        if (!setItems(machine, from - 1, from, top)) return undefined
        top = from
        continue
      case 0x64: // DICT: an empty dict is put below the pairs, and filled
        from = popMark(marks)
        fence = innermost(marks)
        for (let index = top; index > from; index -= 1) {
          stack[index] = stack[index - 1]
          depths[index] = depths[index - 1] as number
        }
        stack[from] = createDict(machine, at)
        depths[from] = 1
        if (!setItems(machine, from, from + 1, top + 1)) return undefined
        top = from + 1
        continue

      case 0x94: // MEMOIZE
        if (top <= fence) throw underflow()
        putMemo(machine, machine.memoCount, top - 1)
        continue
      case 0x71: // BINPUT
        if (at >= end) throw truncated()
        if (top <= fence) throw underflow()
        putMemo(machine, bytes[at] as number, top - 1)
        at += 1
        continue
      case 0x72: // LONG_BINPUT
        if (end - at < 4) throw truncated()
        if (top <= fence) throw underflow()
        putMemo(machine, readUint32(bytes, at), top - 1)
        at += 4
        continue
      case 0x70: // PUT
        size = findLineEnd(bytes, at, end)
        if (top <= fence) throw underflow()
        putMemo(machine, parseIndexLine(readShortLine(bytes, at, size)), top - 1)
        at = size + 1
        continue
      case 0x68: // BINGET
        if (at >= end) throw truncated()
        value = getMemo(machine, bytes[at] as number)
        depth = memoDepths[bytes[at] as number] as number
        at += 1
        break
      case 0x6a: // LONG_BINGET
        if (end - at < 4) throw truncated()
        size = readUint32(bytes, at)
        value = getMemo(machine, size)
        depth = memoDepths[size] as number
        at += 4
        break
      case 0x67: // GET
        size = findLineEnd(bytes, at, end)
        from = parseIndexLine(readShortLine(bytes, at, size))
        value = getMemo(machine, from)
        depth = memoDepths[from] as number
        at = size + 1
        break

      case 0x63: // GLOBAL
        from = findLineEnd(bytes, at, end)
        size = findLineEnd(bytes, from + 1, end)
        value = findGlobal(readShortLine(bytes, at, from), readShortLine(bytes, from + 1, size))
        at = size + 1
        break
      case 0x93: // STACK_GLOBAL
        if (top - 2 < fence) throw underflow()
        value = findGlobal(stack[top - 2], stack[top - 1])
        top -= 2
        break
      case 0x52: // REDUCE
        if (top - 2 < fence) throw underflow()
        depth = depthAround(deepest(machine, top - 1, top))
        value = callGlobal(machine, stack[top - 2], stack[top - 1], at)
        top -= 2
        break
      case 0x81: // NEWOBJ
        if (top - 2 < fence) throw underflow()
        depth = depthAround(deepest(machine, top - 1, top))
        value = createObject(machine, stack[top - 2], stack[top - 1], at)
        top -= 2
        break
      case 0x92: // NEWOBJ_EX
        if (top - 3 < fence) throw underflow()
        depth = depthAround(deepest(machine, top - 2, top))
        checkNoKeywords(stack[top - 1])
        value = createObject(machine, stack[top - 3], stack[top - 2], at)
        top -= 3
        break
      case 0x62: // BUILD
        if (top - 2 < fence) throw underflow()
        value = buildState(stack[top - 2], stack[top - 1])
        top -= 1
        if (value !== stack[top - 1] && !replaceValue(machine, top - 1, value)) {
          throw decodeError('An object is referred to before it is complete')
        }
        continue

      default:
        throw refuseOpcode(opcode)
    }
    stack[top] = value
    depths[top] = depth
    top += 1
  }
}

function popMark(marks: number[]): number {
  const last = marks.length - 1
  if (last < 0) throw decodeError('could not find MARK')
  const from = marks[last] as number
  marks.length = last
  return from
}

function innermost(marks: readonly number[]): number {
  const { length } = marks
  return length === 0 ? 0 : (marks[length - 1] as number)
}

function truncated(): CodecError {
  return decodeError('pickle data was truncated')
}

function underflow(): CodecError {
  return decodeError('unpickling stack underflow')
}
