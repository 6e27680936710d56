// Starts the probe of the fixtures as the pool starts an executor, and talks to it line by line.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Duplex } from 'node:stream'
import type { ConfinementState } from '../../src/executor/confine/confine-self.ts'
import type { EscapeAttempt } from '../../src/executor/confine/escape-attempts.ts'
import { findExecutorPid } from '../../src/pool/confinement/find-executor-pid.ts'
import type { ConfinementLevel } from '../../src/pool/confinement/level.ts'
import { readLibraryMounts } from '../../src/pool/confinement/library-mounts.ts'
import { planSpawn } from '../../src/pool/confinement/plan-spawn.ts'
import type { ProbeRequest } from '../fixtures/confined-probe.ts'

export const PROJECT = join(import.meta.dirname, '..', '..')
export const isRoot = process.geteuid?.() === 0
/** A user that owns nothing; null when the tests do not run as root and cannot change users. */
export const FIRST_UID = isRoot ? 64_100 : null
const BUBBLEWRAP = '/usr/bin/bwrap'

export type ProbeAnswer =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly message: string }

export interface ProbeOptions {
  /** `none` starts like `self` but confines nothing. */
  readonly level: ConfinementLevel | 'none'
  readonly uid?: number | null
  /** Foreign functions stay usable, for raw system calls after confinement. */
  readonly keepPermissions?: boolean
  /** A copy of the project to start from. */
  readonly project?: string
}

export class Probe implements AsyncDisposable {
  readonly child: ChildProcess
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>
  readonly #socket: Duplex
  readonly #lines: AsyncIterator<string>
  readonly #wrapped: boolean
  stderr = ''

  constructor(options: ProbeOptions) {
    const project = options.project ?? PROJECT
    const level = options.level === 'none' ? 'self' : options.level
    const uid = options.uid ?? null
    const confine = { level, uid, gid: uid, dropPermissions: options.keepPermissions !== true }
    const plan = planSpawn({
      level,
      nodePath: process.execPath,
      entryPath: join(project, 'test/fixtures/confined-probe.ts'),
      entryArgs: [JSON.stringify({ confine: options.level === 'none' ? null : confine })],
      readPaths: ['src/executor', 'package.json', 'node_modules/isolated-vm'].map((path) => join(project, path)),
      nodeFlags: [],
      uid,
      bubblewrap: { path: BUBBLEWRAP, isRoot, libraries: readLibraryMounts() },
    })
    this.#wrapped = plan.needsPidLookup
    this.child = spawn(plan.command, plan.args, {
      cwd: plan.cwd,
      env: plan.env,
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    })
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
    })
    this.exited = once(this.child, 'exit').then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
    }))
    this.#socket = this.child.stdio[3] as Duplex
    this.#socket.on('error', () => undefined)
    this.#lines = createInterface({ input: this.#socket })[Symbol.asyncIterator]()
  }

  /** The executor's own process id, in the numbers of the test. */
  get pid(): number {
    const spawned = this.child.pid ?? 0
    const pid = this.#wrapped ? findExecutorPid(spawned) : spawned
    if (pid === null || pid === 0) throw new Error(`the probe has no process: ${this.stderr}`)
    return pid
  }

  async ready(): Promise<{ readonly state: ConfinementState; readonly layers: readonly string[] }> {
    return (await this.#receive()) as { readonly state: ConfinementState; readonly layers: readonly string[] }
  }

  async ask(request: ProbeRequest): Promise<ProbeAnswer> {
    this.send(request)
    return (await this.#receive()) as ProbeAnswer
  }

  /** For a request that never gets an answer. */
  send(request: ProbeRequest): void {
    this.#socket.write(`${JSON.stringify(request)}\n`)
  }

  /** The error number of every attempt to get out, by name; zero is a success. */
  async attemptEscapes(otherPid: number): Promise<Readonly<Record<string, number>>> {
    const listener = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
    await once(listener, 'listening')
    const newFilePath = `/tmp/confinement-escape-${process.pid}-${this.child.pid}`
    const answer = await this.ask({
      do: 'escape',
      targets: {
        filePath: '/etc/passwd',
        newFilePath,
        programPath: '/bin/true',
        port: (listener.address() as AddressInfo).port,
        otherPid,
        trace: true,
      },
    })
    listener.close()
    rmSync(newFilePath, { force: true })
    if (!answer.ok) throw new Error(answer.message)
    return Object.fromEntries((answer.value as EscapeAttempt[]).map(({ name, errno }) => [name, errno]))
  }

  async #receive(): Promise<unknown> {
    const { value, done } = await this.#lines.next()
    if (done === true) throw new Error(`the probe ended without an answer: ${this.stderr}`)
    return JSON.parse(value)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGKILL')
    this.#socket.destroy()
    await this.exited
  }
}

/** A process of no importance, for the probe to signal and trace. */
export function startVictim(uid: number | null): ChildProcess & AsyncDisposable {
  // A program of the system: the other user need not get to the folder of this project.
  const child = spawn('/bin/sleep', ['600'], {
    stdio: 'ignore',
    cwd: '/',
    ...(uid === null ? {} : { uid }),
  })
  const exited = once(child, 'exit')
  return Object.assign(child, {
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await exited
    },
  })
}

/** A line of `/proc/<pid>/task/<tid>/status` for every thread. */
export function threadStatus(pid: number, name: string): string[] {
  return readdirSync(`/proc/${pid}/task`).map((thread) => {
    const status = readFileSync(`/proc/${pid}/task/${thread}/status`, 'latin1')
    return new RegExp(`^${name}:[ \\t]*(.*)$`, 'mu').exec(status)?.[1]?.trim() ?? ''
  })
}

/**
 * Whether tests of a layer can run. Without it they are skipped with a visible line, or, where REQUIRE_LAYERS=1 says
 * that the machine must have it, this throws.
 */
export function hasLayer(name: string, isThere: boolean): boolean {
  if (isThere) return true
  const sentence = `LAYER NOT TESTED: ${name} is missing on this machine.`
  if (process.env['REQUIRE_LAYERS'] === '1') throw new Error(sentence)
  process.stderr.write(`\n*** ${sentence} ***\n`)
  return false
}

export const hasLinux = hasLayer('Linux on x64 or arm64', process.platform === 'linux')
export const hasRoot = hasLinux && hasLayer('root, to change users', isRoot)

export function hasBubblewrap(): boolean {
  return hasLinux && hasLayer('bubblewrap (Debian: apt-get install bubblewrap)', existsSync(BUBBLEWRAP))
}
