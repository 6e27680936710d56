// Where the arguments of a routed function are in a request: decided by its method and by the types of its parameters.
import type { DeployedFunction, DeployedParameter } from '../../core/deployment.ts'
import { onceFor } from './once-for.ts'
import { pathParametersOf } from './route-path.ts'

/** How the arguments that are not in the path arrive. */
export type ArgumentSource = 'none' | 'query' | 'json' | 'form'

interface ArgumentPlan {
  readonly source: ArgumentSource
  /** Null when the manifest does not tell the parameters. */
  readonly split: SplitParameters | null
}

interface SplitParameters {
  /** Those that the path of the route holds. */
  readonly inPath: readonly DeployedParameter[]
  readonly own: readonly DeployedParameter[]
}

/** What must be read of a request before it can be bound; a function without parameters of its own takes no body at all. */
export function argumentSourceOf(fn: DeployedFunction): ArgumentSource {
  return planOf(fn).source
}

/** Null when the manifest does not tell the parameters. */
export function splitParameters(fn: DeployedFunction): SplitParameters | null {
  return planOf(fn).split
}

/** Whether the route takes multipart/form-data instead of JSON. */
export function needsMultipart(fn: DeployedFunction): boolean {
  return argumentSourceOf(fn) === 'form'
}

const planOf = onceFor((fn: DeployedFunction): ArgumentPlan => {
  const split = splitOf(fn)
  return { source: sourceOf(fn, split), split }
})

function sourceOf({ route }: DeployedFunction, split: SplitParameters | null): ArgumentSource {
  const isQuery = route === null || route.method === 'GET'
  if (split === null) return isQuery ? 'query' : 'json'
  if (split.own.length === 0) return 'none'
  if (isQuery) return 'query'
  return split.own.some(({ type }) => type === 'bytes') ? 'form' : 'json'
}

function splitOf(fn: DeployedFunction): SplitParameters | null {
  if (fn.parameters === null) return null
  const names = new Set(pathParametersOf(fn))
  return {
    inPath: fn.parameters.filter(({ name }) => names.has(name)),
    own: fn.parameters.filter(({ name }) => !names.has(name)),
  }
}
