// Jobs through all their states against a simple model: whatever clients do in whatever order, and whenever the process is killed.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Outcome } from '../../src/core/outcome.ts'
import { MemoryJobStore } from '../../src/jobs/memory-job-store.ts'
import type { JobStatus } from '../../src/protocol/job-status.ts'
import { failed, returned } from '../support/fake-executor.ts'
import { createTestService } from '../support/test-service.ts'

const RUNNING_MAX = 2
const WAITING_MAX = 4
const REQUEST = { function_name: 'f', function_code: 'x', serialization_format: 'json' }

/** Each moment is another: of jobs that came in one millisecond nobody can say which was first. */
let moment = Date.now()
const now = (): number => (moment += 1)

class LastingStore extends MemoryJobStore {
  override readonly isDurable = true
}

/** One process after the other over one store; the code of a job ends when the test says so. */
class Service {
  readonly #store = new LastingStore({ maxJobs: 1_000, maxBytes: 10_000_000, now })
  #ends = new Map<string, (outcome: Outcome) => void>()
  #service = this.#start()
  /** How often the code of each job was begun. */
  readonly begun = new Map<string, number>()

  #start() {
    const ends = new Map<string, (outcome: Outcome) => void>()
    this.#ends = ends
    return createTestService({
      behaviour: async ({ id: task }, { signal }) => {
        const id = task.replace(/\.\d+$/u, '')
        this.begun.set(id, (this.begun.get(id) ?? 0) + 1)
        const { promise, resolve } = Promise.withResolvers<Outcome>()
        ends.set(id, resolve)
        const cancelled = failed({ code: 'CANCELLED', message: 'Gone.' })
        signal.addEventListener('abort', () => resolve(cancelled), { once: true })
        return promise
      },
      jobs: {
        store: this.#store,
        now,
        bounds: { runningMax: RUNNING_MAX, runningMaxAt: () => RUNNING_MAX, waitingPerEndpointMax: WAITING_MAX },
      },
    })
  }

  async post(path: string, body: unknown = ''): Promise<{ readonly id?: string; readonly status?: string }> {
    const { json } = await this.#service.post(path, body)
    await settle()
    return json as { readonly id?: string; readonly status?: string }
  }

  async end(id: string, outcome: Outcome): Promise<void> {
    this.#ends.get(id)?.(outcome)
    await settle()
  }

  /** The process is gone, and nobody hears of it any more. */
  async kill(): Promise<void> {
    this.#service = this.#start()
    await this.#service.jobs.start()
    await settle()
  }
}

/** Everything is in memory: what follows from a step has happened after a few turns. */
async function settle(): Promise<void> {
  // oxlint-disable-next-line no-await-in-loop -- turns
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** What jobs are to be, in their order. */
class Model {
  readonly status = new Map<string, JobStatus>()
  readonly begun = new Map<string, number>()
  #waiting: string[] = []

  get ids(): readonly string[] {
    return [...this.status.keys()]
  }

  get running(): readonly string[] {
    return this.ids.filter((id) => this.status.get(id) === 'IN_PROGRESS')
  }

  get isFull(): boolean {
    return this.#waiting.length >= WAITING_MAX
  }

  enqueue(id: string): void {
    this.status.set(id, 'IN_QUEUE')
    this.#waiting.push(id)
    this.#advance()
  }

  end(id: string, status: JobStatus): void {
    this.status.set(id, status)
    this.#waiting = this.#waiting.filter((one) => one !== id)
    this.#advance()
  }

  purge(): number {
    const waiting = this.#waiting
    for (const id of waiting) this.status.set(id, 'CANCELLED')
    this.#waiting = []
    return waiting.length
  }

  kill(): void {
    for (const id of this.running) this.status.set(id, 'FAILED')
    this.#advance()
  }

  #advance(): void {
    while (this.running.length < RUNNING_MAX) {
      const id = this.#waiting.shift()
      if (id === undefined) return
      this.status.set(id, 'IN_PROGRESS')
      this.begun.set(id, (this.begun.get(id) ?? 0) + 1)
    }
  }
}

const STEPS = ['submit', 'submit', 'submit', 'complete', 'fail', 'cancel', 'retry', 'purge', 'kill'] as const
const step = fc.record({ type: fc.constantFrom(...STEPS), index: fc.nat(30) })

interface Step {
  readonly type: (typeof STEPS)[number]
  readonly index: number
}

async function take(service: Service, model: Model, { type: action, index }: Step) {
  const any = model.ids[index % Math.max(1, model.ids.length)] ?? 'none'
  const running = model.running[index % Math.max(1, model.running.length)] ?? 'none'
  switch (action) {
    case 'submit': {
      const wasFull = model.isFull
      const { id } = await service.post('/run', { input: REQUEST })
      expect(id === undefined).toBe(wasFull)
      if (id !== undefined) model.enqueue(id)
      break
    }
    case 'complete':
    case 'fail': {
      if (running === 'none') break
      const outcome = action === 'complete' ? returned('1') : failed({ code: 'GUEST_THREW', message: 'no' })
      await service.end(running, outcome)
      model.end(running, action === 'complete' ? 'COMPLETED' : 'FAILED')
      break
    }
    case 'cancel': {
      const status = model.status.get(any)
      const answer = await service.post(`/cancel/${any}`)
      if (status === 'IN_QUEUE' || status === 'IN_PROGRESS') model.end(any, 'CANCELLED')
      expect(answer.status).toBe(model.status.get(any))
      break
    }
    case 'retry': {
      const mayRun = model.status.get(any) === 'FAILED' && !model.isFull
      const answer = await service.post(`/retry/${any}`)
      expect(answer.status === 'IN_QUEUE').toBe(mayRun)
      if (mayRun) model.enqueue(any)
      break
    }
    case 'purge':
      expect(await service.post('/purge-queue')).toMatchObject({ removed: model.purge() })
      break
    case 'kill':
      model.kill()
      await service.kill()
      break
    default:
      action satisfies never
  }
}

/** Meets what matters, whatever the others meet by chance. */
const TELLING: Step[] = (
  ['submit', 'submit', 'submit', 'submit', 'submit', 'submit', 'kill', 'retry', 'purge', 'complete'] as const
).map((type) => ({ type, index: 0 }))

test('jobs are what a simple model of them says, after each of any steps', { timeout: 120_000 }, async () => {
  const seen = new Set<string>()
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40, size: 'max' }), async (steps) => {
      const service = new Service()
      const model = new Model()
      for (const one of steps) {
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        await take(service, model, one)
        for (const [id, status] of model.status) {
          // oxlint-disable-next-line no-await-in-loop -- see above
          expect((await service.post(`/status/${id}`)).status, `${one.type}, then ${id}`).toBe(status)
          seen.add(`${one.type} ${status}`)
        }
        expect(service.begun).toEqual(model.begun)
      }
    }),
    { numRuns: 60, examples: [[TELLING]] },
  )
  // The steps meant what they say.
  expect([...seen]).toEqual(
    expect.arrayContaining([
      'kill FAILED',
      'retry IN_PROGRESS',
      'purge CANCELLED',
      'complete COMPLETED',
      'kill IN_QUEUE',
    ]),
  )
})
