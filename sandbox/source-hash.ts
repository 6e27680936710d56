// One hash over every source of the executors' runtime, so that a stale one is noticed at start.
import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const SOURCES = ['sandbox/*.ts', 'sandbox/src/**/*.ts', 'src/executor/**/*.ts', 'src/ipc/*.ts', 'package-lock.json']

export function hashRuntimeSource(): string {
  const root = join(import.meta.dirname, '..')
  const hash = createHash('sha256')
  for (const path of globSync(SOURCES, { cwd: root }).toSorted()) {
    hash
      .update(path)
      .update('\0')
      .update(readFileSync(join(root, path)))
      .update('\0')
  }
  return hash.digest('hex')
}
