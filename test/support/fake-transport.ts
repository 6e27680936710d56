// Executors without processes: the test says when each is ready, what it answers and when it dies.
import type { Frame } from '../../src/ipc/frame.ts'
import { FrameReader } from '../../src/ipc/frame.ts'
import type { RunMessage, ToExecutor } from '../../src/ipc/messages.ts'
import type { StartTransport, Transport, TransportHandlers } from '../../src/pool/transport.ts'

export class FakeProcess implements Transport {
  readonly pid = null
  readonly handlers: TransportHandlers
  readonly received: ToExecutor[] = []
  /** The long texts of each frame that it received. */
  readonly receivedParts: (readonly string[])[] = []
  isKilled = false
  readonly #reader = new FrameReader(() => 1_000_000)

  constructor(handlers: TransportHandlers) {
    this.handlers = handlers
  }

  send(frame: Buffer, onLeft?: () => void): void {
    for (const { header, parts } of this.#reader.push(frame)) {
      this.received.push(header as ToExecutor)
      this.receivedParts.push(parts)
    }
    if (onLeft !== undefined) queueMicrotask(onLeft)
  }

  kill(): void {
    this.isKilled = true
    queueMicrotask(() => this.exit('signal SIGKILL'))
  }

  say(header: object, parts: readonly string[] = []): void {
    this.handlers.onFrame({ header: { ...header, parts: parts.map(() => ({})) }, parts } satisfies Frame)
  }

  ready(): void {
    this.handlers.onFrame({ header: { type: 'ready', confinement: [] }, parts: [] })
  }

  /** Says that it is free again, after an answer that was not. */
  idle(): void {
    this.handlers.onFrame({ header: { type: 'idle' }, parts: [] })
  }

  exit(reason: string, saidLast = ''): void {
    this.handlers.onExit(reason, saidLast)
  }

  /** The task that it was given last. */
  get task(): RunMessage | undefined {
    return this.received.findLast((message) => message.type === 'run')
  }

  /** Answers the last task as an executor does whose function returned. */
  settle(value = '1', isFree = true): void {
    this.say({ ...settledHeader(this.task?.taskId ?? ''), isFree }, ['', value])
  }
}

export function settledHeader(taskId: string): object {
  return { type: 'settled', taskId, ok: true, isFree: true, ran: true, failure: null, cpuMs: 1, wallMs: 1, phases: {} }
}

/** Starts fake processes and keeps them in the order of their start. */
export class FakeProcesses {
  readonly all: FakeProcess[] = []

  readonly start = (): StartTransport => (handlers) => {
    const started = new FakeProcess(handlers)
    this.all.push(started)
    return started
  }

  /** The one that has the task with this id. */
  with(taskId: string): FakeProcess {
    const found = this.all.find(({ task }) => task?.taskId === taskId)
    if (found === undefined) throw new Error(`nobody has the task ${taskId}`)
    return found
  }
}
