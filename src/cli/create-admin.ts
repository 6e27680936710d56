// What the admin routes may do, over the deployments of the service.
import { join } from 'node:path'
import type { Config } from '../config.ts'
import { policyOf } from '../core/network-policies.ts'
import type { NetworkPolicies } from '../core/network-policies.ts'
import { DEFAULT_TENANT } from '../core/task.ts'
import { newScratchName } from '../deploy/leftovers.ts'
import type { Admin, Deployed as Answered } from '../http/admin-routes.ts'
import { UPLOADS_FOLDER } from './deployments.ts'
import type { Deployed, Deployments } from './deployments.ts'

const MAX_ARCHIVE_BYTES = 1_500 * 1_024 * 1_024
const UPLOAD_MS = 10 * 60_000

export function createAdmin({ adminKey, dataDir }: Config, deployments: Deployments, policies: NetworkPolicies): Admin {
  return {
    key: adminKey,
    newUploadPath: () => join(dataDir, UPLOADS_FOLDER, `${newScratchName()}.tar`),
    maxArchiveBytes: MAX_ARCHIVE_BYTES,
    uploadMs: UPLOAD_MS,
    deploy: async (endpoint, path) => {
      const deployed = await deployments.deployKept({ endpoint, path, servedResource: null, retryMs: null })
      // Where the upload lay is nothing to its sender.
      return toAnswer(deployed.ok ? deployed : { ...deployed, message: deployed.message.replaceAll(` ${path}`, '') })
    },
    restore: async (endpoint, version) => toAnswer(await deployments.restore(endpoint, version)),
    remove: (endpoint) => deployments.remove(endpoint),
    explainEgress: async ({ url, method, endpoint, functionName }) => {
      const { explainEgress } = await import('../egress/explain-egress.ts')
      const deployment = endpoint === null ? null : deployments.registry.current(endpoint)
      const fn = deployment?.resources.flatMap(({ functions }) => functions).find(({ name }) => name === functionName)
      if (functionName !== null && fn === undefined) {
        const problem = `Endpoint '${endpoint ?? ''}' has no function '${functionName}'.`
        return { isAllowed: false, rule: null, addresses: [], sentences: [problem] }
      }
      const policy = policyOf(policies, DEFAULT_TENANT, endpoint)
      return explainEgress({ policy, declared: fn?.egress ?? null, method, url })
    },
    list: () =>
      deployments.registry.list().map(({ current, previous }) => ({
        endpoint: current.endpoint,
        version: current.version,
        previous: previous.map(({ version }) => version),
      })),
  }
}

function toAnswer(deployed: Deployed): Answered {
  if (!deployed.ok) return deployed
  const { endpoint, version } = deployed.deployment
  return { ok: true, endpoint, version, previous: deployed.previous }
}
