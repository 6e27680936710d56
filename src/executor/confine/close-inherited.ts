// Closes what the process was started with: whoever started the service may have left files and sockets open.
import { closeSync, fstatSync } from 'node:fs'

const FIRST_FD = 4
/** What `limit-resources.ts` leaves; a descriptor above it would have to be inherited from a program with very many. */
const LAST_FD = 1_024

/** Node.js itself has pipes and descriptors without a file open by then, and no file and no socket above the first four. */
export function closeInheritedFiles(): void {
  const { stackTraceLimit } = Error
  // Nearly every descriptor is an error here, and its stack is most of the time that this takes.
  Error.stackTraceLimit = 0
  for (let fd = FIRST_FD; fd <= LAST_FD; fd++) {
    try {
      const stats = fstatSync(fd)
      const isForeign =
        stats.isFile() || stats.isDirectory() || stats.isBlockDevice() || stats.isCharacterDevice() || stats.isSocket()
      if (isForeign) closeSync(fd)
    } catch {
      // No such descriptor.
    }
  }
  Error.stackTraceLimit = stackTraceLimit
}
