// Which call something that is asked of the host belongs to.
import type { Calls } from './calls.ts'

/** The current one; where that is over, one that waited for the same promise and goes on in its entry. */
export function payingCall({
  current,
  heirUpTo,
  isOver,
  lastBegun,
}: Pick<Calls, 'current' | 'heirUpTo' | 'isOver' | 'lastBegun'>): number {
  return isOver(current) ? heirUpTo(lastBegun()) || current : current
}
