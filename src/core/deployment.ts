// One version of a deployed artifact, ready to be served: what a Flash request can name, and the code behind it.
import type { HostRule } from './host-rule.ts'
import type { AskedLimits } from './limits.ts'

/** The public name under which a deployment is reached: `default` at the root, else a segment of `/v2/{endpointId}`. */
export type EndpointId = string

export const DEFAULT_ENDPOINT: EndpointId = 'default'

/** One module of the artifact as it is run: all that it imports is bundled into it. */
export interface DeployedModule {
  /** As the manifest names it: `a.b`. */
  readonly name: string
  /**
   * `script`: a classic script that leaves the module's exports object in the global variable `MODULE_EXPORTS_GLOBAL`.
   * `module`: an ES module, only for sources with top-level await, since V8 keeps no code cache for modules.
   */
  readonly kind: 'script' | 'module'
  readonly code: string
  /** SHA-256 of `code`, in hex. */
  readonly hash: string
  /** What stacks show: the path inside the artifact, such as `a/b.ts`. */
  readonly fileName: string
  /** Where its positions come from; absent when that is not known, or too large to be kept. */
  readonly map?: ModuleMap
}

export interface ModuleMap {
  /** A source map without texts, as JSON. */
  readonly json: string
  /** The sources of the artifact itself, by their names in the map. */
  readonly texts: ReadonlyMap<string, string>
}

/** The variable in which a bundled script leaves its exports; a getter-only object as bundlers make it. */
export const MODULE_EXPORTS_GLOBAL = 'workerIsolateModule'

/** The global function through which such code calls functions of other resources; the guest program has it by the same name. */
export const REMOTE_GLOBAL = 'workerIsolateRemote'

/** A source of another resource: whoever imports one of these functions gets one that calls that resource. */
export interface RemoteSource {
  /** From the root, with `/` between the segments. */
  readonly file: string
  readonly functions: readonly RemoteFunction[]
  /** Whether it has a default export, one of the functions or anything else. */
  readonly hasDefault: boolean
}

export interface RemoteFunction {
  readonly name: string
  /** Whether it is the default export too. */
  readonly isDefault: boolean
  /** Names of its parameters, in order. */
  readonly parameters: readonly string[]
}

export const PARAMETER_TYPES = ['string', 'number', 'integer', 'boolean', 'bytes', 'any'] as const
export type ParameterType = (typeof PARAMETER_TYPES)[number]

/** One parameter of a function, where the manifest tells them. */
export interface DeployedParameter {
  readonly name: string
  readonly type: ParameterType
  readonly isRequired: boolean
}

export const HTTP_METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH'] as const
export type HttpMethod = (typeof HTTP_METHODS)[number]

/** A route of a load-balanced resource. */
export interface HttpRoute {
  readonly method: HttpMethod
  /** Begins with `/`; segments may be `{name}`. */
  readonly path: string
}

/** One function or class of the registry. */
export interface DeployedFunction {
  readonly name: string
  readonly kind: 'function' | 'class'
  readonly module: string
  readonly resource: string
  /** Public methods of a class, in the manifest's order; empty for a function. */
  readonly methods: readonly string[]
  /** Calls of this function that may overlap in one isolate. */
  readonly maxConcurrency: number
  /** Whether they may only as long as they need little processor time, since nobody has said how many may; absent for no. */
  readonly learnsConcurrency?: true
  /** Whether the result of a stream is the list of its chunks, where a request does not ask for that itself; absent for no. */
  readonly isStreamAggregated?: boolean
  /** Lower limits than the service's. */
  readonly limits: AskedLimits
  readonly route: HttpRoute | null
  /** The hosts that it may ask, of those that the operator's rules allow; absent for all of these. */
  readonly egress?: readonly HostRule[]
  /** Null when the manifest does not tell them. */
  readonly parameters: readonly DeployedParameter[] | null
}

export interface DeployedResource {
  /** What its functions find in `process.env`, as a JSON object; absent for nothing. */
  readonly environment?: string
  /** Set when some of that is the resource's own: its modules are then evaluated for it alone. */
  readonly hasOwnVariables?: true
  readonly name: string
  readonly isLoadBalanced: boolean
  /** In the manifest's order: the first is what the plain queue shape calls. */
  readonly functions: readonly DeployedFunction[]
}

export interface Deployment {
  readonly endpoint: EndpointId
  /** Unique among the versions of its endpoint; made from the content. */
  readonly version: string
  readonly resources: readonly DeployedResource[]
  /** Function or class name to resource name, exactly as the manifest's `function_registry` has it. */
  readonly registry: ReadonlyMap<string, string>
  readonly modules: ReadonlyMap<string, DeployedModule>
  /** The resource that this worker is, by `FLASH_RESOURCE_NAME`; null when it serves all of them. */
  readonly servedResource: string | null
  /** Base URLs of other resources, from the manifest's `resources_endpoints`. */
  readonly resourceUrls: ReadonlyMap<string, string>
}

/** `unknown` is an endpoint id that nothing is registered under, while something is under others. */
export type FoundDeployment =
  | { readonly kind: 'known'; readonly deployment: Deployment | null }
  | { readonly kind: 'unknown' }
