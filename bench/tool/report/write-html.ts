// The report as one page: charts, tables and conditions, with nothing loaded from anywhere.
import type { RunDocument } from '../figures/run-document.ts'
import { summarize } from '../figures/summarize.ts'
import type { Group } from '../figures/summarize.ts'
import { SHAPE_TITLES } from '../load/load-shape.ts'
import { SCENARIOS } from '../scenarios/scenario.ts'
import { CHART_STYLE } from './chart-style.ts'
import { histogramChart } from './histogram-chart.ts'
import { element, textNode } from './markup.ts'
import { memorySection } from './memory-section.ts'
import { overviewChart } from './overview.ts'
import { phaseChart } from './phase-chart.ts'
import { rateChart } from './rate-chart.ts'
import { conditionRows, figureTable } from './tables.ts'

const STYLE = `
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"DejaVu Sans",sans-serif}
main{max-width:1060px;margin:0 auto;padding:40px 24px 80px}
h1{font-size:28px;line-height:1.25;margin:0 0 8px}h2{font-size:21px;margin:56px 0 4px}h3{font-size:15px;margin:28px 0 6px}
p{margin:6px 0;max-width:72ch}.soft{color:var(--soft)}
figure{margin:12px 0;padding:16px;background:var(--panel);border:1px solid var(--line);border-radius:8px;overflow-x:auto}
figure svg{display:block;width:100%;min-width:620px;height:auto}figcaption{font-weight:600;margin-bottom:8px}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:13.5px;font-variant-numeric:tabular-nums}
th,td{padding:6px 10px;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}
th:first-child,td:first-child{text-align:left}th{color:var(--soft);font-weight:600}
tr.own td{font-weight:600;color:var(--own)}td.wrap{white-space:normal;text-align:left}
nav{display:flex;flex-wrap:wrap;gap:6px 14px;margin:20px 0;font-size:14px}a{color:var(--own)}
.note{border-left:3px solid var(--faster);padding:6px 12px;background:var(--panel);max-width:none}
`

export interface ReportPage {
  readonly html: string
  /** The overview alone, to be shown elsewhere; empty when no peer was measured. */
  readonly overview: string
}

export function writeHtml(run: RunDocument): ReportPage {
  const groups = summarize(run)
  const overview = overviewChart(groups)
  const body = [
    element('h1', {}, ['Running code that nobody has seen before']),
    element('p', { class: 'soft' }, [textNode(leadOf(run))]),
    ...warnings(run),
    overview === '' ? '' : figure('How many times our median latency each of the others takes', overview),
    element('p', { class: 'soft' }, [textNode(boundariesOf(run))]),
    navigation(groups),
    ...groups.map((group) => section(group)),
    memorySection(run),
    conditions(run),
  ]
  const html = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>worker-isolate bench</title><style>${CHART_STYLE}${STYLE}</style></head>
<body><main>${body.join('\n')}</main></body></html>
`
  return { html, overview }
}

function leadOf({ machine, rounds, secondsPerRound, targets }: RunDocument): string {
  const place = `${machine['cores']} cores of ${machine['processor']}`
  return (
    `${targets.length} targets side by side on ${place}: ${rounds === 1 ? '1 round' : `${rounds} rounds`} of ${secondsPerRound} s, ` +
    `every target started anew for each, in an order that rotates; ${String(machine['date']).slice(0, 10)}.`
  )
}

/** A target that keeps programs apart less may be quicker for that reason. */
function boundariesOf({ targets }: RunDocument): string {
  return `What keeps programs apart: ${targets.map(({ title, boundary }) => `${title}: ${boundary}`).join('. ')}.`
}

/** What somebody who reads only the top must know. */
function warnings({ rounds, cells, missing, broken }: RunDocument): readonly string[] {
  const disturbed = cells.filter(({ othersCores }) => othersCores > 0.1).length
  const failed = cells.filter((cell) => cell.failed > 0).length
  const notes = [
    rounds === 1 ? 'One round only: there are no intervals, and a ratio may be chance.' : '',
    rounds === 2 ? 'Two rounds only: the intervals are wide.' : '',
    disturbed > 0
      ? `In ${disturbed} of ${cells.length} measurements other programs kept more than 0.1 processors busy; their latencies are too high.`
      : '',
    failed > 0 ? `In ${failed} of ${cells.length} measurements requests failed; the tables say how many.` : '',
    ...missing.map(({ target, reason }) => `${target} was not measured: ${reason}.`),
    ...broken.map((what) => `Not measured: ${what}`),
  ]
  return notes.filter((note) => note !== '').map((note) => element('p', { class: 'note' }, [textNode(note)]))
}

function titleOf({ scenario, shape }: Group): string {
  return `${SCENARIOS[scenario].title}, ${SHAPE_TITLES[shape]}`
}

function idOf({ scenario, shape }: Group): string {
  return `${scenario}-${shape}`
}

function navigation(groups: readonly Group[]): string {
  const links = groups.map((group) => element('a', { href: `#${idOf(group)}` }, [textNode(titleOf(group))]))
  return element('nav', { 'aria-label': 'Scenarios' }, links)
}

function section(group: Group): string {
  const title = titleOf(group)
  return element('section', { id: idOf(group) }, [
    element('h2', {}, [textNode(title)]),
    element('p', { class: 'soft' }, [textNode(SCENARIOS[group.scenario].description)]),
    figure('Latency', histogramChart(`Latency: ${title}`, group.targets)),
    figure('Answers per second', rateChart(`Answers per second: ${title}`, group.targets)),
    figure('Where the median goes', phaseChart(`Phases: ${title}`, group.targets)),
    figureTable(group),
  ])
}

function figure(caption: string, svg: string): string {
  return svg === '' ? '' : element('figure', {}, [element('figcaption', {}, [textNode(caption)]), svg])
}

function conditions(run: RunDocument): string {
  return element('section', { id: 'conditions' }, [
    element('h2', {}, ['Conditions']),
    element('div', { class: 'scroll' }, [
      element(
        'table',
        {},
        conditionRows(run).map(([name, value]) =>
          element('tr', {}, [element('td', {}, [textNode(name)]), element('td', { class: 'wrap' }, [textNode(value)])]),
        ),
      ),
    ]),
  ])
}
