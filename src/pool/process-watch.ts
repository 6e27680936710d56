// What the parent sees of one executor process by itself: its memory, its processor time, whether its main thread answers.
import { CANCELLED } from '../core/failures.ts'
import type { Task } from '../core/task.ts'
import type { Failure } from '../errors.ts'
import { memoryMbOf, oldestOf, onlyOf } from './assignment.ts'
import type { Assignment, Assignments } from './assignment.ts'
import { Heartbeat } from './heartbeat.ts'
import type { Beat } from './heartbeat.ts'
import { IdleTime } from './idle-time.ts'
import { hungFailure, uncountedMemoryFailure } from './kill-failures.ts'
import { readCpuMs, readWaitedMs } from './process-stat.ts'
import { countIsolates, ResidentMemory } from './resident-memory.ts'
import { ThreadWatch } from './thread-watch.ts'

export interface ProcessWatchOptions {
  readonly heartbeatMs: number
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number
  readonly pid: () => number | null
  readonly assignments: Assignments
  readonly ping: (sequence: number) => void
}

/** Why the process has to be ended: nobody's doing, or that of a task. */
export interface EndReason {
  readonly reason: string
  readonly failure?: Failure | null
  /** Whoever is the only task, when it is not said. */
  readonly guilty?: Assignment
  /** Whether none of the other tasks can have begun, so that another process can have them. */
  readonly areOthersUnbegun?: boolean
}

export class ProcessWatch {
  readonly #options: ProcessWatchOptions
  readonly #heartbeat: Heartbeat
  readonly #idleTime: IdleTime
  readonly #memory: ResidentMemory
  readonly #thread = new ThreadWatch()
  /** Instances that have been called since the process had no task, and what each may have: they keep what they took. */
  readonly #called = new Map<string, number>()

  constructor(options: ProcessWatchOptions) {
    this.#options = options
    this.#memory = new ResidentMemory(options.now)
    this.#heartbeat = new Heartbeat(options.heartbeatMs)
    this.#idleTime = new IdleTime(options.heartbeatMs)
  }

  /** Call once, when the process is ready and no task was in it yet. */
  open(): void {
    this.#memory.open(this.#options.pid())
  }

  close(): void {
    this.#memory.close()
  }

  /** @param isAlone whether the process has no other task. */
  taskBegins(task: Task, isAlone: boolean): void {
    if (isAlone) {
      this.#memory.rest()
      this.#called.clear()
    }
    if (task.instance !== undefined) this.#called.set(task.instance.key, task.limits.memoryMb)
  }

  heard(): void {
    this.#thread.heard(this.#options.now())
  }

  answered(sequence: number): void {
    this.#heartbeat.answered(sequence)
  }

  /**
   * Called every few milliseconds while a task runs: memory that no heap limit counts, and time nobody else counted.
   * @param mayKeepThread whether code may run on the main thread of the process.
   */
  look(mayKeepThread: boolean): EndReason | null {
    const { assignments } = this.#options
    const pid = this.#options.pid()
    if (assignments.size === 0 || pid === null) return null
    const kept = mayKeepThread ? this.#lookAtThread(pid) : null
    if (kept !== null) return kept
    for (const assignment of assignments.values()) assignment.cpuMsAtStart ??= readCpuMs(pid)
    const memoryMb = memoryMbOf(assignments)
    if (!this.#memory.hasGrownOver(this.#allowedMb(memoryMb))) return null
    return { reason: 'it used too much memory', failure: uncountedMemoryFailure(memoryMb) }
  }

  /** By how much its tasks may have made the process grow. */
  #allowedMb(memoryMb: number): number {
    if (this.#called.size > 0) return this.#called.values().reduce((sum, one) => sum + one, 0)
    return memoryMb * countIsolates([...this.#options.assignments.values()].map(({ task }) => task))
  }

  /** Calls that nobody has begun wait behind the oldest, so that it is the one that keeps the thread. */
  #lookAtThread(pid: number): EndReason | null {
    const oldest = oldestOf(this.#options.assignments)
    const look = this.#thread.look(this.#options.now(), () => readCpuMs(pid))
    if (look.kind === 'ask') this.#ping()
    if (look.kind !== 'kept' || oldest === null) return null
    const failure = oldest.isCancelled ? CANCELLED : hungFailure(oldest.task.limits, look.usedMs)
    if (failure === null) return null
    return { reason: 'a call keeps its thread', failure, guilty: oldest, areOthersUnbegun: true }
  }

  /**
   * Called once per heartbeat. A live main thread answers; one that does not has been taken over, or computes for a deployed
   * function, which has deadlines of its own.
   * @param tasks how many it has run; null while it has one.
   */
  beat(mayKeepThread: boolean, tasks: number | null): EndReason | null {
    const mayBeSilent = this.#thread.computesOn() && mayKeepThread && this.#options.assignments.size > 0
    if (this.#ping() === 'missed' && !mayBeSilent) return { reason: 'it does not answer', failure: this.#hungFailure() }
    return this.#idleTime.isSpent(this.#options.pid(), tasks) ? { reason: 'it computes without a task' } : null
  }

  /**
   * What modules and instances keep between their calls is in what the process takes without a task, which each call's bound
   * builds on: so it has a bound of its own.
   */
  keepsTooMuch(memoryMb: number, isolates: number): EndReason | null {
    return this.#memory.keepsOver(memoryMb * isolates) ? { reason: 'its modules keep too much memory' } : null
  }

  #ping(): Beat['kind'] {
    const beat = this.#heartbeat.beat(this.#options.now(), readWaitedMs(this.#options.pid()))
    if (beat.kind === 'ping') this.#options.ping(beat.sequence)
    return beat.kind
  }

  /** A main thread that hangs with a task is that task's doing: the processor time says which limit it passed. */
  #hungFailure(): Failure | null {
    const assignment = onlyOf(this.#options.assignments)
    const pid = this.#options.pid()
    if (assignment === null || pid === null) return null
    return hungFailure(assignment.task.limits, (readCpuMs(pid) ?? 0) - (assignment.cpuMsAtStart ?? 0))
  }
}
