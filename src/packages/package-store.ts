// Installations and archives on disk, of each tenant apart: served when complete, thrown away least recently used first.
import { hash as digest, randomBytes } from 'node:crypto'
import {
  chmod,
  chown,
  lstat,
  mkdir,
  readFile,
  readdir,
  realpath,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import type { TenantId } from '../core/task.ts'
import { measureTree } from './measure-tree.ts'
import type { TreeLimits, TreeSize } from './measure-tree.ts'
import { StoreIndex } from './store-index.ts'
import type { StoredItem } from './store-index.ts'

export interface PackageStoreOptions {
  /** Everything below it is the store's own. */
  readonly folder: string
  /** All installations and archives of all tenants together. */
  readonly cacheBytes: number
  readonly limits: TreeLimits
  readonly now: () => number
}

export interface Workplace {
  /** Real path; empty, and on the file system of the store. */
  readonly folder: string
  /** Real path of the tenant's archives. */
  readonly archives: string
}

export type Kept =
  | {
      readonly ok: true
      readonly folder: string
      readonly size: TreeSize
      /** False when it was there already. */
      readonly isNew: boolean
    }
  | { readonly ok: false; readonly reason: 'unsound' | 'full' }

const MODULES = 'node_modules'
const ENTRY = 'entry.json'
const WORK = 'work'
const TREES = 'trees'
const ARCHIVES = 'archives'
const HASH = /^[0-9a-f]{64}$/u
const ARCHIVE = /^[0-9a-f]{128}$/u
const FOLDER_MODE = 0o755
const TENANT_CHARACTERS = 32
/** What a folder costs beside its files, and an entry of a folder. */
const ITEM_BYTES = 4_096

export class PackageStore {
  readonly #options: PackageStoreOptions
  readonly #index: StoreIndex
  /** Trees that this process has written or looked at. */
  readonly #verified = new Set<string>()
  #opened: Promise<void> | null = null

  constructor(options: PackageStoreOptions) {
    this.#options = options
    this.#index = new StoreIndex(options.cacheBytes, options.now)
  }

  get bytes(): number {
    return this.#index.bytes
  }

  /** Sweeps what a process that ended left half done, and finds what is kept. Once; rejects when the folder cannot be used. */
  async open(): Promise<void> {
    this.#opened ??= this.#open()
    await this.#opened
  }

  /** The folder of an installation that is complete, or null. */
  async find(tenant: TenantId, hash: string): Promise<string | null> {
    const folder = this.#treeFolder(tenant, hash)
    if (!this.#index.has(folder)) return null
    if (!this.#verified.has(folder) && !(await this.#isWhole(folder))) {
      await this.#remove(folder)
      return null
    }
    this.#verified.add(folder)
    this.#index.touch(folder)
    const nowSeconds = this.#options.now() / 1_000
    await utimes(folder, nowSeconds, nowSeconds).catch(() => undefined)
    return folder
  }

  async newWorkplace(tenant: TenantId, uid: number | undefined): Promise<Workplace> {
    const folder = join(this.#options.folder, WORK, randomBytes(8).toString('hex'))
    const archives = join(this.#tenantFolder(tenant), ARCHIVES)
    await mkdir(archives, { recursive: true, mode: FOLDER_MODE })
    await mkdir(folder, { recursive: true, mode: FOLDER_MODE })
    if (uid !== undefined) await chown(folder, uid, uid)
    return { folder: await realpath(folder), archives: await realpath(archives) }
  }

  async dropWorkplace({ folder }: Workplace): Promise<void> {
    await rm(folder, { recursive: true, force: true }).catch(() => undefined)
  }

  /** Takes over what a process that has ended left in its workplace, once it has been looked at. */
  async keep(tenant: TenantId, hash: string, { folder: place }: Workplace): Promise<Kept> {
    const owner = process.getuid?.() === 0 ? { uid: 0, gid: 0 } : null
    const size = await measureTree(join(place, MODULES), this.#options.limits, owner).catch(() => null)
    if (size === null) return { ok: false, reason: 'unsound' }
    await this.#keepArchives(tenant, join(place, ARCHIVES))
    const names = await readdir(place)
    await Promise.all(
      names.filter((name) => name !== MODULES).map((name) => rm(join(place, name), { recursive: true, force: true })),
    )
    const folder = this.#treeFolder(tenant, hash)
    const existing = await this.find(tenant, hash)
    if (existing !== null) return { ok: true, folder: existing, size, isNew: false }
    const item: StoredItem = {
      tenant: this.#tenantFolder(tenant),
      path: folder,
      bytes: size.bytes + ITEM_BYTES * size.files,
    }
    if (!(await this.#makeRoom(item))) return { ok: false, reason: 'full' }
    if (owner !== null) await chown(place, owner.uid, owner.gid)
    await chmod(place, FOLDER_MODE)
    await writeFile(join(place, ENTRY), JSON.stringify(size))
    await mkdir(join(this.#tenantFolder(tenant), TREES), { recursive: true, mode: FOLDER_MODE })
    await rm(folder, { recursive: true, force: true })
    await rename(place, folder)
    this.#index.add(item)
    this.#verified.add(folder)
    return { ok: true, folder, size, isNew: true }
  }

  async #open(): Promise<void> {
    const { folder } = this.#options
    await mkdir(folder, { recursive: true, mode: FOLDER_MODE })
    await rm(join(folder, WORK), { recursive: true, force: true })
    const tenants = (await readdir(folder)).map((name) => join(folder, name))
    const items = await Promise.all(
      tenants.flatMap((tenant) => [
        this.#scan(tenant, TREES, HASH, readTreeBytes),
        this.#scan(tenant, ARCHIVES, ARCHIVE, async (path) => (await stat(path)).size + ITEM_BYTES),
      ]),
    )
    for (const { usedAt, ...item } of items.flat().toSorted((a, b) => a.usedAt - b.usedAt))
      this.#index.add(item, usedAt)
    await this.#evict(0)
  }

  async #scan(
    tenant: string,
    kind: string,
    pattern: RegExp,
    measure: (path: string) => Promise<number>,
  ): Promise<readonly (StoredItem & { readonly usedAt: number })[]> {
    const names = await readdir(join(tenant, kind)).catch(() => [])
    const found = names.map(async (name) => {
      const path = join(tenant, kind, name)
      try {
        if (!pattern.test(name)) throw new Error('it is none of the store')
        return [{ tenant, path, bytes: await measure(path), usedAt: (await stat(path)).mtimeMs }]
      } catch {
        await rm(path, { recursive: true, force: true })
        return []
      }
    })
    return (await Promise.all(found)).flat()
  }

  /** A machine that lost its power may have kept the names of files and not what was in them. */
  async #isWhole(folder: string): Promise<boolean> {
    try {
      const { bytes, files } = await readEntry(folder)
      const found = await measureTree(join(folder, MODULES), { bytes, files })
      return found !== null && found.bytes === bytes && found.files === files
    } catch {
      return false
    }
  }

  async #keepArchives(tenant: TenantId, from: string): Promise<void> {
    const target = join(this.#tenantFolder(tenant), ARCHIVES)
    const isFolder = await lstat(from).then(
      (one) => one.isDirectory(),
      () => false,
    )
    const names = isFolder ? await readdir(from) : []
    for (const name of names) {
      const path = join(target, name)
      // oxlint-disable no-await-in-loop -- room is made for one at a time
      const size = ARCHIVE.test(name) && !this.#index.has(path) ? await sizeOf(join(from, name)) : null
      if (size === null) continue
      const item: StoredItem = { tenant: this.#tenantFolder(tenant), path, bytes: size + ITEM_BYTES }
      if (!(await this.#makeRoom(item))) continue
      await rename(join(from, name), path)
      // oxlint-enable no-await-in-loop
      this.#index.add(item)
    }
  }

  /** False when what is in use leaves no room for it. */
  async #makeRoom({ bytes }: StoredItem): Promise<boolean> {
    await this.#evict(bytes)
    return this.#index.bytes + bytes <= this.#options.cacheBytes
  }

  async #evict(neededBytes: number): Promise<void> {
    for (let item = this.#index.nextToEvict(neededBytes); item !== null; item = this.#index.nextToEvict(neededBytes))
      // oxlint-disable-next-line no-await-in-loop -- each changes which one is next
      await this.#remove(item.path)
  }

  /** Moved away first, so that nobody finds half of it. */
  async #remove(path: string): Promise<void> {
    this.#index.remove(path)
    this.#verified.delete(path)
    const doomed = join(this.#options.folder, WORK, randomBytes(8).toString('hex'))
    await mkdir(join(this.#options.folder, WORK), { recursive: true, mode: FOLDER_MODE })
    await rename(path, doomed).catch(() => undefined)
    await rm(doomed, { recursive: true, force: true })
  }

  /** No choice of a tenant's name leads to another one's folder, or out of the store. */
  #tenantFolder(tenant: TenantId): string {
    return join(this.#options.folder, digest('sha256', tenant).slice(0, TENANT_CHARACTERS))
  }

  #treeFolder(tenant: TenantId, hash: string): string {
    return join(this.#tenantFolder(tenant), TREES, hash)
  }
}

async function readEntry(folder: string): Promise<TreeSize> {
  const { bytes, files } = JSON.parse(await readFile(join(folder, ENTRY), 'utf8')) as Partial<TreeSize>
  if (!Number.isSafeInteger(bytes) || !Number.isSafeInteger(files)) throw new Error('the entry is damaged')
  return { bytes: bytes ?? 0, files: files ?? 0 }
}

async function readTreeBytes(folder: string): Promise<number> {
  const { bytes, files } = await readEntry(folder)
  return bytes + ITEM_BYTES * files
}

async function sizeOf(path: string): Promise<number | null> {
  const one = await lstat(path)
  return one.isFile() && one.nlink === 1 ? one.size : null
}
