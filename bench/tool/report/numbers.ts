// How figures are written for people: three digits, with a unit.

export function digits(value: number): string {
  if (!Number.isFinite(value)) return '–'
  if (value === 0) return '0'
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US')
  return String(Number(value.toPrecision(3)))
}

export function milliseconds(ms: number): string {
  if (!Number.isFinite(ms)) return '–'
  return ms >= 1_000 ? `${digits(ms / 1_000)} s` : `${digits(ms)} ms`
}

const MIB = 1_024 * 1_024

export function mebibytes(bytes: number): string {
  return Number.isFinite(bytes) ? `${digits(bytes / MIB)} MB` : '–'
}

export function percent(share: number): string {
  // A single failure among many is not to be rounded away.
  const shown = share < 1 ? Math.min(99.9, Math.floor(share * 1_000) / 10) : 100
  return `${digits(shown)} %`
}

export interface RatioLike {
  readonly value: number
  readonly interval: { readonly low: number; readonly high: number } | null
}

/** An interval whose ends differ by more than this says nothing. */
const UNCERTAIN = 20

export function ratioText(ratio: RatioLike | null): string {
  if (ratio === null) return '–'
  const { value, interval } = ratio
  if (interval === null) return `${digits(value)}×`
  if (interval.high / interval.low > UNCERTAIN) return `${digits(value)}× (uncertain)`
  return `${digits(value)}× (${digits(interval.low)}–${digits(interval.high)})`
}
