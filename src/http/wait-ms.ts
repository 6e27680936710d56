// Numbers in the query of a request: how long a client wants to wait for a job, above all.
import type { HttpContext } from './context.ts'

interface Wait {
  readonly default: number
  readonly min: number
  readonly max: number
}

/** How long a request waits for its job, and what `?wait=` may ask (protocol.md §2.2), in milliseconds. */
const WAIT_MS: Wait = { default: 90_000, min: 1_000, max: 300_000 }
/** The same for chunks. Clients wait 3 s at the least, and ask again at once or after a second (protocol.md §10). */
export const STREAM_WAIT_MS: Wait = { default: 2_000, min: 0, max: 300_000 }

export function waitMsOf(c: HttpContext, wait: Wait = WAIT_MS): number {
  const asked = queryNumber(c, 'wait')
  return asked === null ? wait.default : Math.min(wait.max, Math.max(wait.min, asked))
}

/** Null for what is not there or no number. */
export function queryNumber(c: HttpContext, name: string): number | null {
  const text = c.req.query(name)
  const value = Number(text)
  return text === undefined || text === '' || !Number.isFinite(value) ? null : value
}
