// An executor without processes: tests say how tasks end, and see which tasks came.
import type { ExecuteOptions, Executor } from '../../src/core/executor.ts'
import { notRun } from '../../src/core/outcome.ts'
import type { Outcome, PhaseTimings } from '../../src/core/outcome.ts'
import type { Task } from '../../src/core/task.ts'
import type { ErrorCode, Failure } from '../../src/errors.ts'

export type Behaviour = (task: Task, options: ExecuteOptions) => Outcome | Promise<Outcome>

export class FakeExecutor implements Executor {
  readonly tasks: Task[] = []
  readonly #behaviour: Behaviour
  readonly #starts: (count: number) => boolean

  /**
   * Without a behaviour every task returns its input text (`json`) or a pickled 5 (`cloudpickle`).
   * @param starts whether the task of that number, from 1 on, starts; one that does not is as if it waited in a queue.
   */
  constructor(behaviour: Behaviour = echo, starts: (count: number) => boolean = () => true) {
    this.#behaviour = behaviour
    this.#starts = starts
  }

  async execute(task: Task, options: ExecuteOptions): Promise<Outcome> {
    this.tasks.push(task)
    if (this.#starts(this.tasks.length)) options.onStart?.()
    return this.#behaviour(task, options)
  }

  /** The only task so far; throws unless there is exactly one. */
  get onlyTask(): Task {
    const [task] = this.tasks
    if (task === undefined || this.tasks.length !== 1) throw new Error(`expected one task, saw ${this.tasks.length}`)
    return task
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.tasks.length = 0
  }
}

/** `pickle.dumps(5)`, as upstream sends it. */
export const PICKLED_FIVE = 'gAVLBS4='

function echo({ invocation }: Task): Outcome {
  return returned(invocation.input.format === 'json' ? invocation.input.text : PICKLED_FIVE)
}

/** The outcome of code that returned: JSON text or base64. */
export function returned(value: string, stdout = ''): Outcome {
  return { ok: true, value, stdout, usage: { cpuMs: 1, wallMs: 2, phases: {} } }
}

/** The outcome of code that ran and failed. */
export function failed(failure: Failure, stdout = ''): Outcome {
  return { ok: false, failure, stdout, usage: { cpuMs: 1, wallMs: 2, phases: {} } }
}

/** The outcome of a task that never ran. */
export function neverRan(code: ErrorCode, message: string, phases: PhaseTimings = {}): Outcome {
  return notRun({ code, message }, phases)
}

/** A behaviour that holds every task until it is released, and ends with `CANCELLED` when its caller goes away. */
export function holding(): { behaviour: Behaviour; release: (outcome?: Outcome) => void } {
  const { promise, resolve } = Promise.withResolvers<Outcome>()
  const behaviour: Behaviour = (_task, { signal }) => {
    const cancelled = Promise.withResolvers<Outcome>()
    const cancel = (): void => cancelled.resolve(failed({ code: 'CANCELLED', message: 'The caller went away.' }))
    if (signal.aborted) cancel()
    else signal.addEventListener('abort', cancel, { once: true })
    return Promise.race([promise, cancelled.promise])
  }
  return { behaviour, release: (outcome = returned('null')) => resolve(outcome) }
}
