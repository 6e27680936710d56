// From a module name of the manifest to a source file of the artifact, and from a relative path to a real one inside it.
import { readFile, realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'

export type ResolvedModule =
  | { readonly ok: true; /** Relative to the root, with `/`. */ readonly file: string }
  | { readonly ok: false; readonly message: string }

export type ReadInside =
  | { readonly ok: true; readonly bytes: Buffer }
  | { readonly ok: false; readonly message: string }

const ENDINGS = ['.js', '.mjs', '.ts', '.mts', '/index.js', '/index.ts'] as const
const PYTHON_ENDINGS = ['.py', '/__init__.py'] as const

/** @param root a real path. @param name `a.b`, checked by the schema of the manifest. */
export async function resolveModule(root: string, name: string): Promise<ResolvedModule> {
  const base = name.replaceAll('.', '/')
  const files = ENDINGS.map((ending) => `${base}${ending}`)
  const found = await findInside(root, files)
  if (found !== null) return found
  const python = await findInside(
    root,
    PYTHON_ENDINGS.map((ending) => `${base}${ending}`),
  )
  if (python?.ok === true) {
    return {
      ok: false,
      message: `Module '${name}' is Python (${python.file}); this service runs JavaScript and TypeScript.`,
    }
  }
  return { ok: false, message: `Module '${name}' is not in the artifact; looked for ${files.join(', ')}.` }
}

/** @param root a real path. */
export async function readInside(root: string, file: string, maxBytes: number): Promise<ReadInside> {
  const real = await realFile(root, file)
  if (real === 'absent') return { ok: false, message: `${file} is not in the artifact.` }
  if (real === 'outside') return { ok: false, message: `${file} is a link out of the artifact.` }
  if (real.bytes > maxBytes) {
    return { ok: false, message: `${file} has ${real.bytes} bytes, the limit is ${maxBytes}.` }
  }
  return { ok: true, bytes: await readFile(real.path) }
}

async function findInside(root: string, files: readonly string[]): Promise<ResolvedModule | null> {
  const reals = await Promise.all(files.map((file) => realFile(root, file)))
  const index = reals.findIndex((real) => real !== 'absent')
  const file = files[index]
  if (file === undefined) return null
  if (reals[index] === 'outside') return { ok: false, message: `${file} is a link out of the artifact.` }
  return { ok: true, file }
}

async function realFile(
  root: string,
  file: string,
): Promise<{ readonly path: string; readonly bytes: number } | 'absent' | 'outside'> {
  const path = await realpath(join(root, file)).catch(() => null)
  if (path === null) return 'absent'
  if (!path.startsWith(root === sep ? sep : `${root}${sep}`)) return 'outside'
  const found = await stat(path)
  return found.isFile() ? { path, bytes: found.size } : 'absent'
}
