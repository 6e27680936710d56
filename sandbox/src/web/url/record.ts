// The parts of a URL, and how it is written.
import { createItems } from '../sequence.ts'

export interface UrlRecord {
  scheme: string
  username: string
  password: string
  /** As it is written; null for a URL without one. */
  host: string | null
  /** Null for the one that the scheme implies. */
  port: number | null
  /** The segments; a text for a path that has none, such as that of `mailto:a@b`. */
  path: string[] | string
  query: string | null
  fragment: string | null
}

const SPECIAL = {
  __proto__: null,
  ftp: 21,
  file: -1,
  http: 80,
  https: 443,
  ws: 80,
  wss: 443,
} as unknown as Readonly<Record<string, number | undefined>>

export const isSpecialScheme = (scheme: string): boolean => SPECIAL[scheme] !== undefined

export const isSpecial = (url: UrlRecord): boolean => isSpecialScheme(url.scheme)

export const isDefaultPort = (scheme: string, port: number | null): boolean => SPECIAL[scheme] === port

export const hasOpaquePath = (url: UrlRecord): boolean => typeof url.path === 'string'

export const hasCredentials = (url: UrlRecord): boolean => url.username !== '' || url.password !== ''

/** A URL without a host has no place for these; a file has no need of them. */
export const cannotHaveCredentialsOrPort = (url: UrlRecord): boolean =>
  url.host === null || url.host === '' || url.scheme === 'file'

export function createRecord(scheme: string): UrlRecord {
  return {
    // @ts-expect-error -- TypeScript has no type for the literal that sets the prototype.
    __proto__: null,
    scheme,
    username: '',
    password: '',
    host: null,
    port: null,
    path: createItems<string>(),
    query: null,
    fragment: null,
  }
}

export function copySegments(path: UrlRecord['path']): string[] | string {
  if (typeof path === 'string') return path
  const copy = createItems<string>()
  for (let index = 0; index < path.length; index++) copy[index] = path[index] as string
  return copy
}

export function serializePath({ path }: UrlRecord): string {
  if (typeof path === 'string') return path
  let text = ''
  for (let index = 0; index < path.length; index++) text += `/${path[index] as string}`
  return text
}

export function serializeHost({ host, port }: UrlRecord): string {
  return host === null ? '' : port === null ? host : `${host}:${port}`
}

export function serializeUrl(url: UrlRecord): string {
  const { scheme, host, path, query, fragment, username, password } = url
  let text = `${scheme}:`
  if (host !== null) {
    text += '//'
    if (hasCredentials(url)) text += `${username}${password === '' ? '' : `:${password}`}@`
    text += serializeHost(url)
  } else if (typeof path !== 'string' && path.length > 1 && path[0] === '') text += '/.'
  text += serializePath(url)
  if (query !== null) text += `?${query}`
  return fragment === null ? text : `${text}#${fragment}`
}

export function serializeOrigin(url: UrlRecord, parse: (text: string) => UrlRecord | null): string {
  const { scheme, path } = url
  if (scheme === 'blob') {
    const inner = typeof path === 'string' ? parse(path) : null
    return inner !== null && (inner.scheme === 'http' || inner.scheme === 'https')
      ? serializeOrigin(inner, parse)
      : 'null'
  }
  return isSpecial(url) && scheme !== 'file' ? `${scheme}://${serializeHost(url)}` : 'null'
}
