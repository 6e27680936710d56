// Writes an artifact: bundles with their maps, the manifest, and an archive of all of it. Equal content makes equal bytes.
import { hash } from 'node:crypto'
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { create } from 'tar'

export interface ArtifactFile {
  /** From the folder of the artifact, with `/`. */
  readonly path: string
  readonly text: string
}

export interface WrittenArtifact {
  readonly archivePath: string
  readonly archiveBytes: number
}

const HASH_CHARACTERS = 12
const BUNDLES = 'bundles'
const OLD_BUNDLE = /\.[0-9a-f]{8}\.js(?:\.map)?$/u
const OLD_ARCHIVE = /-[0-9a-f]{12}\.tar\.gz$/u

export function sha256(text: string): string {
  return hash('sha256', text)
}

export async function writeArtifact(
  outFolder: string,
  projectName: string,
  files: readonly ArtifactFile[],
): Promise<WrittenArtifact> {
  const sorted = files.toSorted((one, other) => (one.path < other.path ? -1 : 1))
  await removeOld(outFolder)
  await mkdir(join(outFolder, BUNDLES), { recursive: true })
  await Promise.all(sorted.map(({ path, text }) => writeFile(join(outFolder, path), text)))
  const contentHash = sha256(sorted.map(({ path, text }) => `${sha256(text)} ${path}\n`).join(''))
  const archivePath = join(outFolder, `${projectName}-${contentHash.slice(0, HASH_CHARACTERS)}.tar.gz`)
  // Portable leaves out owners, and makes modes the same everywhere.
  await create(
    { file: archivePath, cwd: outFolder, gzip: true, portable: true, mtime: new Date(0) },
    sorted.map(({ path }) => path),
  )
  const { size: archiveBytes } = await stat(archivePath)
  return { archivePath, archiveBytes }
}

/** What an earlier build has left and this one does not overwrite; nothing else, for the folder may hold more. */
async function removeOld(outFolder: string): Promise<void> {
  const list = async (folder: string, name: RegExp): Promise<readonly string[]> =>
    (await readdir(folder).catch(() => [])).filter((one) => name.test(one)).map((one) => join(folder, one))
  const old = [...(await list(join(outFolder, BUNDLES), OLD_BUNDLE)), ...(await list(outFolder, OLD_ARCHIVE))]
  await Promise.all(old.map((path) => rm(path)))
}

/** The folders named node_modules at the folder and above it, as the bundler's resolution looks for them. */
export async function findPackageFolders(folder: string): Promise<readonly string[]> {
  const parents: string[] = []
  for (let next = folder; ; next = dirname(next)) {
    parents.push(next)
    if (dirname(next) === next) break
  }
  const candidates = await Promise.all(
    parents.map(async (parent) => {
      const path = join(parent, 'node_modules')
      const isFolder = await stat(path).then(
        (one) => one.isDirectory(),
        () => false,
      )
      return isFolder ? path : null
    }),
  )
  return candidates.filter((path) => path !== null)
}
