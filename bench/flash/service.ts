// The service under a key for its administrator: deploying, removing, asking how many executors there are.
import { setTimeout } from 'node:timers/promises'
import { WrongAnswer } from '../support/execute-program.ts'
import { ServiceProcess } from '../support/service-process.ts'
import type { ServiceSettings } from '../support/service-process.ts'
import type { Artifact } from './artifact.ts'
import { packTar } from './pack-tar.ts'

const ADMIN_KEY = 'the-key-of-the-bench'
const POLL_MS = 10
/** Executors that have nothing to do end after 60 s. */
const SETTLE_MS = 90_000
/** Executors of a service in which nothing is deployed: the least, and the spare one. */
export const FREE_EXECUTORS = 2

export async function startAdminService(settings: ServiceSettings): Promise<ServiceProcess> {
  return ServiceProcess.start({ ADMIN_KEY, ...settings }, FREE_EXECUTORS)
}

export interface Deployed {
  readonly version: string
  readonly previous: string | null
}

/** Rejects when it is not live afterwards. */
export async function deploy(url: string, endpoint: string, artifact: Artifact): Promise<Deployed> {
  const body = packTar(artifact)
  const answer = await fetch(`${url}/admin/deployments/${endpoint}`, {
    method: 'PUT',
    headers,
    body: new Uint8Array(body),
  })
  const text = await answer.text()
  if (answer.status !== 200) throw new WrongAnswer(`deploying ${endpoint}: status ${answer.status}: ${text}`)
  const deployed = JSON.parse(text) as Deployed & { readonly endpoint: string }
  if (deployed.endpoint !== endpoint || typeof deployed.version !== 'string') throw new WrongAnswer(text)
  return deployed
}

export async function remove(url: string, endpoint: string): Promise<void> {
  const answer = await fetch(`${url}/admin/deployments/${endpoint}`, { method: 'DELETE', headers })
  const text = await answer.text()
  if (answer.status !== 200) throw new WrongAnswer(`removing ${endpoint}: status ${answer.status}: ${text}`)
}

export async function countDeployments(url: string): Promise<number> {
  const answer = await fetch(`${url}/admin/deployments`, { headers })
  const list = (await answer.json()) as { readonly deployments: readonly unknown[] }
  return list.deployments.length
}

const headers = { authorization: `Bearer ${ADMIN_KEY}` }

export interface ExecutorCounts {
  readonly ready: number
  readonly initializing: number
}

export async function countExecutors(url: string): Promise<ExecutorCounts> {
  const answer = await fetch(`${url}/health`)
  return ((await answer.json()) as { readonly workers: ExecutorCounts }).workers
}

/** Until there are exactly `executors`, all of them started. */
export async function awaitExecutors(url: string, executors: number): Promise<void> {
  const deadline = performance.now() + SETTLE_MS
  let last: ExecutorCounts | null = null
  while (performance.now() < deadline) {
    last = await countExecutors(url)
    if (last.ready === executors && last.initializing === 0) return
    await setTimeout(POLL_MS)
  }
  throw new Error(`the service did not come to ${executors} executors: ${JSON.stringify(last)}`)
}
