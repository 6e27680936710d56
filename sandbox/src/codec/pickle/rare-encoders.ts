// Encoders of values that most results do not have, each made when the first such value comes: a snapshot pays for every
// function that exists, but not for the text of those that do not exist yet.
import { createDatetimeEncoder } from './encode-datetime.ts'
import type { DatetimeEncoder } from './encode-datetime.ts'
import { createMarkedEncoder } from './encode-marked.ts'
import type { MarkedEncoder } from './encode-marked.ts'
import { createSaveTemporal } from './encode-temporal.ts'
import type { SaveTemporal } from './encode-temporal.ts'

let datetime: DatetimeEncoder | undefined
let marked: MarkedEncoder | undefined
let temporal: SaveTemporal | undefined

export function datetimeEncoder(): DatetimeEncoder {
  return (datetime ??= createDatetimeEncoder())
}

export function markedEncoder(): MarkedEncoder {
  return (marked ??= createMarkedEncoder(datetimeEncoder()))
}

export function temporalEncoder(): SaveTemporal {
  return (temporal ??= createSaveTemporal(datetimeEncoder()))
}
