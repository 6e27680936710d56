// Which version of each endpoint is current, and the ones before it that can come back. In memory only.
import type { Deployment, EndpointId } from '../core/deployment.ts'

export interface RegistryOptions {
  /** Versions besides the current one that are kept per endpoint; 5 unless told otherwise. */
  readonly keptVersions?: number
  /** Called when a version stops being current: it takes no new calls from then on, but may have some in flight. */
  readonly onRetired?: (deployment: Deployment) => void
}

export interface ListedEndpoint {
  readonly current: Deployment
  /** The newest first. */
  readonly previous: readonly Deployment[]
}

export type Restored =
  | { readonly ok: true; readonly deployment: Deployment }
  | { readonly ok: false; readonly message: string }

const KEPT_VERSIONS = 5

export class DeploymentRegistry {
  readonly #endpoints = new Map<EndpointId, ListedEndpoint>()
  readonly #keptVersions: number
  readonly #onRetired: (deployment: Deployment) => void

  constructor({ keptVersions = KEPT_VERSIONS, onRetired = () => undefined }: RegistryOptions = {}) {
    this.#keptVersions = keptVersions
    this.#onRetired = onRetired
  }

  get isEmpty(): boolean {
    return this.#endpoints.size === 0
  }

  current(endpoint: EndpointId): Deployment | null {
    return this.#endpoints.get(endpoint)?.current ?? null
  }

  list(): readonly ListedEndpoint[] {
    return [...this.#endpoints.values()]
  }

  /** Makes it current at once; what was current is returned. The version that is current already changes nothing. */
  activate(deployment: Deployment): Deployment | null {
    const entry = this.#endpoints.get(deployment.endpoint)
    if (entry === undefined) {
      this.#endpoints.set(deployment.endpoint, { current: deployment, previous: [] })
      return null
    }
    const { current } = entry
    if (current.version === deployment.version) return current
    const older = entry.previous.filter(({ version }) => version !== deployment.version)
    const previous = [current, ...older].slice(0, this.#keptVersions)
    this.#endpoints.set(deployment.endpoint, { current: deployment, previous })
    this.#onRetired(current)
    return current
  }

  restore(endpoint: EndpointId, version: string): Restored {
    const entry = this.#endpoints.get(endpoint)
    if (entry === undefined) return { ok: false, message: `Nothing is deployed at endpoint '${endpoint}'.` }
    const kept = [entry.current, ...entry.previous]
    const deployment = kept.find((one) => one.version === version)
    if (deployment === undefined) {
      const known = kept.map((one) => one.version).join(', ')
      return { ok: false, message: `Endpoint '${endpoint}' has no version '${version}'; it has ${known}.` }
    }
    this.activate(deployment)
    return { ok: true, deployment }
  }

  /** Forgets the endpoint and all its versions; what was current is returned. */
  remove(endpoint: EndpointId): Deployment | null {
    const current = this.current(endpoint)
    if (current === null) return null
    this.#endpoints.delete(endpoint)
    this.#onRetired(current)
    return current
  }
}
