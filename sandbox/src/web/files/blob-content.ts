// What other groups read of a blob.
import { blobBytes, blobType } from './blob.ts'

export interface BlobContent {
  /** Which nobody changes. */
  readonly content: Uint8Array
  /** What they are said to be; empty for nothing. */
  readonly type: string
}

/** Undefined for what is no blob. Runs no guest code. */
export function blobContent(value: unknown): BlobContent | undefined {
  const content = blobBytes(value)
  return content === undefined
    ? undefined
    : ({ __proto__: null, content, type: blobType(value as object) } as BlobContent)
}
