// Requests answered per second, as bars from zero.
import type { TargetSummary } from '../figures/summarize.ts'
import { bar, chart, element, label, textNode } from './markup.ts'
import { digits } from './numbers.ts'

const WIDTH = 800
const LABELS = 210
const VALUES = 90
const ROW = 26
const TOP = 8

export function rateChart(title: string, targets: readonly TargetSummary[]): string {
  const most = Math.max(0, ...targets.map(({ perSecond }) => perSecond))
  const span = WIDTH - LABELS - VALUES
  const rows = targets.flatMap(({ title: name, target, perSecond }, index) => {
    const y = TOP + index * ROW
    const width = most === 0 ? 0 : (perSecond / most) * span
    return [
      element('text', { x: LABELS - 10, y: y + ROW / 2 + 4, class: 'label end' }, [textNode(name)]),
      bar({ x: LABELS, y: y + 4, width, height: ROW - 8 }, `bar ${target === 'self' ? 'own' : 'peer'}`),
      label(LABELS + width + 8, y + ROW / 2 + 4, `${digits(perSecond)}/s`, 'value'),
    ]
  })
  const description = targets.map(({ title: name, perSecond }) => `${name}: ${digits(perSecond)} per second`).join('; ')
  return chart({ title, description, width: WIDTH, height: TOP + targets.length * ROW + 8 }, rows)
}
