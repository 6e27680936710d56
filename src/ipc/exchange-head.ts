// The head of a request to another host as a guest program writes it: read by the executor, and by the pool once more.
import { EXCHANGE_HEAD_BYTES } from '../core/egress-bounds.ts'
import type { EgressRequestHead } from '../core/egress.ts'

/** @param text JSON. Null for what no guest program writes; whether it can be asked for is not looked at. */
export function readExchangeHead(text: string): EgressRequestHead | null {
  if (Buffer.byteLength(text) > EXCHANGE_HEAD_BYTES) return null
  let head: unknown
  try {
    head = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof head !== 'object' || head === null) return null
  const { method, url, headers, redirect, hasBody, bodyBytes } = head as Partial<Record<string, unknown>>
  if (typeof method !== 'string' || typeof url !== 'string' || typeof hasBody !== 'boolean') return null
  if (redirect !== 'follow' && redirect !== 'error' && redirect !== 'manual') return null
  if (!isHeaderPairs(headers)) return null
  if (bodyBytes === undefined) return { method, url, headers, redirect, hasBody }
  if (!isCount(bodyBytes) || !hasBody) return null
  return { method, url, headers, redirect, hasBody, bodyBytes }
}

function isHeaderPairs(value: unknown): value is EgressRequestHead['headers'] {
  return Array.isArray(value) && value.every(isPair)
}

function isPair(pair: unknown): boolean {
  return Array.isArray(pair) && pair.length === 2 && pair.every((text) => typeof text === 'string')
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
