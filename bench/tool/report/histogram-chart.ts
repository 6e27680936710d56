// Latencies of each target as a histogram of its own, one under the other on one scale of time.
import { bucketStartMs } from '../figures/histogram.ts'
import type { TargetSummary } from '../figures/summarize.ts'
import { bar, chart, element, line, textNode } from './markup.ts'
import { digits, milliseconds } from './numbers.ts'
import { logScale } from './scales.ts'

const WIDTH = 800
const LABELS = 210
const RIGHT = 20
const ROW = 46
const PLOT = 34
const TOP = 8
const BOTTOM = 46

/** Empty when no target has answered. */
export function histogramChart(title: string, targets: readonly TargetSummary[]): string {
  const shown = targets.filter(({ histogram, latencyMs }) => histogram.length > 0 && latencyMs !== null)
  if (shown.length === 0) return ''
  const buckets = shown.flatMap(({ histogram }) => histogram.map(([bucket]) => bucket))
  const low = bucketStartMs(Math.min(...buckets))
  const high = bucketStartMs(Math.max(...buckets) + 1)
  const scale = logScale({ low, high, from: LABELS, to: WIDTH - RIGHT })
  const bottom = TOP + shown.length * ROW
  const rows = shown.flatMap((target, index) => drawRow(target, TOP + index * ROW, (ms) => scale.at(ms)))
  const grid = scale.ticks.flatMap((tick) => [
    line({ x: scale.at(tick), y: TOP }, { x: scale.at(tick), y: bottom }, 'grid'),
    element('text', { x: scale.at(tick), y: bottom + 16, class: 'label axis middle' }, [textNode(digits(tick))]),
  ])
  const axis = 'milliseconds from when a request was due; the line is p50, the dashed one p99'
  const description = shown
    .map(({ title: name, latencyMs }) => `${name}: p50 ${milliseconds(latencyMs?.p50 ?? Number.NaN)}`)
    .join('; ')
  return chart({ title, description, width: WIDTH, height: bottom + BOTTOM }, [
    ...grid,
    ...rows,
    element('text', { x: (LABELS + WIDTH - RIGHT) / 2, y: bottom + 36, class: 'label axis middle' }, [textNode(axis)]),
  ])
}

function drawRow(target: TargetSummary, y: number, at: (ms: number) => number): readonly string[] {
  const { histogram, latencyMs, title, target: name } = target
  const most = Math.max(...histogram.map(([, count]) => count))
  const base = y + ROW - 6
  const kind = name === 'self' ? 'own' : 'peer'
  const bars = histogram.map(([bucket, count]) => {
    const from = at(bucketStartMs(bucket))
    const height = Math.max(1, (count / most) * PLOT)
    return bar({ x: from, y: base - height, width: at(bucketStartMs(bucket + 1)) - from - 0.5, height }, `bar ${kind}`)
  })
  const marks = (['p50', 'p99'] as const).map((figure) => {
    const x = at(latencyMs?.[figure] ?? 0)
    return line({ x, y: base - PLOT - 2 }, { x, y: base }, `mark ${figure}`)
  })
  const figures = latencyMs === null ? '' : `${milliseconds(latencyMs.p50)} · ${milliseconds(latencyMs.p99)}`
  return [
    element('text', { x: LABELS - 10, y: base - 16, class: 'label end' }, [textNode(title)]),
    element('text', { x: LABELS - 10, y: base - 2, class: 'label axis end' }, [textNode(figures)]),
    ...bars,
    ...marks,
  ]
}
