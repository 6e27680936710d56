// Puts a group of source files of the guest program into one function, so that nothing of them is made before it is called.
import { join } from 'node:path'
import { build } from 'esbuild'
import type { Plugin } from 'esbuild'

const intrinsics = join(import.meta.dirname, 'src', 'intrinsics.ts')

/**
 * For the bundle of the guest program. `entry`, a path from `sandbox/src`, exports one function, `load`. In the bundle that
 * function first makes everything that the file imports, anew with each call, which changes nothing else: files of the
 * group have no state and import nothing that files outside of it import too, except `intrinsics.ts`.
 * Each function that a snapshot has in it costs every isolate that starts from it about a microsecond.
 */
export function lazyGroup(entry: string, load: string): Plugin {
  const path = join(import.meta.dirname, 'src', entry)
  return {
    name: 'lazy-group',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, async (file) => (file.path === path ? { contents: await wrap(path, load) } : null))
    },
  }
}

async function wrap(path: string, load: string): Promise<string> {
  const result = await build({
    entryPoints: [path],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'esnext',
    platform: 'neutral',
    minify: true,
    legalComments: 'none',
    plugins: [
      { name: 'intrinsics', setup: ({ onResolve }) => onResolve({ filter: /\/intrinsics\.ts$/ }, useIntrinsics) },
    ],
  })
  const [file] = result.outputFiles
  if (file === undefined) throw new Error(`esbuild made nothing of ${path}`)
  const imports: string[] = []
  // The output of esbuild, minified, and from one module only: no text in the program looks like such an import.
  const body = file.text.replaceAll(/import\{[^}]*\}from"[^"]*";/g, (text) => (imports.push(text), ''))
  const [, statements, exported] = /^(.*?);?export\{([\w$]+) as \w+\};\s*$/s.exec(body) ?? []
  if (statements === undefined || exported === undefined) throw new Error(`${path} does not export one function`)
  return `${imports.join('')}export function ${load}(){${statements};return ${exported}()}`
}

const useIntrinsics = () => ({ path: intrinsics, external: true })
