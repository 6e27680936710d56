// The files that came with a request, as imports find them: by path, with the endings that TypeScript and Node.js look for.
import { posix } from 'node:path'

/** What an import without an ending may mean, in this order. */
const ENDINGS = ['.ts', '.tsx', '.mts', '.cts', '.js', '.jsx', '.mjs', '.cjs', '.json', '.txt'] as const

/** What stands for the compiled file in an import of a TypeScript source. */
const COMPILED: ReadonlyMap<string, readonly string[]> = new Map([
  ['.js', ['.ts', '.tsx']],
  ['.jsx', ['.tsx']],
  ['.mjs', ['.mts']],
  ['.cjs', ['.cts']],
])

const MAX_NAMED_FILES = 10

export type Found = { readonly ok: true; readonly path: string } | { readonly ok: false; readonly reason: string }

/** Whether an import means a file by its place, and no package. */
export function isPath(specifier: string): boolean {
  return /^\.{0,2}(?:\/|$)/u.test(specifier)
}

/** @param importer the path of the file whose import it is. */
export function findSubmitted(files: ReadonlyMap<string, string>, specifier: string, importer: string): Found {
  const shown = `'${specifier}'`
  if (specifier.includes('\\')) return missing(`${shown} has a backslash; paths are divided by '/'`)
  if (specifier.includes('\0')) return missing(`${shown} has a NUL character`)
  if (specifier.startsWith('/'))
    return missing(`${shown} is an absolute path; modules are found by paths like './a.js'`)
  const path = posix.join(posix.dirname(importer), specifier)
  if (path === '..' || path.startsWith('../')) return missing(`${shown} leads out of the modules of the request`)
  const found = candidates(path).find((one) => files.has(one))
  if (found !== undefined) return { ok: true, path: found }
  return missing(`${shown} is not among the modules of the request${listOf(files)}`)
}

function candidates(path: string): readonly string[] {
  const base = path === '.' || path === './' ? '' : path.replace(/\/$/u, '')
  const index = base === '' ? 'index' : `${base}/index`
  const ending = posix.extname(base)
  const sources = (COMPILED.get(ending) ?? []).map((one) => base.slice(0, -ending.length) + one)
  const indexes = ENDINGS.map((one) => index + one)
  if (path.endsWith('/') || base === '') return indexes
  return [base, ...sources, ...ENDINGS.map((one) => base + one), ...indexes]
}

function listOf(files: ReadonlyMap<string, string>): string {
  const names = [...files.keys()].slice(1, 1 + MAX_NAMED_FILES).map((name) => `'${name}'`)
  if (names.length === 0) return ', which has none'
  return `, which are ${names.join(', ')}${files.size - 1 > names.length ? ', …' : ''}`
}

function missing(reason: string): Found {
  return { ok: false, reason }
}
