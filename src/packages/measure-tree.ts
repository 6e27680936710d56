// What an installation has written, looked at by somebody who does not believe it: folders and plain files within limits.
import { lchown, lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'

export interface TreeSize {
  readonly bytes: number
  readonly files: number
}

export interface TreeLimits {
  readonly bytes: number
  readonly files: number
}

/** Folders per file that an installation may have on the average. */
const FOLDERS_PER_FILE = 2
const FOLDERS_MIN = 1_000

/**
 * Null for a folder that holds anything but folders and plain files with one name each, or more than the limits.
 * @param owner whom every file and folder is given to; for services that run as root.
 */
export async function measureTree(
  root: string,
  limits: TreeLimits,
  owner: { readonly uid: number; readonly gid: number } | null = null,
): Promise<TreeSize | null> {
  // A link in its place would be followed.
  if (!(await lstat(root)).isDirectory()) return null
  let [bytes, files, folders] = [0, 0, 0]
  const waiting = [root]
  const foldersMax = FOLDERS_PER_FILE * limits.files + FOLDERS_MIN
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    const path = folder
    folders += 1
    if (folders > foldersMax) return null
    // oxlint-disable-next-line no-await-in-loop -- a folder at a time bounds what is open
    const names = await readdir(path)
    if (files + names.length > limits.files + foldersMax) return null
    // oxlint-disable-next-line no-await-in-loop -- as above
    const entries = await Promise.all(
      names.map(async (name) => ({ place: join(path, name), stat: await lstat(join(path, name)) })),
    )
    for (const { place, stat } of entries) {
      if (stat.isDirectory()) waiting.push(place)
      else if (stat.isFile() && stat.nlink === 1) {
        files += 1
        bytes += stat.size
      } else return null
    }
    if (files > limits.files || bytes > limits.bytes) return null
    // oxlint-disable-next-line no-await-in-loop -- as above
    if (owner !== null) await Promise.all([path, ...entries.map(({ place }) => place)].map((one) => give(one, owner)))
  }
  return { bytes, files }
}

async function give(path: string, { uid, gid }: { readonly uid: number; readonly gid: number }): Promise<void> {
  await lchown(path, uid, gid)
}
