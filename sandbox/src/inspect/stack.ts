// Stacks of errors: how they are read, and which of their frames are shown.
import {
  apply,
  ErrorIntrinsic,
  errorStackGetter,
  isObject,
  objectHasOwn,
  stringIndexOf,
  stringSlice,
  stringStartsWith,
} from '../intrinsics.ts'
import { inheritsFrom } from './identity.ts'
import { splitLines } from './lines.ts'
import { append, createList } from './list.ts'
import type { List } from './list.ts'
import { findData, findDescriptor } from './read.ts'

/** Where the message ends and the frames begin. */
export const FRAME_START = '\n    at'
/** Where the guest program's own frames come from; they are not shown. */
const OWN_FRAME = 'worker-isolate:'
/** So many equal frames at least are left out of the stack of an error whose cause shows them. */
const MIN_EQUAL_FRAMES = 4
/** Longer stacks, which a guest has written itself or asked for, are not compared: the time grows with the square. */
const MAX_COMPARED_FRAMES = 100
const MAX_COMPARED_CHARACTERS = 64 * 1024

/** Runs V8's own getter, and with it the guest's `Error.prepareStackTrace`, but no other. */
export function readStack(value: object): unknown {
  const descriptor = findDescriptor(value, 'stack')
  if (descriptor === undefined) return undefined
  if (objectHasOwn(descriptor, 'value')) return descriptor.value
  if (descriptor.get !== errorStackGetter) return undefined
  try {
    return apply(errorStackGetter, value, [])
  } catch {
    return undefined
  }
}

/** The lines of the frames without those of the guest program itself. */
export function listFrames(text: string): List<string> {
  const lines = splitLines(text)
  const frames = createList<string>()
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] as string
    if (!stringStartsWith(line, '    at ') || stringIndexOf(line, OWN_FRAME) === -1) append(frames, line)
  }
  return frames
}

/** Leaves the frames out that the stack of the cause shows too. */
export function leaveOutShared(frames: List<string>, value: object): List<string> {
  const cause = findData(value, 'cause')
  const isError = isObject(cause) && inheritsFrom(cause, ErrorIntrinsic.prototype)
  const causeStack = isError ? readStack(cause) : undefined
  const framesAt = typeof causeStack === 'string' ? stringIndexOf(causeStack, FRAME_START) : -1
  if (framesAt === -1) return frames
  const causeFrames = listFrames(stringSlice(causeStack, framesAt + 1, framesAt + MAX_COMPARED_CHARACTERS))
  if (frames.length > MAX_COMPARED_FRAMES || causeFrames.length > MAX_COMPARED_FRAMES) return frames
  for (let start = 0; start < frames.length - 3; start++) {
    const equal = countEqual(frames, start, causeFrames)
    if (equal >= MIN_EQUAL_FRAMES) return leaveOut(frames, start + 1, equal - 2)
  }
  return frames
}

/** How many frames from `start` on stand in the same order in the other list, from where the first of them stands. */
function countEqual(frames: Readonly<List<string>>, start: number, others: Readonly<List<string>>): number {
  let at = 0
  while (at < others.length && others[at] !== frames[start]) at++
  let count = 0
  while (start + count < frames.length && at + count < others.length && frames[start + count] === others[at + count])
    count++
  return count
}

function leaveOut(frames: Readonly<List<string>>, start: number, count: number): List<string> {
  const kept = createList<string>()
  for (let index = 0; index < frames.length; index++) {
    if (index === start) append(kept, `    ... ${count} lines matching cause stack trace ...`)
    if (index < start || index >= start + count) append(kept, frames[index] as string)
  }
  return kept
}
