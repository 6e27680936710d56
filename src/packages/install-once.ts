// One installation from an empty folder to a kept one: a process of its own, and a look at what it leaves.
import { dirname } from 'node:path'
import { performance } from 'node:perf_hooks'
import { formatPackageLock, parsePackageLock } from '../core/package-lock.ts'
import type { PackageLock } from '../core/package-lock.ts'
import type { PackageSpec } from '../core/package-specs.ts'
import type { TenantId } from '../core/task.ts'
import type { Failure } from '../errors.ts'
import { installIn, NPM_FOLDER, startInstallProcess } from '../tool-client/install-process.ts'
import type { InstallAnswer } from '../tool-client/install-process.ts'
import { isReachableToAll } from '../tool-client/reachable-to-all.ts'
import { describeFailed, describeInstallEnd, describeInstallTooMuch } from './install-failure.ts'
import { BROKE_CONTRACT, INSTALL_CANCELLED, INSTALLER_UNAVAILABLE, STORE_FULL, UNSOUND } from './install-failure.ts'
import type { TreeSize } from './measure-tree.ts'
import type { InstallerSettings } from './npm-installer.ts'
import type { PackageStore, Workplace } from './package-store.ts'
import { hashOfTree } from './tree-hash.ts'

export interface Installation {
  readonly tenant: TenantId
  readonly specs: readonly PackageSpec[]
  readonly lock: PackageLock | null
  readonly signal: AbortSignal
  readonly store: PackageStore
  readonly settings: InstallerSettings
}

export type Made =
  | {
      readonly ok: true
      readonly folder: string
      readonly lock: PackageLock
      readonly size: TreeSize
      /** False when what was resolved was there already. */
      readonly isNew: boolean
      readonly tookMs: number
    }
  | { readonly ok: false; readonly failure: Failure }

/** Leaves nothing behind but what the store keeps. Rejects when the store's folder cannot be used. */
export async function installOnce(installation: Installation): Promise<Made> {
  const { tenant, store, settings } = installation
  const startedAt = performance.now()
  const uid = await usableUser(settings)
  const place = await store.newWorkplace(tenant, uid)
  try {
    const answer = await askProcess(installation, place, uid)
    if (answer === null) return failed(INSTALLER_UNAVAILABLE)
    const made = await take(answer, installation, place)
    return made.ok ? { ...made, tookMs: performance.now() - startedAt } : made
  } finally {
    await store.dropWorkplace(place)
  }
}

/** Null when there is no such process. It has ended when this settles. */
async function askProcess(
  { specs, lock, signal, settings }: Installation,
  { folder, archives }: Workplace,
  uid: number | undefined,
): Promise<InstallAnswer | null> {
  if (signal.aborted) return { type: 'ended', cause: 'asked', detail: 'nobody waits for it', used: 0 }
  const { policy, registry, certificates, packages, bytes, files, deadlineMs, residentMb, entryPath } = settings
  const process = startInstallProcess({
    entryPath,
    uid,
    folder,
    archives,
    isLocked: lock !== null,
    deadlineMs,
    residentMb,
  })
  const end = (): void => void process.kill('nobody waits for it any more')
  signal.addEventListener('abort', end, { once: true })
  try {
    if (!(await process.whenReady)) return signal.aborted ? await process.whenEnded : null
    const limits = { packages, bytes, files }
    const lockText = lock === null ? '' : formatPackageLock(lock)
    return await installIn(process, { specs, lock: lockText, policy, limits, registry, certificates })
  } finally {
    signal.removeEventListener('abort', end)
    await process.kill('it has answered')
  }
}

async function take(
  answer: InstallAnswer,
  { tenant, specs, lock, store, settings, signal }: Installation,
  place: Workplace,
): Promise<{ readonly ok: false; readonly failure: Failure } | Omit<Made & { readonly ok: true }, 'tookMs'>> {
  switch (answer.type) {
    case 'failed':
      return failed(describeFailed(answer))
    case 'too-much':
      return failed(describeInstallTooMuch(answer, settings))
    case 'ended':
      return failed(describeInstallEnd(answer, settings))
    case 'installed': {
      const { policy, packages } = settings
      const parsed = parsePackageLock(answer.lock, specs, { ...policy, packages })
      // A lock that was given is what the answer has to be of.
      const isSound = parsed.ok && (lock === null || formatPackageLock(lock) === formatPackageLock(parsed.lock))
      if (!isSound) return failed(BROKE_CONTRACT)
      if (signal.aborted) return failed(INSTALL_CANCELLED)
      const hash = hashOfTree(parsed.lock.packages)
      const kept = await store.keep(tenant, hash, place)
      if (!kept.ok) return failed(kept.reason === 'full' ? STORE_FULL : UNSOUND)
      return { ...kept, lock: parsed.lock }
    }
    default:
      return answer satisfies never
  }
}

/** The user of its own, where that one gets to the program and to the folder. */
async function usableUser({ uid, folder }: InstallerSettings): Promise<number | undefined> {
  if (uid === undefined) return undefined
  const needed = [NPM_FOLDER, dirname(import.meta.dirname), folder]
  return (await Promise.all(needed.map(isReachableToAll))).every(Boolean) ? uid : undefined
}

function failed(failure: Failure): { readonly ok: false; readonly failure: Failure } {
  return { ok: false, failure }
}
