// Answers to requests for URLs of blobs.
import { regExpExec, stringSlice, toNumber, typedArrayLength, TypeErrorIntrinsic } from '../../intrinsics.ts'
import { partOf } from '../bytes.ts'
import { combine, header } from '../header-list.ts'
import type { Header } from '../header-list.ts'
import { createItems } from '../sequence.ts'
import { ownAnswer } from './own-answer.ts'
import type { RequestState } from './request.ts'
import type { ResponseState } from './response.ts'

/** Throws a TypeError where the standard has a network error. */
export function answerBlobUrl({ address, method, list }: RequestState): ResponseState {
  const { blob, target } = address
  if (method !== 'GET') {
    throw new TypeErrorIntrinsic(`fetch: a blob: URL is fetched with GET, and not with ${stringSlice(method, 0, 40)}`)
  }
  if (blob === null) {
    throw new TypeErrorIntrinsic(`fetch: '${stringSlice(target, 0, 100)}' leads to no blob, or was revoked`)
  }
  const { content, type } = blob
  const size = typedArrayLength(content)
  const wanted = combine(list, 'range')
  if (wanted === null) return ownAnswer(target, headersOf(size, type), content)
  const range = readRange(wanted, size)
  if (range === null) {
    const shown = stringSlice(wanted, 0, 100)
    throw new TypeErrorIntrinsic(`fetch: a blob of ${size} bytes has no range '${shown}'`)
  }
  const { first, last } = range
  const length = last - first + 1
  const headers = headersOf(length, type)
  headers[2] = header('content-range', `bytes ${first}-${last}/${size}`)
  return ownAnswer(target, headers, partOf(content, first, length), true)
}

function headersOf(length: number, type: string): Header[] {
  const list = createItems<Header>()
  list[0] = header('content-length', `${length}`)
  list[1] = header('content-type', type)
  return list
}

interface Range {
  readonly first: number
  readonly last: number
}

/** One range as the fetch standard parses it; null for anything else, and for one in which there is no byte. */
function readRange(value: string, size: number): Range | null {
  const parts = regExpExec(/^bytes[\t ]*=[\t ]*([0-9]*)[\t ]*-[\t ]*([0-9]*)$/, value)
  if (parts === null) return null
  const { 1: from = '', 2: to = '' } = parts
  if (from === '') {
    // So many from the end; all of them when there are no more, as HTTP has it.
    const length = to === '' ? 0 : toNumber(to)
    return length === 0 || size === 0 ? null : toRange(length < size ? size - length : 0, size - 1)
  }
  const first = toNumber(from)
  const last = to === '' ? size - 1 : toNumber(to)
  return first > last || first >= size ? null : toRange(first, last < size ? last : size - 1)
}

const toRange = (first: number, last: number): Range => ({ __proto__: null, first, last }) as Range
