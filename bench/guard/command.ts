// The command line of the guard, read: what is measured and whether that is kept, or what is wrong with it.
import { parseArgs } from 'node:util'
import { isPathName, PATH_NAMES } from './all-paths.ts'
import type { PathName } from './all-paths.ts'

export type GuardCommand =
  | {
      readonly name: 'run'
      readonly paths: readonly PathName[]
      readonly isWritten: boolean
      /** How many calls are made in place of each; of most paths 1. */
      readonly slowness: ReadonlyMap<PathName, number>
    }
  | { readonly name: 'help' }
  | { readonly name: 'invalid'; readonly issue: string }

export const HELP = `npm run guard measures the hot paths of the service, each against a yardstick that never changes,
and fails when one takes more than the baseline allows.

  --paths a,b     Only these: ${PATH_NAMES.join(', ')}.
  --write         Keeps what is measured as the new baseline, in bench/guard/baseline.json.
  --slow a=1.3    Makes the path 1.3 times as slow, to see the guard fail.
  --help          Prints this text.
`

const SLOWNESS_MAX = 100

export function readGuardCommand(argv: readonly string[]): GuardCommand {
  const flags = parse(argv)
  if (typeof flags === 'string') return invalid(flags)
  if (flags.help === true) return { name: 'help' }
  const names = flags.paths?.split(',') ?? PATH_NAMES
  const slowness = new Map<PathName, number>()
  for (const text of flags.slow ?? []) {
    const [name = '', factor = ''] = text.split('=')
    if (!isPathName(name)) return unknownPath(name)
    const value = Number(factor)
    if (!(value >= 1 && value <= SLOWNESS_MAX)) {
      return invalid(`--slow ${text}: it must be a path, "=", and a number from 1 to ${SLOWNESS_MAX}.`)
    }
    slowness.set(name, value)
  }
  const unknown = names.find((name) => !isPathName(name))
  if (unknown !== undefined) return unknownPath(unknown)
  const isWritten = flags.write === true
  if (isWritten && slowness.size > 0) return invalid('--write and --slow do not go together.')
  return { name: 'run', paths: PATH_NAMES.filter((name) => names.includes(name)), isWritten, slowness }
}

interface Flags {
  readonly help?: boolean
  readonly paths?: string
  readonly slow?: readonly string[]
  readonly write?: boolean
}

function parse(argv: readonly string[]): Flags | string {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        help: { type: 'boolean', short: 'h' },
        paths: { type: 'string' },
        slow: { type: 'string', multiple: true },
        write: { type: 'boolean' },
      },
    }).values
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function unknownPath(name: string): GuardCommand {
  return invalid(`${JSON.stringify(name)} is not a path; they are ${PATH_NAMES.join(', ')}.`)
}

function invalid(issue: string): GuardCommand {
  return { name: 'invalid', issue }
}
