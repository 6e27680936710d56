// How long a client wants to wait for a job.
import type { HttpContext } from './context.ts'

/** How long a request waits for its job, and what `?wait=` may ask (protocol.md §2.2), in milliseconds. */
const WAIT_MS = { default: 90_000, min: 1_000, max: 300_000 }

export function waitMsOf(c: HttpContext): number {
  const asked = Number(c.req.query('wait') || Number.NaN)
  return Number.isFinite(asked) ? Math.min(WAIT_MS.max, Math.max(WAIT_MS.min, asked)) : WAIT_MS.default
}
