// Offsets from UTC as text: `+02:00`, with seconds and microseconds where there are some.
import { isSafeInteger, mathFloor, regExpExec, toNumber, toText } from '../../intrinsics.ts'

export const MICROSECONDS_PER_SECOND = 1_000_000
export const MICROSECONDS_PER_DAY = 86_400 * MICROSECONDS_PER_SECOND

const OFFSET = /^([+-])(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{6}))?)?$/

/** Null for an offset of a day or more, as Python has it. */
export function formatOffset(microseconds: number): string | null {
  const size = microseconds < 0 ? -microseconds : microseconds
  if (!isSafeInteger(size) || size >= MICROSECONDS_PER_DAY) return null
  const seconds = mathFloor(size / MICROSECONDS_PER_SECOND)
  const rest = size % MICROSECONDS_PER_SECOND
  let text = `${microseconds < 0 ? '-' : '+'}${pad(mathFloor(seconds / 3600), 2)}:${pad(mathFloor(seconds / 60) % 60, 2)}`
  if (seconds % 60 !== 0 || rest !== 0) text += `:${pad(seconds % 60, 2)}`
  return rest === 0 ? text : `${text}.${pad(rest, 6)}`
}

/** Microseconds; `UTC` and `Z` are read too. Null for anything else. */
export function parseOffset(text: string): number | null {
  if (text === 'UTC' || text === 'Z') return 0
  const match = regExpExec(OFFSET, text)
  if (match === null) return null
  const seconds = toNumber(match[2]) * 3600 + toNumber(match[3]) * 60 + toNumber(match[4] ?? 0)
  const microseconds = seconds * MICROSECONDS_PER_SECOND + toNumber(match[5] ?? 0)
  if (microseconds >= MICROSECONDS_PER_DAY) return null
  return match[1] === '-' ? 0 - microseconds : microseconds
}

export function pad(value: number, digits: number): string {
  let text = toText(value)
  while (text.length < digits) text = `0${text}`
  return text
}
