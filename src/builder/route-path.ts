// The rules for the path of a route.
import { OWN_BRANCHES, OWN_PATHS, OWN_TREES } from '../protocol/own-paths.ts'

/** First segments that the service answers itself. */
const RESERVED: readonly string[] = [...OWN_PATHS, ...OWN_TREES]
/** First segments of which that is true only when others follow. */
const RESERVED_WITH_MORE: readonly string[] = OWN_BRANCHES
const LITERAL_SEGMENT = /^[\w.~-]+$/u
const NAMED_SEGMENT = /^\{([A-Za-z_]\w*)\}$/u

/** What is wrong with it, in a sentence; null when nothing is. */
export function checkPath(path: string, parameters: readonly string[]): string | null {
  if (!path.startsWith('/')) return `The path '${path}' does not begin with '/'.`
  const segments = path === '/' ? [] : path.slice(1).split('/')
  const [first = ''] = segments
  const reserved = segments.length > 1 ? [...RESERVED, ...RESERVED_WITH_MORE] : RESERVED
  if (reserved.includes(first.toLowerCase())) return `The path '${path}' is taken: '/${first}' is the service's own.`
  const names = segments.map((segment) => NAMED_SEGMENT.exec(segment)?.[1] ?? null)
  const wrong = segments.find((segment, index) => names[index] === null && !isLiteral(segment))
  if (wrong !== undefined) {
    return `The path '${path}' has the segment '${wrong}'; it can be letters, digits and '-._~', or '{name}'.`
  }
  const named = names.filter((name) => name !== null)
  const twice = named.find((name, index) => named.indexOf(name) < index)
  if (twice !== undefined) return `The path '${path}' has '{${twice}}' twice.`
  const unknown = named.find((name) => !parameters.includes(name))
  return unknown === undefined ? null : `The path '${path}' has '{${unknown}}', which is no parameter of the function.`
}

function isLiteral(segment: string): boolean {
  return LITERAL_SEGMENT.test(segment) && segment !== '.' && segment !== '..'
}

/** Equal for paths that match the same requests. */
export function routeKey(method: string, path: string): string {
  return `${method} ${path.replaceAll(/\{[^}]*\}/gu, '{}')}`
}
