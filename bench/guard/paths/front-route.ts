// What the front does for one request to a route of a deployment, without sockets and executors.
import { deployedFunction, deploymentOfModule } from '../../../test/support/deployed-parts.ts'
import { prepareFront, toPath } from '../front-harness.ts'
import type { PreparedPath } from '../guarded-path.ts'

export async function prepareFrontRoute(): Promise<PreparedPath> {
  const fn = deployedFunction('sum', 'api', {
    route: { method: 'POST', path: '/sum' },
    parameters: [
      { name: 'x', type: 'number', isRequired: true },
      { name: 'y', type: 'number', isRequired: true },
    ],
  })
  const module = { name: 'm', kind: 'script', code: '', hash: 'f'.repeat(64), fileName: 'm.js' } as const
  const deployment = {
    ...deploymentOfModule(module),
    resources: [{ name: 'api', isLoadBalanced: true, functions: [fn] }],
    registry: new Map([['sum', 'api']]),
  }
  const front = prepareFront({
    path: '/sum',
    body: '{"x":3,"y":4}',
    app: { findDeployment: () => ({ kind: 'known', deployment }) },
  })
  const answer = await (await front.ask()).text()
  if (answer !== '{"sum":7}') throw new Error(`the route answered ${answer}`)
  return toPath(front)
}
