// The source files of a project that can be modules of an artifact, with the names that they have there.
import { readdir } from 'node:fs/promises'
import { join, relative, resolve, sep } from 'node:path'

export interface SourceModule {
  /** `a.b` for `a/b.ts`. */
  readonly name: string
  /** From the folder of the project, with `/`. */
  readonly file: string
}

const SOURCE = /\.m?[jt]s$/u
const NO_MODULE = /(?:\.d\.m?ts|\.test\.m?[jt]s)$/u

/** Sorted by file. Links are not followed; hidden folders, `node_modules` and the output are not looked into. */
export async function findModules(folder: string, outFolder: string): Promise<readonly SourceModule[]> {
  const files: string[] = []
  const isSkipped = (path: string, name: string): boolean =>
    name.startsWith('.') || name === 'node_modules' || resolve(path) === resolve(outFolder)
  const open = [folder]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    // oxlint-disable-next-line no-await-in-loop -- which folders there are is known only afterwards
    for (const entry of await readdir(next, { withFileTypes: true })) {
      const path = join(next, entry.name)
      if (isSkipped(path, entry.name)) continue
      if (entry.isDirectory()) open.push(path)
      if (entry.isFile() && SOURCE.test(entry.name) && !NO_MODULE.test(entry.name)) files.push(path)
    }
  }
  return files
    .map((path) => relative(folder, path).split(sep).join('/'))
    .toSorted()
    .map((file) => ({ file, name: file.replace(SOURCE, '').replaceAll('/', '.') }))
}
