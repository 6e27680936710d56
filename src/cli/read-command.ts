// What the operator wants: the command line and the environment together, before anything starts.
import { loadConfig } from '../config.ts'
import type { Config } from '../config.ts'
import type { Facts } from '../config/setting.ts'
import { readEgressCommand } from './egress-command.ts'
import type { ExplainOptions } from './egress-command.ts'
import { helpText } from './help-text.ts'
import { parseCommand } from './parse-command.ts'
import { readProjectCommand } from './project-command.ts'

export interface CommandSources {
  /** Without the program. */
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly facts: Facts
}

export type Command =
  | { readonly name: 'help'; readonly text: string }
  | { readonly name: 'version' }
  | { readonly name: 'serve' | 'doctor'; readonly config: Config }
  | { readonly name: 'build'; readonly folder: string; readonly outFolder: string | undefined }
  | { readonly name: 'dev'; readonly folder: string; readonly config: Config }
  | { readonly name: 'egress-explain'; readonly explain: ExplainOptions; readonly config: Config }
  /** The benchmark reads the rest of its command line itself. */
  | { readonly name: 'bench'; readonly args: readonly string[] }
  /** Every issue at once, for standard error; the exit code is 1. */
  | { readonly name: 'invalid'; readonly text: string }

export function readCommand({ argv, env, facts }: CommandSources): Command {
  if (argv[0] === 'bench') return { name: 'bench', args: argv.slice(1) }
  const project = readProjectCommand(argv)
  if (project?.name === 'invalid' || project?.name === 'build') return project
  if (project?.name === 'dev') {
    const serve = readCommand({ argv: ['serve', ...project.rest], env, facts })
    return serve.name === 'serve' ? { ...serve, name: 'dev', folder: project.folder } : serve
  }
  const egress = readEgressCommand(argv)
  if (egress?.name === 'invalid') return egress
  if (egress?.name === 'explain') {
    const serve = readCommand({ argv: ['serve', ...egress.rest], env, facts })
    return serve.name === 'serve' ? { ...serve, name: 'egress-explain', explain: egress.explain } : serve
  }
  const parsed = parseCommand(argv)
  if (parsed.name === 'help') return { name: 'help', text: helpText() }
  if (parsed.name === 'version') return parsed
  const loaded = loadConfig({ env, flags: parsed.flags, facts })
  if (loaded.ok && parsed.issues.length === 0) return { name: parsed.name, config: loaded.config }
  const issues = [...parsed.issues, ...(loaded.ok ? [] : loaded.issues)]
  return { name: 'invalid', text: issues.map((issue) => `${issue}\n`).join('') }
}
