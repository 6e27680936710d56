// Keeps the descriptors that the service was started with to itself: no process that it starts inherits them.
import { openNative } from '../executor/confine/native.ts'
import { currentArchitecture, systemCallNumber } from '../executor/confine/syscall-numbers.ts'

const FIRST_FD = 3
/** `~0U` of close_range(2): every descriptor from the first on. */
const LAST_FD = 0xff_ff_ff_ff
/** CLOSE_RANGE_CLOEXEC of linux/close_range.h. */
const CLOSE_ON_EXEC = 4

/**
 * Marks every open descriptor as one to close when another program starts; those that Node.js hands to a child on purpose
 * are not affected. Node.js does this itself only up to the first gap among them. Returns false where the system has no
 * such call; executors then close what they can tell from their own.
 */
export function keepDescriptors(): boolean {
  const architecture = currentArchitecture()
  const opened = openNative()
  if (!opened.ok) return false
  try {
    if (architecture === null || process.platform !== 'linux') return false
    const number = systemCallNumber('close_range', architecture)
    return number !== null && opened.native.call(number, FIRST_FD, LAST_FD, CLOSE_ON_EXEC) === 0
  } finally {
    opened.native.close()
  }
}
