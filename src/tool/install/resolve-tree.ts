// From what a request asks for to exact versions and places, by npm's own resolver, which here only reads the registry.
import { join } from 'node:path'
import { Arborist } from '@npmcli/arborist'
import type { ArboristNode } from '@npmcli/arborist'
import { folderNameOf, usualArchivePath } from '../../core/package-lock.ts'
import type { LockedPackage } from '../../core/package-lock.ts'
import { matchesPackage } from '../../core/package-names.ts'
import { formatPackageSpec } from '../../core/package-specs.ts'
import type { InstallRequestMessage } from '../../ipc/install-messages.ts'
import { fail, refuse, tooMuch } from './install-error.ts'
import { Packuments } from './packuments.ts'

/** Its integrity is what the registry says: of old packages it is a weaker one than a lock has. */
export type WantedPackage = LockedPackage

/** Resolves against the registry; nothing is fetched but descriptions of packages, and nothing is written but their cache. */
export async function resolveTree(
  { specs, limits, policy }: InstallRequestMessage,
  folder: string,
  clientOptions: Readonly<Record<string, unknown>>,
): Promise<readonly WantedPackage[]> {
  const packuments = new Packuments()
  const arborist = new Arborist({
    ...clientOptions,
    path: folder,
    cache: join(folder, 'cache'),
    packumentCache: packuments,
    allowGit: 'none',
    allowRemote: 'none',
    allowFile: 'none',
    allowDirectory: 'none',
    audit: false,
    binLinks: false,
    ignoreExtension: true,
    ignoreScripts: true,
    packageLock: false,
    progress: false,
    save: false,
    workspacesEnabled: false,
  })
  await arborist.buildIdealTree({ add: specs.map(formatPackageSpec) })
  const nodes = [...arborist.idealTree.inventory.values()].filter(isInstalled)
  if (nodes.length > limits.packages) throw tooMuch('packages', nodes.length)
  const wanted = nodes.map((node) => describe(node))
  const places = new Set(wanted.map(({ location }) => location))
  // npm's resolver takes what every object has, such as `constructor`, for a dependency that is there.
  const missing = specs.find(({ name }) => !places.has(`node_modules/${name}`))
  if (missing !== undefined) throw fail(`A package named ${JSON.stringify(missing.name)} cannot be installed.`)
  const denied = wanted.find(({ name }) => matchesPackage(name, policy.deny))
  if (denied !== undefined)
    throw refuse(`The package ${denied.name}, which is needed too, is not allowed by the operator of this service.`)
  return wanted.toSorted((a, b) => (a.location < b.location ? -1 : 1))
}

/** What is optional is native code nearly always, and what is bundled comes with the archive of what bundles it. */
function isInstalled(node: ArboristNode): boolean {
  return !node.isRoot && !node.optional && !node.inBundle
}

function describe(node: ArboristNode): WantedPackage {
  const { location, version, resolved, integrity, isLink } = node
  const name = node.packageName ?? node.name
  const place = location.replaceAll('\\', '/')
  if (isLink || folderNameOf(place) === null || resolved === null || integrity === null)
    throw fail(`The registry describes ${name}@${version} in a way that cannot be installed.`)
  const path = archivePath(resolved)
  return { location: place, name, version, integrity, path: path === usualArchivePath(name, version) ? null : path }
}

/**
 * Where the archive is below the registry. The host that the registry names is left out: a mirror may name the one that it
 * mirrors, and no other than the registry itself is asked.
 */
function archivePath(resolved: string): string {
  const { pathname } = new URL(resolved)
  // A mirror below a path of its own has it in front of what every registry has.
  const match = /(?:^|\/)(?<path>(?:@[^/]+(?:\/|%2f))?[^/]+\/-\/[^/]+)$/iu.exec(pathname)
  return match?.groups?.['path'] ?? pathname.slice(1)
}
