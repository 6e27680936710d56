// One TypeScript tool process: started, given one source at a time under a deadline and a memory bound, ended by SIGKILL.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { extname } from 'node:path'
import process from 'node:process'
import type { Duplex } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { encodeFrame, FrameReader } from '../ipc/frame.ts'
import { parseFromStripTool } from '../ipc/strip-messages.ts'
import type { FromStripTool } from '../ipc/strip-messages.ts'
import type { StripRequest } from '../ipc/strip-messages.ts'

const SOCKET_FD = 3
const START_DEADLINE_MS = 10_000
const RESIDENT_POLL_MS = 20
const HEAP_MB = 128
const FRAME_OVERHEAD_BYTES = 64 * 1024
const KILOBYTES_PER_MEGABYTE = 1024

/** The tool and everything that it imports: all that its process may read. */
const TOOL_FILES = ['tool/strip-main', 'tool/locate-failure', 'ipc/frame'].map((path) =>
  fileURLToPath(new URL(`../${path}${extname(import.meta.filename)}`, import.meta.url)),
)

export interface StripProcessOptions {
  /** Program of the tool process; another one than the default needs no access beyond that to its own file. */
  readonly entryPath?: string
  /** User and group that the process takes on once it is loaded; only root can give it one. */
  readonly uid?: number
  /** The largest source that will be sent, in bytes of UTF-8. */
  readonly inputBytes: number
  readonly deadlineMs: number
  /** Resident memory of the whole process. */
  readonly residentMb: number
}

/** Why a process ended: the bounds that it broke while it worked, or what else ended it. */
export type EndCause = 'asked' | 'deadline' | 'memory' | 'killed' | 'crashed' | 'contract'

export interface ProcessEnd {
  readonly type: 'ended'
  readonly cause: EndCause
  /** For the log: exit code, signal, what broke. */
  readonly detail: string
  /** What was used when `cause` is a bound: milliseconds or megabytes. */
  readonly used: number
}

type Answer =
  | Exclude<FromStripTool, { type: 'ready' | 'stripped' }>
  | { readonly type: 'stripped'; readonly code: string }
export type StripAnswer = Answer | ProcessEnd

