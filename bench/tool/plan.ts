// What a run measures: which scenarios in which shapes, how often and for how long.
import type { ShapeName } from './load/load-shape.ts'
import { SCENARIO_NAMES } from './scenarios/scenario.ts'
import type { ScenarioName } from './scenarios/scenario.ts'

export interface Cell {
  readonly scenario: ScenarioName
  readonly shape: ShapeName
}

export interface MemoryPlan {
  /** Instances that are kept, at which the memory is read. */
  readonly idleInstances: readonly number[]
  /** Different programs that have run, at which the memory is read. */
  readonly distinctPrograms: readonly number[]
}

export interface Plan {
  readonly cells: readonly Cell[]
  readonly rounds: number
  readonly seconds: number
  readonly warmUpSeconds: number
  readonly memory: MemoryPlan | null
}

const EVERY_SHAPE: readonly ShapeName[] = [
  'sequential',
  'staggered',
  'burst',
  'closed-4',
  'closed-8',
  'closed-16',
  'closed-64',
  'open',
]

/** Scenarios that do not say otherwise are asked by one client and by eight. */
const USUAL: readonly ShapeName[] = ['sequential', 'closed-8']

const SHAPES_OF: Readonly<Partial<Record<ScenarioName, readonly ShapeName[]>>> = {
  'live-cold': EVERY_SHAPE,
  'flash-warm': EVERY_SHAPE,
  'live-runtime': ['sequential', 'closed-8', 'open'],
  // Deploying is not timed, so that one after the other says all.
  'flash-cold': ['sequential'],
  'payload-10mb': ['sequential'],
}

const FULL_CELLS: readonly Cell[] = SCENARIO_NAMES.flatMap((scenario) =>
  (SHAPES_OF[scenario] ?? USUAL).map((shape) => ({ scenario, shape })),
)

const DEFAULT_SHAPES: Readonly<Partial<Record<ScenarioName, readonly ShapeName[]>>> = {
  'live-cold': ['sequential', 'closed-8', 'burst'],
  'flash-warm': ['sequential', 'closed-8'],
}

/** `--scenarios memory` stands for the curves of memory. */
export const MEMORY = 'memory'

export interface PlanFlags {
  readonly isFull: boolean
  readonly isQuick: boolean
  /** Scenarios, each perhaps with `/shape`; null for what the kind of run has. */
  readonly scenarios: readonly string[] | null
  readonly rounds: number | null
  readonly seconds: number | null
}

const LENGTHS = {
  usual: { rounds: 5, seconds: 2.5, warmUpSeconds: 0.7 },
  quick: { rounds: 2, seconds: 0.5, warmUpSeconds: 0.3 },
}

const FULL_MEMORY: MemoryPlan = {
  idleInstances: [0, 16, 32, 64, 128],
  distinctPrograms: [0, 100, 1_000, 10_000],
}
const QUICK_MEMORY: MemoryPlan = { idleInstances: [0, 8, 16], distinctPrograms: [0, 50, 200] }

/** A sentence when a scenario or a shape is none. */
export function makePlan(flags: PlanFlags): Plan | string {
  const length = flags.isQuick ? LENGTHS.quick : LENGTHS.usual
  const all = flags.isFull ? FULL_CELLS : defaultCells()
  const wanted = flags.scenarios
  const cells = wanted === null ? all : pickCells(wanted, flags.isFull)
  if (typeof cells === 'string') return cells
  const hasMemory = wanted === null ? flags.isFull : wanted.includes(MEMORY)
  return {
    cells,
    rounds: flags.rounds ?? length.rounds,
    seconds: flags.seconds ?? length.seconds,
    warmUpSeconds: length.warmUpSeconds,
    memory: hasMemory ? (flags.isQuick ? QUICK_MEMORY : FULL_MEMORY) : null,
  }
}

function defaultCells(): readonly Cell[] {
  return FULL_CELLS.filter(isInDefaultRun)
}

export function isInDefaultRun({ scenario, shape }: Cell): boolean {
  return DEFAULT_SHAPES[scenario]?.includes(shape) === true
}

/** A scenario that is named without a shape has those of the kind of run; one that the default run leaves out, all of its own. */
function pickCells(wanted: readonly string[], isFull: boolean): readonly Cell[] | string {
  const picked: Cell[] = []
  for (const name of wanted.filter((each) => each !== MEMORY)) {
    const [scenario, shape] = name.split('/')
    const ofScenario = FULL_CELLS.filter((cell) => cell.scenario === scenario)
    if (ofScenario.length === 0) {
      return `${JSON.stringify(name)} is not a scenario; they are ${[...SCENARIO_NAMES, MEMORY].join(', ')}.`
    }
    const usual = ofScenario.filter((cell) => isFull || isInDefaultRun(cell))
    const found =
      shape === undefined
        ? usual.length === 0
          ? ofScenario
          : usual
        : ofScenario.filter((cell) => cell.shape === shape)
    if (found.length === 0) {
      return `${scenario} has no shape ${JSON.stringify(shape)}; it has ${ofScenario.map((cell) => cell.shape).join(', ')}.`
    }
    picked.push(...found)
  }
  return picked
}

/** Who goes first changes with each round, so that nobody always comes behind the same neighbour's heat. */
export function rotate<Item>(items: readonly Item[], by: number): readonly Item[] {
  const at = items.length === 0 ? 0 : by % items.length
  return [...items.slice(at), ...items.slice(0, at)]
}
