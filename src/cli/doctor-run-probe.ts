// Starts the doctor's probe at one level of confinement and waits for what it has to say.
import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import type { BubblewrapSetup } from '../pool/confinement/bubblewrap.ts'
import type { ConfinementLevel } from '../pool/confinement/level.ts'
import { planSpawn } from '../pool/confinement/plan-spawn.ts'
import { describeBubblewrapFailure } from '../pool/confinement/probe-bubblewrap.ts'
import type { DoctorProbeArguments, DoctorProbeReport } from './doctor-probe.ts'

export interface RunProbeOptions {
  readonly level: ConfinementLevel
  readonly nodePath: string
  /** `doctor-probe.ts`, or what it is built to. */
  readonly entryPath: string
  /** Real paths that the probe imports. */
  readonly readPaths: readonly string[]
  readonly uid: number | null
  readonly bubblewrap: BubblewrapSetup | null
}

export type ProbeResult =
  | { readonly ok: true; readonly report: DoctorProbeReport; readonly readyMs: number }
  | { readonly ok: false; readonly reason: string }

const SOCKET_FD = 3
const DEADLINE_MS = 10_000

export async function runDoctorProbe(options: RunProbeOptions): Promise<ProbeResult> {
  const newFilePath = join(tmpdir(), `worker-isolate-doctor-${process.pid}`)
  const listener = createServer((socket) => socket.destroy())
  await new Promise<void>((resolve) => {
    listener.listen(0, '127.0.0.1', resolve)
  })
  try {
    return await startProbe(options, {
      confine: { level: options.level, uid: options.uid, gid: options.uid },
      targets: {
        filePath: options.nodePath,
        newFilePath,
        programPath: '/bin/true',
        port: (listener.address() as AddressInfo).port,
        otherPid: process.pid,
        trace: false,
      },
    })
  } finally {
    listener.close()
    rmSync(newFilePath, { force: true })
  }
}

async function startProbe(options: RunProbeOptions, given: DoctorProbeArguments): Promise<ProbeResult> {
  const plan = planSpawn({ ...options, nodeFlags: [], entryArgs: [JSON.stringify(given)] })
  const startedAt = performance.now()
  const child = spawn(plan.command, plan.args, {
    cwd: plan.cwd,
    env: plan.env,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  })
  let said = ''
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  return new Promise((resolve) => {
    const settle = (result: ProbeResult): void => {
      clearTimeout(deadline)
      resolve(result)
    }
    const fail = (reason: string): void => settle({ ok: false, reason })
    const deadline = setTimeout(() => {
      fail(`it was not ready within ${DEADLINE_MS} ms`)
      child.kill('SIGKILL')
    }, DEADLINE_MS)
    const socket = child.stdio[SOCKET_FD] as Duplex
    socket.on('error', () => undefined)
    socket.setEncoding('utf8').on('data', (text: string) => {
      said += text
      if (!said.endsWith('\n')) return
      settle({ ok: true, report: JSON.parse(said) as DoctorProbeReport, readyMs: performance.now() - startedAt })
      // The probe ends itself when its socket closes, and bubblewrap ends with it.
      socket.destroy()
    })
    child.on('error', (error) => fail(error.message))
    child.on('close', (code, signal) => {
      if (stderr.startsWith('bwrap: ')) fail(describeBubblewrapFailure(stderr))
      else fail(`it ended with ${signal ?? `exit code ${code}`}: ${stderr.trim().slice(-500)}`)
    })
  })
}
