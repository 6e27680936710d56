// A deployed function behind a route of a load balancer, as a manifest describes the simplest one.
import type { DeployedFunction, HttpMethod } from '../../src/core/deployment.ts'

export function routedFunction(
  method: HttpMethod,
  path: string,
  more: Partial<DeployedFunction> = {},
): DeployedFunction {
  return {
    name: 'f',
    kind: 'function',
    module: 'm',
    resource: 'r',
    methods: [],
    maxConcurrency: 1,
    limits: {},
    route: { method, path },
    parameters: null,
    ...more,
  }
}
