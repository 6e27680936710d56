// Who may use the service: the holder of the key, or, where there is no key, only programs on this machine.
import { hash, timingSafeEqual } from 'node:crypto'
import type { Failure } from '../errors.ts'
import { headerOf, incomingOf } from './context.ts'
import type { HttpContext } from './context.ts'

/** `loopback`: no key, bound to this machine only. `insecure`: no key although others can connect. */
export type Access =
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'loopback' }
  | { readonly kind: 'insecure' }

/** Null, or why the request is refused. */
export type AccessCheck = (c: HttpContext) => Failure | null

export function createAccessCheck(access: Access): AccessCheck {
  switch (access.kind) {
    case 'key':
      return createKeyCheck(access.key)
    case 'loopback':
      return (c) => checkOrigin(c) ?? checkHost(c)
    case 'insecure':
      return checkOrigin
    default:
      return access satisfies never
  }
}

const BEARER = /^bearer +/i
const WRONG_KEY: Failure = {
  code: 'UNAUTHORIZED',
  message: 'The Authorization header is missing or holds another key.',
}

/**
 * Digests are compared, so that neither the length nor a common beginning shows in the time it takes.
 * Header texts have one character per byte, so a key outside ASCII is compared by its bytes.
 */
function createKeyCheck(key: string): AccessCheck {
  if (key === '') throw new Error('An empty key protects nothing.')
  const expected = hash('sha256', key, 'buffer')
  return function checkKey(c) {
    const given = headerOf(c, 'authorization')
    if (given === undefined) return WRONG_KEY
    const bytes = Buffer.from(given.replace(BEARER, ''), 'latin1')
    return timingSafeEqual(hash('sha256', bytes, 'buffer'), expected) ? null : WRONG_KEY
  }
}

/** Browsers send it with every request that could change something; programs do not. */
function checkOrigin(c: HttpContext): Failure | null {
  if (headerOf(c, 'origin') === undefined) return null
  return {
    code: 'FORBIDDEN',
    message: 'A service without a key refuses requests with an Origin header.',
  }
}

/** A page whose name was rebound to 127.0.0.1 has its own name in `Host`, or in a request line that holds a whole URL. */
function checkHost(c: HttpContext): Failure | null {
  const isWholeUrl = incomingOf(c)?.url?.startsWith('/') !== true
  const host = headerOf(c, 'host')
  const isLoopback =
    (host === undefined || isLoopbackHost(host)) && (!isWholeUrl || isLoopbackHost(new URL(c.req.url).host))
  if (isLoopback) return null
  return {
    code: 'FORBIDDEN',
    message: 'A service without a key answers under a loopback name only, such as localhost.',
  }
}

const LOOPBACK_HOST = /^(?:(?:[a-z0-9_-]+\.)*localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i

/** Whether a `Host` header names this machine as seen from itself. */
export function isLoopbackHost(host: string): boolean {
  return LOOPBACK_HOST.test(host)
}
