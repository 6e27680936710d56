// Decides how an executor process is started at each level of confinement: a pure function from options to a command.
import type { BubblewrapSetup } from './bubblewrap.ts'
import { bubblewrapArguments, withoutCovered } from './bubblewrap.ts'
import type { ConfinementLevel } from './level.ts'

export interface SpawnOptions {
  readonly level: ConfinementLevel
  readonly nodePath: string
  /** The executor's main file, `.ts` or `.js`. */
  readonly entryPath: string
  readonly entryArgs: readonly string[]
  /** Real paths of the folders and files that the executor imports and reads while it loads, and nothing else. */
  readonly readPaths: readonly string[]
  /** Flags of V8 and Node.js beyond those that confinement sets. */
  readonly nodeFlags: readonly string[]
  /** The user that the executor will change to; null when it stays what the front is. */
  readonly uid: number | null
  /** Needed for the level `bubblewrap` only. */
  readonly bubblewrap: BubblewrapSetup | null
}

export interface SpawnPlan {
  readonly command: string
  readonly args: readonly string[]
  /** Always empty: an executor inherits no secret, and no variable that changes how Node.js behaves. */
  readonly env: Readonly<Record<string, string>>
  /** The root folder: every user may enter it, and a service in a 0700 folder has no better one. */
  readonly cwd: string
  /** Whether the spawned process is a wrapper, and `findExecutorPid` tells the executor's own process id. */
  readonly needsPidLookup: boolean
}

/** isolated-vm needs the first; the last keeps a signal from opening the inspector. */
const BASE_FLAGS = ['--no-node-snapshot', '--permission', '--allow-addons', '--disable-sigusr1']
/** The permission model warns that addons and foreign functions can get around it, which is why there are other layers. */
const SILENT_FLAGS = ['--disable-warning=SecurityWarning', '--disable-warning=ExperimentalWarning']

/** Throws when the level is `bubblewrap` and there is no setup for it. */
export function planSpawn(options: SpawnOptions): SpawnPlan {
  const { level, nodePath, entryPath, entryArgs, nodeFlags, bubblewrap, uid } = options
  const readPaths = withoutCovered([...options.readPaths, entryPath])
  const nodeArgs = [
    ...BASE_FLAGS,
    level === 'permission' ? '--no-experimental-ffi' : '--allow-ffi',
    ...SILENT_FLAGS,
    ...readPaths.map((path) => `--allow-fs-read=${path}`),
    ...nodeFlags,
    entryPath,
    ...entryArgs,
  ]
  const plan = { env: {}, cwd: '/' }
  if (level !== 'bubblewrap') return { ...plan, command: nodePath, args: nodeArgs, needsPidLookup: false }
  if (bubblewrap === null) throw new Error('The level bubblewrap needs the setup of bubblewrap.')
  const wrapper = bubblewrapArguments({
    setup: bubblewrap,
    nodePath,
    readPaths,
    dropsUser: uid !== null,
  })
  return {
    ...plan,
    command: bubblewrap.path,
    args: [...wrapper, '--', nodePath, ...nodeArgs],
    needsPidLookup: true,
  }
}
