// One round of load on the service, with the processor time that everybody took for it.
import type { LoadResult } from './load.ts'
import { readMachineCpuMs, TreeCpuMeter } from './process-tree.ts'
import type { ServiceProcess } from './service-process.ts'
import { spreadOf } from './statistics.ts'
import type { Spread } from './statistics.ts'

export interface ServiceRound {
  readonly requests: number
  readonly perSecond: number
  /** From the moment at which a request was due. */
  readonly latencyMs: Spread
  readonly fromSendMs: Spread
  /** Processor time for each request, by process. */
  readonly cpuMs: { readonly front: number; readonly executors: number; readonly client: number }
  /** Processors that programs beside this bench kept busy: what may have disturbed the round. */
  readonly othersCores: number
}

/** Executors that ended during the round are counted. The kernel counts in steps of 10 ms, so a round needs many requests. */
export async function measureService(service: ServiceProcess, load: () => Promise<LoadResult>): Promise<ServiceRound> {
  using meter = new TreeCpuMeter(service.pid)
  const machineBefore = readMachineCpuMs()
  const clientBefore = process.cpuUsage()
  const { latenciesMs, fromSendMs, elapsedMs } = await load()
  const client = process.cpuUsage(clientBefore)
  const machineMs = readMachineCpuMs() - machineBefore
  const { rootMs: frontMs, descendantsMs: executorsMs } = meter.read()

  const requests = latenciesMs.length
  const clientMs = (client.user + client.system) / 1_000
  return {
    requests,
    perSecond: (requests / elapsedMs) * 1_000,
    latencyMs: spreadOf(latenciesMs),
    fromSendMs: spreadOf(fromSendMs),
    cpuMs: { front: frontMs / requests, executors: executorsMs / requests, client: clientMs / requests },
    othersCores: Math.max(0, machineMs - frontMs - executorsMs - clientMs) / elapsedMs,
  }
}
