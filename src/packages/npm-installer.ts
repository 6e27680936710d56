// npm packages for code that comes with a request: equal requests share one installation, tenants take turns.
import { DRAINING } from '../core/failures.ts'
import type { Installed, InstallRequest, PackageInstaller } from '../core/package-installer.ts'
import { formatPackageLock, parsePackageLock } from '../core/package-lock.ts'
import type { PackageLock } from '../core/package-lock.ts'
import { ANY_PACKAGE } from '../core/package-names.ts'
import type { PackagePolicy } from '../core/package-names.ts'
import { formatPackageSpec, parsePackageSpecs } from '../core/package-specs.ts'
import type { PackageSpec } from '../core/package-specs.ts'
import type { TenantId } from '../core/task.ts'
import type { Failure } from '../errors.ts'
import type { RegistrySettings } from '../ipc/install-messages.ts'
import { TenantQueue } from '../tool-client/tenant-queue.ts'
import { INSTALL_CANCELLED, NOTHING_NAMED, STORE_UNUSABLE, SWITCHED_OFF } from './install-failure.ts'
import { describeInstallQueue } from './install-failure.ts'
import type { InstallBounds } from './install-failure.ts'
import { InstallLog } from './install-log.ts'
import { installOnce } from './install-once.ts'
import { PackageStore } from './package-store.ts'
import { Resolutions } from './resolutions.ts'
import { hashOfTree } from './tree-hash.ts'

export interface NpmInstallerOptions extends Partial<InstallBounds> {
  /** Where installations are kept; everything below it is the installer's own. */
  readonly folder: string
  /** Packages that one request may name; 0 when none may. */
  readonly count?: number
  readonly policy?: PackagePolicy
  readonly registry?: RegistrySettings
  /** PEM, in addition to what the system trusts. */
  readonly certificates?: string
  readonly cacheBytes?: number
  /** How long a range or a tag means the versions that it meant when the registry was asked last. */
  readonly freshMs?: number
  /** User and group of the processes; for services that run as root. Ignored where that user does not get to the folder. */
  readonly uid?: number | undefined
  readonly now?: () => number
  /** Another program in place of the tool; for tests. */
  readonly entryPath?: string
  readonly onDefect?: (error: unknown) => void
}

const MIB = 1024 * 1024
const DEFAULTS = {
  count: 32,
  policy: ANY_PACKAGE,
  registry: { registry: null, proxy: null, noProxy: null } as RegistrySettings,
  certificates: '',
  packages: 500,
  bytes: 128 * MIB,
  files: 20_000,
  deadlineMs: 120_000,
  residentMb: 1_024,
  cacheBytes: 2_048 * MIB,
  freshMs: 3_600_000,
  now: () => Date.now(),
}

/** Each takes about 150 MB while it works. */
const AT_ONCE = 2
const QUEUE = { waiting: 128, waitingPerTenant: 32 }

export type InstallerSettings = typeof DEFAULTS & NpmInstallerOptions

/** One installation and whoever waits for it. */
interface Job {
  readonly key: string
  readonly tenant: TenantId
  readonly specs: readonly PackageSpec[]
  readonly lock: PackageLock | null
  readonly whenDone: Promise<Installed>
  readonly settle: (installed: Installed) => void
  readonly controller: AbortController
  waiters: number
}

export class NpmInstaller implements PackageInstaller, AsyncDisposable {
  readonly #settings: InstallerSettings
  readonly #store: PackageStore
  readonly #resolutions: Resolutions
  readonly #queue = new TenantQueue<Job>(QUEUE)
  readonly #jobs = new Map<string, Job>()
  readonly #running = new Set<Promise<void>>()
  #isDisposed = false

  constructor(options: NpmInstallerOptions) {
    this.#settings = { ...DEFAULTS, ...options }
    const { folder, cacheBytes, bytes, files, now, freshMs } = this.#settings
    this.#store = new PackageStore({ folder, cacheBytes, limits: { bytes, files }, now })
    this.#resolutions = new Resolutions(freshMs, now)
  }

  /** What is kept, as far as it was looked at: the first request that names a dependency does. */
  get keptBytes(): number {
    return this.#store.bytes
  }

