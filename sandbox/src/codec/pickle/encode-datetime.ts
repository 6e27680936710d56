// Dates, times and durations, as CPython packs them.
import {
  DateIntrinsic,
  dateGetTime,
  dateToIsoString,
  isSafeInteger,
  mapGet,
  mapSet,
  mathFloor,
  regExpExec,
  stringSlice,
  toNumber,
} from '../../intrinsics.ts'
import { refuse } from '../path.ts'
import { saveInteger } from './encode-numbers.ts'
import { markOf, ownValue } from './marks.ts'
import { real } from './real-object.ts'
import { MICROSECONDS_PER_DAY, MICROSECONDS_PER_SECOND, parseOffset } from './time-zone.ts'
import { endCall, writeByte, writeGet, writeGlobal, writeMemoize } from './writer.ts'
import type { Writer } from './writer.ts'

const MS_PER_DAY = 86_400_000
const SECONDS_PER_DAY = 86_400
const MAX_DAYS = 999_999_999

/** What a datetime has beside its date and time of day. */
export interface DatetimeExtras {
  /** Of the second. */
  readonly microseconds: number
  /** Microseconds from UTC, null for none. */
  readonly offset: number | null
  readonly isFolded: boolean
}

/** Safe integers, which may have any sign and size. */
export interface DurationParts {
  readonly days: number
  readonly seconds: number
  readonly microseconds: number
}

export interface DatetimeEncoder {
  readonly saveDate: (writer: Writer, object: object, depth: number) => void
  readonly saveDay: (writer: Writer, object: object, iso: string) => void
  readonly saveDatetime: (writer: Writer, object: object, iso: string, extras: DatetimeExtras) => void
  readonly saveTime: (writer: Writer, object: object, text: string, depth: number) => void
  readonly saveTimedelta: (writer: Writer, object: object, depth: number) => void
  readonly saveDuration: (writer: Writer, object: object, parts: DurationParts, depth: number) => void
  readonly saveTimezone: (writer: Writer, object: object, text: string, depth: number) => void
}

