// The installer of npm packages, composed from the configuration and the machine's npm configuration.
import { join, resolve } from 'node:path'
import type { Config } from '../config.ts'
import { parsePackagePatterns } from '../core/package-names.ts'
import { NpmInstaller } from '../packages/npm-installer.ts'
import { readRegistry } from './read-registry.ts'

const PACKAGES_FOLDER = 'packages'

export interface PackagesOptions {
  readonly config: Config
  readonly env: Readonly<Record<string, string | undefined>>
  /** User of the processes; undefined to stay the service's. */
  readonly uid: number | undefined
  readonly onDefect: (error: unknown) => void
}

/** Touches nothing before the first request that names a dependency. */
export function createPackages({ config, env, uid, onDefect }: PackagesOptions): NpmInstaller {
  return new NpmInstaller({
    folder: join(resolve(config.dataDir), PACKAGES_FOLDER),
    count: config.dependencies,
    policy: {
      allow: parsePackagePatterns(config.packagesAllow) ?? [],
      deny: parsePackagePatterns(config.packagesDeny) ?? [],
    },
    ...readRegistry(config.npmRegistry, env),
    packages: config.packagesMax,
    bytes: config.packagesBytes,
    files: config.packagesFiles,
    deadlineMs: config.packagesMs,
    cacheBytes: config.packagesCacheBytes,
    uid,
    onDefect,
  })
}
