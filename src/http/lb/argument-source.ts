// Where the arguments of a routed function are in a request: decided by its method and by the types of its parameters.
import type { DeployedFunction, DeployedParameter } from '../../core/deployment.ts'
import { pathParametersOf } from './route-path.ts'

/** How the arguments that are not in the path arrive. */
export type ArgumentSource = 'none' | 'query' | 'json' | 'form'

/** What must be read of a request before it can be bound; a function without parameters of its own takes no body at all. */
export function argumentSourceOf(fn: DeployedFunction): ArgumentSource {
  const isQuery = fn.route === null || fn.route.method === 'GET'
  if (fn.parameters === null) return isQuery ? 'query' : 'json'
  const { own } = splitParameters(fn.parameters, fn)
  if (own.length === 0) return 'none'
  if (isQuery) return 'query'
  return own.some(({ type }) => type === 'bytes') ? 'form' : 'json'
}

/** Whether the route takes multipart/form-data instead of JSON. */
export function needsMultipart(fn: DeployedFunction): boolean {
  return argumentSourceOf(fn) === 'form'
}

interface SplitParameters {
  readonly inPath: readonly DeployedParameter[]
  readonly own: readonly DeployedParameter[]
}

/** Those that the path of the route holds, and the others. */
export function splitParameters(parameters: readonly DeployedParameter[], fn: DeployedFunction): SplitParameters {
  const names = new Set(pathParametersOf(fn))
  return {
    inPath: parameters.filter(({ name }) => names.has(name)),
    own: parameters.filter(({ name }) => !names.has(name)),
  }
}
