// Functions that stand in for those of the same name in the library of URL patterns, where the standard has changed since.
// `sandbox/url-pattern.ts` puts them there.
import { charCodeAt, regExpExec, TypeErrorIntrinsic } from '../../intrinsics.ts'
import { loadUrlGlobals } from '../gateways.ts'
import type { OwnUrl } from './encode-component.ts'

/** Sets in character classes are of this kind of expression only. */
export function flags(options: { readonly ignoreCase?: boolean } | undefined): string {
  return options?.ignoreCase === true ? 'vi' : 'v'
}

/** As the parser of URLs takes a host: up to where another part of a URL begins, without line feeds and tabs. */
export function hostnameEncodeCallback(text: string): string {
  if (text === '') return text
  const host = regExpExec(/^[^/?#\\]*/, withoutBreaks(text))?.[0] ?? ''
  if (regExpExec(/[\0 %:<>@[\]^|]/, host) !== null) throw new TypeErrorIntrinsic(`Invalid hostname '${text}'`)
  const { URL } = loadUrlGlobals() as { readonly URL: new (text: string) => OwnUrl }
  return new URL(`https://${host}`).hostname
}

const MAX_PORT = 65_535

/** The digits in front. */
export function portEncodeCallback(text: string): string {
  if (text === '') return text
  const digits = regExpExec(/^\d+/, withoutBreaks(text))?.[0]
  if (digits === undefined || (digits as unknown as number) - 0 > MAX_PORT) {
    throw new TypeErrorIntrinsic(`Invalid port '${text}'`)
  }
  return `${(digits as unknown as number) - 0}`
}

const DEFAULT_PORTS = {
  __proto__: null,
  ws: '80',
  http: '80',
  wss: '443',
  https: '443',
  ftp: '21',
} as unknown as Readonly<Record<string, string>>

/** The port of a protocol is none. */
export function canonicalizePort(text: string, protocol: string | undefined, isPattern: boolean): string {
  const port = isPattern ? text : portEncodeCallback(text)
  return protocol !== undefined && DEFAULT_PORTS[protocol] === port ? '' : port
}

function withoutBreaks(text: string): string {
  let kept = ''
  for (let index = 0; index < text.length; index++) {
    const code = charCodeAt(text, index)
    if (code !== 9 && code !== 10 && code !== 13) kept += text[index]
  }
  return kept
}
