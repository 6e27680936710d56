// What an isolate takes that does nothing, by tier.
import { readFileSync } from 'node:fs'
import { hold } from '../flash/hold.ts'
import type { PartResult } from '../macro/run-parts.ts'
import { short } from '../support/text-table.ts'
import { bareIsolate, prepareTiers } from './variants.ts'
import type { RuntimePlan } from './variants.ts'

const NAME = 'idle'
const BYTES_PER_MB = 1024 * 1024

function residentBytes(): number {
  const kilobytes = /^Rss: +(\d+)/m.exec(readFileSync('/proc/self/smaps_rollup', 'latin1'))?.[1]
  return Number(kilobytes) * 1_024
}

/**
 * To be run before anything else makes isolates: those that are thrown away leave pages that later ones take. So all live
 * until the last is measured.
 */
export async function runIdlePart({ idleIsolates }: RuntimePlan): Promise<PartResult> {
  const variants = [bareIsolate, ...(await prepareTiers())]
  const alive = variants.map(({ create }) => create())
  const figures = variants.map(({ name, create }) => {
    const before = residentBytes()
    for (let count = 0; count < idleIsolates; count++) alive.push(create())
    return { name, megabytes: (residentBytes() - before) / idleIsolates / BYTES_PER_MB }
  })
  for (const { dispose } of alive) dispose()
  return {
    name: NAME,
    table: [['isolate idle', 'MB'], ...figures.map(({ name, megabytes }) => [name, short(megabytes)])],
    verdicts: figures
      .slice(1)
      .map(({ name, megabytes }, tier) =>
        hold(NAME, `MB of an idle isolate of tier ${name}`, [megabytes], tier === 0 ? { most: 2 } : null),
      ),
    figures,
  }
}
