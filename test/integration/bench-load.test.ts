// The bench's load generator against servers whose behaviour is known: who stalls is charged for it, who fails is counted.
import { createServer } from 'node:http'
import type { RequestListener, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { arrivalsOf } from '../../bench/tool/load/arrivals-of.ts'
import type { NextStep } from '../../bench/tool/load/exchange.ts'
import { sendLoad } from '../../bench/tool/load/load-process.ts'
import type { LoadShape } from '../../bench/tool/load/load-shape.ts'
import { runLoad } from '../../bench/tool/load/run-load.ts'
import { warmStep } from '../../bench/tool/scenarios/flash-steps.ts'
import { TargetMeter } from '../../bench/tool/target-meter.ts'
import { runBench } from '../../src/cli/run-bench.ts'

class LoopbackServer implements AsyncDisposable {
  readonly #server: Server
  readonly url: string

  private constructor(server: Server) {
    this.#server = server
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  static async start(listener: RequestListener): Promise<LoopbackServer> {
    const server = createServer(listener)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new LoopbackServer(server)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

const createClient = (client: number): NextStep => {
  let index = client * 1_000
  return () => warmStep(index++)
}

/** Adds, as the route that is called warm does, when `answerAt` (of `performance.now()`) has come. */
function adding(answerAt: () => number): RequestListener {
  return (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { x, y } = JSON.parse(Buffer.concat(chunks).toString()) as { readonly x: number; readonly y: number }
      setTimeout(() => response.end(`{"sum":${x + y}}`), Math.max(0, answerAt() - performance.now()))
    })
  }
}

describe('a server that stalls once', () => {
  const STALL_MS = 400
  const DURATION_MS = 800
  /** From the first request on: nothing that came within the stall is answered before its end. */
  const stalling = (): RequestListener => {
    let stallUntil: number | null = null
    return adding(() => (stallUntil ??= performance.now() + STALL_MS))
  }
  const runStalled = async (shape: LoadShape): Promise<readonly number[]> => {
    await using server = await LoopbackServer.start(stalling())
    const report = await runLoad({ url: server.url, shape, durationMs: DURATION_MS, seed: 3, createClient })
    expect(report.failed).toBe(0)
    return report.latenciesMs
  }

  test('is charged by arrivals for everybody who came meanwhile', async () => {
    const shape = { kind: 'open', perSecond: 200 } as const
    const latencies = await runStalled(shape)
    const arrivals = arrivalsOf(shape, DURATION_MS, 3)
    const [first = 0] = arrivals
    expect(latencies).toHaveLength(arrivals.length)
    // Whoever was due in the first half of the stall waited at least for its second half.
    const early = arrivals.filter((arrivalMs) => arrivalMs < first + STALL_MS / 2).length
    expect(early).toBeGreaterThan(20)
    expect(latencies.filter((ms) => ms >= STALL_MS / 2).length).toBeGreaterThanOrEqual(early)
  })

  test('is hardly charged by a client that waits for its answers: why both shapes are measured', async () => {
    const latencies = await runStalled({ kind: 'closed', clients: 1 })
    // However slow the machine is: there is no time for more than two further slow ones.
    const slow = latencies.filter((ms) => ms >= STALL_MS / 2).length
    expect(slow).toBeGreaterThanOrEqual(1)
    expect(slow).toBeLessThanOrEqual(3)
  })

  test('is charged by more arrivals than there are connections from when each was due', async () => {
    const latencies = await runStalled({ kind: 'open', perSecond: 1_000 })
    // 128 connections are busy with the stall after an eighth of a second; whoever comes then waits for a connection.
    expect(latencies.filter((ms) => ms >= STALL_MS / 2).length).toBeGreaterThan(150)
  })
})

const BURST = 30

describe('the shapes', () => {
  test('a burst sends all of its requests at once, and a count sends exactly as many as it says', async () => {
    let arrived = 0
    const held: (() => void)[] = []
    // Nobody is answered before all of the burst are there.
    await using server = await LoopbackServer.start((request, response) => {
      held.push(() => adding(() => 0)(request, response))
      arrived++
      if (arrived >= BURST) for (const answer of held.splice(0)) answer()
    })
    const { url } = server
    const burst = await runLoad({ url, shape: { kind: 'burst', size: BURST }, durationMs: 1, seed: 1, createClient })
    expect(burst).toMatchObject({ failed: 0, latenciesMs: { length: BURST } })
    expect(arrived).toBe(BURST)
    // The rate is that of the time in which requests were on their way.
    expect(burst.elapsedMs).toBeGreaterThanOrEqual(Math.max(...burst.latenciesMs))
    const shape = { kind: 'count', requests: 7, clients: 3 } as const
    const count = await runLoad({ url, shape, durationMs: 0, seed: 1, createClient })
    expect(count.latenciesMs).toHaveLength(7)
  })

  test('what fails is counted with its reason, and a connection that was closed is opened again', async () => {
    let requests = 0
    await using server = await LoopbackServer.start((request, response) => {
      requests++
      if (requests % 3 === 0) request.socket.destroy()
      else if (requests % 3 === 1) response.writeHead(503).end('busy')
      else adding(() => 0)(request, response)
    })
    const shape = { kind: 'count', requests: 12, clients: 1 } as const
    const report = await runLoad({ url: server.url, shape, durationMs: 0, seed: 1, createClient })
    expect(report.latenciesMs).toHaveLength(4)
    expect(report.failed).toBe(8)
    expect(report.problems.toSorted()).toEqual(['status 503: busy', 'the server closed the connection'])
  })

  test('what a target says of its own time is its phases, without their sum and its processor time', async () => {
    await using server = await LoopbackServer.start((request, response) => {
      response.setHeader('server-timing', 'open;dur=2.5, cpu;dur=9, total;dur=12')
      adding(() => 0)(request, response)
    })
    const shape = { kind: 'count', requests: 3, clients: 1 } as const
    const report = await runLoad({ url: server.url, shape, durationMs: 0, seed: 1, createClient })
    expect(report.phasesMs).toEqual({ open: 2.5 })
  })

  test('a target that does not listen is no figure but an error', async () => {
    const shape = { kind: 'closed', clients: 1 } as const
    const order = {
      url: 'http://127.0.0.1:1',
      dialect: 'peer',
      scenario: 'flash-warm',
      firstProgram: 1,
      seed: 1,
    } as const
    const sent = sendLoad({ ...order, warmUpMs: 0, warmUpClients: 0, shape, durationMs: 100 }, () => undefined)
    await expect(sent).rejects.toThrow('ECONNREFUSED')
  })

  test('the generator runs in a process of its own, and tells when the warm-up is over', async () => {
    await using server = await LoopbackServer.start(adding(() => 0))
    let warm = 0
    const report = await sendLoad(
      {
        url: server.url,
        dialect: 'peer',
        scenario: 'flash-warm',
        firstProgram: 1,
        seed: 1,
        warmUpMs: 50,
        warmUpClients: 2,
        shape: { kind: 'count', requests: 20, clients: 2 },
        durationMs: 0,
      },
      () => warm++,
    )
    expect(report).toMatchObject({ failed: 0, latenciesMs: { length: 20 } })
    expect(warm).toBe(1)
  })
})

test('processor time and memory are those of the process and of what it started', () => {
  using meter = new TargetMeter(process.pid)
  const before = process.cpuUsage()
  const until = performance.now() + 5_000
  // Processor time, not wall time: the machine may be busy with others.
  while (process.cpuUsage(before).user < 300_000 && performance.now() < until);
  const { cpuSeconds, peakRssBytes } = meter.read()
  expect(cpuSeconds).toBeGreaterThan(0.2)
  expect(peakRssBytes).toBeGreaterThan(30_000_000)
})

test('a copy without the benchmark says so', async () => {
  expect(await runBench(['--help'], ['/nonexistent'])).toBe(1)
})
