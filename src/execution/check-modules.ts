// The files that come with a request beside its source: which paths they may have, how many and how large they may be.
import { groupDigits } from '../core/group-digits.ts'
import type { Failure } from '../errors.ts'

export type CheckedModules =
  | { readonly ok: true; readonly modules: ReadonlyMap<string, string> }
  | { readonly ok: false; readonly failure: Failure }

const ENDINGS = ['.js', '.mjs', '.cjs', '.jsx', '.ts', '.mts', '.cts', '.tsx', '.json', '.txt'] as const
const PYTHON = /\.pyi?$/u
const CONTROL = /\p{Cc}/u

const MAX_MODULES = 1_000
const MAX_PATH_CHARACTERS = 200
const MAX_SHOWN_CHARACTERS = 100

/**
 * @param fileName what the source itself is called.
 * @param modulesBytes what all texts may have together, in UTF-8.
 */
export function checkModules(
  given: Readonly<Record<string, string>>,
  fileName: string,
  modulesBytes: number,
): CheckedModules {
  const modules = new Map<string, string>()
  let bytes = 0
  for (const key in given) {
    if (!Object.hasOwn(given, key)) continue
    if (modules.size === MAX_MODULES) {
      return refused(`there are more than ${groupDigits(MAX_MODULES)} of them; that is the limit`)
    }
    const path = key.startsWith('./') ? key.slice(2) : key
    const problem = problemOf(path)
    if (problem !== null) return refused(`${show(key)} ${problem}`)
    if (path === fileName) return refused(`${show(key)} is the name of the source itself`)
    if (modules.has(path)) return refused(`${show(key)} is there twice, with './' and without`)
    const text = given[key] ?? ''
    bytes += Buffer.byteLength(text)
    if (bytes > modulesBytes) {
      const message = `The modules of the request have more than ${groupDigits(modulesBytes)} bytes, which is the limit.`
      return { ok: false, failure: { code: 'PAYLOAD_TOO_LARGE', message, limit: modulesBytes, used: bytes } }
    }
    modules.set(path, text)
  }
  const collision = findCollision(modules, fileName)
  return collision === null ? { ok: true, modules } : refused(collision)
}

function problemOf(path: string): string | null {
  if (path.length > MAX_PATH_CHARACTERS) {
    return `is a path of ${groupDigits(path.length)} characters; the limit is ${MAX_PATH_CHARACTERS}`
  }
  if (CONTROL.test(path)) return 'has a control character in it'
  if (!path.isWellFormed()) return 'has half of a surrogate pair in it'
  if (path.includes('\\')) return "has a backslash in it; paths are divided by '/'"
  if (path.startsWith('/') || /^[A-Za-z]:/u.test(path)) return 'is an absolute path; paths begin beside the source'
  const segments = path.split('/')
  if (segments.includes('..')) return "leads out of the request: no segment may be '..'"
  if (segments.includes('.') || segments.includes('')) return "has a segment that is empty or '.'"
  if (segments.includes('node_modules')) return "is in a folder 'node_modules'; packages are named in dependencies"
  if (PYTHON.test(path)) return 'is Python; this service runs JavaScript and TypeScript'
  if (!ENDINGS.some((ending) => path.endsWith(ending))) return `ends in none of ${ENDINGS.join(', ')}`
  return null
}

/** A path that is a file and a folder: an import could mean either. */
function findCollision(modules: ReadonlyMap<string, string>, fileName: string): string | null {
  for (const path of modules.keys()) {
    for (let end = path.indexOf('/'); end !== -1; end = path.indexOf('/', end + 1)) {
      const folder = path.slice(0, end)
      if (folder === fileName) return `${show(path)} is below the name of the source itself`
      if (modules.has(folder)) return `${show(path)} is below ${show(folder)}, which is a file`
    }
  }
  return null
}

function show(path: string): string {
  const clipped = path.length <= MAX_SHOWN_CHARACTERS ? path : `${path.slice(0, MAX_SHOWN_CHARACTERS)}…`
  return `'${clipped.replaceAll(/\p{Cc}/gu, '?').toWellFormed()}'`
}

function refused(reason: string): CheckedModules {
  return { ok: false, failure: { code: 'REQUEST_INVALID', message: `modules: ${reason}.` } }
}