  async install({ tenant, specs: texts, lock: lockText, signal }: InstallRequest): Promise<Installed> {
    const { policy, count, packages } = this.#settings
    const parsed = parsePackageSpecs(texts, { ...policy, count })
    if (count === 0) return this.#failed(SWITCHED_OFF)
    if (!parsed.ok) return this.#failed(parsed.failure)
    if (parsed.specs.length === 0) return this.#failed(NOTHING_NAMED)
    const locked = lockText === null ? null : parsePackageLock(lockText, parsed.specs, { ...policy, packages })
    if (locked?.ok === false) return this.#failed(locked.failure)
    if (signal.aborted) return { ok: false, failure: INSTALL_CANCELLED, log: '' }
    if (this.#isDisposed) return { ok: false, failure: DRAINING, log: '' }
    const { specs } = parsed
    const lock = locked?.lock ?? null
    try {
      await this.#store.open()
      const known = lock ?? this.#resolutions.fresh(tenant, specs)
      const there = known === null ? null : await this.#find(tenant, known)
      return there ?? (await this.#wait(tenant, specs, lock, signal))
    } catch (error) {
      this.#settings.onDefect?.(error)
      return this.#failed(STORE_UNUSABLE)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true
    for (let next = this.#queue.take(null); next !== null; next = this.#queue.take(null))
      this.#end(next.item, { ok: false, failure: DRAINING, log: '' })
    for (const { controller } of this.#jobs.values()) controller.abort()
    await Promise.all(this.#running)
  }

  async #find(tenant: TenantId, lock: PackageLock): Promise<Installed | null> {
    const hash = hashOfTree(lock.packages)
    const folder = await this.#store.find(tenant, hash)
    return folder === null ? null : { ok: true, folder, hash, lock: formatPackageLock(lock), log: '' }
  }

  /** Joins the installation that an equal request waits for, or plans one. The last one that goes away ends it. */
  async #wait(
    tenant: TenantId,
    specs: readonly PackageSpec[],
    lock: PackageLock | null,
    signal: AbortSignal,
  ): Promise<Installed> {
    // Disposal or the client may have come in between; both are looked at where nothing is waited for any more.
    if (this.#isDisposed) return { ok: false, failure: DRAINING, log: '' }
    const job = this.#jobFor(tenant, specs, lock)
    if (job === null) return this.#failed(describeInstallQueue(QUEUE.waiting, this.#queue.size))
    job.waiters += 1
    const { promise, resolve } = Promise.withResolvers<Installed>()
    const leave = (): void => {
      resolve({ ok: false, failure: INSTALL_CANCELLED, log: '' })
      job.waiters -= 1
      if (job.waiters === 0) this.#abandon(job)
    }
    if (signal.aborted) leave()
    signal.addEventListener('abort', leave, { once: true })
    const installed = await Promise.race([promise, job.whenDone])
    signal.removeEventListener('abort', leave)
    return installed
  }

  #jobFor(tenant: TenantId, specs: readonly PackageSpec[], lock: PackageLock | null): Job | null {
    const key = JSON.stringify([tenant, specs.map(formatPackageSpec), lock === null ? null : hashOfTree(lock.packages)])
    const other = this.#jobs.get(key)
    if (other !== undefined) return other
    const { promise: whenDone, resolve: settle } = Promise.withResolvers<Installed>()
    const job: Job = { key, tenant, specs, lock, whenDone, settle, controller: new AbortController(), waiters: 0 }
    if (!this.#queue.add(tenant, job)) return null
    this.#jobs.set(key, job)
    this.#serve()
    return job
  }

  /** Nobody waits for it any more: a later equal request begins anew. */
  #abandon(job: Job): void {
    job.controller.abort()
    if (this.#queue.remove(job.tenant, job)) this.#end(job, { ok: false, failure: INSTALL_CANCELLED, log: '' })
    else if (this.#jobs.get(job.key) === job) this.#jobs.delete(job.key)
  }

  #serve(): void {
    while (this.#running.size < AT_ONCE) {
      const next = this.#queue.take(null)
      if (next === null) return
      const work: Promise<void> = this.#run(next.item).finally(() => {
        this.#running.delete(work)
        this.#serve()
      })
      this.#running.add(work)
    }
  }

  async #run(job: Job): Promise<void> {
    try {
      this.#end(job, await this.#install(job))
    } catch (error) {
      this.#settings.onDefect?.(error)
      this.#end(job, this.#failed(STORE_UNUSABLE))
    }
  }

  async #install({ tenant, specs, lock, controller }: Job): Promise<Installed> {
    // An installation that came before may have made what this one wants.
    const known = lock ?? this.#resolutions.fresh(tenant, specs)
    const there = known === null ? null : await this.#find(tenant, known)
    if (there !== null) return there
    const log = new InstallLog(this.#settings.now)
    log.begin(specs, lock !== null)
    const { signal } = controller
    const made = await installOnce({ tenant, specs, lock, signal, store: this.#store, settings: this.#settings })
    if (made.ok) {
      if (lock === null) this.#resolutions.set(tenant, made.lock)
      log.installed(made.lock, made.size, made.tookMs)
      const text = formatPackageLock(made.lock)
      return {
        ok: true,
        folder: made.folder,
        hash: hashOfTree(made.lock.packages),
        lock: text,
        log: made.isNew ? log.text : '',
      }
    }
    // What was meant when the registry answered last is better than nothing while it does not.
    const stale = made.failure.code === 'REGISTRY_UNAVAILABLE' ? this.#resolutions.last(tenant, specs) : null
    const kept = stale === null || lock !== null ? null : await this.#find(tenant, stale)
    if (kept !== null) return kept
    log.failed(made.failure)
    return { ok: false, failure: made.failure, log: log.text }
  }

  #end(job: Job, installed: Installed): void {
    if (this.#jobs.get(job.key) === job) this.#jobs.delete(job.key)
    job.settle(installed)
  }

  #failed(failure: Failure): Installed {
    const log = new InstallLog(this.#settings.now)
    log.failed(failure)
    return { ok: false, failure, log: log.text }
  }
}
