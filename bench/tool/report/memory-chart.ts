// Memory over a count, a line for each target, named at its end.
import type { MemoryPoint } from '../figures/run-document.ts'
import { bar, chart, element, label, line, textNode } from './markup.ts'
import type { TitledCurve } from './memory-rows.ts'
import { digits, mebibytes } from './numbers.ts'
import { linearScale } from './scales.ts'
import type { Scale } from './scales.ts'

const WIDTH = 800
const HEIGHT = 340
const LEFT = 60
const RIGHT = 270
const TOP = 14
const BOTTOM = 44
const LABEL_GAP = 15
const COLORS = 7
const MIB = 1_024 * 1_024

export function memoryChart(title: string, axis: string, curves: readonly TitledCurve[]): string {
  const shown = curves.filter(({ curve }) => curve.points.length > 0)
  if (shown.length === 0) return ''
  const points = shown.flatMap(({ curve }) => curve.points)
  const x = linearScale({ high: Math.max(1, ...points.map(({ count }) => count)), from: LEFT, to: WIDTH - RIGHT })
  const highMb = Math.max(1, ...points.map(({ pssBytes }) => pssBytes / MIB))
  const y = linearScale({ high: highMb, from: HEIGHT - BOTTOM, to: TOP })
  const yOf = (bytes: number): number => y.at(bytes / MIB)
  const ends = shown
    .map((each, index) => ({ each, index, endY: yOf(each.curve.points.at(-1)?.pssBytes ?? 0) }))
    .toSorted((one, other) => one.endY - other.endY)
  const parts: string[] = []
  // Names that would lie on each other are moved apart, downwards.
  let labelY = Number.NEGATIVE_INFINITY
  for (const { each, index, endY } of ends) {
    labelY = Math.max(endY, labelY + LABEL_GAP)
    parts.push(drawCurve({ ...each, kind: kindOf(each, index), labelY, xOf: (count) => x.at(count), yOf }))
  }
  const description = shown
    .map(({ title: name, curve }) => `${name}: ${curve.points.map(describePoint).join(', ')}`)
    .join('; ')
  const grid = drawGrid(x, y, axis)
  return chart({ title, description, width: WIDTH, height: Math.max(HEIGHT, labelY + 20) }, [...grid, ...parts])
}

function drawGrid(x: Scale, y: Scale, axis: string): readonly string[] {
  return [
    ...y.ticks.flatMap((tick) => [
      line({ x: LEFT, y: y.at(tick) }, { x: WIDTH - RIGHT, y: y.at(tick) }, 'grid'),
      element('text', { x: LEFT - 8, y: y.at(tick) + 4, class: 'label axis end' }, [textNode(digits(tick))]),
    ]),
    ...x.ticks.map((tick) =>
      element('text', { x: x.at(tick), y: HEIGHT - BOTTOM + 18, class: 'label axis middle' }, [textNode(digits(tick))]),
    ),
    element('text', { x: (LEFT + WIDTH - RIGHT) / 2, y: HEIGHT - 6, class: 'label axis middle' }, [textNode(axis)]),
  ]
}

interface DrawnCurve extends TitledCurve {
  readonly kind: string
  readonly labelY: number
  readonly xOf: (count: number) => number
  readonly yOf: (bytes: number) => number
}

function drawCurve({ title, curve, kind, labelY, xOf, yOf }: DrawnCurve): string {
  const path = curve.points.map(({ count, pssBytes }) => `${round(xOf(count))},${round(yOf(pssBytes))}`)
  const dots = curve.points.map((point) =>
    element('circle', { cx: xOf(point.count), cy: yOf(point.pssBytes), r: 3, class: `dot ${kind}` }, [
      element('title', {}, [textNode(`${title}, ${describePoint(point)}`)]),
    ]),
  )
  const end = mebibytes(curve.points.at(-1)?.pssBytes ?? Number.NaN)
  const mark = { x: WIDTH - RIGHT + 10, y: labelY - 5, width: 10, height: 10 }
  return element('g', {}, [
    element('polyline', { points: path.join(' '), class: `curve ${kind}` }),
    ...dots,
    bar(mark, `dot ${kind}`),
    label(mark.x + 16, labelY + 4, `${title} ${end}`, 'value'),
  ])
}

function kindOf({ curve }: TitledCurve, index: number): string {
  return curve.target === 'self' ? 'curve-own' : `curve-${(index % COLORS) + 1}`
}

function describePoint({ count, pssBytes }: MemoryPoint): string {
  return `${count} ${mebibytes(pssBytes)}`
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
