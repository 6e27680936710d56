// What a call of another resource goes to: the function of the manifest, and where that is.
import type { DeployedFunction, HttpRoute } from '../core/deployment.ts'
import type { RemoteOrigin } from '../core/remote-call.ts'
import { findInManifest } from '../core/resolve-deployed.ts'
import type { Failure } from '../errors.ts'
import type { EndpointMap } from './endpoint-map.ts'

/** URLs have no slash at the end. */
export type Target =
  | { readonly kind: 'queue'; readonly fn: DeployedFunction; readonly base: string }
  | { readonly kind: 'route'; readonly fn: DeployedFunction; readonly route: HttpRoute; readonly base: string }
  /** By this service itself: nobody says that the resource is elsewhere. */
  | { readonly kind: 'here'; readonly fn: DeployedFunction }
  | { readonly kind: 'none'; readonly failure: Failure }

/** Manifests of older builds name the route by which a job is started. */
const JOB_ROUTE = /\/run(?:sync)?$/u

/** A URL wins over what this service could do itself: who lists one wants it to be asked. */
export async function findTarget(name: string, { deployment }: RemoteOrigin, endpoints: EndpointMap): Promise<Target> {
  const found = findInManifest(deployment, name)
  if (!found.ok) return { kind: 'none', failure: found.failure }
  const { fn } = found
  const { route, resource: resourceName } = fn
  const url = await endpoints.urlOf(deployment, resourceName)
  if (url === null) {
    const { servedResource } = deployment
    if (servedResource === null || servedResource === resourceName) return { kind: 'here', fn }
    return denied(
      `No URL is known for the resource '${resourceName}': it is neither in 'resources_endpoints' nor in RESOURCE_URLS.`,
    )
  }
  const base = url.replace(/\/+$/u, '')
  if (route !== null) return { kind: 'route', fn, route, base }
  // A queue endpoint is told arguments and no name.
  const first = deployment.resources.find((one) => one.name === resourceName)?.functions[0]
  if (first === fn) return { kind: 'queue', fn, base: base.replace(JOB_ROUTE, '') }
  const calls = `calls its first function, '${first?.name ?? ''}', and not '${name}'`
  return denied(`The queue of the resource '${resourceName}' ${calls}.`)
}

function denied(message: string): Target {
  return { kind: 'none', failure: { code: 'EGRESS_DENIED', message } }
}
