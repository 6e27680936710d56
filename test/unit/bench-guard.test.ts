// The regression guard: when it says that a path is slower, and what it says then.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { PATH_NAMES } from '../../bench/guard/all-paths.ts'
import type { PathName } from '../../bench/guard/all-paths.ts'
import { readBaseline, replaceRatios } from '../../bench/guard/baseline.ts'
import { readGuardCommand } from '../../bench/guard/command.ts'
import { judge } from '../../bench/guard/judge.ts'
import type { Judged } from '../../bench/guard/judge.ts'
import { measureRatio } from '../../bench/guard/measure-batches.ts'
import { describeOtherMachine, writeFindings, writeTable } from '../../bench/guard/report.ts'
import { runGuard } from '../../bench/guard/run-guard.ts'

const root = join(import.meta.dirname, '..', '..')
const committed = join(root, 'bench', 'guard', 'baseline.json')
const BASELINE = { ratio: 2, tolerance: 0.15 }
const MACHINE = { arch: 'x64', processor: 'a processor', cores: 2, node: '26.10.0' }

describe('a path', () => {
  const verdictOf = (...ratios: readonly number[]) => judge(ratios, BASELINE, true).verdict

  test('is slower beyond the tolerance only', () => {
    expect(verdictOf(2.29, 2.29, 2.29)).toBe('as before')
    expect(verdictOf(2.31, 2.31, 2.31)).toBe('slower')
    expect(verdictOf(2.6, 2.6, 2.6)).toBe('slower')
  })

  test('is not slower for processes that were disturbed, as long as a quarter was not', () => {
    expect(verdictOf(2, 2.05, 9)).toBe('as before')
    expect(verdictOf(2.02, 2.1, 2.1, 9, 9, 9)).toBe('as before')
    expect(verdictOf(2, 9, 9, 9, 9, 9)).toBe('slower')
  })

  test('that is faster is no failure, and is told', () => {
    expect(verdictOf(1.6, 1.6, 1.6)).toBe('faster')
    expect(verdictOf(1.71, 1.75, 1.8)).toBe('as before')
  })

  test('without figures is slower, not as before', () => {
    expect(verdictOf()).toBe('slower')
    expect(verdictOf(Number.NaN)).toBe('slower')
  })

  test('may differ by twice as much on a processor of another kind', () => {
    expect(judge([2.5, 2.5, 2.5], BASELINE, false).verdict).toBe('as before')
    expect(judge([2.7, 2.7, 2.7], BASELINE, false).verdict).toBe('slower')
  })

  test('that the baseline does not have is new', () => {
    expect(judge([2, 2, 2], undefined, true)).toMatchObject({ verdict: 'new', baseline: null })
  })
})

describe('a run', () => {
  /** Ratios of each path in turn, the last one for all further processes. */
  const play = async (ratios: Readonly<Partial<Record<PathName, readonly number[]>>>) => {
    const asked: PathName[] = []
    const measured = await runGuard(
      ['frames', 'pickle'],
      async (path) => {
        const before = asked.filter((one) => one === path).length
        asked.push(path)
        return ratios[path]?.[before] ?? ratios[path]?.at(-1) ?? 2
      },
      (_, each) => judge(each, BASELINE, true).verdict === 'slower',
    )
    return { asked, measured }
  }

  test('asks three processes of each path in turns, and no more when all is as before', async () => {
    const { asked } = await play({})
    expect(asked).toEqual(['frames', 'pickle', 'frames', 'pickle', 'frames', 'pickle'])
  })

  test('asks more of a path that seems slower, and stops when it is not', async () => {
    const { measured } = await play({ pickle: [3, 3, 3, 2] })
    expect(measured.get('frames')).toHaveLength(3)
    expect(measured.get('pickle')).toEqual([3, 3, 3, 2, 2, 2])
  })

  test('believes twelve', async () => {
    const { measured } = await play({ pickle: [3] })
    expect(measured.get('pickle')).toHaveLength(12)
  })
})

