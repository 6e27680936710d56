// Where the median latency of each target goes: what it says of its own phases, and the rest.
import type { TargetSummary } from '../figures/summarize.ts'
import { bar, chart, element, label, textNode } from './markup.ts'
import { digits, milliseconds } from './numbers.ts'

const WIDTH = 800
const LABELS = 210
const VALUES = 90
const ROW = 30
const TOP = 8
const LEGEND = 30

/** HTTP, the client, waiting for processors, and whatever the target does not tell. */
const REST = 'rest'
const COLORS = 7

/** Empty when no target tells of phases. */
export function phaseChart(title: string, targets: readonly TargetSummary[]): string {
  const shown = targets.filter(({ phasesMs, latencyMs }) => latencyMs !== null && Object.keys(phasesMs).length > 0)
  if (shown.length === 0) return ''
  const names = [...new Set(shown.flatMap(({ phasesMs }) => Object.keys(phasesMs)))]
  const kindOf = (name: string): string =>
    name === REST ? 'bar rest' : `bar phase-${(names.indexOf(name) % COLORS) + 1}`
  const rows = shown.flatMap((target, index) => drawRow(target, TOP + LEGEND + index * ROW, kindOf))
  const description = shown
    .map(({ title: name, phasesMs }) => {
      const list = Object.entries(phasesMs).map(([phase, ms]) => `${phase} ${digits(ms)} ms`)
      return `${name}: ${list.join(', ')}`
    })
    .join('; ')
  const height = TOP + LEGEND + shown.length * ROW + 8
  return chart({ title, description, width: WIDTH, height }, [...drawLegend([...names, REST], kindOf), ...rows])
}

function drawLegend(names: readonly string[], kindOf: (name: string) => string): readonly string[] {
  let x = LABELS
  return names.flatMap((name) => {
    const parts = [bar({ x, y: TOP, width: 12, height: 12 }, kindOf(name)), label(x + 17, TOP + 11, name, 'axis')]
    x += 34 + name.length * 7
    return parts
  })
}

/** Medians of phases do not add up to the median of the whole; where they are more, they are drawn as all of it. */
function drawRow(target: TargetSummary, y: number, kindOf: (name: string) => string): readonly string[] {
  const { phasesMs, latencyMs, title } = target
  const p50 = latencyMs?.p50 ?? 0
  const told = Object.values(phasesMs).reduce((total, ms) => total + ms, 0)
  const whole = Math.max(p50, told)
  const span = WIDTH - LABELS - VALUES
  let x = LABELS
  const pieces = [...Object.entries(phasesMs), [REST, Math.max(0, p50 - told)] as const].map(([name, ms]) => {
    const width = (ms / whole) * span
    const piece = element('g', {}, [
      element('title', {}, [textNode(`${name}: ${milliseconds(ms)}`)]),
      bar({ x, y: y + 5, width, height: ROW - 10 }, kindOf(name)),
    ])
    x += width
    return piece
  })
  return [
    element('text', { x: LABELS - 10, y: y + ROW / 2 + 4, class: 'label end' }, [textNode(title)]),
    ...pieces,
    label(LABELS + span + 10, y + ROW / 2 + 4, milliseconds(p50), 'value'),
  ]
}
