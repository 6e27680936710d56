// Tells a damaged snapshot from a whole one. Who could replace it could replace its checksum: that is for the file system to prevent.

const OFFSET_BASIS = 0x811c9dc5
const PRIME = 0x01000193
const BYTES_PER_WORD = 4

/** FNV-1a over words, in 16 hexadecimal digits with the length: `node:crypto` takes an executor longer to load than all else. */
export function snapshotChecksum(blob: Uint8Array): string {
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength)
  const end = blob.byteLength - (blob.byteLength % BYTES_PER_WORD)
  let hash = OFFSET_BASIS
  for (let at = 0; at < end; at += BYTES_PER_WORD) hash = Math.imul(hash ^ view.getUint32(at), PRIME)
  for (let at = end; at < blob.byteLength; at++) hash = Math.imul(hash ^ view.getUint8(at), PRIME)
  return [hash >>> 0, blob.byteLength].map((word) => word.toString(16).padStart(8, '0')).join('')
}
