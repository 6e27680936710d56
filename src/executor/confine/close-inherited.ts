// Closes files that the process was started with: whoever started the service may have left some open, and they pass on.
import { closeSync, fstatSync } from 'node:fs'

const FIRST_FD = 4
/** What `limit-resources.ts` leaves; a descriptor above it would have to be inherited from a program with very many. */
const LAST_FD = 1_024

/** Node.js itself has sockets, pipes and descriptors without a file open by then, and nothing of a file system. */
export function closeInheritedFiles(): void {
  for (let fd = FIRST_FD; fd <= LAST_FD; fd++) {
    try {
      const stats = fstatSync(fd)
      if (stats.isFile() || stats.isDirectory() || stats.isBlockDevice() || stats.isCharacterDevice()) closeSync(fd)
    } catch {
      // No such descriptor.
    }
  }
}
