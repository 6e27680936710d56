// The deployments that the service serves: opened, loaded, tried, made current, and taken back when they fail.
import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { DEFAULT_ENDPOINT } from '../core/deployment.ts'
import type { Deployment, EndpointId, FoundDeployment } from '../core/deployment.ts'
import type { Executor } from '../core/executor.ts'
import type { Limits } from '../core/limits.ts'
import { toDeployedInvocation, versionKey } from '../core/resolve-deployed.ts'
import type { TenantId } from '../core/task.ts'
import type { BundleModule } from '../deploy/bundle-port.ts'
import { DeploymentRegistry } from '../deploy/deployment-registry.ts'
import { KeptArchives } from '../deploy/kept-archives.ts'
import { clearLeftovers } from '../deploy/leftovers.ts'
import { loadArtifact, readResourceUrls } from '../deploy/load-artifact.ts'
import type { LoadedArtifact } from '../deploy/load-artifact.ts'
import { openArtifact } from '../deploy/open-artifact.ts'
import { VERSIONS_FOLDER } from '../deploy/unpack-artifact.ts'

/** Between two tries to open an archive that may still be on its way. */
const RETRY_MS = 30_000
/** Below the data folder: where archives are unpacked, and where uploads lie while they arrive. */
const DEPLOYMENTS_FOLDER = 'deployments'
export const UPLOADS_FOLDER = 'uploads'
/** Where archives of endpoints are kept that were deployed while the service ran. */
const KEPT_FOLDER = 'endpoints'
/** A longer id names nothing: whatever is kept of an endpoint has its id. */
const ENDPOINT_ID_CHARACTERS = 128
/** Archives that are loaded at the same time at the start. */
const LOADING_MAX = 4

export interface DeploymentsOptions {
  readonly executor: Executor
  readonly bundle: BundleModule
  readonly tenant: TenantId
  readonly limits: Limits
  /** Where archives are unpacked until their code is in memory. */
  readonly dataDir: string
  /** What all deployed code finds in `process.env`, as a JSON object; empty for nothing. */
  readonly environment: string
  /** A version that is about to take calls. */
  readonly onWanted: (key: string) => void
  /** A version that takes no further calls. */
  readonly onRetired: (key: string) => void
  readonly log: Logger
}

export type Deployed =
  | {
      readonly ok: true
      readonly deployment: Deployment
      /** The version that was live until then. */ readonly previous: string | null
    }
  | { readonly ok: false; readonly message: string }

export interface DeployOrder {
  readonly endpoint: EndpointId
  /** A folder or an archive. */
  readonly path: string
  readonly servedResource: string | null
  /** How long to wait between tries; null for an archive that is whole, and read once. */
  readonly retryMs?: number | null
}

export class Deployments {
  readonly #options: DeploymentsOptions
  readonly registry: DeploymentRegistry
  /** Where those lie that came from a folder, which stays. */
  readonly #folders = new WeakMap<Deployment, string>()
  /** What is being deployed or restored last, by endpoint. */
  readonly #turns = new Map<EndpointId, Promise<unknown>>()
  readonly #kept: KeptArchives

  constructor(options: DeploymentsOptions) {
    this.#options = options
    this.#kept = new KeptArchives(join(options.dataDir, DEPLOYMENTS_FOLDER, KEPT_FOLDER))
    this.registry = new DeploymentRegistry({ onRetired: (deployment) => options.onRetired(versionKey(deployment)) })
  }

  /** The root is the endpoint `default`; an unknown id is that too as long as nothing is registered. */
  find(endpointId: string | undefined): FoundDeployment {
    if (endpointId !== undefined && endpointId.length > ENDPOINT_ID_CHARACTERS) return { kind: 'unknown' }
    const deployment = this.registry.current(endpointId ?? DEFAULT_ENDPOINT)
    if (deployment !== null || endpointId === undefined || this.registry.isEmpty) return { kind: 'known', deployment }
    return { kind: 'unknown' }
  }

  /** Removes what a service that was killed left of archives; to be called before the first `deploy`. */
  async clearLeftovers(): Promise<void> {
    const { dataDir, log } = this.#options
    const folders = [join(dataDir, DEPLOYMENTS_FOLDER, VERSIONS_FOLDER), join(dataDir, UPLOADS_FOLDER)]
    try {
      const left = await Promise.all(folders.map(clearLeftovers))
      if (left.flat().length > 0) log.info({ removed: left.flat() }, 'what an earlier start left behind is removed')
    } catch (error) {
      log.warn({ err: error }, 'what an earlier start left behind cannot be removed')
    }
  }

  /** Loads the artifact and evaluates each of its modules once; what fails in either never goes live. */
  async deploy(order: DeployOrder): Promise<Deployed> {
    return this.#inTurn(order.endpoint, () => this.#deploy(order))
  }

