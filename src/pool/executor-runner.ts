// The parent's object for one executor process: its states, the deadlines on everything that it should do, its end.
import { CANCELLED } from '../core/failures.ts'
import { notRun } from '../core/outcome.ts'
import { cordonOf, roleOf } from '../core/task.ts'
import type { CordonId, Role, Task } from '../core/task.ts'
import type { Failure } from '../errors.ts'
import type { Frame } from '../ipc/frame.ts'
import { encodeFrame } from '../ipc/frame.ts'
import { parseFromExecutor } from '../ipc/messages.ts'
import type { ToExecutor } from '../ipc/messages.ts'
import { monotonicMs } from '../ipc/monotonic-clock.ts'
import { Asides } from './asides.ts'
import { isCalled, onlyOf, overlapOf } from './assignment.ts'
import type { Assignment } from './assignment.ts'
import { ChunkIntake } from './chunk-intake.ts'
import { countIsolates } from './count-isolates.ts'
import type { IsolateCounts } from './count-isolates.ts'
import { Deadline } from './deadline.ts'
import { overdueFailure } from './kill-failures.ts'
import { LoadedCode } from './loaded-code.ts'
import { describeEnd, describeRetired, failureOf } from './lost-failure.ts'
import type { InstanceEnd, Killed } from './lost-failure.ts'
import { Outgoing } from './outgoing.ts'
import { ProcessWatch } from './process-watch.ts'
import type { EndReason } from './process-watch.ts'
import { ProgressIntake } from './progress-intake.ts'
import type { RunnerOptions, RunnerState, RunOrder } from './runner-options.ts'
import { settleChecked } from './settle-checked.ts'
import { cacheOf, callFrame, codeKeyOf, loadFrame, runFrame, runsBundle } from './task-frames.ts'
import { toOutcome } from './to-outcome.ts'
import type { Transport } from './transport.ts'

/** What an executor's own clocks should have done by then, the runner does after this much more. */
const OVERDUE_MS = 1_000
/** An isolate is made in about a millisecond; nothing is lost when a guess by this time is wrong. */
const REFILL_MS = 2
/** Calls of different instances that one process has at the same time. */
const INSTANCE_CALLS_MAX = 16

export class ExecutorRunner {
  readonly #options: RunnerOptions
  #cordon: CordonId | null = null
  #role: Role | null = null
  readonly #transport: Transport
  readonly #outgoing: Outgoing
  readonly startedAt: number
  tasks = 0
  /** Those that somebody had asked for. */
  calls = 0
  freeSince = 0
  /** When its cordon got it. */
  ownedSince = 0
  #state: RunnerState = 'starting'
  #wasReady = false
  readonly #assignments = new Map<string, Assignment>()
  /** Modules that it has been sent, or instances that it holds. */
  readonly #modules = new LoadedCode()
  /** Why the runner killed its process, and whose doing that was: the others just lose their executor. */
  #killed: Killed | null = null
  #deadline: Deadline
  readonly #asides = new Asides()
  #exitReason = ''
  readonly #watch: ProcessWatch
  /** Of the tasks that it runs. */
  #memoryMb = 0

