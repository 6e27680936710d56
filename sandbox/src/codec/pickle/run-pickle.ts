// One run of the pickle machine over the bytes of a pickle.
import { SetIntrinsic, typedArrayLength } from '../../intrinsics.ts'
import { MAX_MARKS } from '../bounds.ts'
import { decodeError } from '../codec-error.ts'
import { readUtf8 } from '../utf8.ts'
import { copyBytes, readDouble } from './bytes.ts'
import { setItems } from './dicts.ts'
import { buildState, callGlobal, findGlobal } from './globals.ts'
import { readInt32, readLong, readUint32, readUint64 } from './integers.ts'
import { createDict, deepest, depthAround, getMemo, putMemo } from './machine.ts'
import type { Machine } from './machine.ts'
import { mark } from './marks.ts'
import { addItems, appendItems, createFrozenset, createList, createTuple } from './sequences.ts'
import {
  findLineEnd,
  parseFloatLine,
  parseIndexLine,
  parseIntLine,
  parseLongLine,
  readAscii,
  readShortLine,
  readStringLine,
  readUnicodeLine,
} from './text-values.ts'
import { checkData } from './tokens.ts'

/**
 * Runs the pickle and returns its value; undefined if the machine found that it needs a plan.
 * Opcodes are numbers here, each with its name in CPython's `pickletools`.
 */
export function runPickle(bytes: Uint8Array, machine: Machine): unknown {
  const { stack, depths, memoDepths } = machine
  const marks: number[] = []
  const end = typedArrayLength(bytes)
  let at = 0
  let top = 0
  /** Nothing below may be taken until the innermost mark is gone. */
  let fence = 0

  for (;;) {
    if (at >= end) throw decodeError('Ran out of input')
    const opcode = bytes[at] as number
    at += 1
    let value: unknown
    let depth = 0
    switch (opcode) {
      case 0x28: // MARK
        if (marks.length === MAX_MARKS) throw decodeError(`More than ${MAX_MARKS} marks are open at once`)
        marks[marks.length] = top
        fence = top
        continue
      case 0x2e: // STOP
        need(1)
        value = stack[top - 1]
        checkData(value)
        return machine.needsPlan ? undefined : value
    }
    stack[top] = value
    depths[top] = depth
    top += 1
  }
}
