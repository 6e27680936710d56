// The signal of a client that goes away before it has its answer.
import { outgoingOf } from './context.ts'
import type { HttpContext } from './context.ts'

export function clientSignal(c: HttpContext): AbortSignal {
  if (outgoingOf(c) === undefined) return c.req.raw.signal
  const controller = new AbortController()
  abortWithClient(c, controller)
  return controller.signal
}

/** For what others may abort, too. */
export function abortWithClient(c: HttpContext, controller: AbortController): void {
  const outgoing = outgoingOf(c)
  if (outgoing === undefined) c.req.raw.signal.addEventListener('abort', () => controller.abort(), { once: true })
  else if (outgoing.destroyed) controller.abort()
  else outgoing.once('close', () => outgoing.writableFinished || controller.abort())
}
