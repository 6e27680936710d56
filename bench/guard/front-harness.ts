// The front of the service over an executor that settles at once, asked as its HTTP server asks it, without sockets.
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { returned } from '../../test/support/fake-executor.ts'
import { createTestService } from '../../test/support/test-service.ts'
import type { TestServiceOptions } from '../../test/support/test-service.ts'
import type { PreparedPath } from './guarded-path.ts'
import { requestWork } from './yardsticks/request-work.ts'

export interface Asked {
  readonly path: string
  readonly body: string
  readonly app?: TestServiceOptions['app']
}

const VALUE = '{"sum":7}'

/** Sends one request, and says whether its answer was 200 and as expected. */
export function prepareFront({ path, body, app = {} }: Asked) {
  const service = createTestService({ behaviour: () => returned(VALUE), app })
  const socket = new Socket()
  const bytes = Buffer.from(body)
  const headers = { host: '127.0.0.1', 'content-type': 'application/json', 'content-length': String(bytes.length) }
  const request = new Request(`http://127.0.0.1${path}`, { method: 'POST', headers })

  async function ask(): Promise<Response> {
    const incoming = new IncomingMessage(socket)
    incoming.method = 'POST'
    incoming.url = path
    Object.assign(incoming.headers, headers)
    incoming.push(bytes)
    incoming.push(null)
    const outgoing = new ServerResponse(incoming)
    const response = await service.app.fetch(request, { incoming, outgoing })
    if (response.status !== 200) throw new Error(`the front answered ${response.status}`)
    // Gives back what the answer held, as the end of its sending does.
    outgoing.emit('close')
    return response
  }

  function forget(): void {
    service.records.length = 0
    service.executor.tasks.length = 0
  }

  return { ask, forget }
}

export function toPath({ ask, forget }: ReturnType<typeof prepareFront>): PreparedPath {
  return {
    call: async () => void (await ask()),
    yardstick: requestWork,
    callsPerBatch: 80,
    yardsticksPerBatch: 90,
    forget,
  }
}
