// The floor of first calls: what isolated-vm takes for the same kind of script from V8's code cache, with nothing around it.
// Isolate, context, compiling, running, the call and the disposal are timed. Argument: the memory limit in MB.
import { createInterface } from 'node:readline'
import ivm from 'isolated-vm'
import { WrongAnswer } from '../support/execute-program.ts'
import type { RoundOrder, RoundReply, RoundReport } from '../support/round-process.ts'
import { sleepUntil } from '../support/sleep-until.ts'
import { makeLargeProgram } from './queue-program.ts'

/** What isolated-vm puts on a script, of which its types say less. */
interface CachedDataResult {
  readonly cachedData?: ivm.ExternalCopy<ArrayBuffer>
  readonly cachedDataRejected?: boolean
}

const memoryLimit = Number(process.argv[2])
let nextIndex = 1_000_000

for await (const line of createInterface({ input: process.stdin })) {
  const reply = await runRound(JSON.parse(line) as RoundOrder).then(
    (report): RoundReply => ({ report }),
    (error: unknown): RoundReply => ({ error: String(error) }),
  )
  process.stdout.write(`${JSON.stringify(reply)}\n`)
}

/** Making programs and their caches is not timed, and done before the moment at which one is due. */
async function runRound(order: RoundOrder): Promise<RoundReport> {
  const latenciesMs: number[] = []
  const cpu = process.cpuUsage()
  const startedAt = performance.now()
  if (order.type === 'closed') {
    while (performance.now() < startedAt + order.durationMs) latenciesMs.push(prepare()())
  } else {
    for (const arrivalMs of order.arrivalsMs) {
      const run = prepare()
      await sleepUntil(startedAt + arrivalMs, () => true)
      latenciesMs.push(run())
    }
  }
  const { user, system } = process.cpuUsage(cpu)
  return { latenciesMs, cpuMs: (user + system) / 1_000 }
}

/** A program with its cache; what is returned runs it and tells how long that took. */
function prepare(): () => number {
  const program = makeLargeProgram(nextIndex++)
  const { code } = program
  const cachedData = makeCache(code)
  return () => {
    const startedAt = performance.now()
    const isolate = new ivm.Isolate({ memoryLimit })
    const context = isolate.createContextSync()
    const script: ivm.Script & CachedDataResult = isolate.compileScriptSync(code, { cachedData })
    script.runSync(context)
    const exported = context.global.getSync('workerIsolateModule', { reference: true })
    const handle = exported.getSync('handle', { reference: true })
    const options = { arguments: { copy: true }, result: { copy: true } } as const
    const result: unknown = handle.applySync(undefined, [program.offset], options)
    isolate.dispose()
    const tookMs = performance.now() - startedAt
    if (script.cachedDataRejected === true) throw new Error('V8 refused the code cache')
    const answer = JSON.stringify(result)
    if (answer !== program.expected) throw new WrongAnswer(`${answer} in place of ${program.expected}`)
    return tookMs
  }
}

function makeCache(code: string): ivm.ExternalCopy<ArrayBuffer> {
  const isolate = new ivm.Isolate({ memoryLimit })
  const script: ivm.Script & CachedDataResult = isolate.compileScriptSync(code, { produceCachedData: true })
  const cache = script.cachedData
  isolate.dispose()
  if (cache === undefined) throw new Error('V8 made no code cache')
  return cache
}
