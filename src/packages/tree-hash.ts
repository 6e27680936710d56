// What an installation is known by.
import { hash } from 'node:crypto'
import { formatPackageLock } from '../core/package-lock.ts'
import type { LockedPackage } from '../core/package-lock.ts'

/** Equal for equal content, whatever it was asked for by. */
export function hashOfTree(packages: readonly LockedPackage[]): string {
  return hash('sha256', formatPackageLock({ specs: [], packages }))
}
