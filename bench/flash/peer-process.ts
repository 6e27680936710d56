// A peer as a process of its own that prints its URL, and a round of load on it.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import { killAtExit } from '../support/kill-at-exit.ts'
import type { LoadResult } from '../support/load.ts'
import { TreeCpuMeter } from '../support/process-tree.ts'
import { stopService } from '../support/service-process.ts'
import { spreadOf } from '../support/statistics.ts'
import type { Spread } from '../support/statistics.ts'

export interface PeerRound {
  readonly requests: number
  readonly perSecond: number
  readonly latencyMs: Spread
  /** Processor time of the peer for each request. */
  readonly cpuMs: number
}

export class PeerProcess implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #pid: number
  readonly url: string

  private constructor(child: ChildProcess, pid: number, url: string) {
    this.#child = child
    this.#pid = pid
    this.url = url
  }

  /** @param entryPath absent for the peer on Hono. */
  static async start(entryPath = join(import.meta.dirname, 'hono-peer.ts')): Promise<PeerProcess> {
    const name = basename(entryPath)
    const child = spawn(process.execPath, [entryPath], {
      env: {},
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    killAtExit(child)
    const ended = once(child, 'exit').then((): never => {
      throw new Error(`${name} ended before it listened`)
    })
    const [url] = (await Promise.race([once(createInterface({ input: child.stdout }), 'line'), ended])) as [string]
    ended.catch(() => undefined)
    if (child.pid === undefined) throw new Error(`${name} has no process`)
    return new PeerProcess(child, child.pid, url)
  }

  async measure(load: (url: string) => Promise<LoadResult>): Promise<PeerRound> {
    using meter = new TreeCpuMeter(this.#pid)
    const { latenciesMs, elapsedMs } = await load(this.url)
    const requests = latenciesMs.length
    return {
      requests,
      perSecond: (requests / elapsedMs) * 1_000,
      latencyMs: spreadOf(latenciesMs),
      cpuMs: meter.read().rootMs / requests,
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await stopService(this.#child)
  }
}
