// An exchange that never began.
import type { EgressExchange } from '../core/egress.ts'
import type { Failure } from '../errors.ts'

export function refusedExchange(failure: Failure): EgressExchange {
  return {
    head: Promise.resolve({ ok: false, failure }),
    write: async () => false,
    end: () => undefined,
    read: async () => ({ ok: false, failure }),
    cancel: () => undefined,
  }
}
