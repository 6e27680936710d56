// One archive of a package into its folder: files only, each judged before it is written.
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Parser } from 'tar'
import type { ReadEntry } from 'tar'
import { InstallError, fail, tooMuch } from './install-error.ts'

/** What an installation may still write. */
export interface UnpackBudget {
  bytes: number
  files: number
  readonly limits: { readonly bytes: number; readonly files: number }
}

interface File {
  readonly path: string
  readonly bytes: Buffer
}

const FILE_TYPES: ReadonlySet<string> = new Set(['File', 'OldFile', 'ContiguousFile'])
const PATH_CHARACTERS_MAX = 512
const DEPTH_MAX = 32
/** Of an archive that has next to nothing but headers. */
const ENTRIES_PER_FILE = 4
const FILE_MODE = 0o644

/**
 * Links and everything else that is no file are left out, as npm does: packages hold files. So are modes and owners.
 * Throws for a name that leads out of the folder, and for what is over the budget, before it is written.
 * @param label the package, for messages.
 */
export async function unpackArchive(
  archive: Uint8Array,
  folder: string,
  label: string,
  budget: UnpackBudget,
): Promise<void> {
  const files = await readFiles(archive, label, budget)
  // Of a package that another one bundles and that is installed there too, the latter holds.
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const folders = new Set<string>()
  for (const { path, bytes } of files.values()) {
    const target = join(folder, path)
    try {
      // oxlint-disable-next-line no-await-in-loop -- thousands of files at once would be no quicker
      if (!folders.has(dirname(target))) await mkdir(dirname(target), { recursive: true })
      folders.add(dirname(target))
      // oxlint-disable-next-line no-await-in-loop -- as above
      await writeFile(target, bytes, { flag: 'wx', mode: FILE_MODE })
    } catch {
      throw fail(`The archive of ${label} has a file where it has a folder, or names that this machine cannot have.`)
    }
  }
}

async function readFiles(archive: Uint8Array, label: string, budget: UnpackBudget): Promise<ReadonlyMap<string, File>> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const files = new Map<string, File>()
  let entries = 0
  const onEntry = (entry: ReadEntry): void => {
    entries += 1
    if (entries > ENTRIES_PER_FILE * budget.limits.files) throw tooMuch('files', entries)
    const path = judgePath(entry.path, label)
    if (!FILE_TYPES.has(entry.type) || path === null) {
      entry.resume()
      return
    }
    budget.files -= 1
    if (budget.files < 0) throw tooMuch('files', budget.limits.files - budget.files)
    const chunks: Buffer[] = []
    entry.on('data', (chunk) => {
      budget.bytes -= chunk.length
      if (budget.bytes < 0) stop(tooMuch('bytes', budget.limits.bytes - budget.bytes))
      else chunks.push(Buffer.from(chunk))
    })
    entry.on('end', () => files.set(path, { path, bytes: Buffer.concat(chunks) }))
  }
  const parser = new Parser({ strict: false })
  const stop = (error: unknown): void => {
    reject(error instanceof InstallError ? error : fail(`The archive of ${label} is damaged.`))
    parser.abort(new Error('it is refused'))
  }
  parser.on('entry', (entry: ReadEntry) => {
    try {
      onEntry(entry)
    } catch (error) {
      stop(error)
    }
  })
  parser.on('ignoredEntry', (entry: ReadEntry) => entry.resume())
  parser.on('error', stop)
  parser.on('warn', (code: string) => {
    if (code === 'TAR_BAD_ARCHIVE') stop(code)
  })
  parser.on('end', resolve)
  parser.end(Buffer.from(archive))
  await promise
  if (files.size === 0) throw fail(`The archive of ${label} holds no files.`)
  return files
}

/** Without the folder that every archive has on top; null for that folder itself. */
function judgePath(path: string, label: string): string | null {
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.')
  const isOutside = path.startsWith('/') || segments.includes('..')
  if (isOutside || /[\0\\]/u.test(path) || path.length > PATH_CHARACTERS_MAX || segments.length > DEPTH_MAX)
    throw fail(`The archive of ${label} has a name that is refused: ${JSON.stringify(path.slice(0, 120))}.`)
  const [, ...rest] = segments
  return rest.length === 0 ? null : rest.join('/')
}
