// What reportError does with an error: listeners hear of it, and it is printed as one that nobody catches would be.
import { loadConsoleCalls } from '../globals/console-calls.ts'
import { apply } from '../intrinsics.ts'
import { eventLink } from './event-link.ts'

/** @param write takes a whole line. The function never throws, whatever it is given. */
export function createReporter(write: (text: string) => void): (error: unknown) => void {
  return (error) => {
    try {
      const { tellError } = eventLink
      if (tellError?.(error) === false) return
      const { log } = loadConsoleCalls()
      write(`${apply(log, undefined, [['Uncaught', error]]) ?? ''}\n`)
    } catch {
      // The guest's stack at its end: there is nobody to tell.
    }
  }
}
