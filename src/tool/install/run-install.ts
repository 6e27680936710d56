// One installation in its folder: resolve or follow a lock, fetch and check archives, unpack them, say what is there.
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { formatPackageLock, parsePackageLock } from '../../core/package-lock.ts'
import type { LockedPackage, PackageLock } from '../../core/package-lock.ts'
import type { InstallRequestMessage } from '../../ipc/install-messages.ts'
import { checkTree } from './check-tree.ts'
import { fetchArchive } from './fetch-archive.ts'
import type { Archive, ArchiveSource } from './fetch-archive.ts'
import { refuse } from './install-error.ts'
import { createRegistryClient } from './registry-client.ts'
import type { resolveTree as ResolveTree, WantedPackage } from './resolve-tree.ts'
import { unpackArchive } from './unpack-archive.ts'
import type { UnpackBudget } from './unpack-archive.ts'

export interface InstallPlace {
  /** Empty when it begins; `node_modules` and `archives` are what it leaves there. */
  readonly folder: string
  /** Archives that are kept; only read. */
  readonly archives: string
}

const FETCHES_AT_ONCE = 6

/** @returns the lock of what is installed. Throws an `InstallError`, or what npm's modules throw. */
export async function runInstall(
  { folder, archives }: InstallPlace,
  request: InstallRequestMessage,
  lockText: string,
  certificates: string,
): Promise<string> {
  const { specs, limits, registry } = request
  const client = createRegistryClient(registry, certificates, limits)
  const work = async (): Promise<string> => {
    await mkdir(join(folder, 'archives'), { recursive: true })
    const wanted =
      lockText === '' ? await resolve(request, folder, client.options) : readLock(request, lockText).packages
    const source: ArchiveSource = {
      registry: registry.registry,
      clientOptions: client.options,
      kept: archives,
      fetched: join(folder, 'archives'),
      budget: { bytes: limits.bytes, limit: limits.bytes },
    }
    const packages = await unpackAll(wanted, folder, source, { bytes: limits.bytes, files: limits.files, limits })
    await checkTree(folder, packages, specs)
    await rm(join(folder, 'cache'), { recursive: true, force: true })
    return formatPackageLock({ specs, packages })
  }
  return Promise.race([work(), client.violation])
}

/** Loaded by then, unless a lock was to come: npm's resolver is a third of what an installation takes, and a lock needs none. */
async function resolve(...asked: Parameters<typeof ResolveTree>): Promise<readonly WantedPackage[]> {
  const { resolveTree } = await import('./resolve-tree.ts')
  return resolveTree(...asked)
}

function readLock({ specs, policy, limits }: InstallRequestMessage, text: string): PackageLock {
  const parsed = parsePackageLock(text, specs, { ...policy, packages: limits.packages })
  if (!parsed.ok) throw refuse(parsed.failure.message)
  return parsed.lock
}

/** Some are fetched ahead; unpacked is one after the other, and what holds a folder before what is in it. */
async function unpackAll(
  wanted: readonly WantedPackage[],
  folder: string,
  source: ArchiveSource,
  budget: UnpackBudget,
): Promise<readonly LockedPackage[]> {
  const ahead = wanted.slice(0, FETCHES_AT_ONCE).map((one) => begin(one, source))
  const packages: LockedPackage[] = []
  for (const [index, one] of wanted.entries()) {
    // oxlint-disable-next-line no-await-in-loop -- see above
    const { bytes, integrity } = await (ahead[index] as (typeof ahead)[number])
    const next = wanted[index + FETCHES_AT_ONCE]
    if (next !== undefined) ahead.push(begin(next, source))
    // oxlint-disable-next-line no-await-in-loop -- see above
    await unpackArchive(bytes, join(folder, one.location), `${one.name}@${one.version}`, budget)
    packages.push({ ...one, integrity })
  }
  return packages
}

/** Its failure is seen when its turn comes, if it comes. */
function begin(one: WantedPackage, source: ArchiveSource): Promise<Archive> {
  const archive = fetchArchive(one, source)
  archive.catch(() => undefined)
  return archive
}
