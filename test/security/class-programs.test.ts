// The hostile programs as methods of classes: they end as functions do, and what lives beside them remembers or is told as lost.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callClass } from '../support/class-client.ts'
import type { ExecuteAnswer } from '../support/keep-alive-client.ts'
import { Sentinel } from '../support/sentinel.ts'
import { ServiceProcess } from '../support/service-process.ts'
import { expectAnswer, LIMITS } from './hostile-program.ts'
import type { HostileProgram } from './hostile-program.ts'
import { AFTERLIFE } from './programs/afterlife.ts'
import { ATTACKS } from './programs/attacks.ts'
import { CRASHES_OF_V8 } from './programs/crashes.ts'
import { ERRORS_OF_GUESTS } from './programs/errors.ts'
import { FLOODS } from './programs/floods.ts'
import { LOOPS } from './programs/loops.ts'
import { MEMORY } from './programs/memory.ts'
import { NATIVES } from './programs/natives.ts'
import { RESULTS } from './programs/results.ts'

/** The file in which a stack is, and by which a program knows its own functions. */
const inClass = (text: string): string => text.replaceAll('function.js', 'class.js')

/** Programs whose check names the file. */
const CHECKS: Readonly<Record<string, (answer: ExecuteAnswer) => void>> = {
  'gives its code a name of the service': ({ error }) => {
    expect(error).toContain('at run (class.js')
    // The lines around the place are the code's own.
    expect(error).not.toMatch(/^ +at .*worker-isolate:/mu)
  },
}

/** Its process ends in the moment of its answer. */
const OVERTAKES = 'answers, and then ends its process'

const COUNTER = 'class Counter { n = 0; add() { return ++this.n } }'

let service: ServiceProcess
let sentinel: Sentinel
beforeAll(async () => {
  service = await ServiceProcess.start({ env: { INSTANCE_EXECUTORS_MAX: '1' } })
  sentinel = await Sentinel.create(service.url)
})
afterAll(async () => {
  await sentinel[Symbol.asyncDispose]()
  await service[Symbol.asyncDispose]()
})

async function attack({ source, name = 'run', limits, ...rest }: HostileProgram): Promise<ExecuteAnswer> {
  const hostile = `${inClass(source)}\nclass Hostile { go(...given) { return ${name}(...given) } }`
  const { args = [], language } = rest
  const answer = await callClass(service, {
    source: hostile,
    className: 'Hostile',
    method: 'go',
    args,
    limits: { ...LIMITS, ...limits },
    ...(language === undefined ? {} : { language }),
  })
  return { ...answer, stdout: answer.stdout ?? '' }
}

describe.each([
  ['loops', LOOPS],
  ['natives', NATIVES],
  ['memory', MEMORY],
  ['crashes', CRASHES_OF_V8],
  ['errors', ERRORS_OF_GUESTS],
  ['results', RESULTS],
  ['floods', FLOODS],
  ['afterlife', AFTERLIFE],
  ['attacks', ATTACKS],
] as const)('of %s', (_kind, programs) => {
  for (const program of programs.filter(({ kwargs }) => kwargs === undefined)) {
    it(`a method that ${program.title} ends as a function does`, { tags: ['slow'] }, async () => {
      const before = await callClass(service, { source: COUNTER, method: 'add', id: 'bystander' })
      expect(before).toMatchObject({ value: 1 })
      await sentinel.start()
      const answer = await attack(program)
      await sentinel.callsMore(2)
      const { lost } = await sentinel.stop()
      const { [program.title]: check = program.check } = CHECKS
      // Where the crash is quicker than the answer on its way out, the caller is told that.
      const isOvertaken = program.title === OVERTAKES && answer.code === 'EXECUTOR_LOST'
      if (!isOvertaken) expectAnswer(check === undefined ? program : { ...program, check }, answer)
      expect(lost).toEqual([])
      const after = await callClass(service, { source: COUNTER, method: 'add', id: 'bystander', isNew: false })
      expect(after.code ?? after.value).toBeOneOf([2, 'INSTANCE_LOST'])
    })
  }
})
