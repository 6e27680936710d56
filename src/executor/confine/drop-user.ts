// Turns a process that was started by root into one of a user that owns nothing, on every thread.

export interface UserIds {
  readonly uid: number
  readonly gid: number
}

/**
 * Gives up root for good. Throws when any part of it fails: an executor that is still root must not run.
 * Under bubblewrap the process needs CAP_SETUID and CAP_SETGID until here; the kernel takes them with the last step.
 */
export function dropUser(ids: UserIds): void {
  const { setgroups, setgid, setuid } = process
  if (setgroups === undefined || setgid === undefined || setuid === undefined) {
    throw new Error('This platform has no users to change to.')
  }
  setgroups([])
  setgid(ids.gid)
  setuid(ids.uid)
  const isOther =
    process.geteuid?.() === ids.uid && process.getegid?.() === ids.gid && process.getgroups?.().length === 1
  if (!isOther || canBecomeRoot()) throw new Error(`The executor is still not only user ${ids.uid}.`)
}

function canBecomeRoot(): boolean {
  try {
    process.setuid?.(0)
    return true
  } catch {
    return false
  }
}
