// A tar archive into a fresh folder that appears under its name only when it is complete.
import { link, mkdir, open, rename, rm, symlink } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ARTIFACT_LIMITS, ArtifactTree } from './artifact-tree.ts'
import type { ArtifactLimits, Judged } from './artifact-tree.ts'
import { newScratchName } from './leftovers.ts'
import { readTar } from './read-tar.ts'
import type { TarToken } from './read-tar.ts'

export type Unpacked =
  | { readonly ok: true; readonly folder: string; readonly entryCount: number; readonly unpackedBytes: number }
  | {
      readonly ok: false
      readonly message: string
      /** False when the same archive may be readable later: it is absent, or still being copied. */
      readonly isFinal: boolean
    }

/** The folder of the parent in which each artifact has its own. */
export const VERSIONS_FOLDER = 'versions'

type Written = Omit<Unpacked & { readonly ok: true }, 'folder'> | (Unpacked & { readonly ok: false })

/** Into a new folder of `<parent>/versions`, which its caller removes. Nothing stays behind on failure. */
export async function unpackArtifact(
  archive: string,
  parent: string,
  limits: Partial<ArtifactLimits> = {},
): Promise<Unpacked> {
  const folder = join(parent, VERSIONS_FOLDER, newScratchName())
  const partial = `${folder}.partial`
  try {
    await mkdir(partial, { recursive: true })
    const written = await writeEntries(archive, partial, { ...ARTIFACT_LIMITS, ...limits })
    if (!written.ok) return written
    await rename(partial, folder)
    return { ...written, folder }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { ok: false, message: `The artifact ${archive} cannot be unpacked: ${reason}.`, isFinal: false }
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
}

async function writeEntries(archive: string, root: string, limits: ArtifactLimits): Promise<Written> {
  const tree = new ArtifactTree(limits)
  await using writer = new EntryWriter(root)
  let unpackedBytes = 0
  for await (const token of readTar(archive)) {
    if (token.kind === 'read') {
      unpackedBytes += token.bytes
      if (unpackedBytes > limits.totalBytes) {
        const numbers = `${unpackedBytes} bytes and more, the limit is ${limits.totalBytes} (totalBytes)`
        return { ok: false, message: `The artifact is refused: it unpacks to ${numbers}.`, isFinal: true }
      }
    } else if (token.kind === 'entry') {
      const judged = tree.judge(token.entry)
      if (!judged.ok) return { ...judged, isFinal: true }
      await writer.begin(judged)
    } else {
      await writer.go(token)
    }
  }
  return { ok: true, entryCount: tree.entryCount, unpackedBytes }
}

/** Does what was judged to be safe, one entry at a time. Modes, owners and times of the archive are not taken over. */
class EntryWriter implements AsyncDisposable {
  readonly #root: string
  #file: FileHandle | null = null
  #lastFolder = ''

  constructor(root: string) {
    this.#root = root
  }

  async begin({ placement, isReplacement }: Judged & { readonly ok: true }): Promise<void> {
    const path = join(this.#root, placement.path)
    if (placement.kind === 'folder') {
      await mkdir(path, { recursive: true })
      return
    }
    const folder = dirname(path)
    if (folder !== this.#lastFolder) await mkdir(folder, { recursive: true })
    this.#lastFolder = folder
    // Removed and not overwritten: what is there may be a link, and writing would go through it.
    if (isReplacement) await rm(path)
    if (placement.kind === 'symlink') await symlink(placement.source, path)
    else if (placement.kind === 'hardlink') await link(join(this.#root, placement.target), path)
    else this.#file = await open(path, 'wx', 0o644)
  }

  async go(token: TarToken): Promise<void> {
    if (token.kind === 'data') await this.#file?.writeFile(token.chunk)
    else await this[Symbol.asyncDispose]()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const file = this.#file
    this.#file = null
    await file?.close()
  }
}
