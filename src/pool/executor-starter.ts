// Knows how executors are started here: at which level of confinement, as which user, and with what to read.
import { realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import type { ExecutorArguments } from '../ipc/executor-arguments.ts'
import { writeExecutorArguments } from '../ipc/executor-arguments.ts'
import type { ConfinementReport } from './confinement/detect.ts'
import { findExecutorPid } from './confinement/find-executor-pid.ts'
import type { ConfinementLevel } from './confinement/level.ts'
import { planSpawn } from './confinement/plan-spawn.ts'
import { startForkTransport } from './fork-transport.ts'
import { readStackSizes } from './stack-size.ts'
import type { StartTransport } from './transport.ts'

export const JIT_FLAGS = {
  full: [],
  /** The optimising compiler is where most of V8's exploitable bugs are; Maglev stays. */
  maglev: ['--no-turbofan'],
  none: ['--jitless'],
} as const satisfies Record<string, readonly string[]>

export interface StarterOptions {
  readonly report: ConfinementReport
  readonly jit: keyof typeof JIT_FLAGS
  /** The first user id of the range; 0 to keep the front's. */
  readonly uidBase: number
  /** The executor in one file. */
  readonly executorPath: string
  readonly arguments: Omit<ExecutorArguments, 'uid' | 'confinement' | 'strict' | 'guestStackKb'>
  /** The largest frame that an executor may send. */
  readonly maxFrameBytes: number
  readonly onFallBack: (from: ConfinementLevel, to: ConfinementLevel) => void
}

export class ExecutorStarter {
  readonly #options: StarterOptions
  readonly #readPaths: readonly string[]
  readonly #stack = readStackSizes()
  #candidates: readonly ConfinementLevel[]

  constructor(options: StarterOptions) {
    this.#options = options
    this.#candidates = options.report.candidates
    this.#readPaths = readPaths(options)
  }

  get level(): ConfinementLevel {
    return this.#candidates[0] ?? 'permission'
  }

  /** When no executor gets ready at this level, the next weaker one that the operator allows is taken; false when none is left. */
  fallBack(): boolean {
    const [from, to] = this.#candidates
    if (from === undefined || to === undefined) return false
    this.#candidates = this.#candidates.slice(1)
    this.#options.onFallBack(from, to)
    return true
  }

  /** `slot` is a number that no living executor has: it chooses the user. */
  start(slot: number): StartTransport {
    const { report, uidBase, jit, maxFrameBytes, arguments: given } = this.#options
    const uid = report.ownUsers && uidBase > 0 ? uidBase + slot : null
    const strict = report.choice !== 'auto'
    const ofProcess = { uid, confinement: this.level, strict, guestStackKb: this.#stack?.guestKb ?? null }
    const plan = planSpawn({
      level: this.level,
      nodePath: process.execPath,
      entryPath: realpathSync(this.#options.executorPath),
      entryArgs: [writeExecutorArguments({ ...given, ...ofProcess })],
      readPaths: this.#readPaths,
      nodeFlags: [
        ...JIT_FLAGS[jit],
        ...(this.#stack === null ? [] : [`--stack-size=${this.#stack.hostKb}`]),
        ...(given.hashSeed === null ? [] : [`--hash-seed=${given.hashSeed}`]),
      ],
      uid,
      bubblewrap: report.bubblewrap,
    })
    const findPid = plan.needsPidLookup ? findExecutorPid : (pid: number): number => pid
    return (handlers) => startForkTransport({ plan, findPid, maxFrameBytes: () => maxFrameBytes }, handlers)
  }
}

/** Exactly what an executor loads, and nothing beside it: not the package folder, where a `.env` may lie. */
function readPaths({ executorPath, arguments: { snapshotPath, tierPaths } }: StarterOptions): readonly string[] {
  const isolatedVm = dirname(createRequire(import.meta.url).resolve('isolated-vm/package.json'))
  return [executorPath, snapshotPath, ...tierPaths, isolatedVm].map((path) => realpathSync(path))
}
