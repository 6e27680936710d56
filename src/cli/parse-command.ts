// The command line, split: which command, which settings. Pure; judges no value of a setting.
import { parseArgs } from 'node:util'
import { environmentName, flagName, isSecret, keyOfFlag } from '../config/names.ts'
import { SETTING_KEYS, SETTINGS } from '../config/settings.ts'
import type { SettingKey } from '../config/settings.ts'

/** Those that take settings only; the others have arguments of their own, and are read before. */
const COMMANDS = ['serve', 'doctor', 'help'] as const
const ALL_COMMANDS = 'serve, dev, build, egress, bench, doctor, help'

export type ParsedCommand =
  | { readonly name: 'help' }
  | { readonly name: 'version' }
  | {
      readonly name: 'serve' | 'doctor'
      /** The text of each setting that has a flag on this command line. */
      readonly flags: ReadonlyMap<SettingKey, string>
      /** What is wrong with the command line itself, one sentence each. */
      readonly issues: readonly string[]
    }

interface Option {
  readonly type: 'boolean' | 'string'
}

const OPTIONS: Readonly<Record<string, Option>> = Object.fromEntries(
  SETTING_KEYS.flatMap((key): (readonly [string, Option])[] => {
    const flag = flagName(key)
    return flag === null ? [] : [[flag, { type: SETTINGS[key].kind === 'switch' ? 'boolean' : 'string' }]]
  }),
)

const HELP = ['help', 'h']
const VERSION = ['version', 'v']

/** @param argv without the program: `['serve', '--port', '80']`. */
export function parseCommand(argv: readonly string[]): ParsedCommand {
  const { tokens } = parseArgs({
    args: [...argv],
    options: OPTIONS,
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const flags = new Map<SettingKey, string>()
  const issues: string[] = []
  let name: (typeof COMMANDS)[number] = 'serve'
  let isNamed = false
  let unknownAt = -1
  for (const token of tokens) {
    if (token.kind === 'option') {
      // The further letters of a group like -kVALUE say nothing new.
      if (token.index === unknownAt) continue
      if (HELP.includes(token.name)) return { name: 'help' }
      if (VERSION.includes(token.name)) return { name: 'version' }
      const issue = readFlag(token, flags)
      if (issue !== null) issues.push(issue)
      if (!Object.hasOwn(OPTIONS, token.name)) unknownAt = token.index
      continue
    }
    // What follows a flag that does not exist is taken for its value: it may be a secret, and must not be repeated.
    if (token.kind === 'option-terminator' || (unknownAt !== -1 && token.index === unknownAt + 1)) continue
    const command = COMMANDS.find((one) => one === token.value)
    if (command !== undefined && !isNamed) name = command
    else issues.push(describePositional(token.value, isNamed))
    isNamed = true
  }
  return name === 'help' ? { name } : { name, flags, issues }
}

interface FlagToken {
  readonly name: string
  readonly rawName: string
  readonly value: string | undefined
  readonly inlineValue: boolean | undefined
}

/** Null, or what is wrong with this flag. */
function readFlag(token: FlagToken, flags: Map<SettingKey, string>): string | null {
  const { rawName, value } = token
  const key = rawName.startsWith('--') ? keyOfFlag(token.name) : null
  if (key === null) return describeUnknown(rawName, token.name)
  if (flags.has(key)) return `${rawName} is given twice.`
  const isSwitch = SETTINGS[key].kind === 'switch'
  // Without "=" the next argument is the value, even when it is the flag that the operator wanted after this one.
  const isMissing = value === undefined || value === '' || (token.inlineValue !== true && value.startsWith('--'))
  if (isMissing && !(isSwitch && value === undefined)) return `${rawName} needs a value.`
  flags.set(key, value ?? 'true')
  return null
}

function describeUnknown(rawName: string, name: string): string {
  const secret = SETTING_KEYS.find(
    (key) => isSecret(key) && environmentName(key) === name.toUpperCase().replaceAll('-', '_'),
  )
  const shown = /^[\w-]{1,60}$/u.test(rawName) ? rawName : JSON.stringify(rawName.slice(0, 60))
  if (secret === undefined) return `${shown} is not a flag; --help lists all of them.`
  return `${shown} is not a flag, because other users of a machine can read command lines; set ${environmentName(secret)}.`
}

function describePositional(value: string, isNamed: boolean): string {
  const shown = JSON.stringify(value.slice(0, 60))
  return isNamed ? `${shown} is one argument too many.` : `${shown} is not a command; the commands are ${ALL_COMMANDS}.`
}
