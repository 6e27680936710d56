// Process attributes that take away: no new privileges, no tracing and core dumps, no life without the parent, low priority.
import type { Native } from './native.ts'
import type { Architecture } from './syscall-numbers.ts'
import { systemCallNumber } from './syscall-numbers.ts'

const PR_SET_PDEATHSIG = 1
const PR_SET_DUMPABLE = 4
const PR_SET_NO_NEW_PRIVS = 38
const SIGKILL = 9
const PRIO_PGRP = 1
const OWN_GROUPS: readonly number[] = [process.pid, 1]

/**
 * Returns a sentence for each attribute that the kernel refuses.
 * Must follow the change of user, which clears the death signal and may set the dumpable attribute again.
 */
export function hardenProcess(native: Native, architecture: Architecture): readonly string[] {
  const prctl = systemCallNumber('prctl', architecture)
  if (prctl === null) return ['this processor has no prctl']
  const problems: string[] = []
  const set = (what: string, option: number, value: number): void => {
    const result = native.call(prctl, option, value, 0, 0, 0)
    if (result !== 0) problems.push(`prctl ${what} failed with errno ${-result}`)
  }
  set('no_new_privs', PR_SET_NO_NEW_PRIVS, 1)
  set('dumpable', PR_SET_DUMPABLE, 0)
  set('parent death signal', PR_SET_PDEATHSIG, SIGKILL)
  return problems
}

/**
 * Lowers the priority of every thread. The parent can lower the first one only, and the threads that V8 has started
 * meanwhile would keep theirs. Does nothing in a group that the process shares with its parent, which would be lowered
 * too: it must lead its group, or, under bubblewrap, be in the group of the first process of its namespace.
 */
export function lowerPriority(native: Native, architecture: Architecture, nice: number): void {
  const getpgid = systemCallNumber('getpgid', architecture)
  const setpriority = systemCallNumber('setpriority', architecture)
  if (getpgid === null || setpriority === null || !OWN_GROUPS.includes(native.call(getpgid, 0))) return
  native.call(setpriority, PRIO_PGRP, 0, nice)
}
