// The process that the doctor starts like an executor: it confines itself, tries to get out, and reports over fd 3.
import { connect } from 'node:net'
import { Socket } from 'node:net'
import { confineSelf } from '../executor/confine/confine-self.ts'
import type { ConfineOptions } from '../executor/confine/confine-self.ts'
import { describeConfinement } from '../executor/confine/describe-confinement.ts'
import { dropPermissions } from '../executor/confine/drop-permissions.ts'
import { attemptEscapes } from '../executor/confine/escape-attempts.ts'
import type { EscapeAttempt, EscapeTargets } from '../executor/confine/escape-attempts.ts'
import { openNative } from '../executor/confine/native.ts'
import { currentArchitecture } from '../executor/confine/syscall-numbers.ts'
import { ivm } from '../executor/load-isolated-vm.ts'

export interface DoctorProbeArguments {
  readonly confine: Omit<ConfineOptions, 'dropPermissions'>
  readonly targets: EscapeTargets
}

export interface DoctorProbeReport {
  readonly layers: readonly string[]
  readonly problems: readonly string[]
  /** Raw system calls; null at the level `permission`, which has no way to make them. */
  readonly native: readonly EscapeAttempt[] | null
  /** What JavaScript could still do, in words; empty when the permission model holds. */
  readonly javascript: readonly string[]
  /** What an isolate answers to `6 * 7`. */
  readonly isolate: number
}

/** JavaScript's ways out, through Node's own modules. */
async function attemptInJavaScript(targets: EscapeTargets): Promise<string[]> {
  const { readFileSync } = process.getBuiltinModule('node:fs')
  const { spawnSync } = process.getBuiltinModule('node:child_process')
  const attempts: readonly (readonly [name: string, run: () => unknown])[] = [
    ['read a file', () => readFileSync(targets.filePath)],
    ['run a program', () => spawnSync(targets.programPath).error],
    ['connect to a port', () => connectTo(targets.port)],
  ]
  const succeeded: string[] = []
  for (const [name, run] of attempts) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- one after the other, as a guest would
      const error = await run()
      if (!(error instanceof Error)) succeeded.push(name)
    } catch {
      // Refused, as it should be.
    }
  }
  return succeeded
}

async function connectTo(port: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    connect(port, '127.0.0.1').on('connect', resolve).on('error', reject)
  })
}

async function probe(given: DoctorProbeArguments): Promise<DoctorProbeReport> {
  const opened = openNative()
  const architecture = currentArchitecture()
  const state = confineSelf({ ...given.confine, dropPermissions: false })
  const native = opened.ok && architecture !== null ? attemptEscapes(opened.native, architecture, given.targets) : null
  const droppedPermissions = dropPermissions()
  const isolate = new ivm.Isolate({ memoryLimit: 8 })
  const context = await isolate.createContext()
  const product: unknown = await context.eval('6 * 7', { timeout: 1_000 })
  return {
    layers: describeConfinement({ ...state, droppedPermissions }),
    problems: state.problems,
    native,
    javascript: await attemptInJavaScript(given.targets),
    isolate: Number(product),
  }
}

const socket = new Socket({ fd: 3, readable: true, writable: true })
socket.on('close', () => process.kill(process.pid, 'SIGKILL'))
const report = await probe(JSON.parse(process.argv.at(-1) ?? '') as DoctorProbeArguments)
socket.write(`${JSON.stringify(report)}\n`)
