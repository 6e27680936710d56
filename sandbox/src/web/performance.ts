// performance: the clock, marks and measures. Its grain is a whole millisecond, so that it tells no more than Date.now.
import { arrayAppend, isObject, RangeErrorIntrinsic, toNumber, TypeErrorIntrinsic } from '../intrinsics.ts'
import { readClock, readOrigin } from './clock.ts'
import { toDomString } from './convert.ts'
import { domError } from './dom-error.ts'
import { cloneValue } from './gateways.ts'
import { needArguments, OWN_KEY, readOptions, refuseConstruction, shapeInterface } from './interface.ts'

/** A program that keeps more entries than this has lost count of them. */
const MAX_ENTRIES = 10_000

export function createPerformanceGlobals(): object {
  shapeInterface(Performance, 'Performance')
  shapeInterface(PerformanceEntry, 'PerformanceEntry')
  shapeInterface(PerformanceMark, 'PerformanceMark')
  shapeInterface(PerformanceMeasure, 'PerformanceMeasure')
  const performance = new Performance(OWN_KEY)
  return { __proto__: null, Performance, PerformanceEntry, PerformanceMark, PerformanceMeasure, performance }
}

class PerformanceEntry {
  readonly #name: string
  readonly #entryType: string
  readonly #startTime: number
  readonly #duration: number

  constructor(key: unknown = undefined, name = '', entryType = '', startTime = 0, duration = 0) {
    refuseConstruction(key)
    this.#name = name
    this.#entryType = entryType
    this.#startTime = startTime
    this.#duration = duration
  }

  get name(): string {
    return this.#name
  }

  get entryType(): string {
    return this.#entryType
  }

  get startTime(): number {
    return this.#startTime
  }

  get duration(): number {
    return this.#duration
  }

  toJSON(): object {
    return { name: this.#name, entryType: this.#entryType, startTime: this.#startTime, duration: this.#duration }
  }
}

interface Options {
  readonly detail?: unknown
  readonly startTime?: unknown
  readonly start?: unknown
  readonly end?: unknown
  readonly duration?: unknown
}

class PerformanceMark extends PerformanceEntry {
  readonly #detail: unknown

  constructor(name: unknown, options: unknown = undefined) {
    needArguments(arguments.length, 1, 'PerformanceMark')
    const { detail, startTime } = readOptions(options, 'PerformanceMark') as Options
    const text = toDomString(name)
    const at = startTime === undefined ? readClock() : checkTime(startTime, 'PerformanceMark')
    super(OWN_KEY, text, 'mark', at, 0)
    this.#detail = cloneDetail(detail)
  }

  get detail(): unknown {
    return this.#detail
  }
}

class PerformanceMeasure extends PerformanceEntry {
  readonly #detail: unknown

  constructor(key: unknown = undefined, name = '', startTime = 0, duration = 0, detail: unknown = null) {
    super(key, name, 'measure', startTime, duration)
    this.#detail = detail
  }

  get detail(): unknown {
    return this.#detail
  }
}

function cloneDetail(detail: unknown): unknown {
  return detail === undefined || detail === null ? null : cloneValue(detail, undefined)
}

function checkTime(value: unknown, what: string): number {
  const time = toNumber(value)
  if (time >= 0 && time < Infinity) return time
  throw new TypeErrorIntrinsic(`${what}: a time must be a number of milliseconds, and not ${time}`)
}

interface Entry {
  readonly entry: object
  readonly name: string
  readonly type: string
  readonly startTime: number
}

class Performance {
  #entries: Entry[] = []

  constructor(key: unknown = undefined) {
    refuseConstruction(key)
  }

  get timeOrigin(): number {
    return this.#entries && readOrigin()
  }

  now(): number {
    return this.#entries && readClock()
  }

  mark(name: unknown, options: unknown = undefined): object {
    const entries = this.#entries
    needArguments(arguments.length, 1, 'performance.mark')
    const entry = new PerformanceMark(name, options)
    keep(entries, entry, 'mark')
    return entry
  }