export class StripProcess {
  readonly #child: ChildProcess
  readonly #socket: Duplex | null
  readonly #options: StripProcessOptions
  readonly #ready = Promise.withResolvers<boolean>()
  readonly #ended = Promise.withResolvers<ProcessEnd>()
  #end: ProcessEnd | null = null
  /** Set before the kill that it explains. */
  #reason: Pick<ProcessEnd, 'cause' | 'detail' | 'used'> | null = null
  #request: {
    readonly id: number
    readonly source: string
    readonly settle: (answer: StripAnswer) => void
  } | null = null
  #requests = 0

  constructor(options: StripProcessOptions) {
    this.#options = options
    const { entryPath = TOOL_FILES[0] ?? '', uid = 0 } = options
    const readable = [entryPath, ...TOOL_FILES].map((path) => `--allow-fs-read=${path}`)
    const flags = ['--permission', '--allow-worker', ...readable, '--no-warnings', `--max-old-space-size=${HEAP_MB}`]
    // A child that cannot start for want of descriptors has no streams at all, whatever the types say.
    this.#child = spawn(process.execPath, [...flags, entryPath, String(uid)], {
      cwd: '/',
      env: {},
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    })
    const { stdio } = this.#child as { readonly stdio?: ChildProcess['stdio'] }
    this.#socket = (stdio?.[SOCKET_FD] as Duplex | null | undefined) ?? null
    this.#listen()
    const startTimer = setTimeout(
      () => this.#kill('contract', 'it was not ready in time', START_DEADLINE_MS),
      START_DEADLINE_MS,
    )
    void this.#ready.promise.then(() => clearTimeout(startTimer))
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Null while the process lives. */
  get end(): ProcessEnd | null {
    return this.#end
  }

  get whenEnded(): Promise<ProcessEnd> {
    return this.#ended.promise
  }

  /** Whether the process got as far as taking requests. */
  get whenReady(): Promise<boolean> {
    return this.#ready.promise
  }

  /** Settles with the tool's answer or with the end of the process. One source at a time, and only once it is ready. */
  async strip(source: string): Promise<StripAnswer> {
    if (this.#request !== null) throw new Error('strip process: one source at a time')
    if (this.#end !== null) return this.#end
    const { deadlineMs } = this.#options
    const { promise, resolve } = Promise.withResolvers<StripAnswer>()
    this.#requests += 1
    const id = this.#requests
    this.#request = { id, source, settle: resolve }
    const deadline = setTimeout(() => this.#kill('deadline', 'it did not answer in time', deadlineMs), deadlineMs)
    const residentPoll = setInterval(() => this.#checkResident(), RESIDENT_POLL_MS)
    this.#socket?.write(encodeFrame({ type: 'strip', id } satisfies StripRequest, [source]))
    const answer = await promise
    clearTimeout(deadline)
    clearInterval(residentPoll)
    return answer
  }

  /** Kills the process; settles when it is gone. */
  async kill(detail: string): Promise<void> {
    this.#kill('asked', detail)
    await this.#ended.promise
  }

  #kill(cause: EndCause, detail: string, used = 0): void {
    this.#reason ??= { cause, detail, used }
    this.#child.kill('SIGKILL')
  }

  #listen(): void {
    // A header, and the source at three bytes for each code unit of what replaced it.
    const reader = new FrameReader(() => 3 * this.#options.inputBytes + FRAME_OVERHEAD_BYTES)
    this.#socket?.on('data', (chunk: Buffer) => {
      if (this.#reason !== null) return
      try {
        for (const frame of reader.push(chunk)) this.#take(parseFromStripTool(frame), frame.parts)
      } catch (error) {
        this.#kill('contract', error instanceof Error ? error.message : 'it sent a malformed frame')
      }
    })
    // The exit says why; a failed write or a closed socket only says that it happened.
    this.#socket?.on('error', () => undefined)
    this.#socket?.on('close', () => this.#child.kill('SIGKILL'))
    this.#child.on('error', (error) => {
      if (this.#child.pid === undefined) this.#settleEnd({ cause: 'crashed', detail: error.message, used: 0 })
    })
    this.#child.on('exit', (code, signal) => {
      const detail = signal === null ? `exit code ${code}` : `signal ${signal}`
      this.#settleEnd(this.#reason ?? { cause: signal === 'SIGKILL' ? 'killed' : 'crashed', detail, used: 0 })
    })
  }

  #settleEnd(reason: Pick<ProcessEnd, 'cause' | 'detail' | 'used'>): void {
    const end: ProcessEnd = { type: 'ended', ...reason }
    this.#end = end
    this.#socket?.destroy()
    this.#ready.resolve(false)
    this.#request?.settle(end)
    this.#request = null
    this.#ended.resolve(end)
  }

  #take(message: FromStripTool, parts: readonly string[]): void {
    if (message.type === 'ready') {
      this.#ready.resolve(true)
      return
    }
    const request = this.#request
    if (request === null || message.id !== request.id) throw new Error('it answered a request that it was not given')
    if (message.type === 'rejected') {
      this.#request = null
      request.settle(message)
      return
    }
    const [code] = parts
    // Positions are kept, so that every other length is an answer to something else.
    if (code === undefined || code.length !== request.source.length)
      throw new Error('its code does not have the length of the source')
    this.#request = null
    request.settle({ type: 'stripped', code })
  }

  #checkResident(): void {
    const residentMb = readResidentMb(this.#child.pid)
    if (residentMb > this.#options.residentMb) this.#kill('memory', 'it used too much memory', residentMb)
  }
}

/** Zero when the process is gone, or when the system has no such file. */
function readResidentMb(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1')
    return Math.round(Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / KILOBYTES_PER_MEGABYTE)
  } catch {
    return 0
  }
}
