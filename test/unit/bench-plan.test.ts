// The bench's command line and plan: what is run, in which order, and what is said of everything else.
import { describe, expect, test } from 'vitest'
import { readBenchCommand } from '../../bench/tool/command.ts'
import { arrivalsOf } from '../../bench/tool/load/arrivals-of.ts'
import { parseServerTiming } from '../../bench/tool/load/server-timing.ts'
import { makePlan, rotate } from '../../bench/tool/plan.ts'
import { ProgressLine } from '../../bench/tool/progress-line.ts'
import { planSteps } from '../../bench/tool/run-bench.ts'
import { SCENARIO_NAMES } from '../../bench/tool/scenarios/scenario.ts'
import { TARGETS } from '../../bench/tool/targets/all-targets.ts'
import { TARGET_NAMES } from '../../bench/tool/targets/target.ts'
import { writeConfig } from '../../bench/tool/targets/workerd-targets.ts'

const read = (line: string) =>
  readBenchCommand(
    line.split(' ').filter((word) => word !== ''),
    'out',
  )

describe('the command line', () => {
  test('without flags runs the default cells on all targets', () => {
    const command = read('')
    expect(command).toMatchObject({ name: 'run', targets: TARGET_NAMES, outFolder: 'out' })
    expect(command.name === 'run' && command.plan.cells).toEqual([
      { scenario: 'live-cold', shape: 'sequential' },
      { scenario: 'live-cold', shape: 'burst' },
      { scenario: 'live-cold', shape: 'closed-8' },
      { scenario: 'flash-warm', shape: 'sequential' },
      { scenario: 'flash-warm', shape: 'closed-8' },
    ])
  })

  test('--full has every scenario, and memory', () => {
    const command = read('--full --rounds 3 --seconds 0.5 --out here')
    const plan = command.name === 'run' ? command.plan : null
    expect(new Set(plan?.cells.map(({ scenario }) => scenario))).toEqual(new Set(SCENARIO_NAMES))
    expect(plan).toMatchObject({
      rounds: 3,
      seconds: 0.5,
      memory: { distinctPrograms: expect.arrayContaining([10_000]) },
    })
  })

  test.each([
    ['--targets self,nobody', '"nobody" is not a target; they are self,'],
    ['--scenarios live', '"live" is not a scenario; they are live-cold,'],
    ['--scenarios flash-cold/burst', 'flash-cold has no shape "burst"; it has sequential.'],
    ['--rounds 0', '--rounds is 0; it must be a number above 0, at most 1000.'],
    ['--rounds 1.5', '--rounds is 1.5; it must be a whole number.'],
    ['--seconds x', '--seconds is x; it must be'],
    ['--nonsense', "Unknown option '--nonsense'"],
    ['compare a.json', 'compare needs two files'],
  ])('"%s" is refused with a sentence', (line, sentence) => {
    expect(read(line)).toEqual({ name: 'invalid', issue: expect.stringContaining(sentence) })
  })

  test('compare takes two files; help is help', () => {
    expect(read('compare a.json b.json')).toEqual({ name: 'compare', beforePath: 'a.json', afterPath: 'b.json' })
    expect(read('--full --help')).toEqual({ name: 'help' })
    expect(read('report run.jsonl')).toEqual({ name: 'report', path: 'run.jsonl' })
    expect(read('report')).toMatchObject({ name: 'invalid' })
  })

  test('scenarios may be named with a shape, and memory beside them', () => {
    const plan = makePlan({
      isFull: false,
      isQuick: true,
      rounds: null,
      seconds: null,
      scenarios: ['typescript', 'live-cold/open', 'memory'],
    })
    expect(plan).toMatchObject({
      cells: [
        { scenario: 'typescript', shape: 'sequential' },
        { scenario: 'typescript', shape: 'closed-8' },
        { scenario: 'live-cold', shape: 'open' },
      ],
      memory: { idleInstances: [0, 8, 16] },
    })
  })
})

