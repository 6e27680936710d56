// Routes whose manifest does not say how many of their calls overlap: those that wait do, those that compute do not.
import { expect, test } from 'vitest'
import { artifactOf, DeployedService } from '../support/deployed-service.ts'
import type { Artifact } from '../support/deployed-service.ts'

const MODULE = `let running = 0, most = 0
  export async function wait(ms) {
    most = Math.max(most, ++running)
    await new Promise((done) => setTimeout(done, ms))
    running--
    return most
  }
  let computing = 0
  export async function compute(ms) {
    const seen = ++computing
    const end = Date.now() + ms
    while (Date.now() < end);
    await new Promise((done) => setTimeout(done, ms))
    computing--
    return seen
  }`

const routeOf = (name: string) => ({ name, module: 'm', http_method: 'POST', http_path: `/${name}` })

function artifact(): Artifact {
  const { files, resources } = artifactOf({ m: MODULE }, ['wait', 'compute'].map(routeOf))
  const [[name, resource] = ['', { functions: [] }]] = Object.entries(resources)
  return { files, resources: { [name]: { ...resource, is_load_balanced: true } } }
}

test('calls that wait overlap once one was light, and calls that compute never do', async () => {
  const oneExecutor = { EXECUTORS_PER_DEPLOYMENT: '1', MODULE_EXECUTORS_MAX: '1' }
  await using deployed = await DeployedService.start(artifact(), oneExecutor)
  const call = async (name: string, ms: number): Promise<unknown> => {
    const response = await fetch(`${deployed.service.url}/${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ms }),
    })
    expect(response.status).toBe(200)
    return response.json()
  }
  // Unknown, they run one after the other.
  expect(await Promise.all([call('wait', 50), call('wait', 50)])).toEqual([1, 1])
  const most = await Promise.all(Array.from({ length: 12 }, async () => call('wait', 200)))
  expect(Math.max(...most.map(Number))).toBe(8)

  await call('compute', 30)
  const seen = await Promise.all([call('compute', 30), call('compute', 30), call('compute', 30)])
  expect(seen).toEqual([1, 1, 1])
})
