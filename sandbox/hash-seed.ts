// The seed of the hashes of property names in the isolates of the guest program: chosen at random for each build, and kept in
// its snapshots, so that V8 need not hash everything in them anew for each isolate (docs/decisions/0028).
import { randomInt } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const FLAG = '--hash-seed='
const FILE = 'hash-seed'
const SEED = /^[1-9]\d*$/
/** The largest that `randomInt` takes. To V8 a seed of 0 is none. */
const SEEDS = 2 ** 48 - 1

/**
 * The flag for the process that makes the snapshots in a folder. The first to ask chooses the seed, which is kept in the folder:
 * processes that make them at the same time replace each other's files, and those of one seed fit each other.
 */
export function hashSeedFlag(folder: string): string {
  const path = join(folder, FILE)
  return `${FLAG}${readSeed(path) ?? keepSeed(folder, path)}`
}

/** A new seed, unless another process has been quicker. */
function keepSeed(folder: string, path: string): string {
  const seed = `${randomInt(1, SEEDS)}`
  const own = `${path}.${process.pid}`
  mkdirSync(folder, { recursive: true })
  writeFileSync(own, seed)
  try {
    linkSync(own, path)
    return seed
  } catch {
    const other = readSeed(path)
    // Else what is there is no seed.
    if (other === null) writeFileSync(path, seed)
    return other ?? seed
  } finally {
    rmSync(own)
  }
}

function readSeed(path: string): string | null {
  try {
    const text = readFileSync(path, 'utf8')
    return SEED.test(text) ? text : null
  } catch {
    return null
  }
}

/** The seed that this process was started with; null for one that V8 has chosen. @param execArgv that of the process. */
export function hashSeedOf(execArgv: readonly string[]): string | null {
  return execArgv.find((flag) => flag.startsWith(FLAG))?.slice(FLAG.length) ?? null
}
