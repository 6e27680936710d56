// Python's dates, times and durations.
import {
  charCodeAt,
  DateIntrinsic,
  isSafeInteger,
  mathFloor,
  StringIntrinsic,
  stringValueOf,
  typedArrayLength,
} from '../../intrinsics.ts'
import { readLatin1 } from '../utf8.ts'
import { argument, isBytes } from './call-arguments.ts'
import type { Args, Globals } from './call-arguments.ts'
import { createMarked, defineHidden, mark, markOf, ownValue } from './marks.ts'
import { formatOffset, MICROSECONDS_PER_DAY, MICROSECONDS_PER_SECOND, pad, parseOffset } from './time-zone.ts'

const MS_PER_DAY = 86_400_000
const FOLD = 0x80

export function createDatetimeGlobals(): Globals {
  return {
    __proto__: null,
    'datetime.date': toDate,
    'datetime.datetime': toDatetime,
    'datetime.time': toTime,
    'datetime.timedelta': toTimedelta,
    'datetime.timezone': toTimezone,
  }

  /** A Date at midnight UTC. */
  function toDate(args: Args): unknown {
    const packed = unpack(argument(args, 0), 4)
    if (packed === null || !isDay(packed)) return undefined
    return mark(new DateIntrinsic(epochDays(packed) * MS_PER_DAY), 'datetime.date')
  }

  /**
   * A Date with what a Date has no room for in hidden properties: `microsecond` (0 to 999), `timeZone`, and `fold` where it is 1.
   * Without a time zone, which is then null, the UTC fields of the Date are the fields of the datetime.
   */
  function toDatetime(args: Args): unknown {
    const packed = unpack(argument(args, 0), 10)
    if (packed === null) return undefined
    const fold = (packed[2] as number) & FOLD
    packed[2] = (packed[2] as number) & ~FOLD
    if (!isDay(packed) || !isTime(packed, 4)) return undefined
    const microseconds = microsecondOf(packed, 7)
    let ms = epochDays(packed) * MS_PER_DAY + secondsOf(packed, 4) * 1000 + mathFloor(microseconds / 1000)
    let microsecond = microseconds % 1000
    const timeZone = argument(args, 1) ?? null
    const offset = timeZone === null ? 0 : offsetOf(timeZone)
    if (offset === null) return undefined
    const offsetMs = mathFloor(offset / 1000)
    ms -= offsetMs
    microsecond -= offset - offsetMs * 1000
    if (microsecond < 0) {
      microsecond += 1000
      ms -= 1
    }
    const date = mark(new DateIntrinsic(ms), 'datetime.datetime')
    defineHidden(date, 'microsecond', microsecond)
    defineHidden(date, 'timeZone', timeZone === null ? null : stringValueOf(timeZone))
    if (fold !== 0) defineHidden(date, 'fold', 1)
    return date
  }

  /** A String object, as `time.isoformat()` writes it. */
  function toTime(args: Args): unknown {
    const packed = unpack(argument(args, 0), 6)
    if (packed === null) return undefined
    const fold = (packed[0] as number) & FOLD
    packed[0] = (packed[0] as number) & ~FOLD
    if (!isTime(packed, 0)) return undefined
    const microseconds = microsecondOf(packed, 3)
    const timeZone = argument(args, 1) ?? null
    if (timeZone !== null && offsetOf(timeZone) === null) return undefined
    let text = `${pad(packed[0], 2)}:${pad(packed[1] as number, 2)}:${pad(packed[2] as number, 2)}`
    if (microseconds !== 0) text += `.${pad(microseconds, 6)}`
    if (timeZone !== null) text += stringValueOf(timeZone)
    const time = mark(new StringIntrinsic(text), 'datetime.time')
    if (fold !== 0) defineHidden(time, 'fold', 1)
    return time
  }

  /** `{days, seconds, microseconds}`, normalised as Python has them: only `days` may be negative. */
  function toTimedelta(args: Args): unknown {
    const days = argument(args, 0) ?? 0
    const seconds = argument(args, 1) ?? 0
    const microseconds = argument(args, 2) ?? 0
    const isNormal =
      isSafeInteger(days) &&
      isWithin(days, -999_999_999, 999_999_999) &&
      isWithin(seconds, 0, 86_399) &&
      isWithin(microseconds, 0, MICROSECONDS_PER_SECOND - 1)
    if (!isNormal) return undefined
    return createMarked('datetime.timedelta', ['days', 'seconds', 'microseconds'], [days, seconds, microseconds])
  }

  /** A String object: the offset as text. A name that the zone may have is not kept; Python compares zones by offset. */
  function toTimezone(args: Args): unknown {
    const delta = argument(args, 0)
    if (typeof delta !== 'object' || delta === null || markOf(delta) !== 'datetime.timedelta') return undefined
    const part = (name: string): number => ownValue(delta, name) as number
    const microseconds =
      part('days') * MICROSECONDS_PER_DAY + part('seconds') * MICROSECONDS_PER_SECOND + part('microseconds')
    const text = formatOffset(microseconds)
    return text === null ? undefined : mark(new StringIntrinsic(text), 'datetime.timezone')
  }

  function offsetOf(timeZone: unknown): number | null {
    if (typeof timeZone !== 'object' || timeZone === null || markOf(timeZone) !== 'datetime.timezone') return null
    return parseOffset(stringValueOf(timeZone))
  }

  /** The packed fields: bytes, or a Latin-1 string as Python 2 wrote them. Null if there are not `size`. */
  function unpack(packed: unknown, size: number): number[] | null {
    let text = packed
    if (isBytes(packed) && typedArrayLength(packed) === size) text = readLatin1(packed, 0, size)
    if (typeof text !== 'string' || text.length !== size) return null
    const fields = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    for (let index = 0; index < size; index += 1) fields[index] = charCodeAt(text, index)
    return fields
  }

  function isDay(packed: readonly number[]): boolean {
    const year = yearOf(packed)
    const month = packed[2] as number
    return isWithin(year, 1, 9999) && isWithin(month, 1, 12) && isWithin(packed[3], 1, daysInMonth(year, month))
  }

  function isTime(packed: readonly number[], at: number): boolean {
    const isClock = isWithin(packed[at], 0, 23) && isWithin(packed[at + 1], 0, 59) && isWithin(packed[at + 2], 0, 59)
    return isClock && isWithin(microsecondOf(packed, at + 3), 0, MICROSECONDS_PER_SECOND - 1)
  }

  function isWithin(value: unknown, least: number, most: number): boolean {
    return isSafeInteger(value) && (value as number) >= least && (value as number) <= most
  }

  function yearOf(packed: readonly number[]): number {
    return (packed[0] as number) * 256 + (packed[1] as number)
  }

  function secondsOf(packed: readonly number[], at: number): number {
    return (packed[at] as number) * 3600 + (packed[at + 1] as number) * 60 + (packed[at + 2] as number)
  }

  function microsecondOf(packed: readonly number[], at: number): number {
    return (packed[at] as number) * 0x10000 + (packed[at + 1] as number) * 0x100 + (packed[at + 2] as number)
  }

  function daysInMonth(year: number, month: number): number {
    if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
    return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
  }

  /** Days from 1970-01-01 in the proleptic Gregorian calendar; the year is taken to begin in March. */
  function epochDays(packed: readonly number[]): number {
    const month = packed[2] as number
    const year = yearOf(packed) - (month <= 2 ? 1 : 0)
    const dayOfYear = mathFloor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + (packed[3] as number) - 1
    const leapDays = mathFloor(year / 4) - mathFloor(year / 100) + mathFloor(year / 400)
    return year * 365 + leapDays + dayOfYear - 719_468
  }
}
