// The signal of a client that goes away before it has its answer.
import { outgoingOf } from './context.ts'
import type { HttpContext } from './context.ts'

export function clientSignal(c: HttpContext): AbortSignal {
  const outgoing = outgoingOf(c)
  if (outgoing === undefined) return c.req.raw.signal
  const controller = new AbortController()
  if (outgoing.destroyed) controller.abort()
  else outgoing.once('close', () => outgoing.writableFinished || controller.abort())
  return controller.signal
}
