// Reads the snapshot of the guest program and refuses one that is damaged or made for another V8: V8 itself would abort.
import { readFileSync } from 'node:fs'
import type Ivm from 'isolated-vm'
import { provideLegacyTables } from './guest-services.ts'
import { ivm } from './load-isolated-vm.ts'
import { snapshotChecksum } from './snapshot-checksum.ts'

const LINE_FEED = 0x0a

/**
 * Throws an Error that names what does not fit. The file is one line of JSON, the tables of older encodings, which guests
 * then have, and the blob.
 */
export function loadSnapshot(path: string): Ivm.ExternalCopy<ArrayBuffer> {
  const file = readFileSync(path)
  const lineEnd = file.indexOf(LINE_FEED)
  const header = JSON.parse(file.toString('utf8', 0, lineEnd)) as Record<string, unknown>
  const blobAt = lineEnd + 1 + Number(header['tableBytes'])
  const blob = file.subarray(blobAt)
  const found = { v8: process.versions.v8, arch: process.arch, checksum: snapshotChecksum(blob) }
  for (const [name, value] of Object.entries(found)) {
    if (header[name] !== value) throw new Error(`snapshot ${path}: ${name} is ${String(header[name])}, not ${value}`)
  }
  provideLegacyTables(file.toString('latin1', lineEnd + 1, blobAt))
  const bytes = new Uint8Array(blob)
  return new ivm.ExternalCopy(bytes.buffer)
}
