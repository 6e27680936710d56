// A contestant in a process of its own: runs a round when it is told to, and reports it.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { killAtExit } from './kill-at-exit.ts'

export type RoundOrder =
  /** One request after the other for so long. */
  | { readonly type: 'closed'; readonly durationMs: number }
  /** One request for each arrival; latency counts from the arrival, so that a request that comes too early waits. */
  | { readonly type: 'open'; readonly arrivalsMs: readonly number[] }

export interface RoundReport {
  readonly latenciesMs: readonly number[]
  /** Processor time of the round, threads included. */
  readonly cpuMs: number
}

export type RoundReply = { readonly report: RoundReport } | { readonly error: string }

export interface RoundProcessOptions {
  readonly entryPath: string
  readonly nodeFlags: readonly string[]
  readonly memoryMb: number
}

export class RoundProcess implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #replies: AsyncIterator<string>

  constructor({ entryPath, nodeFlags, memoryMb }: RoundProcessOptions) {
    this.#child = spawn(process.execPath, [...nodeFlags, entryPath, String(memoryMb)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    killAtExit(this.#child)
    if (this.#child.stdout === null) throw new Error('a contestant without a standard output')
    this.#replies = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
  }

  /** Rejects when an answer was wrong or the process ended. */
  async run(order: RoundOrder): Promise<RoundReport> {
    this.#child.stdin?.write(`${JSON.stringify(order)}\n`)
    const { value, done } = await this.#replies.next()
    if (done === true) throw new Error('a contestant ended before its round')
    const reply = JSON.parse(value) as RoundReply
    if ('error' in reply) throw new Error(reply.error)
    return reply.report
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await exited
  }
}
