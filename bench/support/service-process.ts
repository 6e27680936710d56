// The service as a process of its own, started as its operator would start it, with its log in a file.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import ENGINE_FLAGS from '../../bin/engine-flags.json' with { type: 'json' }
import { killAtExit } from './kill-at-exit.ts'

export const PROJECT_ROOT = join(import.meta.dirname, '..', '..')

const POLL_MS = 20
const START_MS = 20_000
const STOP_MS = 5_000

export type LogLine = Readonly<Record<string, unknown>>

/** Everything else is at its default; `PORT` is any free one. */
export type ServiceSettings = Readonly<Record<string, string>>

/** The command line of the service's own process, without a launcher. */
export function spawnService(settings: ServiceSettings, stdout: 'ignore' | number): ChildProcess {
  const child = spawn(process.execPath, [...ENGINE_FLAGS, join(PROJECT_ROOT, 'src', 'main.ts'), 'serve'], {
    cwd: tmpdir(),
    env: { PATH: process.env['PATH'] ?? '', ...settings },
    stdio: ['ignore', stdout, 'inherit'],
  })
  killAtExit(child)
  return child
}

export async function stopService(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  await Promise.race([exited, setTimeout(STOP_MS, undefined, { ref: false })])
  child.kill('SIGKILL')
  await exited
}

export class ServiceProcess implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #folder: string
  readonly url: string

  private constructor(child: ChildProcess, folder: string, url: string) {
    this.#child = child
    this.#folder = folder
    this.url = url
  }

  /** Resolves when the service listens and `executors` of its executors are ready. */
  static async start(settings: ServiceSettings, executors: number): Promise<ServiceProcess> {
    const folder = mkdtempSync(join(tmpdir(), 'worker-isolate-bench-'))
    const file = openSync(join(folder, 'log'), 'a')
    const child = spawnService({ PORT: '0', DATA_DIR: join(folder, 'data'), ...settings }, file)
    closeSync(file)
    const deadline = performance.now() + START_MS
    while (performance.now() < deadline && child.exitCode === null) {
      // oxlint-disable-next-line no-await-in-loop -- a poll
      await setTimeout(POLL_MS)
      const lines = readLog(folder)
      const url = lines.find((line) => typeof line['url'] === 'string')?.['url']
      const ready = lines.filter((line) => line['msg'] === 'executor ready').length
      if (typeof url === 'string' && ready >= executors) return new ServiceProcess(child, folder, url)
    }
    await stopService(child)
    throw new Error(`the service did not start; its log is in ${folder}`)
  }

  get pid(): number {
    const { pid } = this.#child
    if (pid === undefined) throw new Error('the service has no process')
    return pid
  }

  /** Everything that was logged since the start. */
  readLog(): readonly LogLine[] {
    return readLog(this.#folder)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await stopService(this.#child)
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** The last line may be half written, so what follows the last line end is left out. */
function readLog(folder: string): readonly LogLine[] {
  const text = readFileSync(join(folder, 'log'), 'utf8')
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as LogLine)
}
