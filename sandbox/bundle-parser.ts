// Bundles the parser of keyword arguments as small as it gets: it lies in every snapshot and is evaluated in few isolates.
import { join } from 'node:path'
import { build } from 'esbuild'

/**
 * Methods of acorn that only acorn and `acorn-group.ts` call; option names and fields of nodes do not match. Unlike the rest
 * of the guest program the parser may be renamed: no guest gets hold of what is in it.
 */
const OWN_METHODS = /^(?:regexp_|parse[A-Z]|skip[A-Z]|finish[A-Z]|start[A-Z]|should[A-Z]|enter[A-Z]|exit[A-Z]|raise)/

/** A script that declares `parser`, an object with the exports of `acorn-group.ts`. */
export async function bundleParser(): Promise<string> {
  const result = await build({
    entryPoints: [join(import.meta.dirname, 'src', 'run', 'acorn-group.ts')],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'parser',
    target: 'esnext',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    minify: true,
    mangleProps: OWN_METHODS,
    legalComments: 'none',
  })
  const [file] = result.outputFiles
  if (file === undefined) throw new Error('esbuild made nothing of the parser')
  return file.text
}
