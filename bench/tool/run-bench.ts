// One run: every cell in every round, each target started anew, one after the other in an order that rotates.
import type { CellRound, MemoryCurve, RunDocument, RunHead, RunLine } from './figures/run-document.ts'
import { measureCell } from './measure-cell.ts'
import { measureMemory } from './measure-memory.ts'
import { rotate } from './plan.ts'
import type { Plan } from './plan.ts'
import type { Target } from './targets/target.ts'

export interface BenchOptions {
  readonly head: RunHead
  readonly plan: Plan
  /** Those that can be started. */
  readonly targets: readonly Target[]
  readonly onLine: (line: RunLine) => void
  readonly onProgress: (progress: Progress) => void
}

export interface Progress {
  readonly done: number
  readonly total: number
  readonly label: string
}

/** Between the programs of two cells: enough for every client of the largest shape. */
const PROGRAM_STRIDE = 100_000_000

export async function runBench({ head, plan, targets, onLine, onProgress }: BenchOptions): Promise<RunDocument> {
  const cells: CellRound[] = []
  const memory: MemoryCurve[] = []
  const broken: string[] = []
  const steps = planSteps(plan, targets)
  const memorySteps = plan.memory === null ? [] : planMemory(targets)
  const total = steps.length + memorySteps.length
  const breakDown = (label: string, error: unknown): void => {
    const what = `${label}: ${error instanceof Error ? error.message : String(error)}`
    broken.push(what)
    onLine({ type: 'broken', what })
  }
  for (const [at, { round, scenario, shape, target, place }] of steps.entries()) {
    const label = `${scenario} ${shape} ${target.name}, round ${round + 1} of ${plan.rounds}`
    onProgress({ done: at, total, label })
    try {
      const cell = await measureCell({
        round,
        scenario,
        shape,
        target,
        place,
        plan,
        firstProgram: (at + 1) * PROGRAM_STRIDE,
      })
      cells.push(cell)
      onLine({ type: 'cell', ...cell })
    } catch (error) {
      breakDown(label, error)
    }
  }
  for (const [at, { kind, target }] of memorySteps.entries()) {
    const label = `memory, ${kind}, ${target.name}`
    onProgress({ done: steps.length + at, total, label })
    if (plan.memory === null) continue
    const counts = kind === 'idle-instances' ? plan.memory.idleInstances : plan.memory.distinctPrograms
    try {
      const curve = await measureMemory({ kind, target, counts })
      memory.push(curve)
      onLine({ type: 'memory', ...curve })
    } catch (error) {
      breakDown(label, error)
    }
  }
  onProgress({ done: total, total, label: 'done' })
  return { ...head, cells, memory, broken }
}

interface Step {
  readonly round: number
  readonly scenario: CellRound['scenario']
  readonly shape: CellRound['shape']
  readonly target: Target
  readonly place: number
}

/** Targets of one cell follow each other at once, so that a pair of them has seen the same minutes of the machine. */
export function planSteps(
  { rounds, cells }: Pick<Plan, 'rounds' | 'cells'>,
  targets: readonly Target[],
): readonly Step[] {
  return Array.from({ length: rounds }, (_, round) => round).flatMap((round) =>
    cells.flatMap(({ scenario, shape }) => {
      const able = targets.filter((target) => target.refuses(scenario) === null)
      return rotate(able, round).map((target, place) => ({ round, scenario, shape, target, place }))
    }),
  )
}

function planMemory(
  targets: readonly Target[],
): readonly { readonly kind: MemoryCurve['kind']; readonly target: Target }[] {
  const of = (kind: MemoryCurve['kind']): readonly { kind: MemoryCurve['kind']; target: Target }[] => {
    const workload = kind === 'idle-instances' ? 'idle-instances' : 'live-cold'
    return targets.filter((target) => target.refuses(workload) === null).map((target) => ({ kind, target }))
  }
  return [...of('idle-instances'), ...of('distinct-programs')]
}
