// The connections for guest code: none is used for another tenant, nor for a rule that lets a host lead elsewhere.
import { Agent } from 'undici'
import type { Dispatcher } from 'undici'
import type { Reach } from '../core/network-policy.ts'
import type { TenantId } from '../core/task.ts'
import type { CheckAddress } from './check-address.ts'
import { createPinnedConnector } from './pinned-connector.ts'
import type { Resolve } from './resolve-host.ts'
import { refuseSmallPieces } from './small-pieces.ts'

export interface DispatcherTimes {
  /** Resolving, connecting and the TLS handshake. */
  readonly connectMs: number
  /** From the request to the end of the answer's head. */
  readonly firstByteMs: number
  /** Between two pieces of the answer's body, while somebody wants them. */
  readonly betweenBytesMs: number
}

export interface DispatcherOptions extends DispatcherTimes {
  /** Connections of one tenant, and all together, that are open, are being made, or wait to be used again. */
  readonly tenantConnections: number
  readonly serviceConnections: number
  readonly resolveFor: (reach: Reach) => Resolve
  readonly checkFor: (reach: Reach) => CheckAddress
}

const AGENTS_MAX = 64
const CONNECTIONS_PER_ORIGIN = 16
const ORIGINS_MAX = 1_024
export const RESPONSE_HEADER_BYTES = 32 * 1_024

class TooManyConnections extends Error {
  readonly code = 'TOO_MANY_CONNECTIONS'
}

interface Opened {
  readonly agent: Agent
  /** The same, for requests. */
  readonly dispatcher: Dispatcher
}

export class Dispatchers implements AsyncDisposable {
  readonly #options: DispatcherOptions
  /** The one that was used last is the last. */
  readonly #opened = new Map<string, Opened>()
  readonly #connections = new Map<TenantId, number>()
  #allConnections = 0

  constructor(options: DispatcherOptions) {
    this.#options = options
  }

  /** To be used at once. */
  of(tenant: TenantId, reach: Reach): Dispatcher {
    const key = JSON.stringify([tenant, reach])
    const opened = this.#opened.get(key) ?? this.#open(tenant, reach)
    this.#opened.delete(key)
    this.#opened.set(key, opened)
    for (const [old, idle] of this.#opened) {
      if (this.#opened.size <= AGENTS_MAX) break
      this.#opened.delete(old)
      // Answers what is in progress first.
      void idle.agent.close().catch(() => undefined)
    }
    return opened.dispatcher
  }

  /** Then a connection is closed after its request: those that wait would keep others from having one. */
  isCrowded(tenant: TenantId): boolean {
    const { tenantConnections, serviceConnections } = this.#options
    return this.#allConnections > serviceConnections / 2 || (this.#connections.get(tenant) ?? 0) > tenantConnections / 2
  }

  #open(tenant: TenantId, reach: Reach): Opened {
    const { connectMs, firstByteMs, betweenBytesMs, resolveFor, checkFor } = this.#options
    const pinned = createPinnedConnector({ check: checkFor(reach), resolve: resolveFor(reach), connectMs })
    const agent = new Agent({
      // One whose request was cancelled goes on being made.
      connect: (options, callback) => {
        if (!this.#count(tenant, 1)) {
          callback(new TooManyConnections(), null)
          return
        }
        pinned(options, (...settled) => {
          const [error, socket] = settled
          if (error === null) socket.once('close', () => this.#count(tenant, -1))
          else this.#count(tenant, -1)
          callback(...settled)
        })
      },
      connections: CONNECTIONS_PER_ORIGIN,
      maxOrigins: ORIGINS_MAX,
      maxHeaderSize: RESPONSE_HEADER_BYTES,
      headersTimeout: firstByteMs,
      bodyTimeout: betweenBytesMs,
      pipelining: 1,
      allowH2: false,
    })
    return { agent, dispatcher: agent.compose(refuseSmallPieces) }
  }

  /** False when there may be no more; then nothing is counted. */
  #count(tenant: TenantId, change: 1 | -1): boolean {
    const { tenantConnections, serviceConnections } = this.#options
    const own = (this.#connections.get(tenant) ?? 0) + change
    if (change === 1 && (own > tenantConnections || this.#allConnections >= serviceConnections)) return false
    this.#allConnections += change
    if (own === 0) this.#connections.delete(tenant)
    else this.#connections.set(tenant, own)
    return true
  }

  /** Cuts off what is in progress. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#opened.values()].map(async ({ agent }) => agent.destroy()))
    this.#opened.clear()
  }
}
