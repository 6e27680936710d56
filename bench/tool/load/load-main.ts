// The load generator, a process of its own: takes one order from its parent, sends it, and reports.
import { createScenarioClient } from '../scenarios/scenario-clients.ts'
import type { Dialect, ScenarioName } from '../scenarios/scenario.ts'
import type { LoadReport } from './load-samples.ts'
import type { LoadShape } from './load-shape.ts'
import { runLoad } from './run-load.ts'

export interface LoadOrder {
  readonly url: string
  readonly dialect: Dialect
  readonly scenario: ScenarioName | 'idle-instances'
  /** Apart from those of every other order of the run: programs are numbered from it. */
  readonly firstProgram: number
  readonly seed: number
  readonly warmUpMs: number
  readonly warmUpClients: number
  readonly shape: LoadShape
  readonly durationMs: number
}

export type LoadReply = { readonly report: LoadReport } | { readonly error: string }

/** Between the programs of two clients. */
const CLIENT_STRIDE = 100_000
/** Of the warm-up, apart from those of the measurement. */
const WARM_UP_OFFSET = 50_000_000

async function run(order: LoadOrder): Promise<LoadReport> {
  const { url, seed, scenario, dialect } = order
  const clientsFrom = (first: number) => (client: number) =>
    createScenarioClient(scenario, { dialect, first: first + client * CLIENT_STRIDE })
  if (order.warmUpMs > 0) {
    const shape = { kind: 'closed', clients: order.warmUpClients } as const
    const createClient = clientsFrom(order.firstProgram + WARM_UP_OFFSET)
    await runLoad({ url, seed, shape, durationMs: order.warmUpMs, createClient })
  }
  process.send?.({ warm: true })
  const { shape, durationMs } = order
  return runLoad({ url, seed, shape, durationMs, createClient: clientsFrom(order.firstProgram) })
}

process.once('message', (order: LoadOrder) => {
  void run(order)
    .then(
      (report): LoadReply => ({ report }),
      (error: unknown): LoadReply => ({ error: error instanceof Error ? error.message : String(error) }),
    )
    .then((reply) => process.send?.(reply, () => process.disconnect?.()))
})
