// Values of labels that others choose, from closed sets: nobody makes series by sending something new.
import { ERRORS } from '../errors.ts'

export const NONE = 'none'
export const OTHER = 'other'

/** @param code an error code of the service; null for none. */
export function codeLabel(code: string | null): string {
  if (code === null) return NONE
  return Object.hasOwn(ERRORS, code) ? code : OTHER
}

const STATUS = { min: 100, max: 599 }

/** Deployed code may choose its status. */
export function statusLabel(status: number | null): string {
  if (status === null) return NONE
  return status >= STATUS.min && status <= STATUS.max ? String(Math.trunc(status)) : OTHER
}

export function oneOf(values: readonly string[], value: string | null): string {
  return value !== null && values.includes(value) ? value : OTHER
}
