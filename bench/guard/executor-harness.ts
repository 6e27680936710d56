// The real executor in this process: frames go in by `handle` and come out decoded.
import { IsolateExecutor } from '../../src/executor/executor.ts'
import { encodeFrame, FrameReader } from '../../src/ipc/frame.ts'
import type { Frame } from '../../src/ipc/frame.ts'
import { parseFromExecutor } from '../../src/ipc/messages.ts'
import type { ToExecutor } from '../../src/ipc/messages.ts'
import { openSnapshots } from '../../test/support/open-snapshots.ts'

const FRAME_BYTES = 64_000_000

export const LIMITS = {
  wallMs: 30_000,
  cpuMs: 5_000,
  memoryMb: 128,
  inputBytes: 10_485_760,
  outputBytes: 10_485_760,
  logBytes: 262_144,
}

export class ExecutorHarness {
  readonly #executor: IsolateExecutor
  readonly #incoming = new FrameReader(() => FRAME_BYTES)
  readonly #outgoing = new FrameReader(() => FRAME_BYTES)
  #settle: ((value: string) => void) | null = null

  private constructor(snapshots: Awaited<ReturnType<typeof openSnapshots>>) {
    this.#executor = new IsolateExecutor({
      memoryMb: LIMITS.memoryMb,
      logBytes: LIMITS.logBytes,
      ready: 2,
      guestWasm: false,
      mayEnterNow: true,
      snapshots,
      write: (bytes) => this.#outgoing.push(bytes).forEach((frame) => this.#hear(frame)),
    })
  }

  static async start(): Promise<ExecutorHarness> {
    const harness = new ExecutorHarness(await openSnapshots())
    await harness.#executor.prepare()
    return harness
  }

  tell(message: ToExecutor, parts: readonly string[]): void {
    for (const frame of this.#incoming.push(encodeFrame(message, parts))) this.#executor.handle(frame)
  }

  /** The value that the task of `message` settles with. */
  async ask(message: ToExecutor, parts: readonly string[]): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<string>()
    this.#settle = resolve
    this.tell(message, parts)
    return promise
  }

  #hear(frame: Frame): void {
    const message = parseFromExecutor(frame)
    if (message.type !== 'settled') return
    if (!message.ok) throw new Error(`a guarded task failed: ${JSON.stringify(message.failure)}`)
    this.#settle?.(frame.parts[1] ?? '')
  }
}
