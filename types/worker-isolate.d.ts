// What a deployed module says to `worker-isolate build` about its functions. Types only: nothing is imported at run time.

/** Lower limits than the service has; what is left out stays as the service has it. */
export interface EndpointLimits {
  readonly wallMs?: number
  readonly cpuMs?: number
  readonly memoryMb?: number
  readonly inputBytes?: number
  readonly outputBytes?: number
  readonly logBytes?: number
}

export interface EndpointSettings {
  /** Calls that may overlap in one isolate; without it up to 8 of a quick function with a route, and 1 of any other. */
  readonly maxConcurrency?: number
  /** Whether the result of a generator that streams is the list of its chunks, too. */
  readonly returnAggregateStream?: boolean
  readonly limits?: EndpointLimits
  /** Of the hosts that the operator allows, those that the function may ask: `api.example.com`, `*.example.com:8443`. */
  readonly egress?: readonly string[]
}

export interface EndpointRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH'
  /** Segments may be `{name}`, with the name of a parameter of the function. */
  readonly path: `/${string}`
}

/** With a route, or without one for a function that is called through the queue. */
export type Endpoint = EndpointSettings & (EndpointRoute | { readonly method?: never; readonly path?: never })

/** An AbortSignal, as far as it takes no type that a project may not have; `types/events.d.ts` has them all. */
export interface OwnSignal {
  readonly aborted: boolean
  readonly reason: unknown
  onabort: ((event: never) => void) | null
  addEventListener(type: 'abort', listener: () => void, options?: { readonly once?: boolean }): void
  removeEventListener(type: 'abort', listener: () => void): void
  throwIfAborted(): void
}

/** Of the class that the project has a type for. */
export type CallSignal = typeof globalThis extends { AbortSignal: { prototype: infer Known } } ? Known : OwnSignal

/** The call in which it is used; what is read of it stays with that call, also where calls overlap. */
export interface WorkerIsolate {
  /** Says how far the work is, in at most 64 KiB of JSON; throws a RangeError or TypeError for what is more or no JSON. */
  readonly progress: (value: unknown) => void
  /** Aborted when the call is cancelled, which then has 50 ms to end by itself. */
  readonly signal: CallSignal
}

declare global {
  /** `workerIsolate.progress` of the call that runs; a module may have another function of this name. */
  function progress(value: unknown): void
  const workerIsolate: WorkerIsolate

  /**
   * Calls a function of another resource of the deployment, with arguments by name. An import of an endpoint of another
   * module leads here by itself. Rejects with an `Error` that has a `code`.
   */
  function workerIsolateRemote(name: string, args?: Readonly<Record<string, unknown>>): Promise<unknown>
}

/**
 * One entry for each function or class that needs settings, by its name. An `async` function with an entry, `{}` too, is
 * called where its own module runs by whatever other module imports it:
 *
 *     export const endpoints = {
 *       process: { method: 'POST', path: '/process/{item_id}', maxConcurrency: 4 },
 *     } satisfies Endpoints
 *
 * The object is read from the source, so that everything in it is a literal.
 */
export type Endpoints = Readonly<Record<string, Endpoint>>
