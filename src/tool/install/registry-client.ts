// The one host that an installation talks to: how npm's modules are to ask it, and what keeps them from asking another.
import http from 'node:http'
import https from 'node:https'
import type { InstallLimits, RegistrySettings } from '../../ipc/install-messages.ts'
import { blameRegistry, tooMuch } from './install-error.ts'
import type { InstallError } from './install-error.ts'

export interface RegistryClient {
  /** For npm's modules; `registry` is absent for the one that they have built in. */
  readonly options: Readonly<Record<string, unknown>>
  /** Rejects with the first thing that a request was refused for. */
  readonly violation: Promise<never>
}

/** What `http.request` is given by the library that sends the requests. */
interface RequestTarget {
  readonly protocol?: string | null
  readonly hostname?: string | null
  readonly host?: string | null
  readonly port?: string | number | null
}

const REQUESTS_PER_PACKAGE = 4
const REQUEST_MS = 30_000
const RETRIES = { retries: 2, factor: 3, minTimeout: 200, maxTimeout: 2_000 }
const SOCKETS = 12

export function createRegistryClient(
  { registry, proxy, noProxy }: RegistrySettings,
  certificates: string,
  limits: InstallLimits,
): RegistryClient {
  return {
    options: {
      ...(registry === null ? {} : { registry }),
      ...(proxy === null ? {} : { proxy, httpsProxy: proxy }),
      ...(noProxy === null ? {} : { noProxy }),
      ...(certificates === '' ? {} : { ca: certificates }),
      retry: RETRIES,
      timeout: REQUEST_MS,
      maxSockets: SOCKETS,
      userAgent: 'worker-isolate',
      // Nobody is asked for a password, and none is sent.
      strictSSL: true,
    },
    violation: guardRequests(REQUESTS_PER_PACKAGE * limits.packages),
  }
}

/**
 * The first request goes to the registry, and every other one to the same host: a redirect, or an address in what the
 * registry says, leads nowhere else. Held where requests begin, before a connection is made, whatever sends them.
 */
function guardRequests(requestsMax: number): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>()
  promise.catch(() => undefined)
  let first: string | null = null
  let requests = 0
  const check = (target: unknown): void => {
    const origin = originOf(target)
    first ??= origin
    requests += 1
    const error: InstallError | null =
      origin !== first
        ? blameRegistry('The registry leads to another host, which is not followed.')
        : requests > requestsMax
          ? tooMuch('packages', Math.ceil(requests / REQUESTS_PER_PACKAGE))
          : null
    if (error === null) return
    reject(error)
    throw error
  }
  for (const module of [http, https]) {
    const send = module.request as (...given: readonly unknown[]) => http.ClientRequest
    const guarded = (...given: readonly unknown[]): http.ClientRequest => {
      check(given[0])
      return send(...given)
    }
    module.request = guarded
  }
  return promise
}

function originOf(target: unknown): string {
  if (typeof target === 'string' || target instanceof URL) return new URL(target).origin
  const { protocol, hostname, host, port } = target as RequestTarget
  const suffix = port === undefined || port === null || port === '' ? '' : `:${port}`
  return new URL(`${protocol ?? 'http:'}//${hostname ?? host ?? ''}${suffix}`).origin
}