describe('the ratio', () => {
  /** Computes for about a millisecond on a machine of today. */
  const spin = (times: number) => (): void => {
    let sum = 0
    for (let at = 0; at < times * 100_000; at++) sum = (sum * 31 + at) % 65_521
    if (sum < 0) throw new Error('unreachable')
  }
  const path = { call: spin(2), yardstick: spin(1), callsPerBatch: 4, yardsticksPerBatch: 8 }

  test('of a call that is twice the work of its yardstick is about 2, and grows when the call gets slower', async () => {
    const ratio = await measureRatio(path, 1)
    expect(ratio).toBeGreaterThan(1.5)
    expect(ratio).toBeLessThan(2.6)
    expect(await measureRatio(path, 1.5)).toBeGreaterThan(ratio * 1.25)
  })

  test('of a call that answers something wrong is none', async () => {
    const call = async (): Promise<void> => {
      throw new Error('a wrong answer')
    }
    await expect(measureRatio({ ...path, call }, 1)).rejects.toThrow('a wrong answer')
  })
})

describe('the report', () => {
  const judged = (ratio: number): ReadonlyMap<PathName, Judged> =>
    new Map([['frames', judge([ratio, ratio, ratio], BASELINE, true)]])

  test('of a path that is slower has the path, both ratios, the tolerance and what to do', () => {
    const text = writeFindings(judged(2.6))
    expect(text).toContain('FAILED: frames is slower.')
    expect(text).toContain('is 2.000, and 15 % more is allowed, which is 2.300.')
    expect(text).toContain('Measured was 2.600, +30.0 %: a quarter of 3 processes had less.')
    expect(text).toContain('npm run guard -- --write --paths frames')
    expect(text).toContain('bench/guard/paths/frames.ts')
  })

  test('of one that is faster says how to keep that, and of one as before nothing', () => {
    expect(writeFindings(judged(1.5))).toMatch(/^frames is faster: .* 1\.500, .* 2\.000\. .*--write --paths frames\n$/u)
    expect(writeFindings(judged(2.1))).toBe('')
    expect(writeTable(judged(2.1))).toContain('+5.0 %')
  })

  test('says when the baseline is of another machine', () => {
    const baseline = { machine: MACHINE, paths: {} }
    expect(describeOtherMachine(baseline, { ...MACHINE, cores: 4, node: '27.0.0' })).toBeNull()
    expect(describeOtherMachine(baseline, { ...MACHINE, processor: 'another' })).toContain('twice as much is allowed')
    expect(describeOtherMachine(baseline, { ...MACHINE, arch: 'arm64' })).toContain('none is judged')
  })
})

describe('the baseline', () => {
  test('that is committed has every path and no other, and each has a file', () => {
    const { paths } = readBaseline(committed)
    expect(Object.keys(paths).toSorted()).toEqual([...PATH_NAMES].toSorted())
    for (const name of PATH_NAMES) {
      expect(readFileSync(join(root, 'bench', 'guard', 'paths', `${name}.ts`), 'utf8')).toContain(
        'Promise<PreparedPath>',
      )
    }
  })

  test('that is written anew keeps tolerances and the paths that were not measured', () => {
    const before = { paths: { frames: BASELINE, pickle: { ratio: 3, tolerance: 0.1 } } }
    expect(replaceRatios(before, new Map([['frames', 1.234_56]]), MACHINE)).toEqual({
      machine: MACHINE,
      paths: { frames: { ratio: 1.235, tolerance: 0.15 }, pickle: { ratio: 3, tolerance: 0.1 } },
    })
  })
})

describe('the command line', () => {
  const read = (line: string) => readGuardCommand(line.split(' ').filter((word) => word !== ''))

  test('without flags holds every path against the baseline', () => {
    expect(read('')).toEqual({ name: 'run', paths: PATH_NAMES, isWritten: false, slowness: new Map() })
    expect(read('--paths pickle,frames --write')).toMatchObject({ paths: ['frames', 'pickle'], isWritten: true })
    expect(read('--slow frames=1.3')).toMatchObject({ slowness: new Map([['frames', 1.3]]) })
  })

  test.each([
    ['--paths frames,nothing', '"nothing" is not a path; they are virgin-isolate,'],
    ['--slow nothing=2', '"nothing" is not a path'],
    ['--slow frames=0.5', 'a number from 1 to 100'],
    ['--slow frames', 'a number from 1 to 100'],
    ['--slow frames=2 --write', 'do not go together'],
    ['--nonsense', "Unknown option '--nonsense'"],
  ])('"%s" is refused with a sentence', (line, sentence) => {
    expect(read(line)).toEqual({ name: 'invalid', issue: expect.stringContaining(sentence) })
  })
})
