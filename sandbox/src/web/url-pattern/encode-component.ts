// What a value for a name becomes as a part of a URL: what the parser of URLs makes of it, in the place where it will be.
import { regExpExec, stringSlice, TypeErrorIntrinsic } from '../../intrinsics.ts'
import { hostnameEncodeCallback, portEncodeCallback } from './library-parts.ts'

/** The class of the guest program, as far as this file asks it. */
export interface OwnUrl {
  username: string
  password: string
  hostname: string
  pathname: string
  search: string
  hash: string
  readonly protocol: string
}

export type OwnUrlClass = new (text: string) => OwnUrl
type Encode = (value: string, Url: OwnUrlClass) => string

const PLACE = 'https://place.invalid/'

/** How each component encodes; a text that has no place there is a TypeError. */
const ENCODERS = {
  __proto__: null,
  protocol(value: string, Url: OwnUrlClass) {
    check(/^[A-Za-z][A-Za-z0-9+\-.]*$/, value)
    const { protocol } = new Url(`${value}:x`)
    return stringSlice(protocol, 0, -1)
  },
  username(value: string, Url: OwnUrlClass) {
    const url = new Url(PLACE)
    url.username = value
    return url.username
  },
  password(value: string, Url: OwnUrlClass) {
    const url = new Url(PLACE)
    url.password = value
    return url.password
  },
  hostname(value: string) {
    check(/^[^./?#\\\t\n\r]+$/, value)
    return hostnameEncodeCallback(value)
  },
  port(value: string) {
    check(/^\d+$/, value)
    return portEncodeCallback(value)
  },
  pathname(value: string, Url: OwnUrlClass) {
    check(/^[^/\\]+$/, value)
    const url = new Url(PLACE)
    // As a name of its own, '..' would be another path.
    url.pathname = `/-${value}`
    return stringSlice(url.pathname, 2)
  },
  opaquePathname(value: string, Url: OwnUrlClass) {
    check(/^[^#?]+$/, value)
    // Spaces at the end of a text are no part of the URL.
    return stringSlice(new Url(`data:-${value}-`).pathname, 1, -1)
  },
  search(value: string, Url: OwnUrlClass) {
    const url = new Url('data:x')
    url.search = `?${value}`
    return stringSlice(url.search, 1)
  },
  hash(value: string, Url: OwnUrlClass) {
    const url = new Url(PLACE)
    url.hash = `#${value}`
    return stringSlice(url.hash, 1)
  },
} as unknown as Readonly<Record<string, Encode>>

/** @param component the name of one, or `opaquePathname` where paths have no segments. */
export function encodeComponent(component: string, value: string, Url: OwnUrlClass): string {
  if (value === '') refuse(value)
  const encode = ENCODERS[component] as Encode
  return encode(value, Url)
}

function check(allowed: RegExp, value: string): void {
  if (regExpExec(allowed, value) === null) refuse(value)
}

function refuse(value: string): never {
  throw new TypeErrorIntrinsic(`URLPattern.generate: '${stringSlice(value, 0, 40)}' cannot be a value there`)
}
