// Runs the hostile programs as modules of one deployment, beside a sentinel of Live requests and one of another module.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ErrorCode } from '../../src/errors.ts'
import { DeployedService } from '../support/deployed-service.ts'
import type { Artifact } from '../support/deployed-service.ts'
import type { ExecuteAnswer } from '../support/keep-alive-client.ts'
import { PingTimes, Sentinel } from '../support/sentinel.ts'
import { waitFor } from '../support/service-process.ts'
import { LIMITS, expectAnswer } from './hostile-program.ts'
import type { HostileProgram } from './hostile-program.ts'

/** Two executors for Live requests, two for the deployment: the bystander has one while the hostile call has the other. */
const LIVE_EXECUTORS = 2
const SPARE = 1
const MODULE_EXECUTORS = 2
const ENVIRONMENT = {
  EXECUTORS_MIN: String(LIVE_EXECUTORS),
  EXECUTORS_MAX: String(LIVE_EXECUTORS),
  EXECUTORS_SPARE: String(SPARE),
  MODULE_EXECUTORS_MAX: String(MODULE_EXECUTORS),
  EXECUTORS_PER_DEPLOYMENT: String(MODULE_EXECUTORS),
}
/** For modules that never go live: the limits of the call that tries them. */
const REFUSAL_ENVIRONMENT = { WALL_MS: '3000', CPU_MS: '300' }

const PING_P99_MS = 100
const PING_MAX_MS = 1_000
const RECOVER_MS = 8_000
const CALLS_AFTER = 6
const BYSTANDER_PAUSE_MS = 5
/** In each of two executors, more than it takes to be known as quick, also when the machine was slow at first. */
const QUICK_CALLS = 40
const QUICK_ARGUMENT = 'be quick'
const BYSTANDER = `let n = 0
  export function bystander(number, text) { n += 1; return [number * 2, text, n > 0] }`

/** How the answer of a deployed module differs from that of code that comes with the request, and why that is right. */
export interface Difference {
  readonly code?: ErrorCode | null
  /** In place of the program's own check, whose texts are those of a Live answer. */
  readonly check?: (answer: ExecuteAnswer) => void
  /** The module never goes live; matches the sentence. */
  readonly refused?: RegExp
  readonly reason: string
}

export interface DeployedSuiteOptions {
  readonly title: string
  readonly programs: readonly HostileProgram[]
  /** By the title of the program. */
  readonly differences?: Readonly<Record<string, Difference>>
  /** The same end as code that comes with the request, by the same means: not in every run. */
  readonly isSlow?: boolean
  /** Each function is quick many times before it attacks, so that it is then entered on the executor's own thread. */
  readonly wasQuick?: boolean
}

interface Placed {
  readonly program: HostileProgram
  readonly name: string
  readonly difference: Difference | undefined
}

export function describeDeployed(options: DeployedSuiteOptions): void {
  const { title, programs, differences = {}, isSlow = false, wasQuick = false } = options
  const placed = programs
    // A function that takes whatever comes has no parameters with names.
    .filter(({ proof, kwargs }) => proof.isSlow !== true && (kwargs === undefined || !wasQuick))
    .map((program, index): Placed => ({ program, name: `attack${index}`, difference: differences[program.title] }))
  const refused = placed.filter(({ difference }) => difference?.refused !== undefined)
  const live = placed.filter((one) => !refused.includes(one))

  describe(`${title}, deployed${wasQuick ? ' as a quick function' : ''}`, { tags: isSlow ? ['slow'] : [] }, () => {
    const pings: PingTimes[] = []

    // A warm isolate has the memory of the service, whatever a request asks for: one service for each size.
    for (const [memoryMb, group] of Map.groupBy(live, memoryOf)) describeGroup(group, { memoryMb, pings, wasQuick })

    it('answers 99 of 100 pings within 100 ms all the while', () => {
      const { count, percentile99Ms } = PingTimes.join(pings)
      expect(count).toBeGreaterThan(live.length)
      expect(percentile99Ms).toBeLessThan(PING_P99_MS)
    })

    for (const { program, name, difference } of refused) {
      it(`a module that ${program.title} never goes live`, { tags: ['slow'] }, async () => {
        const start = DeployedService.start(artifactOf([{ program, name, difference }], false), {
          ...REFUSAL_ENVIRONMENT,
          MEMORY_MB: String(memoryOf({ program })),
        })
        const complaint = await start.then(
          async (deployed) => deployed[Symbol.asyncDispose]().then(() => 'it went live'),
          (error: unknown) => String(error),
        )
        expect(complaint).toMatch(/^Error: the service ended with 1: The service cannot start: Module 'attack\d+'/u)
        expect(complaint).toMatch(difference?.refused ?? /^$/u)
        expect(complaint.length).toBeLessThan(10_000)
      })
    }

    it('has no difference in its table for a program that there is not', () => {
      const titles = new Set(placed.map(({ program }) => program.title))
      expect(Object.keys(differences).filter((one) => !titles.has(one))).toEqual([])
    })
  })
}

interface GroupOptions {
  readonly memoryMb: number
  readonly pings: PingTimes[]
  readonly wasQuick: boolean
}

