// The clock of `performance`: milliseconds since the isolate was booted, of the same grain as Date.now.
import { dateNow, mathMax } from '../intrinsics.ts'

let originMs = 0
let lastMs = 0

/** Called in each fresh isolate. */
export function startClock(): void {
  originMs = dateNow()
}

/** When the isolate was booted, in milliseconds since 1970. */
export const readOrigin = (): number => originMs

/** Never less than it was before, whatever the machine's clock is set to. */
export function readClock(): number {
  lastMs = mathMax(lastMs, dateNow() - originMs)
  return lastMs
}
