// What a runner needs of the thing that carries frames to one executor; child processes in the service, fakes in tests.
import type { Frame } from '../ipc/frame.ts'

export interface TransportHandlers {
  readonly onFrame: (frame: Frame) => void
  /** The executor is gone; nothing follows. `reason` is for people, `saidLast` is its own text and not to be trusted. */
  readonly onExit: (reason: string, saidLast: string) => void
}

/** @param onLeft told when the frame has left this process; never, when the executor is gone. */
export type SendFrame = (frame: Buffer, onLeft?: () => void) => void

export interface Transport {
  /** The process to watch and kill; null before it is known. */
  readonly pid: number | null
  send(frame: Buffer, onLeft?: () => void): void
  /** Ends the executor at once; `onExit` follows. */
  kill(): void
}

export type StartTransport = (handlers: TransportHandlers) => Transport
