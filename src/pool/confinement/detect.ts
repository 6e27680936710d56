// Finds out which levels of confinement this machine can have, in a few milliseconds and without starting anything unless asked.
import { existsSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import type { BubblewrapSetup } from './bubblewrap.ts'
import type { ConfinementChoice, ConfinementLevel } from './level.ts'
import { LEVELS } from './level.ts'
import { readLibraryMounts } from './library-mounts.ts'
import { probeBubblewrap } from './probe-bubblewrap.ts'

export interface DetectOptions {
  readonly choice: ConfinementChoice
  readonly nodePath: string
  /** Starts bubblewrap once, to know instead of to expect; a demanded `bubblewrap` is always tried. */
  readonly probe?: boolean
  /** Where to look for bubblewrap; fixed places, since a search path is not to be trusted by root. */
  readonly bubblewrapPaths?: readonly string[]
}

export interface ConfinementReport {
  readonly choice: ConfinementChoice
  /** Levels to start executors at, strongest first: the next one is for when those of the one before do not get ready. */
  readonly candidates: readonly ConfinementLevel[]
  readonly bubblewrap: BubblewrapSetup | null
  /** Why a level is not among the candidates, and what to do about it. */
  readonly unavailable: Readonly<Partial<Record<ConfinementLevel, string>>>
  /** Whether each executor can get a user of its own: the front is root. */
  readonly ownUsers: boolean
  /** A sentence when the demanded level cannot be had; nothing may be started then. */
  readonly error: string | null
}

const BUBBLEWRAP_PATHS = ['/usr/bin/bwrap', '/usr/local/bin/bwrap', '/bin/bwrap']
const ARCHITECTURES: readonly string[] = ['x64', 'arm64']

/** Says what can be expected; the executor's ready message says which layers took hold. */
export async function detectConfinement(options: DetectOptions): Promise<ConfinementReport> {
  const { choice, nodePath } = options
  const isRoot = process.geteuid?.() === 0
  const unavailable: Partial<Record<ConfinementLevel, string>> = {}
  const self = selfProblem()
  if (self !== null) unavailable.self = self
  const path = (options.bubblewrapPaths ?? BUBBLEWRAP_PATHS).find((place) => existsSync(place))
  let bubblewrap: BubblewrapSetup | null = null
  if (process.platform !== 'linux') unavailable.bubblewrap = 'bubblewrap is for Linux'
  else if (path === undefined)
    unavailable.bubblewrap = 'bubblewrap is not installed (Debian: apt-get install bubblewrap)'
  else bubblewrap = { path, isRoot, libraries: readLibraryMounts() }
  if (bubblewrap !== null && (options.probe === true || choice === 'bubblewrap')) {
    const problem = await probeBubblewrap(bubblewrap, nodePath)
    if (problem !== null) unavailable.bubblewrap = problem
  }
  const possible = LEVELS.filter((level) => unavailable[level] === undefined)
  const demanded = choice === 'auto' ? null : (unavailable[choice] ?? null)
  return {
    choice,
    candidates: choice === 'auto' ? possible : possible.filter((level) => level === choice),
    bubblewrap,
    unavailable,
    ownUsers: isRoot,
    error: demanded === null ? null : `The confinement "${choice}" is demanded but cannot be had: ${demanded}.`,
  }
}

function selfProblem(): string | null {
  if (process.platform !== 'linux') return 'Landlock and seccomp are for Linux'
  if (!ARCHITECTURES.includes(process.arch)) return `there is no system call filter for ${process.arch}`
  return isBuiltin('node:ffi') ? null : 'this Node.js has no node:ffi (Node.js 26.10 has it)'
}
