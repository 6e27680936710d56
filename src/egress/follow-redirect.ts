// Where an answer sends its client on, and what of the request goes along, as the fetch standard has it. Pure.
import type { HeaderPairs } from '../core/egress.ts'
import { checkTarget } from './request-headers.ts'

export const REDIRECTS_MAX = 20
const STATUSES = [301, 302, 303, 307, 308]

export interface Hop {
  readonly method: string
  readonly url: URL
  readonly headers: HeaderPairs
  readonly hasBody: boolean
}

export type NextHop =
  /** The answer is the last one. */
  | { readonly kind: 'stay' }
  | { readonly kind: 'go'; readonly hop: Hop }
  /** `problem` goes on after "The request". */
  | { readonly kind: 'fail'; readonly problem: string }

/** Of the body of a request that is made again without it. */
const OF_BODY = new Set(['content-encoding', 'content-language', 'content-location', 'content-type'])
/** What another origin must not get; the headers of the operator are not among a hop's. */
const OF_ORIGIN = new Set(['authorization', 'cookie', 'cookie2'])

export function isRedirect(status: number): boolean {
  return STATUSES.includes(status)
}

/** @param answer its headers, values in Latin-1. */
export function nextHop(hop: Hop, status: number, answer: HeaderPairs): NextHop {
  if (!isRedirect(status)) return { kind: 'stay' }
  const locations = new Set(answer.filter(([name]) => name === 'location').map(([, value]) => value))
  const [location, ...others] = locations
  if (location === undefined) return { kind: 'stay' }
  if (others.length > 0) return { kind: 'fail', problem: 'is redirected to several places at once' }
  const url = URL.parse(Buffer.from(location, 'latin1').toString('utf8'), hop.url)
  if (url === null) return { kind: 'fail', problem: 'is redirected to what is no URL' }
  const problem = checkTarget(url)
  if (problem !== null) return { kind: 'fail', problem: `is redirected, and then ${problem}` }
  const becomesGet =
    (status === 303 && hop.method !== 'GET' && hop.method !== 'HEAD') || (status < 303 && hop.method === 'POST')
  const leaves = url.origin !== hop.url.origin
  return {
    kind: 'go',
    hop: {
      method: becomesGet ? 'GET' : hop.method,
      url,
      headers: hop.headers.filter(([name]) => !(becomesGet && OF_BODY.has(name)) && !(leaves && OF_ORIGIN.has(name))),
      hasBody: hop.hasBody && !becomesGet,
    },
  }
}