function describeGroup(group: readonly Placed[], { memoryMb, pings, wasQuick }: GroupOptions): void {
  describe(`with ${memoryMb} MB`, () => {
    let deployed: DeployedService
    let sentinel: Sentinel
    let bystander: Bystander

    beforeAll(async () => {
      deployed = await DeployedService.start(artifactOf(group, wasQuick), {
        ...ENVIRONMENT,
        MEMORY_MB: String(memoryMb),
      })
      sentinel = await Sentinel.create(deployed.service.url)
      bystander = new Bystander(deployed)
      await expectRecovery(deployed)
    })
    afterAll(async () => {
      await sentinel[Symbol.asyncDispose]()
      await deployed[Symbol.asyncDispose]()
    })

    for (const { program, name, difference } of group) {
      const code = difference?.code === undefined ? program.code : difference.code
      const ending = code === null ? 'returns' : `ends with ${code}`
      it(`a module that ${program.title} ${ending}, and nobody else notices`, async () => {
        if (wasQuick) await beQuick(deployed, name)
        await sentinel.start()
        bystander.start()
        await bystander.callsMore(1)
        const answer = await attack(deployed, program, name)
        await Promise.all([sentinel.callsMore(CALLS_AFTER), bystander.callsMore(CALLS_AFTER)])
        const [report, lost] = await Promise.all([sentinel.stop(), bystander.stop()])
        expectAnswer({ ...program, ...difference, code }, answer)
        expect(report.lost).toEqual([])
        expect(lost).toEqual([])
        expect(report.pings.maxMs).toBeLessThan(PING_MAX_MS)
        await expectRecovery(deployed)
        pings.push(report.pings)
      })
    }
  })
}

/** Calls a function of another module, one call after the other: each has one right answer. */
class Bystander {
  readonly #deployed: DeployedService
  #isOn = false
  #answered = 0
  #lost: string[] = []
  #running: Promise<void> = Promise.resolve()

  constructor(deployed: DeployedService) {
    this.#deployed = deployed
  }

  start(): void {
    this.#isOn = true
    this.#lost = []
    this.#running = this.#repeat()
  }

  async callsMore(calls: number): Promise<void> {
    const wanted = this.#answered + calls
    await waitFor(() => this.#answered >= wanted, RECOVER_MS, 'the bystander of another module was not served')
  }

  /** What was answered wrongly or not at all, in words. */
  async stop(): Promise<readonly string[]> {
    this.#isOn = false
    await this.#running
    return this.#lost
  }

  async #repeat(): Promise<void> {
    let number = 0
    while (this.#isOn) {
      // oxlint-disable-next-line no-await-in-loop -- one call after the other is the point
      await this.#call(++number)
      // oxlint-disable-next-line no-await-in-loop -- as above
      await new Promise((resolve) => setTimeout(resolve, BYSTANDER_PAUSE_MS))
    }
  }

  async #call(number: number): Promise<void> {
    try {
      const { text, value } = await this.#deployed.call('bystander', [number, `call ${number}`])
      if (JSON.stringify(value) !== JSON.stringify([number * 2, `call ${number}`, true])) this.#lost.push(text)
    } catch (error) {
      this.#lost.push(String(error))
    }
    this.#answered += 1
  }
}

function memoryOf({ program }: Pick<Placed, 'program'>): number {
  return program.limits?.['memoryMb'] ?? LIMITS.memoryMb
}

/** One module and one resource for each program: no name is there twice. */
function artifactOf(group: readonly Placed[], wasQuick: boolean): Artifact {
  const files = group.map(({ program, name }) => {
    const module = wasQuick ? quickModuleOf(program, name) : moduleOf(program, name)
    return [`${name}.js`, module] as const
  })
  const resources = group.map(({ name }) => [`of-${name}`, { functions: [{ name, module: name }] }] as const)
  return {
    files: { ...Object.fromEntries(files), 'bystander.js': BYSTANDER },
    resources: {
      ...Object.fromEntries(resources),
      bystanders: { functions: [{ name: 'bystander', module: 'bystander' }] },
    },
  }
}

/** A program that looks for its own file in stacks finds it under the name that it has here. */
function moduleOf({ source }: HostileProgram, name: string): string {
  return `${source.replaceAll("'function.js'", `'${name}.js'`)}\n;export { run as ${name} }\n`
}

function quickModuleOf({ source }: HostileProgram, name: string): string {
  return `${source.replaceAll("'function.js'", `'${name}.js'`)}
    ;const hostile = run
    export const ${name} = (...given) => given[0] === '${QUICK_ARGUMENT}' ? given[0] : hostile(...given)\n`
}

/** Two at a time, so that both executors get to know it. */
async function beQuick(deployed: DeployedService, name: string): Promise<void> {
  for (let calls = 0; calls < QUICK_CALLS; calls++) {
    // oxlint-disable-next-line no-await-in-loop -- one pair after the other
    const answers = await Promise.all([0, 1].map(async () => deployed.call(name, [QUICK_ARGUMENT])))
    for (const { value, text } of answers) expect(value, text).toBe(QUICK_ARGUMENT)
  }
}

async function attack(deployed: DeployedService, program: HostileProgram, name: string): Promise<ExecuteAnswer> {
  const { args = [], kwargs = {}, limits = {} } = program
  return deployed.call(name, args, { kwargs, limits: { ...LIMITS, ...limits } })
}

/** Nothing runs or starts, nobody is unhealthy, and there are as many executors as there may be when nothing runs. */
async function expectRecovery({ service }: DeployedService): Promise<void> {
  let seen = ''
  const isWhole = async (): Promise<boolean> => {
    const { workers } = JSON.parse((await service.client.get('/health')).text) as { workers: Record<string, number> }
    const count = service.executorPids().length
    seen = `${count} processes, ${JSON.stringify(workers)}`
    const isCounted = count >= LIVE_EXECUTORS + SPARE && count <= LIVE_EXECUTORS + SPARE + MODULE_EXECUTORS
    return isCounted && workers['idle'] === count && workers['unhealthy'] === 0
  }
  await waitFor(isWhole, RECOVER_MS, '').catch(() => {
    throw new Error(`the executors did not recover: ${seen}`)
  })
}
