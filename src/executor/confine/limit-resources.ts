// Kernel limits on what a process may use up of its machine, for a process that may not raise them again.
import type { Native } from './native.ts'
import { nativeBytes } from './native.ts'
import type { Architecture } from './syscall-numbers.ts'
import { systemCallNumber } from './syscall-numbers.ts'

interface ResourceLimit {
  readonly name: string
  readonly resource: number
  readonly value: number
  /** The kernel counts it over all processes of the user, so it fits only a user of the executor's own. */
  readonly perUser: boolean
}

/** Twice what isolated-vm and V8 start on a machine with 240 processors. */
const THREADS = 512
/** An executor has about 25; descriptors are how kernel memory is used up that counts nowhere. */
const DESCRIPTORS = 256

const LIMITS: readonly ResourceLimit[] = [
  { name: 'file size', resource: 1, value: 0, perUser: false },
  { name: 'core size', resource: 4, value: 0, perUser: false },
  { name: 'threads', resource: 6, value: THREADS, perUser: true },
  { name: 'descriptors', resource: 7, value: DESCRIPTORS, perUser: false },
]

/** Returns a sentence for each limit that the kernel refuses. Must precede the change of user, when there is one. */
export function limitResources(native: Native, architecture: Architecture, ownUser: boolean): readonly string[] {
  const prlimit = systemCallNumber('prlimit64', architecture)
  if (prlimit === null) return ['this processor has no prlimit64']
  return LIMITS.filter(({ perUser }) => ownUser || !perUser).flatMap(({ name, resource, value }) => {
    const softAndHard = nativeBytes(16)
    const view = new DataView(softAndHard.buffer)
    view.setBigUint64(0, BigInt(value), true)
    view.setBigUint64(8, BigInt(value), true)
    const result = native.call(prlimit, 0, resource, softAndHard, null)
    return result === 0 ? [] : [`the limit of ${name} failed with errno ${-result}`]
  })
}
