// One tool process: started, given one request at a time under a deadline and a memory bound, ended by SIGKILL.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import process from 'node:process'
import type { Duplex } from 'node:stream'
import { FrameReader } from '../ipc/frame.ts'
import type { Frame } from '../ipc/frame.ts'
import { readGroupResidentMb } from './group-resident.ts'

const SOCKET_FD = 3
const START_DEADLINE_MS = 10_000
const RESIDENT_POLL_MS = 20
/** In a frame beside the text that it carries. */
export const FRAME_OVERHEAD_BYTES = 64 * 1024
/** What a code unit takes at most on the socket. */
export const BYTES_PER_UNIT = 3

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

/** What a tool says of a request. */
export interface ToolMessage {
  readonly type: string
  readonly id: number
}

export interface ToolProcessOptions<Message extends ToolMessage> {
  /** Flags of Node.js; no other right comes with them. */
  readonly flags: readonly string[]
  readonly entryPath: string
  /** The environment; empty when absent. */
  readonly env?: Readonly<Record<string, string>>
  /** The one argument of the program. */
  readonly argument: string
  readonly deadlineMs: number
  /** Resident memory of the process and those that it starts. */
  readonly residentMb: number
  /** The largest frame that the tool may send. */
  readonly maxFrameBytes: number
  /** Throws when the tool broke the contract. */
  readonly parse: (frame: Frame) => Message | { readonly type: 'ready' }
}

type EndReason = Omit<ProcessEnd, 'type'>

interface Request<Message> {
  readonly id: number
  /** Throws when the message is no answer to it. */
  readonly take: (message: Message, parts: readonly string[]) => void
  readonly settleEnd: (end: ProcessEnd) => void
}

export class ToolProcess<Message extends ToolMessage> {
  readonly #child: ChildProcess
  readonly #socket: Duplex | null
  readonly #options: ToolProcessOptions<Message>
  readonly #ready = Promise.withResolvers<boolean>()
  readonly #ended = Promise.withResolvers<ProcessEnd>()
  #end: ProcessEnd | null = null
  /** Set before the kill that it explains. */
  #reason: EndReason | null = null
  #request: Request<Message> | null = null
  #requests = 0

  constructor(options: ToolProcessOptions<Message>) {
    this.#options = options
    const { flags, entryPath, argument, env = {} } = options
    // Detached makes it the leader of a group, so that one signal ends what it has started too.
    this.#child = spawn(process.execPath, [...flags, entryPath, argument], {
      cwd: '/',
      env,
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    })
    // A child that cannot start for want of descriptors has no streams at all, whatever the types say.
    const { stdio } = this.#child as { readonly stdio?: ChildProcess['stdio'] }
    this.#socket = (stdio?.[SOCKET_FD] as Duplex | null | undefined) ?? null
    this.#listen()
    const startTimer = setTimeout(() => this.#kill('contract', 'it was not ready in time'), START_DEADLINE_MS)
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

  /**
   * Settles with what `read` makes of the tool's answer, or with the end of the process. One request at a time, and only
   * once the process is ready.
   * @param read throws when the message is no answer to this request, which ends the process.
   */
  async ask<Answer>(
    encode: (id: number) => Buffer,
    read: (message: Message, parts: readonly string[]) => Answer,
  ): Promise<Answer | ProcessEnd> {
    if (this.#request !== null) throw new Error('tool process: one request at a time')
    if (this.#end !== null) return this.#end
    const { deadlineMs } = this.#options
    const { promise, resolve } = Promise.withResolvers<Answer | ProcessEnd>()
    this.#requests += 1
    const id = this.#requests
    this.#request = { id, take: (message, parts) => resolve(read(message, parts)), settleEnd: resolve }
    const deadline = setTimeout(() => this.#kill('deadline', 'it did not answer in time', deadlineMs), deadlineMs)
    const residentPoll = setInterval(() => this.#checkResident(), RESIDENT_POLL_MS)
    this.#socket?.write(encode(id))
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
    this.#killGroup()
  }

  #killGroup(): void {
    const { pid } = this.#child
    try {
      if (pid !== undefined) process.kill(-pid, 'SIGKILL')
    } catch {
      // No member of the group is left.
    }
  }

  #listen(): void {
    const reader = new FrameReader(() => this.#options.maxFrameBytes)
    this.#socket?.on('data', (chunk: Buffer) => {
      if (this.#reason !== null) return
      try {
        for (const frame of reader.push(chunk)) this.#take(frame)
      } catch (error) {
        this.#kill('contract', error instanceof Error ? error.message : 'it sent a malformed frame')
      }
    })
    // The exit says why; a failed write or a closed socket only says that it happened.
    this.#socket?.on('error', () => undefined)
    this.#socket?.on('close', () => this.#killGroup())
    this.#child.on('error', (error) => {
      if (this.#child.pid === undefined) this.#settleEnd({ cause: 'crashed', detail: error.message, used: 0 })
    })
    this.#child.on('exit', (code, signal) => {
      this.#killGroup()
      const detail = signal === null ? `exit code ${code}` : `signal ${signal}`
      this.#settleEnd(this.#reason ?? { cause: signal === 'SIGKILL' ? 'killed' : 'crashed', detail, used: 0 })
    })
  }

  #settleEnd(reason: EndReason): void {
    const end: ProcessEnd = { type: 'ended', ...reason }
    this.#end = end
    this.#socket?.destroy()
    this.#ready.resolve(false)
    this.#request?.settleEnd(end)
    this.#request = null
    this.#ended.resolve(end)
  }

  #take(frame: Frame): void {
    const message = this.#options.parse(frame)
    if (!('id' in message)) {
      this.#ready.resolve(true)
      return
    }
    const request = this.#request
    if (request === null || message.id !== request.id) throw new Error('it answered a request that it was not given')
    request.take(message, frame.parts)
    this.#request = null
  }

  #checkResident(): void {
    const residentMb = readGroupResidentMb(this.#child.pid)
    if (residentMb > this.#options.residentMb) this.#kill('memory', 'it used too much memory', residentMb)
  }
}
