// A service that is killed and started again on the same data folder while jobs come in, and what becomes of those it accepted.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { DeployedService } from './deployed-service.ts'
import type { Artifact } from './deployed-service.ts'
import { LoopbackServer, answerJson } from './loopback-server.ts'
import { killQuietly, waitFor } from './service-process.ts'

const BETWEEN_JOBS_MS = 10
const SETTLE_MS = 60_000

export interface AcceptedJob {
  readonly id: string
  readonly token: string
}

export interface EndedJob extends AcceptedJob {
  readonly status: string
  readonly output: unknown
  readonly error: string
  /** How often its code ran, as those saw it whom the code told. */
  readonly runs: number
}

interface Crash {
  /** How often the process is killed. */
  readonly kills: number
  /** Of each life; random within this. */
  readonly lifeMs: readonly [least: number, most: number]
  readonly env?: Readonly<Record<string, string>>
  /** Kills an executor in place of the service. */
  readonly onlyExecutors?: boolean
}

/** The code tells another host that it runs, so that runs can be counted where no crash reaches. */
function artifact(notesUrl: string): Artifact {
  const source = `
    export async function job(token) {
      await workerIsolateRemote('note', { token })
      return { done: token }
    }
    export async function note(token) { return token }`
  return {
    files: { 'jobs.js': source },
    urls: { notes: notesUrl },
    resources: {
      jobs: { functions: [{ name: 'job', module: 'jobs', max_concurrency: 4, parameters: [{ name: 'token' }] }] },
      notes: { functions: [{ name: 'note', module: 'jobs', parameters: [{ name: 'token' }] }] },
    },
  }
}

/** Sends about 100 jobs a second, kills meanwhile, and asks at the end for every job that was accepted. */
export async function crash({ kills, lifeMs, env = {}, onlyExecutors = false }: Crash): Promise<readonly EndedJob[]> {
  const dataDir = await mkdtemp(join(tmpdir(), 'jobs-crash-'))
  const runs = new Map<string, number>()
  await using notes = await LoopbackServer.start((response, { body }) => {
    const { token } = (JSON.parse(body) as { readonly input: { readonly token: string } }).input
    runs.set(token, (runs.get(token) ?? 0) + 1)
    answerJson(response, { id: 'note', status: 'COMPLETED', output: true })
  })
  const settings = {
    DATA_DIR: dataDir,
    FLASH_RESOURCE_NAME: 'jobs',
    RUNPOD_ENDPOINT_ID: 'jobs',
    RESOURCE_URLS: `notes=${notes.url}/v2/notes`,
    ...env,
  }
  const start = async (): Promise<DeployedService> => DeployedService.start(artifact(`${notes.url}/v2/notes`), settings)
  const accepted: AcceptedJob[] = []
  let service = await start()
  try {
    for (let kill = 0; kill < kills; kill++) {
      const [least, most] = lifeMs
      // oxlint-disable-next-line no-await-in-loop -- one life after the other
      await load(service, least + Math.random() * (most - least), kill, accepted)
      if (onlyExecutors) killOne(service.service.executorPids())
      else {
        killQuietly(service.service.pid)
        // oxlint-disable-next-line no-await-in-loop -- see above
        await service[Symbol.asyncDispose]()
        // oxlint-disable-next-line no-await-in-loop -- see above
        service = await start()
      }
    }
    return await Promise.all(accepted.map(async (job) => ended(service, job, runs)))
  } finally {
    await service[Symbol.asyncDispose]()
    await rm(dataDir, { recursive: true, force: true })
  }
}

function killOne(pids: readonly number[]): void {
  const pid = pids[Math.floor(Math.random() * pids.length)]
  if (pid !== undefined) killQuietly(pid)
}

/** What is on its way when time is over goes on, so that the kill comes between a request and its answer, too. */
async function load(
  service: DeployedService,
  durationMs: number,
  life: number,
  accepted: AcceptedJob[],
): Promise<void> {
  const endsAt = performance.now() + durationMs
  for (let index = 0; performance.now() < endsAt; index++) {
    void submit(service, `${life}-${index}`, accepted)
    // oxlint-disable-next-line no-await-in-loop -- the pace of the load
    await setTimeout(BETWEEN_JOBS_MS)
  }
}

/** A job counts as accepted once its answer is here. */
async function submit({ service }: DeployedService, token: string, accepted: AcceptedJob[]): Promise<void> {
  try {
    const answer = await fetch(`${service.url}/run`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ input: { token } }),
    })
    const { id } = (await answer.json()) as { readonly id?: string }
    if (answer.status === 200 && id !== undefined) accepted.push({ id, token })
  } catch {
    // It was killed meanwhile; nobody was told that the job is accepted.
  }
}

async function ended(
  { service }: DeployedService,
  job: AcceptedJob,
  runs: ReadonlyMap<string, number>,
): Promise<EndedJob> {
  let state: { status?: string; output?: unknown; error?: string } = {}
  await waitFor(
    async () => {
      const answer = await fetch(`${service.url}/status/${job.id}`)
      state = answer.status === 200 ? ((await answer.json()) as typeof state) : { status: `HTTP ${answer.status}` }
      return state.status !== 'IN_QUEUE' && state.status !== 'IN_PROGRESS'
    },
    SETTLE_MS,
    `the job ${job.id} did not end`,
  )
  const { status = '', output = null, error = '' } = state
  return { ...job, status, output, error, runs: runs.get(job.token) ?? 0 }
}
