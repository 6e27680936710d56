// The bench's reports: well-formed, complete, and safe whatever a target has answered.
import { describe, expect, test } from 'vitest'
import { CHART_STYLE, standAlone } from '../../bench/tool/report/chart-style.ts'
import { digits, milliseconds, percent, ratioText } from '../../bench/tool/report/numbers.ts'
import { linearScale, logScale } from '../../bench/tool/report/scales.ts'
import { writeHtml } from '../../bench/tool/report/write-html.ts'
import { writeMarkdown } from '../../bench/tool/report/write-markdown.ts'
import { makeCell, makeRun } from '../support/bench-runs.ts'

const HOSTILE = `</svg><script>alert("1")</script> & 'x' | y\n# z`

const run = makeRun(
  [
    makeCell({ round: 0, target: 'self', latency: 1 }),
    { ...makeCell({ round: 0, target: 'vm', latency: 3 }), failed: 2, problems: [HOSTILE] },
    makeCell({ round: 1, target: 'self', latency: 1.1 }),
    { ...makeCell({ round: 1, target: 'vm', latency: 3.2 }), phasesMs: { [HOSTILE]: 1 } },
  ],
  {
    command: HOSTILE,
    missing: [{ target: 'quickjs', reason: HOSTILE }],
    refused: [{ target: 'vm', scenario: 'live-runtime', reason: HOSTILE }],
    broken: [HOSTILE],
    memory: [
      {
        kind: 'idle-instances',
        target: 'vm',
        problem: HOSTILE,
        points: [
          { count: 0, pssBytes: 40_000_000, rssBytes: 0 },
          { count: 64, pssBytes: 90_000_000, rssBytes: 0 },
        ],
      },
    ],
  },
)

const VOID = new Set(['meta', '!doctype'])

/** Elements that are not closed, or closed in the wrong order. */
function findUnbalanced(markup: string): readonly string[] {
  const open: string[] = []
  const wrong: string[] = []
  for (const [, close, name = '', , self] of markup.matchAll(/<(\/?)([a-z!][\w-]*)((?:\s[^<>]*?)?)(\/?)>/giu)) {
    if (self === '/' || VOID.has(name.toLowerCase())) continue
    if (close === '') open.push(name)
    else if (open.pop() !== name) wrong.push(name)
  }
  return [...wrong, ...open]
}

describe('the page', () => {
  const { html, overview } = writeHtml(run)

  test('closes every element that it opens', () => {
    expect(findUnbalanced('<p><b></p>')).not.toEqual([])
    expect(findUnbalanced(html)).toEqual([])
    expect(findUnbalanced(standAlone(overview))).toEqual([])
  })

  test('takes nothing that a target said as markup', () => {
    expect(html).not.toContain('<script')
    expect(html.match(/&#60;script&#62;/gu)?.length).toBeGreaterThan(3)
    expect(html.match(/<svg/gu)).toHaveLength(html.match(/<\/svg>/gu)?.length ?? 0)
  })

  test('loads nothing', () => {
    expect(html.replaceAll('xmlns="http://www.w3.org/2000/svg"', '')).not.toMatch(/https?:|src=|@import|url\(/u)
  })

  test('has a title and a description for each chart, under ids of its own', () => {
    const labelled = [...html.matchAll(/aria-labelledby="([\w-]+) ([\w-]+)"/gu)].flatMap(([, ...ids]) => ids)
    expect(labelled.length).toBeGreaterThan(6)
    expect(new Set(labelled).size).toBe(labelled.length)
    for (const id of labelled) expect(html).toContain(`id="${id}"`)
  })

  test('says on top what was not measured and what failed', () => {
    expect(html).toContain('quickjs was not measured: ')
    expect(html).toContain('In 1 of 4 measurements requests failed')
  })

  test('gives every class of a chart a look', () => {
    const classes = new Set([...overview.matchAll(/class="([^"]+)"/gu)].flatMap(([, list = '']) => list.split(' ')))
    expect(
      [...classes].filter((name) => !CHART_STYLE.includes(`.${name}`) && !['bar', 'label'].includes(name)),
    ).toEqual([])
  })

  test('without peers has no overview', () => {
    const alone = writeHtml(makeRun([makeCell({ round: 0, target: 'self', latency: 1 })]))
    expect(alone.overview).toBe('')
    expect(findUnbalanced(alone.html)).toEqual([])
  })
})

describe('Markdown', () => {
  test('keeps every table in its shape, whatever a cell holds', () => {
    const rows = writeMarkdown(run)
      .split('\n')
      .filter((line) => line.startsWith('|'))
    const cells = rows.map((row) => row.replaceAll(/\\./gu, '').split('|').length - 2)
    expect(new Set(cells)).toEqual(new Set([12, 5, 2]))
    expect(rows.join('').replaceAll(/\\./gu, '')).not.toContain('<')
  })
})

describe('numbers', () => {
  test.each([
    [digits(0.012_345), '0.0123'],
    [digits(1_234.5), '1,235'],
    [digits(Number.NaN), '–'],
    [milliseconds(2_500), '2.5 s'],
    [percent(1), '100 %'],
    [percent(0.99999), '99.9 %'],
    [percent(0), '0 %'],
    [ratioText({ value: 3, interval: { low: 2.5, high: 3.5 } }), '3× (2.5–3.5)'],
    [ratioText({ value: 3, interval: { low: 0.001, high: 900 } }), '3× (uncertain)'],
  ])('%s', (written, expected) => {
    expect(written).toBe(expected)
  })

  test('a logarithmic scale keeps its ends, and has marks within them', () => {
    const scale = logScale({ low: 0.5, high: 200, from: 0, to: 100 })
    expect([scale.at(0.5), scale.at(200), scale.at(0), scale.at(1e9)]).toEqual([0, 100, 0, 100])
    expect(scale.ticks.every((tick) => scale.at(tick) >= 0 && scale.at(tick) <= 100)).toBe(true)
    expect(scale.ticks.length).toBeGreaterThan(1)
  })

  test('a linear scale begins at zero and has few marks', () => {
    const scale = linearScale({ high: 137, from: 0, to: 100 })
    expect([scale.at(0), scale.at(137)]).toEqual([0, 100])
    expect(scale.ticks).toEqual([0, 50, 100])
    expect(linearScale({ high: 0, from: 0, to: 100 }).at(0)).toBe(0)
  })
})
