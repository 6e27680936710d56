// Which tier of snapshots has what the code of this isolate has used: the host is told with the end of each call, as a hint.
import { GLOBAL_TIERS } from '../bridge.ts'
import type { Tier } from '../bridge.ts'

let used: Tier = 0

export function noteUse(name: string): void {
  const tier = GLOBAL_TIERS[name]
  if (tier !== undefined && tier > used) used = tier
}

export const readUsedTier = (): Tier => used

/** Called in each fresh isolate: what was used while its snapshot was made was not used by its code. */
export function forgetUses(): void {
  used = 0
}
