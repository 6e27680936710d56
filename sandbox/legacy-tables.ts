// The tables of the encodings of Chinese, Japanese and Korean, as text in the snapshot: for many isolates a weight that
// none feels, as long as no single text is longer than what V8 keeps in pages that isolates share.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Plugin } from 'esbuild'

const PARTS = 2
const GLOBAL = 'workerIsolateTables'

/** The scripts that put the tables on the global object, as functions that give JSON. */
export function bundleLegacyTables(): readonly { readonly code: string; readonly filename: string }[] {
  const library = dirname(createRequire(import.meta.url).resolve('@exodus/bytes/encoding.js'))
  const text = readFileSync(join(library, 'fallback', 'multi-byte.encodings.json'), 'utf8')
  const tables = Object.entries(JSON.parse(text) as Record<string, unknown>)
  const parts: [string, unknown][][] = Array.from({ length: PARTS }, () => [])
  const sizeOf = (part: unknown): number => JSON.stringify(part).length
  for (const table of tables.toSorted((one, other) => sizeOf(other) - sizeOf(one))) {
    parts.toSorted((one, other) => sizeOf(one) - sizeOf(other))[0]?.push(table)
  }
  return parts.map((part, index) => ({
    code: `globalThis.${GLOBAL}${index}=function(){return ${JSON.stringify(JSON.stringify(Object.fromEntries(part)))}};`,
    filename: `worker-isolate:tables-${index}`,
  }))
}

/** For the bundle of the group that decodes with them: they come from the guest program. */
export function takeLegacyTables(parameter: string): Plugin {
  return {
    name: 'legacy-tables',
    setup(bundle) {
      bundle.onLoad({ filter: /multi-byte\.encodings\.cjs$/ }, () => ({
        contents: `const { readLegacyTables } = ${parameter}['web/legacy-tables.ts']\nmodule.exports = readLegacyTables`,
        loader: 'js',
      }))
    },
  }
}
