// Temporal's types as Python's dates and times. V8 makes Temporal at its first use, which takes a quarter of a millisecond in
// every isolate; so nothing of it is captured, and what the guest's Temporal says of the guest's value is checked as text.
import { apply, isSafeInteger, regExpExec, stringSlice, toNumber } from '../../intrinsics.ts'
import { refuse } from '../path.ts'
import type { DatetimeEncoder } from './encode-datetime.ts'
import { parseOffset } from './time-zone.ts'
import type { Writer } from './writer.ts'

/** @param tag the class, as `Symbol.toStringTag` names it. */
export type SaveTemporal = (writer: Writer, object: object, tag: string, depth: number) => void

export function createSaveTemporal(datetime: DatetimeEncoder): SaveTemporal {
  const { saveDatetime, saveDay, saveDuration, saveTime } = datetime
  return saveTemporal

  function saveTemporal(writer: Writer, object: object, tag: string, depth: number): void {
    const text = textOf(object)
    switch (tag) {
      case 'Temporal.PlainDate':
        if (!isMatch(/^\d{4}-\d\d-\d\d$/, text) || isYearZero(text)) break
        return saveDay(writer, object, text)
      case 'Temporal.PlainTime':
        if (!isMatch(/^\d\d:\d\d:\d\d\.\d{9}$/, text)) break
        checkNanoseconds(writer, stringSlice(text, 15, 18), depth)
        return saveTime(writer, object, stringSlice(text, 0, 15), depth)
      case 'Temporal.PlainDateTime':
        return saveTemporalDatetime(writer, object, text, null, depth)
      case 'Temporal.Instant':
        return saveTemporalDatetime(writer, object, text, 0, depth)
      case 'Temporal.ZonedDateTime': {
        const { offset } = object as { readonly offset?: unknown }
        const microseconds = typeof offset === 'string' ? parseOffset(offset) : null
        if (microseconds === null) break
        return saveTemporalDatetime(writer, object, text, microseconds, depth)
      }
      case 'Temporal.Duration':
        return saveTemporalDuration(writer, object, text, depth)
      default:
        throw refuse(writer.path, depth, `is a ${stringSlice(tag, 0, 40)}, which Python does not have`)
    }
    throw refuse(writer.path, depth, `is a ${tag} that Python cannot hold: it is outside of the years 1 to 9999`)
  }

  function textOf(object: object): string {
    const { toString } = object as { readonly toString: (options: object) => unknown }
    const options = { __proto__: null, fractionalSecondDigits: 9, calendarName: 'never', timeZoneName: 'never' }
    const text = apply(toString, object, [options])
    return typeof text === 'string' ? text : ''
  }

  function saveTemporalDatetime(
    writer: Writer,
    object: object,
    text: string,
    offset: number | null,
    depth: number,
  ): void {
    if (!isMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}/, text) || isYearZero(text)) {
      throw refuse(writer.path, depth, 'is outside of the years 1 to 9999')
    }
    checkNanoseconds(writer, stringSlice(text, 26, 29), depth)
    const microseconds = toNumber(stringSlice(text, 20, 26))
    saveDatetime(writer, object, text, { microseconds, offset, isFolded: false })
  }

  function saveTemporalDuration(writer: Writer, object: object, text: string, depth: number): void {
    const match = regExpExec(/^(-?)P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)\.(\d{9})S)?)?$/, text)
    if (match === null)
      throw refuse(writer.path, depth, 'is a Temporal.Duration with years or months, which timedelta has not')
    const fraction = match[7] ?? '000000000'
    checkNanoseconds(writer, stringSlice(fraction, 6, 9), depth)
    const sign = match[1] === '-' ? -1 : 1
    const days = sign * (part(match, 2) * 7 + part(match, 3))
    const seconds = sign * (part(match, 4) * 3600 + part(match, 5) * 60 + part(match, 6))
    if (!isSafeInteger(days) || !isSafeInteger(seconds)) {
      throw refuse(writer.path, depth, 'is longer than a datetime.timedelta can be')
    }
    saveDuration(writer, object, { days, seconds, microseconds: sign * toNumber(stringSlice(fraction, 0, 6)) }, depth)
  }

  function part(match: RegExpExecArray, group: number): number {
    return toNumber(match[group] ?? 0)
  }

  function checkNanoseconds(writer: Writer, nanoseconds: string, depth: number): void {
    if (nanoseconds === '000') return
    throw refuse(writer.path, depth, "has nanoseconds, which Python does not have; round it to the 'microsecond'")
  }

  function isMatch(pattern: RegExp, text: string): boolean {
    return regExpExec(pattern, text) !== null
  }
  function isYearZero(text: string): boolean {
    return stringSlice(text, 0, 4) === '0000'
  }
}
