// Files that packages leave out of bundles for browsers: `"browser": { "./server.js": false }` in their package.json.
import { readFile, realpath } from 'node:fs/promises'
import { extname, join } from 'node:path'

const PACKAGE = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+(?=[\\/])/u
const MANIFEST_CHARACTERS_MAX = 4_194_304

export class DisabledFiles {
  readonly #isAllowed: (path: string) => boolean
  /** By the folder of a package. */
  readonly #known = new Map<string, Promise<ReadonlySet<string>>>()

  /** @param isAllowed whether a file, by its real path, may be read. */
  constructor(isAllowed: (path: string) => boolean) {
    this.#isAllowed = isAllowed
  }

  /**
   * The bundler knows, and does not tell: it gives the path of such a file to plugins like any other, at times without its
   * extension.
   */
  async has(path: string): Promise<boolean> {
    const folder = PACKAGE.exec(path)?.[0]
    if (folder === undefined) return false
    let files = this.#known.get(folder)
    if (files === undefined) {
      files = this.#read(folder).catch(() => new Set<string>())
      this.#known.set(folder, files)
    }
    return (await files).has(path)
  }

  async #read(folder: string): Promise<ReadonlySet<string>> {
    const real = await realpath(join(folder, 'package.json'))
    if (!this.#isAllowed(real)) return new Set()
    const text = await readFile(real, 'utf8')
    if (text.length > MANIFEST_CHARACTERS_MAX) return new Set()
    const { browser } = JSON.parse(text) as { readonly browser?: unknown }
    if (typeof browser !== 'object' || browser === null) return new Set()
    const files = Object.entries(browser).filter(([key, value]) => value === false && key.startsWith('.'))
    return new Set(
      files.flatMap(([key]) => {
        const file = join(folder, key)
        return [file, file.slice(0, file.length - extname(file).length)]
      }),
    )
  }
}