export function createDatetimeEncoder(): DatetimeEncoder {
  return { saveDate, saveDay, saveDatetime, saveTime, saveTimedelta, saveDuration, saveTimezone }

  /** A Date as its mark says; without a mark, an aware datetime in UTC. */
  function saveDate(writer: Writer, object: object, depth: number): void {
    const ms = real(writer, depth, 'Date', () => dateGetTime(object as Date))
    if (ms !== ms) throw refuse(writer.path, depth, 'is an invalid Date')
    const type = markOf(object)
    switch (type) {
      case undefined:
        return saveLocal(writer, object, ms, { microseconds: 0, offset: 0, isFolded: false }, depth)
      case 'datetime.date':
        if (ms % MS_PER_DAY !== 0) {
          throw refuse(writer.path, depth, 'is marked as datetime.date, but has a time of day')
        }
        return saveDay(writer, object, toIso(writer, ms, depth))
      case 'datetime.datetime':
        return saveMarkedDate(writer, object, ms, depth)
      default:
        throw refuse(writer.path, depth, 'has a mark that a Date cannot have')
    }
  }

  function saveMarkedDate(writer: Writer, object: object, ms: number, depth: number): void {
    const microsecond = ownValue(object, 'microsecond') ?? 0
    const timeZone = ownValue(object, 'timeZone') ?? null
    const offset = typeof timeZone === 'string' ? parseOffset(timeZone) : null
    if (offset === null && timeZone !== null)
      throw refuse(writer.path, depth, 'has a timeZone that is not an offset like +02:00')
    if (!isSafeInteger(microsecond) || (microsecond as number) < 0 || (microsecond as number) > 999) {
      throw refuse(writer.path, depth, 'has a microsecond that is not an integer from 0 to 999')
    }
    const isFolded = ownValue(object, 'fold') === 1
    saveLocal(writer, object, ms, { microseconds: microsecond as number, offset, isFolded }, depth)
  }

  /** @param extras where `microseconds` are those of the millisecond. */
  function saveLocal(writer: Writer, object: object, ms: number, extras: DatetimeExtras, depth: number): void {
    const offset = extras.offset ?? 0
    const offsetMs = mathFloor(offset / 1000)
    const microseconds = extras.microseconds + offset - offsetMs * 1000
    const iso = toIso(writer, ms + offsetMs + (microseconds > 999 ? 1 : 0), depth)
    const { isFolded } = extras
    saveDatetime(writer, object, iso, {
      microseconds: digits(iso, 20, 23) * 1000 + (microseconds % 1000),
      offset: extras.offset,
      isFolded,
    })
  }

  /** `YYYY-MM-DDTHH:mm:ss.sssZ` of a year that Python has. */
  function toIso(writer: Writer, ms: number, depth: number): string {
    const iso = dateToIsoString(new DateIntrinsic(ms))
    if (iso.length !== 24 || stringSlice(iso, 0, 4) === '0000') {
      throw refuse(writer.path, depth, 'is outside of the years 1 to 9999')
    }
    return iso
  }

  /** @param iso a text that begins with `YYYY-MM-DD`. */
  function saveDay(writer: Writer, object: object, iso: string): void {
    writeGlobal(writer, 'datetime', 'date')
    beginPacked(writer, 4)
    writePackedDay(writer, iso, 0)
    writeMemoize(writer)
    endCall(writer, object, 1)
  }

  /** @param iso a text that begins with `YYYY-MM-DDTHH:mm:ss`. */
  function saveDatetime(writer: Writer, object: object, iso: string, extras: DatetimeExtras): void {
    writeGlobal(writer, 'datetime', 'datetime')
    beginPacked(writer, 10)
    writePackedDay(writer, iso, extras.isFolded ? 0x80 : 0)
    writePackedTime(writer, stringSlice(iso, 11, 19), extras.microseconds, 0)
    writeMemoize(writer)
    endDatetime(writer, object, extras.offset)
  }

  /** A time of day, as `time.isoformat()` writes it. */
  function saveTime(writer: Writer, object: object, text: string, depth: number): void {
    const match = regExpExec(/^(\d\d):(\d\d):(\d\d)(?:\.(\d{6}))?(.*)$/, text)
    const zone = match?.[5] ?? ''
    const offset = zone === '' ? null : parseOffset(zone)
    const isClock = toNumber(match?.[1]) < 24 && toNumber(match?.[2]) < 60 && toNumber(match?.[3]) < 60
    if (!isClock || (offset === null && zone !== '')) {
      throw refuse(writer.path, depth, 'is marked as datetime.time, but its text is not HH:MM:SS[.ffffff][+HH:MM]')
    }
    writeGlobal(writer, 'datetime', 'time')
    beginPacked(writer, 6)
    writePackedTime(writer, text, toNumber(match?.[4] ?? 0), ownValue(object, 'fold') === 1 ? 0x80 : 0)
    writeMemoize(writer)
    endDatetime(writer, object, offset)
  }

  function saveTimedelta(writer: Writer, object: object, depth: number): void {
    const days = ownValue(object, 'days') ?? 0
    const seconds = ownValue(object, 'seconds') ?? 0
    const microseconds = ownValue(object, 'microseconds') ?? 0
    if (!isSafeInteger(days) || !isSafeInteger(seconds) || !isSafeInteger(microseconds)) {
      throw refuse(
        writer.path,
        depth,
        'is marked as datetime.timedelta, but days, seconds and microseconds are not integers',
      )
    }
    const parts = { days: days as number, seconds: seconds as number, microseconds: microseconds as number }
    saveDuration(writer, object, parts, depth)
  }

  function saveDuration(writer: Writer, object: object, parts: DurationParts, depth: number): void {
    const carriedSeconds = mathFloor(parts.microseconds / MICROSECONDS_PER_SECOND)
    const seconds = parts.seconds + carriedSeconds
    const carriedDays = mathFloor(seconds / SECONDS_PER_DAY)
    const days = parts.days + carriedDays
    if (days < -MAX_DAYS || days > MAX_DAYS)
      throw refuse(writer.path, depth, 'is longer than a datetime.timedelta can be')
    const microseconds = parts.microseconds - carriedSeconds * MICROSECONDS_PER_SECOND
    writeTimedelta(writer, days, seconds - carriedDays * SECONDS_PER_DAY, microseconds)
    endCall(writer, object, 3)
  }

  function saveTimezone(writer: Writer, object: object, text: string, depth: number): void {
    const offset = parseOffset(text)
    if (offset === null) throw refuse(writer.path, depth, 'is marked as datetime.timezone, but its text is not +HH:MM')
    mapSet(writer.memo, object, writeTimezone(writer, offset))
  }

  function beginPacked(writer: Writer, count: number): void {
    writeByte(writer, 0x43) // SHORT_BINBYTES
    writeByte(writer, count)
  }

  function writePackedDay(writer: Writer, iso: string, fold: number): void {
    const year = digits(iso, 0, 4)
    writeByte(writer, year >> 8)
    writeByte(writer, year & 0xff)
    writeByte(writer, digits(iso, 5, 7) | fold)
    writeByte(writer, digits(iso, 8, 10))
  }

  /** @param clock a text that begins with `HH:mm:ss`. */
  function writePackedTime(writer: Writer, clock: string, microseconds: number, fold: number): void {
    writeByte(writer, digits(clock, 0, 2) | fold)
    writeByte(writer, digits(clock, 3, 5))
    writeByte(writer, digits(clock, 6, 8))
    writeByte(writer, microseconds >> 16)
    writeByte(writer, (microseconds >> 8) & 0xff)
    writeByte(writer, microseconds & 0xff)
  }

  function endDatetime(writer: Writer, object: object, offset: number | null): void {
    if (offset !== null) writeTimezone(writer, offset)
    endCall(writer, object, offset === null ? 1 : 2)
  }

  /** A `datetime.timezone` on the stack; each offset is written once. Returns its index in the memo. */
  function writeTimezone(writer: Writer, offset: number): number {
    const key = `offset ${offset}`
    const known = mapGet(writer.globals, key)
    if (known !== undefined) {
      writeGet(writer, known)
      return known
    }
    const days = mathFloor(offset / MICROSECONDS_PER_DAY)
    const rest = offset - days * MICROSECONDS_PER_DAY
    writeGlobal(writer, 'datetime', 'timezone')
    writeTimedelta(writer, days, mathFloor(rest / MICROSECONDS_PER_SECOND), rest % MICROSECONDS_PER_SECOND)
    writeByte(writer, 0x87) // TUPLE3
    writeByte(writer, 0x52) // REDUCE
    writeByte(writer, 0x85) // TUPLE1
    writeByte(writer, 0x52) // REDUCE
    mapSet(writer.globals, key, writer.memoCount)
    writeMemoize(writer)
    return writer.memoCount - 1
  }

  function writeTimedelta(writer: Writer, days: number, seconds: number, microseconds: number): void {
    writeGlobal(writer, 'datetime', 'timedelta')
    saveInteger(writer, days, 0)
    saveInteger(writer, seconds, 0)
    saveInteger(writer, microseconds, 0)
  }

  function digits(text: string, from: number, to: number): number {
    return toNumber(stringSlice(text, from, to))
  }
}
