// Starts an executor as a child process and carries frames over one socket pair, its only channel.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { constants, setPriority } from 'node:os'
import type { Duplex } from 'node:stream'
import { FrameReader } from '../ipc/frame.ts'
import type { SpawnPlan } from './confinement/plan-spawn.ts'
import { lowerSessionPriority } from './lower-session-priority.ts'
import type { Transport, TransportHandlers } from './transport.ts'

const SOCKET_FD = 3
/** Guests compute at a lower priority than the front doors answer. */
const EXECUTOR_NICE = constants.priority.PRIORITY_BELOW_NORMAL
/** Half the share of the front's session. At nice 10, five busy programs elsewhere would keep executors from starting at all. */
const SESSION_NICE = 3
/** How much of what a dying process says is kept for the log. */
const STDERR_CHARACTERS = 2_048

export interface ForkOptions {
  readonly plan: SpawnPlan
  /** Finds the process that runs the executor when `plan.command` is a wrapper around it. */
  readonly findPid: (spawnedPid: number) => number | null
  /** The largest frame that the executor may send now. */
  readonly maxFrameBytes: () => number
}

export function startForkTransport(options: ForkOptions, handlers: TransportHandlers): Transport {
  const { plan } = options
  const child = spawn(plan.command, plan.args, {
    cwd: plan.cwd,
    env: plan.env,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  })
  // Node leaves the list out when the process cannot be started at all.
  const socket = (child.stdio as ChildProcess['stdio'] | undefined)?.[SOCKET_FD] as Duplex | null | undefined
  const reader = new FrameReader(options.maxFrameBytes)
  let saidLast = ''
  let brokenBy: string | null = null
  let executorPid: number | null = null

  const kill = (): void => {
    if (executorPid !== null && executorPid !== child.pid) killQuietly(executorPid)
    // Before it has a session of its own, what a wrapper has forked is in its group, and would wait for it for ever.
    if (child.pid !== undefined) killQuietly(-child.pid)
    child.kill('SIGKILL')
  }
  const broken = (reason: string): void => {
    brokenBy ??= reason
    kill()
  }

  lowerPriority(child)
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    saidLast = (saidLast + text).slice(-STDERR_CHARACTERS)
  })
  socket?.on('data', (chunk: Buffer) => {
    if (brokenBy !== null) return
    try {
      for (const frame of reader.push(chunk)) handlers.onFrame(frame)
    } catch (error) {
      broken(error instanceof Error ? error.message : 'it sent a malformed frame')
    }
  })
  // The exit says why; a failed write only says that it happened.
  socket?.on('error', () => undefined)
  let hasExited = false
  const exited = (reason: string): void => {
    if (hasExited) return
    hasExited = true
    socket?.destroy()
    child.stderr?.destroy()
    handlers.onExit(reason, saidLast.trim())
  }
  child.on('error', (error) => exited(`it could not be started: ${error.message}`))
  child.on('exit', (code, signal) => exited(brokenBy ?? (signal === null ? `exit code ${code}` : `signal ${signal}`)))

  let isHeldBack = false
  /** What is sent in one turn of the event loop leaves as one: to wake a process costs more than to serve a quick call. */
  const holdBack = (to: Duplex): void => {
    if (isHeldBack) return
    isHeldBack = true
    to.cork()
    setImmediate(() => {
      isHeldBack = false
      to.uncork()
    })
  }

  return {
    get pid() {
      if (executorPid === null && child.pid !== undefined) {
        executorPid = options.findPid(child.pid)
        // A wrapper gives it a session of its own.
        if (executorPid !== null && executorPid !== child.pid) lowerSessionPriority(executorPid, SESSION_NICE)
      }
      return executorPid
    },
    send(frame, onLeft) {
      if (hasExited || brokenBy !== null || socket == null) return
      holdBack(socket)
      socket.write(frame, (error) => (error instanceof Error ? undefined : onLeft?.()))
    },
    kill,
  }
}

function lowerPriority(child: ChildProcess): void {
  if (child.pid === undefined) return
  lowerSessionPriority(child.pid, SESSION_NICE)
  try {
    setPriority(child.pid, EXECUTOR_NICE)
  } catch {
    // The child may be gone already; its exit event says so.
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It is gone already.
  }
}
