// What --help prints: the commands, and every setting of the table.
import { environmentName, flagName } from '../config/names.ts'
import type { Setting } from '../config/setting.ts'
import { SECTIONS } from '../config/settings.ts'
import type { SettingKey } from '../config/settings.ts'
import { describeAllowed, describeDefault, unitOf } from './describe-setting.ts'

const WIDTH = 100
const INDENT = '      '

const HEAD = `worker-isolate runs submitted JavaScript and TypeScript functions, each in a V8 isolate of its own.

Usage: worker-isolate [serve | build DIR | dev DIR | doctor | egress explain URL | bench | help] [flags]

  serve    Starts the service; this is what happens without a command.
  build    Makes an artifact of a folder of modules, in DIR/dist-flash or where --out says.
  dev      Builds the folder, serves it, and does both again when a file in it changes.
  doctor   Says what this machine offers for confining executors and what is missing, and starts no service.
  egress   Says whether submitted code may ask a URL, and which rule decides:
           egress explain URL [--method M] [--endpoint ID] [--tenant T]
  bench    Measures this service beside other ways of running code; bench --help lists its flags.
  help     Prints this text, as --help does.

  --help, -h       Prints this text.
  --version, -v    Prints the version.

Every setting has an environment variable; a flag wins over it. Flags are written --name value or --name=value.
`

export function helpText(): string {
  const sections = SECTIONS.map(({ title, settings }) => {
    const entries = Object.entries<Setting>(settings).map(([key, setting]) => describe(key as SettingKey, setting))
    return `${title}\n\n${entries.join('\n')}`
  })
  return `${HEAD}\n${sections.join('\n')}`
}

function describe(key: SettingKey, setting: Setting): string {
  const flag = flagName(key)
  const unit = unitOf(setting)
  const names = [...(flag === null ? [] : [`--${flag}${placeholder(setting)}`]), environmentName(key)]
  const bounds = `Default: ${describeDefault(setting)}. Allowed: ${describeAllowed(setting)}.`
  const lines = [...wrap(setting.description), ...wrap(unit === null ? bounds : `Unit: ${unit}. ${bounds}`)]
  return `  ${names.join(', ')}\n${lines.map((line) => `${INDENT}${line}\n`).join('')}`
}

function placeholder(setting: Setting): string {
  if (setting.kind === 'switch') return ''
  return setting.kind === 'integer' ? ' <number>' : ' <text>'
}

function wrap(sentence: string): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of sentence.split(' ')) {
    if (line !== '' && line.length + word.length + 1 > WIDTH - INDENT.length) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
