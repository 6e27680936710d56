// Which function a load-balanced request means: method and path against the routes of the manifest, without a regex of its text.
import type { DeployedFunction } from '../../core/deployment.ts'
import { decodeSegments, otherSlash, parameterOf, pathValuesOf } from './route-path.ts'

export type RouteMatch =
  | {
      readonly kind: 'found'
      readonly fn: DeployedFunction
      /** Decoded, by the names in the route's path. */
      readonly pathValues: ReadonlyMap<string, string>
    }
  | { readonly kind: 'method'; /** For the header of that name. */ readonly allow: string }
  /** Only the slash at the end differs: a 307 to this path, which is encoded as the request's was. */
  | { readonly kind: 'redirect'; readonly path: string }
  | { readonly kind: 'none' }

export interface RouteTable {
  /** `path` is as the client sent it, percent-encoded and without the query. */
  readonly match: (method: string, path: string) => RouteMatch
}

/** A segment `{name}` matches anything but nothing; any other segment matches itself. */
interface RouteNode {
  readonly children: Map<string, RouteNode>
  parameter: RouteNode | null
  /** By method, for the routes that end here. */
  readonly functions: Map<string, DeployedFunction>
}

const MAX_PATH_CHARACTERS = 8_192
const NONE: RouteMatch = { kind: 'none' }

/** Functions without a route are left out; of two with the same route the first one counts. */
export function createRouteTable(functions: readonly DeployedFunction[]): RouteTable {
  const root = newNode()
  let maxSegments = 0
  for (const fn of functions) {
    if (fn.route === null) continue
    const segments = fn.route.path.split('/')
    maxSegments = Math.max(maxSegments, segments.length)
    const { functions: ends } = segments.reduce(childFor, root)
    if (!ends.has(fn.route.method)) ends.set(fn.route.method, fn)
  }

  return {
    match(method, path) {
      if (path.length > MAX_PATH_CHARACTERS) return NONE
      const segments = decode(path)
      const ends = segments === null ? [] : find(segments)
      if (segments === null || ends.length === 0) return findOtherSlash(path)
      for (const end of ends) {
        const fn = end.get(method)
        if (fn !== undefined) return { kind: 'found', fn, pathValues: pathValuesOf(fn, segments) }
      }
      const methods = new Set(ends.flatMap((end) => Array.from(end.keys())))
      return { kind: 'method', allow: [...methods].toSorted().join(', ') }
    },
  }

  /** As Starlette does, whatever the method is. */
  function findOtherSlash(path: string): RouteMatch {
    const other = otherSlash(path)
    const segments = other === null ? null : decode(other)
    if (other === null || segments === null || find(segments).length === 0) return NONE
    return { kind: 'redirect', path: other }
  }

  function decode(path: string): readonly string[] | null {
    const segments = path.split('/', maxSegments + 1)
    return segments.length > maxSegments ? null : decodeSegments(segments)
  }

  function find(segments: readonly string[]): readonly RouteNode['functions'][] {
    const ends: RouteNode['functions'][] = []
    collect(root, segments, 0, ends)
    return ends
  }
}

/** Static segments first. Every node has one way to it, so this visits at most the whole table. */
function collect(node: RouteNode, segments: readonly string[], at: number, ends: RouteNode['functions'][]): void {
  const segment = segments[at]
  if (segment === undefined) {
    if (node.functions.size > 0) ends.push(node.functions)
    return
  }
  const child = node.children.get(segment)
  if (child !== undefined) collect(child, segments, at + 1, ends)
  if (node.parameter !== null && segment !== '') collect(node.parameter, segments, at + 1, ends)
}

function newNode(): RouteNode {
  return { children: new Map(), parameter: null, functions: new Map() }
}

function childFor(node: RouteNode, segment: string): RouteNode {
  if (parameterOf(segment) !== null) return (node.parameter ??= newNode())
  const child = node.children.get(segment) ?? newNode()
  node.children.set(segment, child)
  return child
}
