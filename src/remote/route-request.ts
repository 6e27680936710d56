// The HTTP request for a route of a load-balanced resource, from arguments by name.
import type { DeployedFunction, HttpRoute } from '../core/deployment.ts'
import { writeJson } from '../protocol/write-json.ts'

export interface RouteRequest {
  readonly url: URL
  readonly body: string | null
}

type Arguments = ReadonlyMap<string, unknown>

/** A sentence when the arguments do not fit the route. */
export function toRouteRequest(
  base: string,
  { name, parameters }: DeployedFunction,
  { method, path }: HttpRoute,
  given: Arguments,
): RouteRequest | string {
  if (parameters?.some(({ type }) => type === 'bytes') === true) {
    return `'${name}' takes bytes, which cannot be sent to another resource.`
  }
  const rest = new Map(given)
  let problem: string | null = null
  const filled = path.replaceAll(/\{(\w+)\}/gu, (_, key: string) => {
    const text = toText(rest.get(key))
    rest.delete(key)
    const segment = text === null ? null : toSegment(text)
    if (segment === null)
      problem ??= `'${key}' of '${name}' is part of the path: it must be a text, a number or a boolean.`
    return segment ?? ''
  })
  if (problem !== null) return problem
  const url = URL.parse(`${base}${filled}`)
  if (url === null) return `The URL of the resource of '${name}' is none.`
  if (method !== 'GET')
    return { url, body: parameters?.length === 0 ? null : writeJson(Object.fromEntries(rest), true) }
  for (const [key, value] of rest) {
    for (const one of Array.isArray(value) ? (value as readonly unknown[]) : [value]) {
      if (one === null) continue
      const text = toText(one)
      if (text === null)
        return `'${key}' of '${name}' is part of the query: it must be a text, a number, a boolean or a list of them.`
      url.searchParams.append(key, text)
    }
  }
  return { url, body: null }
}

function toText(value: unknown): string | null {
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null
}

/** Null for what would not stay one segment: URLs take `.` and `..` for steps, however they are written. */
function toSegment(text: string): string | null {
  if (text === '' || text === '.' || text === '..' || !text.isWellFormed()) return null
  return encodeURIComponent(text)
}
