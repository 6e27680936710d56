// What the front does for one request to a route of a deployment, without sockets and executors.
import { deployedFunction, deploymentOfModule } from '../../../test/support/deployed-parts.ts'
import { prepareFront } from '../front-harness.ts'
import type { PreparedPath } from '../guarded-path.ts'
import { requestWork } from '../yardsticks/request-work.ts'

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
  const { ask, forget } = prepareFront({
    path: '/sum',
    body: '{"x":3,"y":4}',
    app: { findDeployment: () => ({ kind: 'known', deployment }) },
  })
  const answer = await (await ask()).text()
  if (answer !== '{"sum":7}') throw new Error(`the route answered ${answer}`)
  return {
    call: async () => void (await ask()),
    yardstick: requestWork,
    callsPerBatch: 80,
    yardsticksPerBatch: 90,
    forget,
  }
}