  constructor(options: RunnerOptions) {
    this.#options = options
    this.#watch = new ProcessWatch({
      heartbeatMs: options.heartbeatMs,
      now: options.now,
      pid: () => this.pid,
      assignments: this.#assignments,
      ping: (sequence) => this.#send({ type: 'ping', sequence }),
    })
    this.startedAt = options.now()
    const { remote, egress, now } = options
    this.#outgoing = new Outgoing({ remote, egress, send: (...given) => this.#transport.send(...given), now })
    this.#transport = options.start({
      onFrame: (frame) => this.#receive(frame),
      onExit: (reason, saidLast) => this.#exited(reason, saidLast),
    })
    this.#deadline = new Deadline(options.startMs, () => this.kill('it was not ready in time'))
  }

  get state(): RunnerState {
    return this.#state
  }

  get wasReady(): boolean {
    return this.#wasReady
  }

  /** Whose tasks it runs, for life; null as long as it belongs to nobody. */
  get cordon(): CordonId | null {
    return this.#cordon
  }

  /** What it runs; null as long as it belongs to nobody. */
  get role(): Role | null {
    return this.#role
  }

  /** Killed, but not gone yet. */
  get isEnding(): boolean {
    return this.#exitReason !== '' && this.#state !== 'dead'
  }

  /** @param cordon of the task. */
  assign(task: Task, cordon = cordonOf(task)): void {
    if (this.#cordon === cordon) return
    if (this.#cordon !== null) throw new Error('an executor was to be given to another cordon')
    this.#cordon = cordon
    this.#role = roleOf(task)
    this.ownedSince = this.#options.now()
  }

  /** Whether an idle executor has had the time to make an isolate for the one that its last task took. */
  get isWarm(): boolean {
    return this.tasks === 0 || this.#options.now() - this.freeSince >= REFILL_MS
  }

  /** How many tasks it has. */
  get load(): number {
    return this.#assignments.size
  }

  has(task: Task): boolean {
    return this.#assignments.get(task.id)?.task === task
  }

  /** Live tasks run alone; calls of a module overlap as far as the module allows, those of different instances always. */
  hasRoomFor(task: Task): boolean {
    if (this.#state === 'idle') return true
    if (this.#state !== 'busy') return false
    if (this.#role === 'instances') return this.load < INSTANCE_CALLS_MAX
    return this.#role === 'flash' && this.load < overlapOf(this.#assignments, task, this.#options.weights)
  }

  /** How many instances of classes live in it. */
  get instances(): number {
    return this.#role === 'instances' ? this.#modules.size : 0
  }

  get isolates(): IsolateCounts {
    return countIsolates(this.#role, this.#assignments, this.#modules)
  }

  holds(key: string): boolean {
    return this.#role === 'instances' && this.#modules.has(key)
  }

  /** Ends an instance that lives in it, once the call that it may have is over. */
  drop(key: string): void {
    this.#modules.drop(key, this.#options.now())
    this.#send({ type: 'drop', hash: key })
  }

  /** Whether a call can run beside those that wait, and may be waiting for it: each module has an isolate of its own. */
  mayNest({ isNested, invocation: { source } }: Task): boolean {
    return (
      isNested === true &&
      this.#state === 'busy' &&
      this.#role === 'flash' &&
      source.mode === 'flash' &&
      !isCalled(this.#assignments, source.module.hash)
    )
  }

  get pid(): number | null {
    return this.#transport.pid
  }

  /** Sends a task to an executor that has room for it. `settle` or `giveBack` is called exactly once. */
  run({ task, onEvent, ...given }: RunOrder): void {
    if (!this.hasRoomFor(task) && !this.mayNest(task))
      throw new Error(`a task was given to an executor that is ${this.#state}`)
    const { wallMs } = task.limits
    this.#watch.taskBegins(task, this.#state === 'idle')
    const assignment: Assignment = {
      ...given,
      task,
      startedAt: this.#options.now(),
      sentAtMs: monotonicMs(),
      cpuMsAtStart: null,
      isCancelled: false,
      chunks: new ChunkIntake({
        task,
        onEvent,
        turns: this.#options.turns,
        onTaken: () => this.#tell(task, { type: 'pull', taskId: task.id, chunks: 1 }),
        onForged: (reason) => this.kill(reason),
      }),
      progress: new ProgressIntake({
        onEvent,
        onTaken: () => this.#tell(task, { type: 'progressTaken', taskId: task.id }),
      }),
      deadline: new Deadline(wallMs + OVERDUE_MS, () => this.#overdue(assignment)),
    }
    this.#assignments.set(task.id, assignment)
    this.#memoryMb = Math.max(this.instances > 0 ? this.#memoryMb : 0, task.limits.memoryMb)
    this.#deadline.clear()
    this.#state = 'busy'
    this.tasks++
    if (task.isTrial !== true) this.calls++
    this.#sendTask(task, onEvent !== undefined)
  }

  #sendTask(task: Task, tellsProgress: boolean): void {
    const { source } = task.invocation
    if (task.instance === undefined && source.mode === 'live') {
      this.#transport.send(runFrame(task, source, tellsProgress, cacheOf(task, this.#options.caches)))
      return
    }
    const hash = codeKeyOf(task)
    if (this.#modules.add(hash)) this.#transport.send(loadFrame(task, this.#options.caches.get(cordonOf(task), hash)))
    this.#transport.send(callFrame(task, tellsProgress))
  }

  /** A task that has ended is told nothing. */
  #tell({ id }: Task, message: ToExecutor): void {
    if (this.#assignments.has(id)) this.#send(message)
  }

  #overdue(assignment: Assignment): void {
    this.kill('a task is overdue', overdueFailure(assignment.task.limits, OVERDUE_MS), assignment)
  }

  /** Asks the executor to stop the task; the deadline is the hammer behind it. */
  cancel(task: Task): void {
    const assignment = this.#assignments.get(task.id)
    if (assignment === undefined) return
    assignment.isCancelled = true
    this.#send({ type: 'cancel', taskId: task.id })
    this.#outgoing.cancel(task.id)
    // A call that keeps the thread of its executor hears of nothing, which the watch sees to: the calls that wait behind it
    // are not to pay for that.
    if (this.#role !== 'live' && this.load > 1) return
    assignment.deadline.clear()
    assignment.deadline = new Deadline(OVERDUE_MS, () =>
      this.kill('a cancelled task does not stop', CANCELLED, assignment),
    )
  }

  /** Called every few milliseconds while a task runs. */
  watch(): void {
    this.#endFor(this.#watch.look(this.#role === 'flash'))
  }

  /** Called once per heartbeat. */
  beat(): void {
    if (this.#state === 'starting' || this.#state === 'dead') return
    this.#endFor(this.#watch.beat(this.#role === 'flash', this.#state === 'idle' ? this.tasks : null))
    if (this.#modules.isOverdue(this.#options.now())) this.kill('it does not end an instance')
  }

  /** True when the process was ended. */
  #endFor(end: EndReason | null): boolean {
    if (end !== null) this.#end(end)
    return end !== null
  }

  kill(reason: string, failure: Failure | null = null, guilty: Assignment | null = onlyOf(this.#assignments)): void {
    this.#end({ reason, failure, ...(guilty === null ? {} : { guilty }) })
  }

  #end({ reason, failure = null, guilty, areOthersUnbegun = false }: EndReason): void {
    if (this.#state === 'dead' || this.#exitReason !== '') return
    this.#exitReason = reason
    const whose = guilty ?? onlyOf(this.#assignments)
    this.#killed = failure === null ? null : { failure, guilty: whose, areOthersUnbegun }
    if (this.#state === 'idle') this.#state = 'clearing'
    this.#transport.kill()
  }

  #send(message: ToExecutor, parts?: readonly string[]): void {
    this.#transport.send(encodeFrame(message, parts))
  }

  /** Throws on a frame that breaks the contract; the transport then kills the process. */
  #receive(frame: Frame): void {
    if (this.#state === 'dead' || this.#exitReason !== '') return
    this.#watch.heard()
    const message = parseFromExecutor(frame)
    switch (message.type) {
      case 'ready':
        if (this.#state !== 'starting') throw new Error('frame: ready twice')
        this.#wasReady = true
        this.#options.onLog({ type: 'ready', pid: this.pid, confinement: message.confinement })
        this.#watch.open()
        this.#becomeFree()
        break
      case 'idle':
        this.#asides.count(this.tasks)
        if (this.#state === 'clearing') this.#becomeFree()
        break
      case 'pong':
        this.#watch.answered(message.sequence)
        break
      case 'settled': {
        const assignment = this.#assigned(message.taskId)
        const outcome = toOutcome(message, frame.parts, assignment, this.#options.now())
        if (outcome.ok) assignment.chunks.checkEnd(outcome.chunks ?? 0)
        this.#options.weights.learn(assignment.task, message.cpuMs)
        this.#assignments.delete(message.taskId)
        this.#outgoing.end(message.taskId)
        assignment.deadline.clear()
        if (!message.isFree) {
          this.#state = 'clearing'
          this.#deadline.clear()
          this.#deadline = new Deadline(OVERDUE_MS, () => this.kill('a stopped task goes on'))
        } else if (this.#state === 'busy') this.#becomeFree()
        settleChecked(outcome, assignment, this.#options.turns, (reason) => this.kill(reason))
        break
      }
      case 'chunk':
        this.#assigned(message.taskId).chunks.take(frame.parts[0])
        break
      case 'progress':
        this.#assigned(message.taskId).progress.take(frame.parts)
        break
      case 'remoteCall':
      case 'exchange':
        this.#outgoing.receive(message, frame.parts, this.#assigned(message.taskId))
        break
      case 'codeCache': {
        this.#asides.count(this.tasks)
        const [cache = ''] = frame.parts
        // Of an instance there is none: its code is loaded once. Of a bundle it comes before its task has settled.
        const isKnown =
          this.#role === 'flash' ? this.#modules.has(message.hash) : runsBundle(this.#assignments, message.hash)
        if (!isKnown || this.#cordon === null) throw new Error('frame: no such module')
        this.#options.caches.set(this.#cordon, message.hash, cache)
        break
      }
      case 'retired':
        this.#asides.count(this.tasks)
        if (!this.#modules.has(message.hash)) throw new Error('frame: no such module')
        if (message.reason !== 'dropped')
          this.#options.onLog({ type: 'retired', pid: this.pid, module: message.hash, reason: message.reason })
        if (this.#role === 'instances') this.#instanceEnded(message.hash, describeRetired(message.reason))
        else this.#modules.retire(message.hash)
        break
      case 'doomed':
        this.kill(message.reason)
        break
      default:
        message satisfies never
    }
  }

  #assigned(taskId: string): Assignment {
    const assignment = this.#assignments.get(taskId)
    if (assignment === undefined) throw new Error('frame: no such task')
    return assignment
  }

  /** It can take a task, or one more. */
  #becomeFree(): void {
    this.#deadline.clear()
    this.#state = this.load === 0 ? 'idle' : 'busy'
    if (
      this.#role !== 'live' &&
      this.load === 0 &&
      this.#endFor(this.#watch.keepsTooMuch(this.#memoryMb, this.#modules.size))
    )
      return
    this.freeSince = this.#options.now()
    this.#options.onChange(this)
  }

  #exited(reason: string, saidLast: string): void {
    if (this.#state === 'dead') return
    this.#state = 'dead'
    this.#watch.close()
    this.#outgoing.endAll()
    this.#deadline.clear()
    const why = this.#exitReason === '' ? reason : this.#exitReason
    this.#options.onLog({ type: 'dead', pid: this.pid, reason: why, saidLast, wasReady: this.#wasReady })
    const instances = this.#role === 'instances' ? this.#modules.keys() : []
    const lost = [...this.#assignments.values()]
    this.#assignments.clear()
    for (const assignment of lost) {
      assignment.deadline.clear()
      assignment.chunks.close()
      const failure = failureOf(assignment, this.#killed, reason)
      if (failure === null) assignment.giveBack?.()
      else assignment.settle(notRun(failure, { queueMs: assignment.queueMs }))
    }
    for (const key of instances) this.#instanceEnded(key, { why: describeEnd(why), isByCall: false })
    this.#options.onChange(this)
  }

  #instanceEnded(key: string, end: InstanceEnd): void {
    this.#modules.ended(key)
    this.#options.onInstanceEnded(key, end)
    // Without instances it may be replaced now.
    if (this.#state === 'idle') this.#options.onChange(this)
  }
}
