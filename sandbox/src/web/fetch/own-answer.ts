// Answers that no host gives.
import type { Header } from '../header-list.ts'
import { createBody } from './body.ts'
import type { ResponseState } from './response.ts'

/** @param bytes which nobody changes; a part of what there is, where there is a range. */
export function ownAnswer(url: string, list: Header[], bytes: Uint8Array, isPart = false): ResponseState {
  return {
    __proto__: null,
    type: 'basic',
    url,
    isRedirected: false,
    status: isPart ? 206 : 200,
    statusText: isPart ? 'Partial Content' : 'OK',
    list,
    isImmutable: true,
    body: createBody(bytes),
  } as ResponseState
}
