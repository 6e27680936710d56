// An exchange that can be had before what makes it is loaded.
import type { EgressExchange } from '../core/egress.ts'
import { SERVICE_FAILED } from '../core/failures.ts'
import { refusedExchange } from './refused-exchange.ts'

/** What is asked of it meanwhile is done in the same order. @param onDefect told when `open` rejects. */
export function deferExchange(open: () => Promise<EgressExchange>, onDefect: (error: unknown) => void): EgressExchange {
  const opened = (async () => {
    try {
      return await open()
    } catch (error) {
      onDefect(error)
      return refusedExchange(SERVICE_FAILED)
    }
  })()
  return {
    head: opened.then(async ({ head }) => head),
    write: async (bytes) => (await opened).write(bytes),
    end: () => void opened.then((exchange) => exchange.end()),
    read: async () => (await opened).read(),
    cancel: () => void opened.then((exchange) => exchange.cancel()),
  }
}
