// Reads the files of a bundle in the bundler's place: those of its folders, of known kinds, up to a bound.
import { readFile, realpath, stat } from 'node:fs/promises'
import { dirname, extname, join, sep } from 'node:path'
import type { Loader, OnLoadResult } from 'esbuild'
import { DisabledFiles } from './disabled-files.ts'
import { mayNameGlobals } from './node-builtins.ts'

const LOADERS: ReadonlyMap<string, Loader> = new Map<string, Loader>([
  ['.js', 'js'],
  ['.mjs', 'js'],
  ['.cjs', 'js'],
  ['.jsx', 'jsx'],
  ['.ts', 'ts'],
  ['.mts', 'ts'],
  ['.cts', 'ts'],
  ['.tsx', 'tsx'],
  ['.json', 'json'],
  ['.txt', 'text'],
])

/** Undefined for a name that ends in no kind of file that can be part of a bundle. */
export function loaderOf(name: string): Loader | undefined {
  return LOADERS.get(extname(name))
}

export function isWithin(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep))
}

/** In place of a file, or of where an import leads. */
export function failed(text: string): { errors: { text: string }[] } {
  return { errors: [{ text }] }
}

export interface FileLoaderOptions {
  /** Real paths. */
  readonly folders: readonly string[]
  /** What messages call the folders. */
  readonly place: string
  readonly inputBytes: number
}

export class FileLoader {
  readonly #options: FileLoaderOptions
  readonly #seen = new Set<string>()
  readonly #disabled: DisabledFiles
  #loadedBytes = 0
  #namesGlobals = false

  constructor(options: FileLoaderOptions) {
    this.#options = options
    this.#disabled = new DisabledFiles((real) => isWithin(real, options.folders))
  }

  /** Whether a file may name a global of Node.js. */
  get namesGlobals(): boolean {
    return this.#namesGlobals
  }

  /** The sum of what was loaded when it is over `inputBytes`, else null. */
  get overflowBytes(): number | null {
    return this.#loadedBytes > this.#options.inputBytes ? this.#loadedBytes : null
  }

  /**
   * @param name what messages call the file.
   * @param change what becomes of its text.
   */
  async load(
    path: string,
    name: string,
    change = (text: string, _real: string): string => text,
  ): Promise<OnLoadResult> {
    // An import by a pattern finds files without asking a plugin, and whatever it finds outside has no name here.
    if (!isWithin(path, this.#options.folders))
      return failed(`A pattern of an import leads outside ${this.#options.place}`)
    if (await this.#disabled.has(path)) return { contents: '', loader: 'js' }
    const loader = loaderOf(path)
    if (loader === undefined) return failed(`'${name}' is no kind of file that can be part of a bundle`)
    try {
      // The resolver has followed links already; this holds whatever it did.
      const real = await realpath(path)
      if (!isWithin(real, this.#options.folders)) return failed(`'${name}' is outside ${this.#options.place}`)
      const { size, isRegular } = await stat(real).then((one) => ({ size: one.size, isRegular: one.isFile() }))
      if (!isRegular) return failed(`'${name}' is no regular file`)
      if (!this.#seen.has(real)) this.#loadedBytes += size
      this.#seen.add(real)
      if (this.overflowBytes !== null) return failed('The files of the bundle are too large')
      const text = await readFile(real, 'utf8')
      this.#namesGlobals ||= mayNameGlobals(text)
      return { contents: change(await disarmMap(text, real, this.#options.folders), real), loader }
    } catch {
      // What the system says holds the path on this machine.
      return failed(`'${name}' cannot be read`)
    }
  }
}

const MAP_COMMENT = /(?<=\/[/*][#@][ \t]*)sourceMappingURL(?==[ \t]*(?!data:)(\S*))/gu
const ANY_MAP_COMMENT = /(?<=\/[/*][#@][ \t]*)sourceMappingURL(?==)/gu
const PLAIN_PATH = /^(?!\.\.?(?:\/|$))[\w.@-]+(?:\/(?!\.\.?(?:\/|$))[\w.@-]+)*$/u

/** The bundler reads the source map that a comment names, wherever it is: a comment that leads out loses its meaning. */
async function disarmMap(text: string, file: string, folders: readonly string[]): Promise<string> {
  const targets = new Set(Array.from(text.matchAll(MAP_COMMENT), ([, target = '']) => target))
  if (targets.size === 0) return text
  const harmless = new Set<string>()
  await Promise.all(
    Array.from(targets, async (target) => {
      if (!PLAIN_PATH.test(target)) return
      const real = await realpath(join(dirname(file), target)).catch(() => null)
      if (real === null || isWithin(real, folders)) harmless.add(target)
    }),
  )
  // The same length, so that every column stays where it is.
  return text.replaceAll(MAP_COMMENT, (name, target: string) => (harmless.has(target) ? name : 'sourceMappingUrl'))
}

/** So that no map comes in, not even one inside of the text. */
export function disarmMaps(text: string): string {
  return text.replaceAll(ANY_MAP_COMMENT, 'sourceMappingUrl')
}
