// The URLs of blobs that this isolate has, as the File API keeps them: each leads to its blob until it is revoked.
import { mapDelete, mapGet, MapIntrinsic, mapSet, mapSize, TypeErrorIntrinsic } from '../../intrinsics.ts'
import { domError } from '../dom-error.ts'
import { blobContent } from '../files/blob-content.ts'
import type { BlobContent } from '../files/blob-content.ts'
import { drawUuid } from '../random.ts'

/** More than a warm isolate serves calls: code that makes one for each call and revokes none is replaced before. */
const MAX_URLS = 32_768

/** By the URL without a fragment. Made with the first: what is in a snapshot is in every isolate. */
let byUrl: Map<string, BlobContent> | undefined

/** The origin of code here is opaque, which is written as `null`. */
export function createObjectUrl(value: unknown): string {
  const content = blobContent(value)
  if (content === undefined) throw new TypeErrorIntrinsic('URL.createObjectURL: the argument must be a Blob')
  byUrl ??= new MapIntrinsic<string, BlobContent>()
  if (mapSize(byUrl) >= MAX_URLS) {
    const message = `URL.createObjectURL: ${MAX_URLS} URLs lead to blobs already, which is the limit; revokeObjectURL makes room.`
    throw domError('QuotaExceededError', message)
  }
  const url = `blob:null/${drawUuid()}`
  mapSet(byUrl, url, content)
  return url
}

/** @param url as it is written; with a fragment it is another one. */
export function revokeObjectUrl(url: string): void {
  if (byUrl !== undefined) mapDelete(byUrl, url)
}

export function findObjectUrl(url: string): BlobContent | null {
  return (byUrl === undefined ? undefined : mapGet(byUrl, url)) ?? null
}
