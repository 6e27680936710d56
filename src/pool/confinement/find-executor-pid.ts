// Finds the executor behind bubblewrap: spawned process → pid 1 of the namespace → executor.
import { readFileSync } from 'node:fs'

/**
 * The process id, in the front's numbers, of the one process at the end of the chain of wrappers.
 * Null until bubblewrap has started it, after it is gone, or when the kernel does not list children.
 */
export function findExecutorPid(spawnedPid: number): number | null {
  const namespaceInit = onlyChild(spawnedPid)
  return namespaceInit === null ? null : onlyChild(namespaceInit)
}

function onlyChild(pid: number): number | null {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim()
    return /^\d+$/u.test(children) ? Number(children) : null
  } catch {
    return null
  }
}
