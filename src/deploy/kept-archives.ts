// The archives of what was deployed while the service ran, so that the next start has it again: a folder for each endpoint, with
// an archive for each version that can come back, and the name of the current one.
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { EndpointId } from '../core/deployment.ts'

export interface KeptArchive {
  readonly endpoint: EndpointId
  readonly version: string
  readonly path: string
}

/** In front of names, so that no endpoint id is a name with a meaning for the file system. */
const PREFIX = 'endpoint-'
const CURRENT = 'current'
const ARCHIVE = '.archive'
const VERSION = /^[\w-]{1,128}$/u

export class KeptArchives {
  readonly #folder: string

  /** @param folder of this class alone; made when there is something to keep. */
  constructor(folder: string) {
    this.#folder = folder
  }

  /** Takes the archive away from where it is: it is that of the version from now on, and the version is the current one. */
  async keep({ endpoint, version, path }: KeptArchive, keptVersions: readonly string[]): Promise<void> {
    const folder = this.#folderOf(endpoint)
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await rename(path, join(folder, version + ARCHIVE))
    await this.setCurrent(endpoint, version)
    const kept = new Set([version, ...keptVersions].map((one) => one + ARCHIVE))
    const names = await readdir(folder)
    const old = names.filter((name) => name.endsWith(ARCHIVE) && !kept.has(name))
    await Promise.all(old.map(async (name) => rm(join(folder, name), { force: true })))
  }

  /** Another version of those that are kept. No effect on an endpoint of which none is. */
  async setCurrent(endpoint: EndpointId, version: string): Promise<void> {
    const folder = this.#folderOf(endpoint)
    const names: readonly string[] = await readdir(folder).catch(() => [])
    if (!names.includes(version + ARCHIVE)) return
    const next = join(folder, `${CURRENT}.next`)
    await writeFile(next, version, { mode: 0o600 })
    await rename(next, join(folder, CURRENT))
  }

  async remove(endpoint: EndpointId): Promise<void> {
    await rm(this.#folderOf(endpoint), { recursive: true, force: true })
  }

  /** The current version of each endpoint, by name. A folder without one, as a kill can leave it, is not among them. */
  async list(): Promise<readonly KeptArchive[]> {
    const names = await readdir(this.#folder).catch(() => [])
    const endpoints = names.filter((name) => name.startsWith(PREFIX)).map((name) => name.slice(PREFIX.length))
    const found = await Promise.all(endpoints.toSorted().map(async (endpoint) => this.#currentOf(endpoint)))
    return found.filter((one) => one !== null)
  }

  async #currentOf(endpoint: EndpointId): Promise<KeptArchive | null> {
    const folder = this.#folderOf(endpoint)
    const version = await readFile(join(folder, CURRENT), 'utf8').catch(() => '')
    return VERSION.test(version) ? { endpoint, version, path: join(folder, version + ARCHIVE) } : null
  }

  #folderOf(endpoint: EndpointId): string {
    return join(this.#folder, PREFIX + endpoint)
  }
}
