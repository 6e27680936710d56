// Whether the service could listen where it is told to, found out before anything else starts.
import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * Rejects with what `listen` says. A service that learned of it last would have started executors, and run jobs that an earlier
 * one has left, for nothing.
 */
export async function probeAddress({ host, port }: { readonly host: string; readonly port: number }): Promise<void> {
  const server = createServer()
  server.listen({ host, port, exclusive: true })
  await once(server, 'listening')
  server.close()
  await once(server, 'close')
}
