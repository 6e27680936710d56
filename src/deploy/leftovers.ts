// Names of what the service keeps on disk only while it works on it, from which the next start knows what was left behind.
import { randomBytes } from 'node:crypto'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'

const OWNED = /^(\d{1,10})-[0-9a-f]{16}(?:\.\w+)?$/u

/** Unique, and tells the process that made it. */
export function newScratchName(): string {
  return `${process.pid}-${randomBytes(8).toString('hex')}`
}

/**
 * Removes what processes left in the folder that have ended since; to be called before this process puts anything there.
 * What another service is working on stays, and so does whatever has a name of another kind. Rejects when something cannot
 * be removed.
 */
export async function clearLeftovers(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => [])
  const left = names.filter((name) => {
    const pid = Number(OWNED.exec(name)?.[1] ?? Number.NaN)
    return pid === process.pid || (pid > 0 && !isRunning(pid))
  })
  await Promise.all(left.map((name) => rm(join(folder, name), { recursive: true, force: true })))
  return left
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
