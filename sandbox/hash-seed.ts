// The seed of the hashes of property names in the isolates of the guest program: chosen at random for each build, and kept in
// its snapshots, so that V8 need not hash everything in them anew for each isolate (docs/decisions/0028).
import { randomInt } from 'node:crypto'

const FLAG = '--hash-seed='
/** The largest that `randomInt` takes. To V8 a seed of 0 is none. */
const SEEDS = 2 ** 48 - 1

/** The flag for the process that makes the snapshots. */
export function newHashSeedFlag(): string {
  return `${FLAG}${randomInt(1, SEEDS)}`
}

/** The seed that this process was started with; null for one that V8 has chosen. @param execArgv that of the process. */
export function hashSeedOf(execArgv: readonly string[]): string | null {
  return execArgv.find((flag) => flag.startsWith(FLAG))?.slice(FLAG.length) ?? null
}
