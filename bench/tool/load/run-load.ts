// Sends a load of any shape and reports how it went.
import { setTimeout } from 'node:timers/promises'
import { median } from '../../support/statistics.ts'
import { arrivalsOf } from './arrivals-of.ts'
import { ConnectionPool } from './connection-pool.ts'
import type { NextStep } from './exchange.ts'
import { LoadSamples } from './load-samples.ts'
import type { LoadReport } from './load-samples.ts'
import type { LoadShape } from './load-shape.ts'
import { runArrivals } from './run-arrivals.ts'

export interface LoadOptions {
  readonly url: string
  readonly shape: LoadShape
  readonly durationMs: number
  /** Of the arrivals. */
  readonly seed: number
  /** The programs of one client. */
  readonly createClient: (client: number) => NextStep
}

/** Lets what a burst left behind end, such as processes that are being stopped. */
const BURST_PAUSE_MS = 100

/** Rejects when nothing listens at the URL; whatever goes wrong with requests is in the report. */
export async function runLoad(options: LoadOptions): Promise<LoadReport> {
  const samples = new LoadSamples()
  const cpu = process.cpuUsage()
  const elapsedMs = await runShape(options, samples)
  const { user, system } = process.cpuUsage(cpu)
  return {
    latenciesMs: samples.latenciesMs,
    fromSendMs: samples.fromSendMs,
    failed: samples.failed,
    problems: samples.problems,
    elapsedMs,
    phasesMs: Object.fromEntries([...samples.phases].map(([name, values]) => [name, median(values)])),
    clientCpuMs: (user + system) / 1_000,
  }
}

/** Resolves with the milliseconds in which requests were on their way. */
async function runShape(options: LoadOptions, samples: LoadSamples): Promise<number> {
  const { shape, durationMs } = options
  switch (shape.kind) {
    case 'closed':
      return runClients(options, samples, shape.clients, { durationMs, requests: Number.POSITIVE_INFINITY })
    case 'count':
      return runClients(options, samples, shape.clients, {
        durationMs: Number.POSITIVE_INFINITY,
        requests: shape.requests,
      })
    case 'burst':
      return runBursts(options, samples, shape.size)
    case 'open':
    case 'staggered':
      return runArrivals({ ...options, arrivalsMs: arrivalsOf(shape, durationMs, options.seed) }, samples)
    default:
      return shape satisfies never
  }
}

async function runClients(
  { url, createClient }: LoadOptions,
  samples: LoadSamples,
  clients: number,
  until: { readonly durationMs: number; readonly requests: number },
): Promise<number> {
  using pool = await ConnectionPool.open(url, clients)
  const startedAt = performance.now()
  const endsAt = startedAt + until.durationMs
  let begun = 0
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      const next = createClient(client)
      while (begun < until.requests && performance.now() < endsAt) {
        begun++
        await samples.run(await pool.at(client), next(), null)
      }
    }),
  )
  return performance.now() - startedAt
}

async function runBursts(
  { url, createClient, durationMs }: LoadOptions,
  samples: LoadSamples,
  size: number,
): Promise<number> {
  using pool = await ConnectionPool.open(url, size)
  const clients = Array.from({ length: size }, (_, client) => createClient(client))
  const endsAt = performance.now() + durationMs
  let busyMs = 0
  do {
    const ready = await Promise.all(clients.map(async (next, client) => ({ connection: await pool.at(client), next })))
    const steps = ready.map(({ connection, next }) => ({ connection, step: next() }))
    const startedAt = performance.now()
    await Promise.all(steps.map(async ({ connection, step }) => samples.run(connection, step, startedAt)))
    busyMs += performance.now() - startedAt
    await setTimeout(BURST_PAUSE_MS)
  } while (performance.now() < endsAt)
  return busyMs
}