describe('the order', () => {
  test('each round has each able target of a cell once, side by side, beginning with another one', () => {
    const steps = planSteps({ rounds: 3, cells: [{ scenario: 'flash-warm', shape: 'sequential' }] }, TARGETS)
    const rounds = [0, 1, 2].map((round) =>
      steps.filter((step) => step.round === round).map(({ target }) => target.name),
    )
    expect(rounds).toEqual([
      ['self', 'workerd-static', 'deno-server'],
      ['workerd-static', 'deno-server', 'self'],
      ['deno-server', 'self', 'workerd-static'],
    ])
  })

  test('rotating is a rotation', () => {
    expect(rotate([1, 2, 3], 4)).toEqual([2, 3, 1])
    expect(rotate([], 2)).toEqual([])
  })

  test('every scenario has a peer beside this service, and every target a scenario', () => {
    for (const scenario of SCENARIO_NAMES) {
      const able = TARGETS.filter((target) => target.refuses(scenario) === null)
      expect(able.length).toBeGreaterThan(1)
      expect(able[0]?.name).toBe('self')
    }
    for (const target of TARGETS) expect(SCENARIO_NAMES.some((name) => target.refuses(name) === null)).toBe(true)
    expect(TARGETS.map(({ name }) => name)).toEqual(TARGET_NAMES)
  })
})

describe('arrivals', () => {
  test('of a Poisson process have its rate and its spread, and are the same for the same seed', () => {
    const shape = { kind: 'open', perSecond: 50 } as const
    const arrivals = arrivalsOf(shape, 200_000, 7)
    expect(arrivals).toEqual(arrivalsOf(shape, 200_000, 7))
    expect(arrivals).not.toEqual(arrivalsOf(shape, 200_000, 8))
    // 10 000 are expected; the standard deviation is 100.
    expect(Math.abs(arrivals.length - 10_000)).toBeLessThan(400)
    const gaps = arrivals.slice(1).map((at, index) => at - (arrivals[index] ?? 0))
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(0)
    const mean = gaps.reduce((total, gap) => total + gap, 0) / gaps.length
    const variance = gaps.reduce((total, gap) => total + (gap - mean) ** 2, 0) / gaps.length
    // An exponential distribution has the mean as its standard deviation.
    expect(Math.sqrt(variance) / mean).toBeCloseTo(1, 1)
    expect(arrivals.at(-1)).toBeGreaterThan(199_000)
  })

  test('that are staggered come at equal distances', () => {
    expect(arrivalsOf({ kind: 'staggered', everyMs: 50 }, 200, 1)).toEqual([0, 50, 100, 150])
  })
})

describe('small things', () => {
  test('the header Server-Timing is read, and what has no duration is left out', () => {
    expect(parseServerTiming('open;dur=1.5, call;desc="x";dur=2, cache, bad;dur=x')).toEqual([
      ['open', 1.5],
      ['call', 2],
    ])
    expect(parseServerTiming('')).toEqual([])
  })

  test("workerd's configuration embeds the modules under their paths", () => {
    const config = writeConfig({ modules: ['a.ts', 'b/c.ts'], bindings: '' })
    expect(config).toContain(
      'modules = [(name = "a.ts", esModule = embed "a.ts"), (name = "b/c.ts", esModule = embed "b/c.ts")]',
    )
    expect(config).toContain('address = "127.0.0.1:0"')
  })

  test('progress is one line that is written over in a terminal, and lines that stay elsewhere', () => {
    const write = (isTTY: boolean) => {
      const written: string[] = []
      const progress = new ProgressLine({ isTTY, columns: 60, write: (text) => written.push(text) }, 0)
      progress.show({ done: 5, total: 20, label: 'x'.repeat(100) }, 10_000)
      progress.tell('a line')
      progress.end()
      return written
    }
    expect(write(false)).toEqual(['a line\n'])
    const [first = '', told] = write(true)
    expect(first).toContain('5/20, 0:30 left')
    expect(first.replace('\r\u001B[K', '')).toHaveLength(59)
    expect(told).toBe('\r\u001B[Ka line\n')
  })
})
