// The ways out of the service, loaded with the first request that needs them, and closed with whoever opened them.
import type { EgressClients } from '../egress/egress-clients.ts'

export interface LazyEgress extends AsyncDisposable {
  readonly open: () => Promise<EgressClients>
}

/** undici takes 150 ms and 26 MB, which most services never need. */
export function createLazyEgress(requestsMax: number): LazyEgress {
  let clients: Promise<EgressClients> | null = null
  const load = async (): Promise<EgressClients> => {
    const { createEgressClients } = await import('../egress/egress-clients.ts')
    return createEgressClients(requestsMax)
  }
  return {
    open: async () => (clients ??= load()),
    async [Symbol.asyncDispose]() {
      const opened = Object.values((await clients) ?? {})
      await Promise.all(opened.map(async (client) => client[Symbol.asyncDispose]()))
    },
  }
}
