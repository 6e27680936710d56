// What stands for modules of Node.js in bundles of source that comes with a request: one file each in a folder.
import { existsSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'

/** Beside the tool, with the ending that this file has itself. */
export const SHIMS_FOLDER = join(import.meta.dirname, 'shims')

const ENDINGS = ['.ts', '.js', '.mjs', '.cjs'] as const

/** `node:fs/promises` and `fs/promises` are `fs/promises`; null for what is no module of Node.js. */
export function builtinName(specifier: string): string | null {
  const name = specifier.startsWith('node:') ? specifier.slice('node:'.length) : specifier
  // A trailing slash asks for the package of that name.
  return isBuiltin(specifier) && /^[\w/]+$/u.test(name) ? name : null
}

/** The file that stands for the module, or null when none does. */
export function findShim(name: string): string | null {
  const bases = [name, `${name}/index`, name.replaceAll('/', '-')]
  const paths = bases.flatMap((base) => ENDINGS.map((ending) => join(SHIMS_FOLDER, base + ending)))
  return paths.find(isThere) ?? null
}

/** Without the folder the permission model has nothing that it could allow, and throws. */
function isThere(path: string): boolean {
  try {
    return existsSync(path)
  } catch {
    return false
  }
}
