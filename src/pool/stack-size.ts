// How much stack the threads of an executor have, as its parent hands it down: guests may use nearly all of it, on whichever
// thread they run, and the host's own functions that they call need some behind that.
import { readFileSync } from 'node:fs'

export interface StackSizes {
  /** For V8 in the executor's own program. */
  readonly hostKb: number
  /** For guests on the main thread; those on pool threads have the thread's whole stack. */
  readonly guestKb: number
}

/** What glibc gives a thread when the limit is infinite. */
const THREAD_KB = 2_048
/** With less, a guest would notice on which thread it runs. */
const LEAST_KB = 4_096
/** Behind the guest's limit, for what it calls; and behind that, for what V8 and Node.js do without looking. */
const HOST_ROOM_KB = 800
const NATIVE_ROOM_KB = 400

/** Null when a main thread has too little or nobody knows: guests then run on pool threads only. @param limits `/proc/self/limits` */
export function stackSizesOf(limits: string): StackSizes | null {
  const soft = /^Max stack size +(\d+|unlimited)/mu.exec(limits)?.[1]
  if (soft === undefined) return null
  if (soft === 'unlimited') return { guestKb: THREAD_KB, hostKb: THREAD_KB + HOST_ROOM_KB }
  const stackKb = Math.floor(Number(soft) / 1_024)
  if (stackKb < LEAST_KB) return null
  return { guestKb: stackKb - HOST_ROOM_KB - NATIVE_ROOM_KB, hostKb: stackKb - NATIVE_ROOM_KB }
}

/** Of this process, whose limits those of its children are. */
export function readStackSizes(): StackSizes | null {
  try {
    return stackSizesOf(readFileSync('/proc/self/limits', 'latin1'))
  } catch {
    return null
  }
}
