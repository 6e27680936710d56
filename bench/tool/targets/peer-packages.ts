// The packages of bench/peers: where they are, and which version; absent until they are installed there.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Availability } from './target.ts'

export const PEERS = join(import.meta.dirname, '..', '..', 'peers')

/** What installs all of them. */
export const INSTALL = 'npm ci --prefix bench/peers'

/** Binaries are run out of the platform's package, so that no install script is needed. */
export function packageFolder(name: string): string {
  return join(PEERS, 'node_modules', name)
}

export function checkPackage(name: string, file: string): Availability {
  const folder = packageFolder(name)
  if (!existsSync(join(folder, file))) return { ok: false, missing: `${name} is not installed; run: ${INSTALL}` }
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { readonly version: string }
  return { ok: true, version }
}
