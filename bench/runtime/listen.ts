// A server of plain HTTP at a free port, as a process that is started for it has it.
import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Prints the URL when it listens. */
export function listen(listener: RequestListener): void {
  const server = createServer(listener)
  server.listen(0, '127.0.0.1', () => {
    const { address, port } = server.address() as AddressInfo
    process.stdout.write(`http://${address}:${port}\n`)
  })
}
