// How many times ours another target takes: bars on a scale of equal ratios, with their intervals.
import { bar, chart, element, label, line, textNode } from './markup.ts'
import { digits, ratioText } from './numbers.ts'
import type { RatioLike } from './numbers.ts'
import { logScale } from './scales.ts'

export interface RatioBar {
  readonly label: string
  readonly ratio: RatioLike
}

export interface RatioChart {
  readonly title: string
  /** What more than 1 means. */
  readonly axis: string
  readonly groups: readonly { readonly title: string; readonly bars: readonly RatioBar[] }[]
}

const WIDTH = 800
const LABELS = 210
const VALUES = 190
const ROW = 24
const GROUP_HEAD = 34
const TOP = 8
const BOTTOM = 48
/** Beside the smallest and the largest ratio, for the ends of their intervals. */
const ROOM = 1.5

export function ratioChart({ title, axis, groups }: RatioChart): string {
  const shown = groups.filter(({ bars }) => bars.length > 0)
  const bars = shown.flatMap((group) => group.bars)
  // The ratios alone give the scale: an interval of few rounds may span the world, and is cut off at the edge.
  const values = bars.map(({ ratio }) => ratio.value).filter((value) => value > 0 && Number.isFinite(value))
  const low = Math.min(0.5, ...values) / ROOM
  const high = Math.max(2, ...values) * ROOM
  const scale = logScale({ low, high, from: LABELS, to: WIDTH - VALUES })
  const parts: string[] = []
  let y = TOP
  for (const group of shown) {
    parts.push(label(0, y + 20, group.title, 'head'))
    y += GROUP_HEAD
    for (const { label: name, ratio } of group.bars) {
      parts.push(...drawBar({ name, ratio, y, one: scale.at(1), at: (value) => scale.at(value) }))
      y += ROW
    }
  }
  const one = scale.at(1)
  const grid = scale.ticks.flatMap((tick) => [
    line({ x: scale.at(tick), y: TOP }, { x: scale.at(tick), y }, 'grid'),
    element('text', { x: scale.at(tick), y: y + 16, class: 'label axis middle' }, [`${digits(tick)}×`]),
  ])
  const foot = element('text', { x: (LABELS + WIDTH - VALUES) / 2, y: y + 36, class: 'label axis middle' }, [
    textNode(axis),
  ])
  const description = bars.map(({ label: name, ratio }) => `${name}: ${ratioText(ratio)}`).join('; ')
  return chart({ title, description, width: WIDTH, height: y + BOTTOM }, [
    ...grid,
    line({ x: one, y: TOP }, { x: one, y }, 'one'),
    ...parts,
    foot,
  ])
}

interface DrawnBar {
  readonly name: string
  readonly ratio: RatioLike
  readonly y: number
  readonly one: number
  readonly at: (value: number) => number
}

function drawBar({ name, ratio, y, one, at }: DrawnBar): readonly string[] {
  const end = at(ratio.value)
  const middle = y + ROW / 2
  const kind = ratio.value >= 1 ? 'slower' : 'faster'
  const parts = [
    element('text', { x: LABELS - 10, y: middle + 4, class: 'label end' }, [textNode(name)]),
    bar({ x: Math.min(one, end), y: y + 4, width: Math.abs(end - one), height: ROW - 8 }, `bar ${kind}`),
  ]
  if (ratio.interval !== null) {
    const from = at(ratio.interval.low)
    const to = at(ratio.interval.high)
    parts.push(line({ x: from, y: middle }, { x: to, y: middle }, 'whisker'))
    for (const x of [from, to].filter((edge) => edge > LABELS && edge < WIDTH - VALUES))
      parts.push(line({ x, y: middle - 4 }, { x, y: middle + 4 }, 'whisker'))
  }
  parts.push(label(WIDTH - VALUES + 12, middle + 4, ratioText(ratio), 'value'))
  return parts
}
