// What a request means that brings no code: a function or class of the deployment, found through its registry.
import type { Failure } from '../errors.ts'
import type { DeployedFunction, DeployedModule, DeployedResource, Deployment } from './deployment.ts'
import type { EncodedValues, Invocation, MethodCall } from './invocation.ts'

export type Found =
  | { readonly ok: true; readonly fn: DeployedFunction }
  | { readonly ok: false; readonly failure: Failure }

/** What can be called here; the texts are those of upstream (protocol.md §5.3). */
export function findDeployed(deployment: Deployment | null, name: string): Found {
  const found = findInManifest(deployment, name)
  const servedResource = deployment?.servedResource ?? null
  if (!found.ok || servedResource === null || servedResource === found.fn.resource) return found
  const { resource } = found.fn
  return notFound(`Function '${name}' is in resource '${resource}'; this worker serves '${servedResource}' only.`)
}

/** Whoever serves it. */
export function findInManifest(deployment: Deployment | null, name: string): Found {
  const resourceName = deployment?.registry.get(name)
  if (deployment === null || resourceName === undefined) {
    return notFound(`Function '${name}' not found in flash_manifest.json`)
  }
  const resource = deployment.resources.find((one) => one.name === resourceName)
  const fn = resource?.functions.find((one) => one.name === name)
  if (fn === undefined) return notFound(`Function '${name}' found in registry but not in resource '${resourceName}'`)
  return { ok: true, fn }
}

/** Those whose functions can be called here: the modules of the others are not loaded. */
export function servedResources({ servedResource, resources }: Deployment): readonly DeployedResource[] {
  return resources.filter(({ name }) => servedResource === null || name === servedResource)
}

/**
 * What a queue request calls that only has keyword arguments: the first function of the resource that this worker is, or of
 * the one queue resource that there is.
 */
export function queueTarget(deployment: Deployment): DeployedFunction | null {
  const { servedResource, resources } = deployment
  if (servedResource !== null) return resources.find((one) => one.name === servedResource)?.functions[0] ?? null
  const queues = resources.filter((one) => !one.isLoadBalanced)
  return queues.length === 1 ? (queues[0]?.functions[0] ?? null) : null
}

export type Method = { readonly ok: true; readonly name: string } | { readonly ok: false; readonly failure: Failure }

/** Which method of a class a queue request means; the texts are those of upstream (protocol.md §5.3). */
export function chooseMethod({ name, methods }: DeployedFunction, asked: string | null): Method {
  const available = methods.join(', ')
  const [only] = methods
  if (methods.length === 1 && only !== undefined) return { ok: true, name: only }
  if (asked === null) {
    const message = `class ${name} has multiple methods: ${available}. include a "method" key in the input.`
    return { ok: false, failure: { code: 'ARGUMENTS_MISMATCH', message } }
  }
  if (methods.includes(asked)) return { ok: true, name: asked }
  const message = `unknown method '${asked}' on ${name}. available: ${available}`
  return { ok: false, failure: { code: 'ENTRY_NOT_FOUND', message } }
}

interface DeployedCall {
  readonly deployment: Deployment
  readonly fn: DeployedFunction
  readonly method: MethodCall | null
  readonly needsAll: boolean
  readonly mayStream?: boolean
  readonly input: EncodedValues
}

/** Throws when the deployment has no such module, which its loader has ruled out. */
export function toDeployedInvocation({
  deployment,
  fn,
  method,
  needsAll,
  mayStream = false,
  input,
}: DeployedCall): Invocation {
  const module = deployment.modules.get(fn.module)
  if (module === undefined) throw new Error(`the deployment has no module ${fn.module}`)
  const { environment, hasOwnVariables } = deployment.resources.find(({ name }) => name === fn.resource) ?? {}
  // Those of a class are its constructor's, and nobody tells those of its methods.
  const told = method === null ? (fn.parameters ?? []) : []
  const optional = told.filter(({ isRequired }) => !isRequired).map((parameter) => parameter.name)
  return {
    kind: 'function',
    source: {
      mode: 'flash',
      deployment: versionKey(deployment),
      module: hasOwnVariables === true ? withVariables(module, deployment, fn.resource) : module,
      maxConcurrency: fn.maxConcurrency,
      ...(fn.learnsConcurrency === true ? { learnsConcurrency: true } : {}),
      origin: { deployment, resource: fn.resource },
    },
    name: fn.name,
    needsAll,
    input,
    ...(environment === undefined ? {} : { environment }),
    ...(mayStream ? { mayStream } : {}),
    ...(method === null ? {} : { method }),
    ...(needsAll && optional.length > 0 ? { optional } : {}),
  }
}

/** A module that two resources have in common is evaluated for each of them that has variables of its own. */
function withVariables(module: DeployedModule, { resources }: Deployment, resource: string): DeployedModule {
  return { ...module, hash: `${module.hash}.${resources.findIndex(({ name }) => name === resource)}` }
}

/** One version of one endpoint's deployment: what may share an executor. */
export function versionKey({ endpoint, version }: Pick<Deployment, 'endpoint' | 'version'>): string {
  return `${endpoint}@${version}`
}

/** Of a version's key. */
export function endpointOf(key: string): string {
  return key.slice(0, key.lastIndexOf('@'))
}

function notFound(message: string): Found {
  return { ok: false, failure: { code: 'ENTRY_NOT_FOUND', message } }
}
