// The real service as a child process on a free port, and what the kernel knows of the processes that it started.
import { spawn } from 'node:child_process'
import type { ChildProcess, ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import ENGINE_FLAGS from '../../bin/engine-flags.json' with { type: 'json' }
import { KeepAliveClient } from './keep-alive-client.ts'
import { isAlive } from './processes.ts'

export const PROJECT_FOLDER = join(import.meta.dirname, '..', '..')

/** Below the 10 s that vitest gives a hook, so that a service that does not start is ended here. */
const START_MS = 8_000
const STOP_MS = 10_000
const POLL_MS = 10
/** Node.js sees to low descriptors by itself, up to the first gap. */
const HIGH_DESCRIPTORS = Array<'ignore'>(40).fill('ignore')
/** Where a service with an inherited file also has an inherited socket. */
export const INHERITED_SOCKET = 3 + HIGH_DESCRIPTORS.length
/** The file that every executor is started with, and nothing else. */
const EXECUTOR_FILE = 'executor.cjs'

export interface ServiceOptions {
  /** `serve` unless it is said. */
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Where the service is installed; the checkout unless it is said. */
  readonly folder?: string
  /** Leads a process group of its own, so that a test can send a signal as a terminal does. */
  readonly isDetached?: boolean
  /** A descriptor of the test that the service gets too, and a socket beside it, as from a shell that forgot to close them. */
  readonly inherited?: number
}

/** One line of the service's log. */
export type LogLine = Readonly<Record<string, unknown>>

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export class ServiceProcess implements AsyncDisposable {
  readonly url: string
  readonly client: KeepAliveClient
  /** Grows while the service runs. */
  readonly log: readonly LogLine[]
  /** What it prints for people; grows too. */
  readonly printed: readonly string[]
  readonly exited: Promise<Exit>
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, url: string, heard: Heard, exited: Promise<Exit>) {
    this.#child = child
    this.url = url
    this.log = heard.log
    this.printed = heard.printed
    this.exited = exited
    this.client = new KeepAliveClient(url)
  }

  /** Resolves once `/ping` answers 200. */
  static async start(options: ServiceOptions = {}): Promise<ServiceProcess> {
    const { args = ['serve'], env = {}, folder = PROJECT_FOLDER, isDetached = false, inherited } = options
    // Each has jobs of its own; its executors and tools may pass through the folder.
    const dataFolder = mkdtempSync(join(tmpdir(), 'worker-isolate-data-'))
    chmodSync(dataFolder, 0o711)
    const passedOn: ('pipe' | number)[] = inherited === undefined ? [] : ['pipe', inherited]
    const child = spawn(process.execPath, [...ENGINE_FLAGS, join(folder, 'src/main.ts'), ...args], {
      cwd: folder,
      env: { PATH: process.env['PATH'] ?? '', PORT: '0', DATA_DIR: join(dataFolder, 'data'), ...env },
      stdio: ['ignore', 'pipe', 'pipe', ...HIGH_DESCRIPTORS, ...passedOn],
      detached: isDetached,
    }) as ChildProcessByStdio<null, Readable, Readable>
    const log: LogLine[] = []
    const printed: string[] = []
    createInterface({ input: child.stderr }).on('line', (line) => printed.push(line))
    const exited = once(child, 'exit').then(([code, signal]): Exit => {
      rmSync(dataFolder, { recursive: true, force: true })
      return { code, signal }
    })
    const listening = Promise.withResolvers<string>()
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (!line.startsWith('{')) {
        printed.push(line)
        return
      }
      const entry = JSON.parse(line) as LogLine
      log.push(entry)
      // On the platform the line is a message and nothing beside it.
      const url = entry['url'] ?? / listens on (http\S+)/u.exec(String(entry['message']))?.[1]
      if (typeof url === 'string') listening.resolve(url)
    })
    const failed = exited.then(({ code }) =>
      Promise.reject(new Error(`the service ended with ${code}: ${printed.join('\n')}`)),
    )
    failed.catch(() => undefined)
    try {
      const url = await withDeadline(Promise.race([listening.promise, failed]), START_MS, 'the service did not listen')
      const service = new ServiceProcess(child, url, { log, printed }, exited)
      await waitFor(
        async () => (await service.client.get('/ping')).status === 200,
        START_MS,
        '/ping never answered 200',
      )
      return service
    } catch (error) {
      child.kill('SIGKILL')
      throw error
    }
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Every process below the service: executors, what wraps them, the TypeScript tool. */
  descendants(): readonly number[] {
    return descendantsOf(this.pid)
  }

  /** The processes in which submitted code runs; a wrapper around one is not counted. */
  executorPids(): readonly number[] {
    return this.descendants().filter((pid) => isExecutor(pid))
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Exit> {
    this.#child.kill(signal)
    return withDeadline(this.exited, STOP_MS, `the service did not end after ${signal}`)
  }

  /** Ends the service and whatever it left behind, also when a test failed half-way. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.client[Symbol.dispose]()
    const left = this.descendants()
    this.#child.kill('SIGKILL')
    await this.exited
    for (const pid of left) if (isExecutor(pid)) killQuietly(pid)
  }
}

interface Heard {
  readonly log: readonly LogLine[]
  readonly printed: readonly string[]
}

interface ProcessFacts {
  readonly pid: number
  readonly parent: number
}

export function descendantsOf(root: number): readonly number[] {
  const byParent = Map.groupBy(readProcesses(), ({ parent }) => parent)
  const found: number[] = []
  const open = [root]
  for (let parent = open.pop(); parent !== undefined; parent = open.pop()) {
    for (const { pid } of byParent.get(parent) ?? []) {
      if (!isAlive(pid)) continue
      found.push(pid)
      open.push(pid)
    }
  }
  return found
}

function readProcesses(): readonly ProcessFacts[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1')
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
      return [{ pid: Number(name), parent }]
    } catch {
      return []
    }
  })
}

function isExecutor(pid: number): boolean {
  try {
    const isNode = readlinkSync(`/proc/${pid}/exe`).endsWith('node')
    return isNode && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(EXECUTOR_FILE)
  } catch {
    return false
  }
}

export function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It is gone already.
  }
}

/** Rejects with `sentence` when the promise takes too long. */
export async function withDeadline<T>(promise: Promise<T>, deadlineMs: number, sentence: string): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(sentence)), deadlineMs)
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Settles when `condition` holds; rejects with `sentence` when it does not within `deadlineMs`. */
export async function waitFor(
  condition: () => boolean | Promise<boolean>,
  deadlineMs: number,
  sentence: string,
): Promise<void> {
  const deadline = performance.now() + deadlineMs
  // oxlint-disable-next-line no-await-in-loop -- a poll with a deadline
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(sentence)
    // oxlint-disable-next-line no-await-in-loop -- a poll with a deadline
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}
