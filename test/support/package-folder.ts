// Folders of packages as an installer gives them, and an installer that gives one of them.
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { InstallRequest, Installed, PackageInstaller } from '../../src/core/package-installer.ts'

export class PackageFolder implements Disposable {
  readonly folder: string
  readonly #base: string

  /** @param files by their path below `node_modules`. */
  constructor(files: Readonly<Record<string, string>>) {
    // Beside it lies what nobody shall read.
    this.#base = realpathSync(mkdtempSync(join(tmpdir(), 'packages-')))
    chmodSync(this.#base, 0o755)
    this.folder = join(this.#base, 'installed')
    mkdirSync(join(this.folder, 'node_modules'), { recursive: true })
    writeFileSync(join(this.#base, 'secret.js'), 'export const secret = "planted secret"')
    for (const [path, text] of Object.entries(files)) {
      const file = join(this.folder, 'node_modules', path)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, text)
    }
  }

  get outside(): string {
    return join(this.#base, 'secret.js')
  }

  [Symbol.dispose](): void {
    rmSync(this.#base, { recursive: true })
  }
}

/** Installs what it was made with, whatever is asked for, and keeps what that was. */
export class FolderInstaller implements PackageInstaller {
  readonly requests: Omit<InstallRequest, 'signal'>[] = []
  readonly #installed: Installed

  constructor(installed: Installed) {
    this.#installed = installed
  }

  async install({ tenant, specs, lock }: InstallRequest): Promise<Installed> {
    this.requests.push({ tenant, specs, lock })
    return this.#installed
  }
}
