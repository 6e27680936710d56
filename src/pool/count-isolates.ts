// Which isolates an executor holds, as far as its parent knows: those that are kept ready for nobody yet only the executor knows.
import type { Role } from '../core/task.ts'
import type { Assignments } from './assignment.ts'
import type { LoadedCode } from './loaded-code.ts'
import { codeKeyOf } from './task-frames.ts'

/** `retired` is a module's whose isolate has ended: its next call gets another one. */
type IsolateState = 'busy' | 'idle' | 'retired'
export type IsolateCounts = Readonly<Record<IsolateState, number>>

/** A task of Live code has an isolate to itself; calls of a module share one, and so do those of an instance. */
export function countIsolates(role: Role | null, assignments: Assignments, loaded: LoadedCode): IsolateCounts {
  if (role === null || role === 'live') return { busy: assignments.size, idle: 0, retired: 0 }
  const called = new Set<string>()
  for (const { task } of assignments.values()) called.add(codeKeyOf(task))
  // One that retires while a call is on its way is made again by that.
  const retired = loaded.keys().filter((key) => loaded.isRetired(key) && !called.has(key)).length
  return { busy: called.size, idle: Math.max(0, loaded.size - called.size - retired), retired }
}