  /** The same for an archive that is the caller's to give away: the next start has it again. */
  async deployKept(order: DeployOrder): Promise<Deployed> {
    return this.#inTurn(order.endpoint, async () => {
      const deployed = await this.#deploy(order)
      const { endpoint, path } = order
      if (!deployed.ok) return deployed
      const older = this.registry.list().find(({ current }) => current.endpoint === endpoint)?.previous ?? []
      const versions = older.map(({ version }) => version)
      const { version } = deployed.deployment
      await this.#kept
        .keep({ endpoint, version, path }, versions)
        .catch((error: unknown) =>
          this.#options.log.error(
            { err: error, endpoint, version },
            'a deployment is live, and will not be after a restart',
          ),
        )
      return deployed
    })
  }

  /** Deploys again what an earlier process had live; what cannot be loaded any more is logged, and stays where it is. */
  async redeployKept(except: ReadonlySet<EndpointId>): Promise<void> {
    const kept = await this.#kept.list()
    const waiting = kept.filter(({ endpoint }) => !except.has(endpoint))
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const { endpoint, path } = next
        // oxlint-disable-next-line no-await-in-loop -- as many at a time as there are of these loops
        const deployed = await this.deploy({ endpoint, path, servedResource: null, retryMs: null })
        if (deployed.ok) continue
        this.#options.log.error({ endpoint, problem: deployed.message }, 'a deployment of an earlier start is not live')
      }
    }
    await Promise.all(Array.from({ length: LOADING_MAX }, work))
  }

  /** Whether there was one. */
  async remove(endpoint: EndpointId): Promise<boolean> {
    const removed = this.registry.remove(endpoint) !== null
    if (removed) await this.#kept.remove(endpoint)
    return removed
  }

  async #deploy(order: DeployOrder): Promise<Deployed> {
    const loaded = await this.#load(order)
    if (!loaded.ok) return loaded
    const { deployment } = loaded
    const problem = await this.#probe(deployment)
    if (problem !== null) {
      const isLive = this.registry.current(order.endpoint)?.version === deployment.version
      if (!isLive) this.#options.onRetired(versionKey(deployment))
      return { ok: false, message: problem }
    }
    const before = this.registry.activate(deployment)
    const { endpoint, version } = deployment
    const modules = deployment.modules.size
    const previous = before?.version ?? null
    this.#options.log.info({ endpoint, version, previous, modules }, 'a deployment is live')
    return { ok: true, deployment, previous }
  }

  /** What is loaded is in memory, so that nothing of an unpacked archive stays on disk. */
  async #load({ endpoint, path, servedResource, retryMs = RETRY_MS }: DeployOrder): Promise<LoadedArtifact> {
    const { dataDir, bundle, environment, log } = this.#options
    const tries = retryMs === null ? { tries: 1, delayMs: 0 } : { delayMs: retryMs }
    const onRetry = (problem: string, triesLeft: number): void =>
      log.warn({ endpoint, problem, triesLeft, delayMs: retryMs }, 'an artifact is not there yet, and is tried again')
    const opened = await openArtifact(path, { parent: join(dataDir, DEPLOYMENTS_FOLDER), onRetry, ...tries })
    if (!opened.ok) return opened
    const { folder, isUnpacked } = opened
    try {
      const loaded = await loadArtifact(folder, { endpoint, servedResource, bundle, environment })
      if (loaded.ok && !isUnpacked) this.#folders.set(loaded.deployment, folder)
      return loaded
    } finally {
      if (isUnpacked) {
        await rm(folder, { recursive: true, force: true }).catch((error: unknown) =>
          log.warn({ err: error, folder }, 'an unpacked artifact cannot be removed'),
        )
      }
    }
  }

  /** Where its manifest says now that other resources are; null when the manifest cannot be read any more. */
  async readUrls(deployment: Deployment): Promise<ReadonlyMap<string, string> | null> {
    const folder = this.#folders.get(deployment)
    return folder === undefined ? null : readResourceUrls(folder)
  }

  /** A version that was live is tried like a new one: what it needs may be gone. */
  async restore(endpoint: EndpointId, version: string): Promise<Deployed> {
    return this.#inTurn(endpoint, async () => {
      const restored = await this.#restore(endpoint, version)
      if (restored.ok) await this.#kept.setCurrent(endpoint, version)
      return restored
    })
  }

  /** In the order of their coming, so that what came last is what is live in the end. */
  async #inTurn(endpoint: EndpointId, work: () => Promise<Deployed>): Promise<Deployed> {
    const turn = (this.#turns.get(endpoint) ?? Promise.resolve()).then(work)
    const settled = turn.catch(() => undefined)
    this.#turns.set(endpoint, settled)
    try {
      return await turn
    } finally {
      if (this.#turns.get(endpoint) === settled) this.#turns.delete(endpoint)
    }
  }

  async #restore(endpoint: EndpointId, version: string): Promise<Deployed> {
    const previous = this.registry.current(endpoint)?.version ?? null
    const kept = this.registry.list().find(({ current }) => current.endpoint === endpoint)
    const wanted = kept?.previous.find((one) => one.version === version)
    const problem = wanted === undefined ? null : await this.#probe(wanted)
    if (problem !== null) return { ok: false, message: problem }
    const restored = this.registry.restore(endpoint, version)
    return restored.ok ? { ...restored, previous } : restored
  }

  /** Calls a name that no module has: that every module says so shows that each can be evaluated. */
  async #probe(deployment: Deployment): Promise<string | null> {
    this.#options.onWanted(versionKey(deployment))
    const first = new Map(
      deployment.resources.flatMap(({ functions }) => functions).map((fn) => [fn.module, fn] as const),
    )
    const problems = await Promise.all(
      [...first.values()]
        .filter((fn) => deployment.modules.has(fn.module))
        .map(async (fn) => {
          const input = { format: 'json', text: '{"args":[],"kwargs":{}}' } as const
          const probe = { ...fn, name: PROBE_NAME }
          const invocation = toDeployedInvocation({ deployment, fn: probe, method: null, needsAll: false, input })
          const { tenant, limits, executor } = this.#options
          const outcome = await executor.execute(
            { id: `probe-${randomUUID()}`, tenant, invocation, limits, isTrial: true },
            { signal: new AbortController().signal },
          )
          if (outcome.ok || outcome.failure.code === 'ENTRY_NOT_FOUND') return null
          return `Module '${fn.module}' cannot be loaded: ${outcome.failure.code}: ${outcome.failure.message}`
        }),
    )
    return problems.find((problem) => problem !== null) ?? null
  }
}

/** No identifier, so that no module can export it. */
const PROBE_NAME = 'worker-isolate:probe'