  measure(name: unknown, startOrOptions: unknown = undefined, endMark: unknown = undefined): object {
    const entries = this.#entries
    needArguments(arguments.length, 1, 'performance.measure')
    const text = toDomString(name)
    const options = (isObject(startOrOptions) ? startOrOptions : { __proto__: null }) as Options
    const { start = isObject(startOrOptions) ? undefined : startOrOptions, end = endMark, duration, detail } = options
    checkSpan(isObject(startOrOptions), start, end, endMark, duration)
    const length = duration === undefined ? 0 : toNumber(duration)
    let endTime = readClock()
    if (end !== undefined) endTime = findTime(entries, end)
    else if (start !== undefined && duration !== undefined) endTime = findTime(entries, start) + length
    let startTime = 0
    if (start !== undefined) startTime = findTime(entries, start)
    else if (duration !== undefined) startTime = endTime - length
    const entry = new PerformanceMeasure(OWN_KEY, text, startTime, endTime - startTime, cloneDetail(detail))
    keep(entries, entry, 'measure')
    return entry
  }

  clearMarks(name: unknown = undefined): void {
    this.#entries = without(this.#entries, 'mark', name)
  }

  clearMeasures(name: unknown = undefined): void {
    this.#entries = without(this.#entries, 'measure', name)
  }

  getEntries(): object[] {
    return select(this.#entries, undefined, undefined)
  }

  getEntriesByType(type: unknown): object[] {
    const entries = this.#entries
    needArguments(arguments.length, 1, 'performance.getEntriesByType')
    return select(entries, undefined, toDomString(type))
  }

  getEntriesByName(name: unknown, type: unknown = undefined): object[] {
    const entries = this.#entries
    needArguments(arguments.length, 1, 'performance.getEntriesByName')
    return select(entries, toDomString(name), type === undefined ? undefined : toDomString(type))
  }

  toJSON(): object {
    return { timeOrigin: this.#entries && readOrigin() }
  }
}

function checkSpan(hasOptions: boolean, start: unknown, end: unknown, endMark: unknown, duration: unknown): void {
  if (!hasOptions) return
  if (endMark !== undefined) {
    throw new TypeErrorIntrinsic('performance.measure: with options there can be no third argument')
  }
  if (start === undefined && end === undefined) {
    throw new TypeErrorIntrinsic('performance.measure: the options need a start or an end')
  }
  if (start !== undefined && end !== undefined && duration !== undefined) {
    throw new TypeErrorIntrinsic('performance.measure: start, end and duration are one too many')
  }
}

/** A time in milliseconds, or the name of a mark, the latest of that name. */
function findTime(entries: readonly Entry[], mark: unknown): number {
  if (typeof mark === 'number') return checkTime(mark, 'performance.measure')
  const name = toDomString(mark)
  for (let index = entries.length - 1; index >= 0; index--) {
    const entry = entries[index] as Entry
    if (entry.type === 'mark' && entry.name === name) return entry.startTime
  }
  throw domError('SyntaxError', `performance.measure: there is no mark '${name}'`)
}

function keep(entries: Entry[], entry: PerformanceEntry, type: string): void {
  if (entries.length >= MAX_ENTRIES) {
    throw new RangeErrorIntrinsic(`performance.${type}: ${MAX_ENTRIES} entries are kept already, which is the limit`)
  }
  const { name, startTime } = entry
  arrayAppend(entries, { __proto__: null, entry, name, type, startTime } as Entry)
}

function without(entries: readonly Entry[], type: string, name: unknown): Entry[] {
  const text = name === undefined ? undefined : toDomString(name)
  const kept: Entry[] = []
  for (let index = 0; index < entries.length; index++) {
    const entry = entries[index] as Entry
    if (entry.type !== type || (text !== undefined && entry.name !== text)) arrayAppend(kept, entry)
  }
  return kept
}

/** In the order of their times, as they were made where those are equal. */
function select(entries: readonly Entry[], name: string | undefined, type: string | undefined): object[] {
  const found: Entry[] = []
  for (let index = 0; index < entries.length; index++) {
    const entry = entries[index] as Entry
    if ((name === undefined || entry.name === name) && (type === undefined || entry.type === type)) insert(found, entry)
  }
  const list: object[] = []
  for (let index = 0; index < found.length; index++) arrayAppend(list, (found[index] as Entry).entry)
  return list
}

function insert(sorted: Entry[], entry: Entry): void {
  let at = sorted.length
  arrayAppend(sorted, entry)
  while (at > 0 && (sorted[at - 1] as Entry).startTime > entry.startTime) {
    sorted[at] = sorted[at - 1] as Entry
    at--
  }
  sorted[at] = entry
}
