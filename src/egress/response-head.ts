// The head of an answer, as far as guest code may have it.
import type { HeaderPairs } from '../core/egress.ts'

const HEADERS_MAX = 512
const STATUS_TEXT_CHARACTERS = 256
/** Those of one connection: they say nothing of what the guest gets. */
const OF_CONNECTION = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])
/** Statuses whose answers have no body, whatever their headers say. */
const NO_BODY = [204, 205, 304]

/** @param raw name, value, name, value. Null when there are too many. */
export function toHeaderPairs(raw: readonly (string | Buffer)[]): HeaderPairs | null {
  if (raw.length / 2 > HEADERS_MAX) return null
  const pairs: [string, string][] = []
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = textOf(raw[index]).toLowerCase()
    if (!OF_CONNECTION.has(name)) pairs.push([name, textOf(raw[index + 1])])
  }
  return pairs
}

/** Without what no longer fits a body whose encoding is off. */
export function ofDecodedBody(headers: HeaderPairs): HeaderPairs {
  return headers.filter(([name]) => name !== 'content-encoding' && name !== 'content-length')
}

export function hasBody(method: string, status: number): boolean {
  return method !== 'HEAD' && !NO_BODY.includes(status)
}

export function toStatusText(text: string | undefined): string {
  return (text ?? '').slice(0, STATUS_TEXT_CHARACTERS).replaceAll(/[^\t\u0020-\u007e\u0080-\u00ff]/gu, '')
}

export function headBytes(headers: HeaderPairs): number {
  return headers.reduce((sum, [name, value]) => sum + name.length + value.length, 0)
}

function textOf(value: string | Buffer | undefined): string {
  return typeof value === 'string' ? value : (value?.toString('latin1') ?? '')
}
