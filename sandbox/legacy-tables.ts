// The tables of the encodings of Chinese, Japanese and Korean: most of what the library of older encodings consists of.
// They lie beside the snapshot, where a process has them once: as text in the snapshot they would be in every isolate.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Plugin } from 'esbuild'

/** JSON, by the name of the encoding. */
export function readLegacyTables(): Buffer {
  const library = dirname(createRequire(import.meta.url).resolve('@exodus/bytes/encoding.js'))
  return readFileSync(join(library, 'fallback', 'multi-byte.encodings.json'))
}

/** For the bundle of the group that decodes with them: it asks the host for them. */
export function askForLegacyTables(): Plugin {
  return {
    name: 'legacy-tables',
    setup(bundle) {
      bundle.onLoad({ filter: /multi-byte\.encodings\.cjs$/ }, () => ({
        contents: `export { readLegacyTables as default } from './legacy-tables.ts'`,
        resolveDir: join(import.meta.dirname, 'src', 'web'),
        loader: 'js',
      }))
    },
  }
}
