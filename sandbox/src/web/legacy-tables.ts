// The tables of the encodings of Chinese, Japanese and Korean: the host has them once, instead of every isolate.
import { OP } from '../bridge.ts'
import { jsonParse } from '../intrinsics.ts'
import { askHost } from './host.ts'

/** By the name of the encoding; fresh objects, which the library takes apart. */
export function readLegacyTables(): unknown {
  return jsonParse(askHost(OP.legacyTables, 0, ''))
}
