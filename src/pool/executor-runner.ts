// The parent's object for one executor process: its states, the deadlines on everything that it should do, its end.
import { notRun } from '../core/outcome.ts'
import type { Outcome } from '../core/outcome.ts'
import type { Task, TenantId } from '../core/task.ts'
import type { Failure } from '../errors.ts'
import type { Frame } from '../ipc/frame.ts'
import { encodeFrame } from '../ipc/frame.ts'
import { parseFromExecutor } from '../ipc/messages.ts'
import type { ToExecutor } from '../ipc/messages.ts'
import { readCpuMs, readResidentBytes } from './process-stat.ts'
import { toOutcome } from './to-outcome.ts'
import type { StartTransport, Transport } from './transport.ts'

/** `busy` has a task; `clearing` has answered it but still runs something of it. */
export type RunnerState = 'starting' | 'idle' | 'busy' | 'clearing' | 'dead'

/** What an executor's own clocks should have done by then, the runner does after this much more. */
const OVERDUE_MS = 1_000
/** Memory beyond the isolate's own limit: buffers of the transfer, the young generation, V8's code. */
const MEMORY_SLACK_BYTES = 160 * 1024 * 1024
/** An isolate is made in about a millisecond; nothing is lost when a guess by this time is wrong. */
const REFILL_MS = 2
const BYTES_PER_MB = 1024 * 1024

export interface RunnerOptions {
  readonly start: StartTransport
  readonly startMs: number
  readonly heartbeatMs: number
  readonly onChange: (runner: ExecutorRunner) => void
  readonly onLog: (event: RunnerEvent) => void
  readonly now: () => number
}

export type RunnerEvent =
  | { readonly type: 'ready'; readonly pid: number | null; readonly confinement: readonly string[] }
  | { readonly type: 'dead'; readonly pid: number | null; readonly reason: string; readonly wasReady: boolean }

interface Assignment {
  readonly task: Task
  readonly settle: (outcome: Outcome) => void
  readonly queueMs: number
  readonly residentLimitBytes: number
  /** Known from the first look of the watch on. */
  cpuMsAtStart: number | null
}

export class ExecutorRunner {
  readonly #options: RunnerOptions
  #tenant: TenantId | null = null
  readonly #transport: Transport
  readonly startedAt: number
  tasks = 0
  freeSince = 0
  /** When its tenant got it. */
  ownedSince = 0
  #state: RunnerState = 'starting'
  #wasReady = false
  #assignment: Assignment | null = null
  /** Why the runner killed its process: decides what its task ends with. */
  #killed: Failure | null = null
  #deadline: NodeJS.Timeout
  #pingSentAt: number | null = null
  #sequence = 0
  #exitReason = ''
  #cpuMsAtBeat = 0
  #residentBytes = 0
  /** How many tasks it had run at the last beat, if it was idle then; -1 if not. */
  #wasIdleAtBeat = -1

