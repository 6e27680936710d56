// Parts of deployments as their loader leaves them, for tests that have nothing to load.
import type { DeployedFunction, DeployedModule, Deployment } from '../../src/core/deployment.ts'

/** A function of module `m` without a route. */
export function deployedFunction(
  name: string,
  resource: string,
  more: Partial<DeployedFunction> = {},
): DeployedFunction {
  return {
    name,
    kind: 'function',
    module: 'm',
    resource,
    methods: [],
    maxConcurrency: 1,
    limits: {},
    route: null,
    parameters: null,
    ...more,
  }
}

/** Version 1 of the deployment of endpoint `default`, which has one module and whose manifest names nothing. */
export function deploymentOfModule(module: DeployedModule): Deployment {
  return {
    endpoint: 'default',
    version: '1',
    resources: [],
    registry: new Map(),
    modules: new Map([[module.name, module]]),
    servedResource: null,
    resourceUrls: new Map(),
  }
}
