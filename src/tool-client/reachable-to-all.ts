// Whether a user that owns nothing gets to a path: what decides if a tool process can give up the service's user.
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'

const OTHERS_READ = 0o4
const OTHERS_SEARCH = 0o1

function foldersAbove(path: string): readonly string[] {
  const folder = dirname(path)
  return folder === path ? [] : [folder, ...foldersAbove(folder)]
}

/**
 * Whether everybody may read `path`, which is real and absolute, and search every folder above it.
 * Access lists beyond the mode bits do not count. False for what is not there.
 */
export async function isReachableToAll(path: string): Promise<boolean> {
  const modeOf = async (one: string): Promise<number> => (await stat(one)).mode
  try {
    const [own, ...above] = await Promise.all([path, ...foldersAbove(path)].map(modeOf))
    return ((own ?? 0) & OTHERS_READ) !== 0 && above.every((mode) => (mode & OTHERS_SEARCH) !== 0)
  } catch {
    return false
  }
}