  constructor(options: RunnerOptions) {
    this.#options = options
    this.startedAt = options.now()
    this.#transport = options.start({
      onFrame: (frame) => this.#receive(frame),
      onExit: (reason) => this.#exited(reason),
    })
    this.#deadline = setTimeout(() => this.kill('it was not ready in time'), options.startMs)
  }

  get state(): RunnerState {
    return this.#state
  }

  get wasReady(): boolean {
    return this.#wasReady
  }

  /** Whose tasks it runs, for life; null as long as it belongs to nobody. */
  get tenant(): TenantId | null {
    return this.#tenant
  }

  /** Killed, but not gone yet. */
  get isEnding(): boolean {
    return this.#exitReason !== '' && this.#state !== 'dead'
  }

  assign(tenant: TenantId): void {
    if (this.#tenant === tenant) return
    if (this.#tenant !== null) throw new Error('an executor was to be given to another tenant')
    this.#tenant = tenant
    this.ownedSince = this.#options.now()
  }

  /** Whether an idle executor has had the time to make an isolate for the one that its last task took. */
  get isWarm(): boolean {
    return this.tasks === 0 || this.#options.now() - this.freeSince >= REFILL_MS
  }

  get currentTask(): Task | null {
    return this.#assignment?.task ?? null
  }

  get pid(): number | null {
    return this.#transport.pid
  }

  /** Sends a task to an idle executor. `settle` is called exactly once. */
  run(task: Task, queueMs: number, settle: (outcome: Outcome) => void): void {
    if (this.#state !== 'idle') throw new Error(`a task was given to an executor that is ${this.#state}`)
    const { invocation, limits } = task
    this.#assignment = {
      task,
      settle,
      queueMs,
      residentLimitBytes: this.#residentBytes + limits.memoryMb * BYTES_PER_MB + MEMORY_SLACK_BYTES,
      cpuMsAtStart: null,
    }
    this.#state = 'busy'
    this.tasks++
    this.#setDeadline(limits.wallMs + OVERDUE_MS, () =>
      this.kill('a task is overdue', {
        code: 'LIMIT_WALL',
        message: `The code did not finish within its wall limit of ${limits.wallMs} ms, and only the end of its process stopped it.`,
        limit: limits.wallMs,
        used: limits.wallMs + OVERDUE_MS,
      }),
    )
    const { language, code } = invocation.source
    this.#send(
      {
        type: 'run',
        taskId: task.id,
        fileName: language === 'typescript' ? 'function.ts' : 'function.js',
        name: invocation.name,
        format: invocation.input.format,
        limits,
      },
      [code, invocation.input.text],
    )
  }

  /** Asks the executor to stop the task; the deadline is the hammer behind it. */
  cancel(): void {
    const assignment = this.#assignment
    if (assignment === null) return
    this.#send({ type: 'cancel', taskId: assignment.task.id })
    const failure: Failure = { code: 'CANCELLED', message: 'The request was cancelled while its code ran.' }
    this.#setDeadline(OVERDUE_MS, () => this.kill('a cancelled task does not stop', failure))
  }

  /** Called every few milliseconds while a task runs: memory that no heap limit counts, and time nobody else counted. */
  watch(): void {
    const assignment = this.#assignment
    const pid = this.pid
    if (assignment === null || pid === null) return
    const { limits } = assignment.task
    assignment.cpuMsAtStart ??= readCpuMs(pid)
    const resident = readResidentBytes(pid)
    if (resident !== null && resident > assignment.residentLimitBytes) {
      this.kill('it used too much memory', {
        code: 'LIMIT_MEMORY',
        message: `The code used more memory than its limit of ${limits.memoryMb} MB, outside the heap that V8 counts.`,
        limit: limits.memoryMb,
      })
    }
  }

  /** Called once per heartbeat. A live main thread answers; one that does not has been taken over. */
  beat(): void {
    if (this.#state === 'starting' || this.#state === 'dead') return
    if (this.#state === 'idle') this.#readResident()
    const now = this.#options.now()
    if (this.#pingSentAt !== null && now - this.#pingSentAt >= 2 * this.#options.heartbeatMs) {
      this.kill('it does not answer', this.#hungFailure())
      return
    }
    if (this.#isComputingIdly()) {
      this.kill('it computes without a task')
      return
    }
    if (this.#pingSentAt === null) {
      this.#pingSentAt = now
      this.#send({ type: 'ping', sequence: ++this.#sequence })
    }
  }

  /** An idle executor makes isolates and answers heartbeats; one that computes for half of the time runs what it should not. */
  #isComputingIdly(): boolean {
    const pid = this.pid
    if (pid === null) return false
    const before = this.#cpuMsAtBeat
    const wasIdle = this.#wasIdleAtBeat
    this.#wasIdleAtBeat = this.#state === 'idle' ? this.tasks : -1
    this.#cpuMsAtBeat = this.#state === 'idle' ? (readCpuMs(pid) ?? 0) : 0
    const hasBeenIdle = this.#state === 'idle' && wasIdle === this.tasks
    return hasBeenIdle && this.#cpuMsAtBeat - before > this.#options.heartbeatMs / 2
  }

  kill(reason: string, failure: Failure | null = null): void {
    if (this.#state === 'dead' || this.#exitReason !== '') return
    this.#exitReason = reason
    this.#killed = failure
    if (this.#state === 'idle') this.#state = 'clearing'
    this.#transport.kill()
  }

  /** A main thread that hangs with a task is that task's doing: the processor time says which limit it passed. */
  #hungFailure(): Failure | null {
    const assignment = this.#assignment
    const pid = this.pid
    if (assignment === null || pid === null) return null
    const usedMs = (readCpuMs(pid) ?? 0) - (assignment.cpuMsAtStart ?? 0)
    const { cpuMs } = assignment.task.limits
    if (usedMs < cpuMs) return null
    const message = `The code used ${Math.round(usedMs)} ms of processor time; the limit is ${cpuMs} ms.`
    return { code: 'LIMIT_CPU', message, limit: cpuMs, used: Math.round(usedMs) }
  }

  #send(message: ToExecutor, parts?: readonly string[]): void {
    this.#transport.send(encodeFrame(message, parts))
  }

  /** Throws on a frame that breaks the contract; the transport then kills the process. */
  #receive(frame: Frame): void {
    if (this.#state === 'dead' || this.#exitReason !== '') return
    const message = parseFromExecutor(frame)
    switch (message.type) {
      case 'ready':
        if (this.#state !== 'starting') throw new Error('frame: ready twice')
        this.#wasReady = true
        this.#options.onLog({ type: 'ready', pid: this.pid, confinement: message.confinement })
        this.#readResident()
        this.#becomeIdle()
        break
      case 'idle':
        if (this.#state === 'clearing') this.#becomeIdle()
        break
      case 'pong':
        if (message.sequence === this.#sequence) this.#pingSentAt = null
        break
      case 'settled': {
        const assignment = this.#assignment
        if (assignment === null || assignment.task.id !== message.taskId) throw new Error('frame: no such task')
        const outcome = toOutcome(message, frame.parts, assignment.task, assignment.queueMs)
        this.#assignment = null
        if (message.isFree) this.#becomeIdle()
        else {
          this.#state = 'clearing'
          this.#setDeadline(OVERDUE_MS, () => this.kill('a stopped task goes on'))
        }
        assignment.settle(outcome)
        break
      }
      case 'doomed':
        this.kill(message.reason)
        break
      default:
        message satisfies never
    }
  }

  /** What the process takes without a task: what a task may add is counted from here. */
  #readResident(): void {
    const pid = this.pid
    if (pid !== null) this.#residentBytes = readResidentBytes(pid) ?? this.#residentBytes
  }

  #becomeIdle(): void {
    clearTimeout(this.#deadline)
    this.#state = 'idle'
    this.freeSince = this.#options.now()
    this.#options.onChange(this)
  }

  #exited(reason: string): void {
    if (this.#state === 'dead') return
    this.#state = 'dead'
    clearTimeout(this.#deadline)
    const why = this.#exitReason === '' ? reason : this.#exitReason
    this.#options.onLog({ type: 'dead', pid: this.pid, reason: why, wasReady: this.#wasReady })
    const assignment = this.#assignment
    this.#assignment = null
    assignment?.settle(
      notRun(
        this.#killed ?? {
          code: 'EXECUTOR_LOST',
          message: `The process that ran the code died before it answered (${describeExit(reason)}).`,
        },
        { queueMs: assignment.queueMs },
      ),
    )
    this.#options.onChange(this)
  }

  #setDeadline(delayMs: number, onDeadline: () => void): void {
    clearTimeout(this.#deadline)
    this.#deadline = setTimeout(onDeadline, delayMs)
  }
}

/** Only the kind of exit: what the process said last may hold paths of the host. */
function describeExit(reason: string): string {
  return /^(?:signal SIG[A-Z]+|exit code \d+)/.exec(reason)?.[0] ?? 'it was ended'
}
