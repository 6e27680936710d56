// Routes that more than one resource has: a worker that serves them all could not say whose request one is.
import { routeKey } from '../protocol/manifest.ts'
import type { ManifestFunction, ManifestResource } from '../protocol/manifest.ts'

type Owner = readonly [resource: string, fn: ManifestFunction]

/** One sentence that names both, or null. Within one resource the manifest's own check has found such routes. */
export function findSharedRoute(resources: readonly (readonly [string, ManifestResource])[]): string | null {
  const owners = new Map<string, Owner>()
  for (const [resourceName, { functions, is_load_balanced: isLoadBalanced }] of resources) {
    for (const fn of isLoadBalanced ? functions : []) {
      if (fn.http_method === null || fn.http_path === null) continue
      const key = routeKey(fn.http_method, fn.http_path)
      const owner = owners.get(key)
      if (owner === undefined) owners.set(key, [resourceName, fn])
      else return describe(owner, [resourceName, fn])
    }
  }
  return null
}

function describe(first: Owner, second: Owner): string {
  const [one, other] = [first, second].map(
    ([resource, fn]) => `'${fn.name}' of resource '${resource}' (${fn.http_method} ${fn.http_path})`,
  )
  return `The functions ${one} and ${other} have the same route; serve one resource only (FLASH_RESOURCE_NAME) or change one of the paths.`
}
