// New versions while calls come at a steady rate: none of them fails, and once a version is live no older one answers.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ADMIN_KEY, AdminClient } from '../support/admin-client.ts'
import { DeployedService, artifactOf, writeArtifact } from '../support/deployed-service.ts'
import type { Artifact } from '../support/deployed-service.ts'
import { KeepAliveClient } from '../support/keep-alive-client.ts'
import type { ExecuteAnswer } from '../support/keep-alive-client.ts'
import { waitFor } from '../support/service-process.ts'

const EVERY_MS = 10
/** So long that some calls are in flight whenever a version takes over. */
const CALL_MS = 50
const CONNECTIONS = 32

const versionOf = (version: number, atLoad = ''): Artifact =>
  artifactOf(
    {
      m: `${atLoad}
      export const f = () => new Promise((resolve) => setTimeout(() => resolve(${version}), ${CALL_MS}))`,
    },
    [{ name: 'f', module: 'm', max_concurrency: 32 }],
  )

interface Sent {
  readonly sentAt: number
  readonly answer: ExecuteAnswer
}

/** Calls at a steady rate until it is told to stop. */
class Load {
  readonly #calls: Promise<Sent>[] = []
  readonly #client: KeepAliveClient
  #isOver = false
  readonly #sending: Promise<void>

  constructor(url: string) {
    this.#client = new KeepAliveClient(url, CONNECTIONS)
    this.#sending = this.#send()
  }

  async #send(): Promise<void> {
    while (!this.#isOver) {
      const sentAt = performance.now()
      this.#calls.push(this.#client.execute({ source: '', name: 'f' }).then((answer) => ({ sentAt, answer })))
      // oxlint-disable-next-line no-await-in-loop -- the rate
      await delay(EVERY_MS)
    }
  }

  /** Resolves once so many calls have been answered, and all that were sent before. */
  async answered(count: number): Promise<void> {
    await Promise.all(this.#calls)
    await waitFor(() => this.#calls.length >= count, 10_000, 'the load stopped')
    await Promise.all(this.#calls.slice(0, count))
  }

  get count(): number {
    return this.#calls.length
  }

  async stop(): Promise<readonly Sent[]> {
    this.#isOver = true
    await this.#sending
    const all = await Promise.all(this.#calls)
    this.#client[Symbol.dispose]()
    return all
  }
}

let deployed: DeployedService
let admin: AdminClient
beforeEach(async () => {
  deployed = await DeployedService.start(versionOf(1), { ADMIN_KEY, CPU_MS: '300' })
  admin = new AdminClient(deployed.service.url)
})
afterEach(() => deployed[Symbol.asyncDispose]())

const liveVersions = (): readonly unknown[] =>
  deployed.service.log.filter(({ msg }) => msg === 'a deployment is live').map(({ version }) => version)

async function upload(artifact: Artifact): Promise<void> {
  await admin.deploy('default', artifact)
}

/** By SIGHUP, after the folder that is served has been written anew. */
async function reload(artifact: Artifact): Promise<void> {
  const before = deployed.service.log.length
  await writeArtifact(deployed.folder, artifact)
  process.kill(deployed.service.pid, 'SIGHUP')
  const isDone = (): boolean =>
    deployed.service.log
      .slice(before)
      .some(({ msg }) => msg === 'a deployment is live' || msg === 'the deployment was not replaced')
  await waitFor(isDone, 10_000, 'the service said nothing of the deployment')
}

const failuresIn = (sent: readonly Sent[]): readonly unknown[] =>
  sent.filter(({ answer }) => answer.status !== 200 || answer.code !== null || !answer.success)

describe.each([
  ['uploaded', upload],
  ['reloaded by SIGHUP', reload],
] as const)('a version that is %s under load', (_name, deploy) => {
  test('costs no call, and from then on only the new version answers', async () => {
    const load = new Load(deployed.service.url)
    await load.answered(20)
    const switchedAt: number[] = []
    for (const version of [2, 3]) {
      // oxlint-disable-next-line no-await-in-loop -- one version after the other
      await deploy(versionOf(version))
      switchedAt.push(performance.now())
      // oxlint-disable-next-line no-await-in-loop -- calls of each
      await load.answered(load.count + 20)
    }
    const sent = await load.stop()
    expect(failuresIn(sent)).toEqual([])
    for (const { sentAt, answer } of sent) {
      const least = 1 + switchedAt.filter((at) => at <= sentAt).length
      expect(Number(answer.value)).toBeGreaterThanOrEqual(least)
    }
    expect(new Set(sent.map(({ answer }) => answer.value))).toEqual(new Set([1, 2, 3]))
    expect(liveVersions()).toHaveLength(3)
  })
})

describe('a version that cannot be loaded', () => {
  test.each([
    ['throws', 'throw new Error("at load")'],
    ['never ends', 'for (;;);'],
  ])('because its top level %s never goes live, whichever way it comes, and costs no call', async (_name, atLoad) => {
    const load = new Load(deployed.service.url)
    await load.answered(20)
    const [before] = liveVersions()
    expect(await admin.deploy('default', versionOf(2, atLoad))).toMatchObject({ code: 'DEPLOYMENT_INVALID' })
    await reload(versionOf(3, atLoad))
    await load.answered(load.count + 20)
    const sent = await load.stop()
    expect(failuresIn(sent)).toEqual([])
    expect(new Set(sent.map(({ answer }) => answer.value))).toEqual(new Set([1]))
    expect(liveVersions()).toEqual([before])
  })
})

test('a reload of a folder that is gone leaves what is live, and says so in the log', async () => {
  await rm(join(deployed.folder, 'flash_manifest.json'))
  process.kill(deployed.service.pid, 'SIGHUP')
  const problem = (): unknown =>
    deployed.service.log.find(({ msg }) => msg === 'the deployment was not replaced')?.['problem']
  await waitFor(() => problem() !== undefined, 5_000, 'nothing was logged')
  expect(problem()).toContain('flash_manifest.json')
  expect((await deployed.call('f')).value).toBe(1)
})

test('of reloads that come at once the last one is what is live in the end', async () => {
  await Promise.all([
    admin.deploy('default', versionOf(2, 'for (let end = Date.now() + 200; Date.now() < end; );')),
    delay(20).then(async () => admin.deploy('default', versionOf(3))),
  ])
  expect((await deployed.call('f')).value).toBe(3)
})
