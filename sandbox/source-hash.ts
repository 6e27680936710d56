// One hash over everything that decides what the snapshot holds, so that a stale snapshot is noticed at start.
import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export function hashSandboxSource(): string {
  const hash = createHash('sha256')
  for (const path of globSync(['build.ts', 'src/**/*.ts'], { cwd: import.meta.dirname }).toSorted()) {
    hash.update(path).update('\0').update(readFileSync(join(import.meta.dirname, path))).update('\0')
  }
  return hash.digest('hex')
}
