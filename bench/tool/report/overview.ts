// The one chart to show others: how many times our median latency each target takes, by scenario and shape.
import type { Group } from '../figures/summarize.ts'
import { SHAPE_TITLES } from '../load/load-shape.ts'
import { isInDefaultRun } from '../plan.ts'
import { SCENARIOS } from '../scenarios/scenario.ts'
import { ratioChart } from './ratio-chart.ts'

/** More groups than these make a chart that nobody reads. */
const GROUPS_MAX = 8

/** Those of the default run first, then one client of each other scenario; as they are reported, where these are few. */
function mostTelling(groups: readonly Group[]): readonly Group[] {
  const usual = groups.filter(isInDefaultRun)
  const rest = groups.filter((group) => !isInDefaultRun(group))
  const byOne = rest.filter(({ shape }) => shape === 'sequential')
  const others = rest.filter(({ shape }) => shape !== 'sequential')
  return [...usual, ...byOne, ...others].slice(0, GROUPS_MAX)
}

/** Empty when there is nothing to compare with. */
export function overviewChart(groups: readonly Group[]): string {
  const shown = mostTelling(groups)
    .map(({ scenario, shape, targets }) => ({
      title: `${SCENARIOS[scenario].title}, ${SHAPE_TITLES[shape]}`,
      bars: targets.flatMap(({ title, p50OverOurs }) =>
        p50OverOurs === null ? [] : [{ label: title, ratio: p50OverOurs }],
      ),
    }))
    .filter(({ bars }) => bars.length > 0)
  if (shown.length === 0) return ''
  return ratioChart({
    title: 'Median latency of each target over that of worker-isolate',
    axis: 'its p50 over ours, with a 95 % interval from paired rounds; right of the line it is slower than we are',
    groups: shown,
  })
}
