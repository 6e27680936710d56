// The paths of routes and of requests: their segments, the names in them, and what redirects may repeat of them.
import type { DeployedFunction } from '../../core/deployment.ts'
import { onceFor } from './once-for.ts'

/** The name in `{name}`; null for a static segment. */
export function parameterOf(segment: string): string | null {
  return segment.length > 2 && segment.startsWith('{') && segment.endsWith('}') ? segment.slice(1, -1) : null
}

/** The names in the path of a route. */
export function pathParametersOf(fn: DeployedFunction): readonly string[] {
  return placesOf(fn).map(({ name }) => name)
}

/** What stands in a request's segments where the route has names. */
export function pathValuesOf(fn: DeployedFunction, segments: readonly string[]): ReadonlyMap<string, string> {
  const values = new Map<string, string>()
  for (const { name, at } of placesOf(fn)) values.set(name, segments[at] ?? '')
  return values
}

interface Place {
  readonly name: string
  /** Among the segments. */
  readonly at: number
}

const placesOf = onceFor(({ route }: DeployedFunction): readonly Place[] => {
  const names = (route?.path.split('/') ?? []).map(parameterOf)
  return names.flatMap((name, at) => (name === null ? [] : { name, at }))
})

/** Null when one is not encoded rightly, or hides a slash: Starlette decodes before it splits, and a value has no slash there. */
export function decodeSegments(segments: readonly string[]): readonly string[] | null {
  try {
    const decoded = segments.map((segment) => (segment.includes('%') ? decodeURIComponent(segment) : segment))
    return decoded.some((segment) => segment.includes('/')) ? null : decoded
  } catch (error) {
    if (error instanceof URIError) return null
    throw error
  }
}

/** What a redirect may repeat: a backslash or two slashes in front would name another host. */
const SAFE_PATH = /^\/(?!\/)[\w\-.~!$&'()*+,;=:@%/]*$/

/** The path with a slash at its end, or without one; null where a redirect makes no sense or could lead away. */
export function otherSlash(path: string): string | null {
  if (path === '/' || !SAFE_PATH.test(path)) return null
  return path.endsWith('/') ? withoutSlashes(path) : `${path}/`
}

function withoutSlashes(path: string): string {
  let end = path.length
  while (path.endsWith('/', end)) end -= 1
  return path.slice(0, end)
}
