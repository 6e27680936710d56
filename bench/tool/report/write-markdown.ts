// The report as Markdown: the tables, for a pull request or a terminal.
import type { RunDocument } from '../figures/run-document.ts'
import { summarize } from '../figures/summarize.ts'
import { SHAPE_TITLES } from '../load/load-shape.ts'
import { SCENARIOS } from '../scenarios/scenario.ts'
import { curvesOf, MEMORY_COLUMNS, MEMORY_KINDS, MEMORY_TITLES, memoryRow } from './memory-rows.ts'
import { conditionRows, FIGURE_COLUMNS, figureRow } from './tables.ts'

export function writeMarkdown(run: RunDocument): string {
  const groups = summarize(run).map(({ scenario, shape, targets }) =>
    [
      `## ${SCENARIOS[scenario].title}, ${SHAPE_TITLES[shape]}\n`,
      writeTable(FIGURE_COLUMNS, targets.map(figureRow)),
    ].join('\n'),
  )
  const memory = MEMORY_KINDS.flatMap((kind) => {
    const curves = curvesOf(run, kind)
    if (curves.length === 0) return []
    return [`## ${MEMORY_TITLES[kind].title}\n\n${writeTable(MEMORY_COLUMNS, curves.map(memoryRow))}`]
  })
  const conditions = `## Conditions\n\n${writeTable(['', ''], conditionRows(run))}`
  const broken = run.broken.length === 0 ? [] : [`## Not measured\n\n${run.broken.map(writeItem).join('')}`]
  return ['# worker-isolate bench\n', ...groups, ...memory, ...broken, conditions].join('\n')
}

/** Cells hold no table of their own: pipes and line ends are taken out of their meaning. */
function writeTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const write = (cells: readonly string[]): string => `| ${cells.map(escapeCell).join(' | ')} |\n`
  const rule = `| ${head.map((_, at) => (at === 0 ? '---' : '---:')).join(' | ')} |\n`
  return write(head) + rule + rows.map(write).join('')
}

function writeItem(text: string): string {
  return `- ${escapeCell(text)}\n`
}

function escapeCell(text: string): string {
  return text
    .replaceAll(/[\\|<>`*_[\]]/gu, (character) => `\\${character}`)
    .replaceAll(/\s+/gu, ' ')
    .trim()
}
