// Where the other resources of a deployment are: its map of URLs, which may change while it is live, and so is read again.
import type { Deployment } from '../core/deployment.ts'

export type ResourceUrls = ReadonlyMap<string, string>

export interface EndpointMapOptions {
  /** The map as it is now; null or a rejection when it cannot be read, and then the last one goes on. */
  readonly read: (deployment: Deployment) => Promise<ResourceUrls | null>
  /** What the operator says about resources, over all that a deployment says. */
  readonly given: ResourceUrls
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number
}

/** As long as upstream keeps it. */
const KEPT_MS = 300_000

interface Kept {
  readonly urls: ResourceUrls
  readonly readAt: number
}

export class EndpointMap {
  readonly #options: EndpointMapOptions
  readonly #kept = new WeakMap<Deployment, Kept>()
  /** One reading serves all who wait for it. */
  readonly #reading = new WeakMap<Deployment, Promise<ResourceUrls>>()

  constructor(options: EndpointMapOptions) {
    this.#options = options
  }

  /** Null when nobody says where the resource is. Never rejects. */
  async urlOf(deployment: Deployment, resource: string): Promise<string | null> {
    const given = this.#options.given.get(resource)
    if (given !== undefined) return given
    const kept = this.#kept.get(deployment)
    const isFresh = kept !== undefined && this.#options.now() - kept.readAt < KEPT_MS
    const urls = isFresh ? kept.urls : await this.#readOnce(deployment)
    return urls.get(resource) ?? null
  }

  async #readOnce(deployment: Deployment): Promise<ResourceUrls> {
    const reading = this.#reading.get(deployment) ?? this.#read(deployment)
    this.#reading.set(deployment, reading)
    return reading
  }

  async #read(deployment: Deployment): Promise<ResourceUrls> {
    const last = this.#kept.get(deployment)?.urls ?? deployment.resourceUrls
    let urls: ResourceUrls | null = null
    try {
      urls = await this.#options.read(deployment)
    } catch {
      // What was known goes on; the next reading comes as late as after a good one.
    }
    this.#kept.set(deployment, { urls: urls ?? last, readAt: this.#options.now() })
    this.#reading.delete(deployment)
    return urls ?? last
  }
}
