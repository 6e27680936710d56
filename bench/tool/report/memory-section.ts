// The part of the page about memory; empty when it was not measured.
import type { RunDocument } from '../figures/run-document.ts'
import { element, textNode } from './markup.ts'
import { memoryChart } from './memory-chart.ts'
import { curvesOf, MEMORY_COLUMNS, MEMORY_KINDS, MEMORY_TITLES, memoryRow } from './memory-rows.ts'

export function memorySection(run: RunDocument): string {
  return MEMORY_KINDS.map((kind) => {
    const curves = curvesOf(run, kind)
    if (curves.length === 0) return ''
    const { title, axis } = MEMORY_TITLES[kind]
    const cells = (name: 'th' | 'td', row: readonly string[]): string =>
      element(
        'tr',
        {},
        row.map((cell) => element(name, {}, [textNode(cell)])),
      )
    return element('section', { id: kind }, [
      element('h2', {}, [textNode(title)]),
      element('p', { class: 'soft' }, ['Proportional set size of all processes of each target, in MB.']),
      element('figure', {}, [memoryChart(title, axis, curves)]),
      element('div', { class: 'scroll' }, [
        element('table', {}, [cells('th', MEMORY_COLUMNS), ...curves.map((curve) => cells('td', memoryRow(curve)))]),
      ]),
    ])
  }).join('')
}
