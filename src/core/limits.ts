// The quantities that bound one task, and the rule that a request may lower but never raise them.
import { isEmpty } from './is-empty.ts'

/** Bounds of one task; the unit is in each name. */
export interface Limits {
  readonly wallMs: number
  readonly cpuMs: number
  readonly memoryMb: number
  readonly inputBytes: number
  readonly outputBytes: number
  readonly logBytes: number
}

/** The most that one chunk of a stream may have, whatever `outputBytes` leaves for all of them; that of the platform's streams. */
export const MAX_CHUNK_BYTES = 1024 * 1024

/** The most that one value of `progress` may have in JSON; the guest program has the same bound. */
export const MAX_PROGRESS_BYTES = 64 * 1024

/** What a request may ask for: any subset, each value positive. */
export type AskedLimits = { readonly [K in keyof Limits]?: Limits[K] | undefined }

/** The smaller of what is asked and what is allowed, limit by limit. */
export function clampLimits(asked: AskedLimits, allowed: Limits): Limits {
  if (isEmpty(asked)) return allowed
  const lower = (name: keyof Limits): number => Math.min(asked[name] ?? allowed[name], allowed[name])
  return {
    wallMs: lower('wallMs'),
    cpuMs: lower('cpuMs'),
    memoryMb: lower('memoryMb'),
    inputBytes: lower('inputBytes'),
    outputBytes: lower('outputBytes'),
    logBytes: lower('logBytes'),
  }
}
