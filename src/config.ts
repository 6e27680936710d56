// The configuration: from environment variables and flags through one schema, or every reason why not.
import * as v from 'valibot'
import { environmentName, flagName, isSecret } from './config/names.ts'
import { checkRules } from './config/rules.ts'
import type { Facts } from './config/setting.ts'
import { SETTING_KEYS, SETTINGS } from './config/settings.ts'
import type { Config, SettingKey } from './config/settings.ts'

export type { Config } from './config/settings.ts'

type Schemas = { readonly [Key in SettingKey]: (typeof SETTINGS)[Key]['schema'] }

/** `Object.fromEntries` forgets which key has which value. */
const schemas = Object.fromEntries(SETTING_KEYS.map((key) => [key, SETTINGS[key].schema])) as unknown as Schemas

/** From texts, one for each setting, to the configuration. */
const ConfigSchema: v.GenericSchema<Readonly<Record<SettingKey, string>>, Config> = v.pipe(
  v.object(schemas),
  checkRules,
)

export interface ConfigSources {
  /** Of these only the variables that settings have; an empty one counts as not set. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** What the command line sets; wins over the environment. */
  readonly flags: ReadonlyMap<SettingKey, string>
  readonly facts: Facts
}

export type LoadedConfig =
  | { readonly ok: true; readonly config: Config }
  /** All that is wrong, one sentence each; no value of a secret is in them. */
  | { readonly ok: false; readonly issues: readonly string[] }

/** Reads nothing but its argument and starts nothing. */
export function loadConfig(sources: ConfigSources): LoadedConfig {
  const given = SETTING_KEYS.map((key) => [key, readSetting(key, sources)] as const)
  const names = new Map<string, string>(given.map(([key, { name }]) => [key, name]))
  const texts = Object.fromEntries(given.map(([key, { text }]) => [key, text])) as Record<SettingKey, string>
  const result = v.safeParse(ConfigSchema, texts)
  if (result.success) return { ok: true, config: result.output }
  return { ok: false, issues: result.issues.map((issue) => describeIssue(issue, names)) }
}

interface GivenSetting {
  readonly text: string
  /** What the operator knows the setting by: the flag or the variable that was used. */
  readonly name: string
}

function readSetting(key: SettingKey, { env, flags, facts }: ConfigSources): GivenSetting {
  const flag = flags.get(key)
  if (flag !== undefined) return { text: flag, name: `--${flagName(key)}` }
  const name = environmentName(key)
  const variable = Object.hasOwn(env, name) ? env[name] : undefined
  if (variable !== undefined && variable !== '') return { text: variable, name }
  return { text: SETTINGS[key].defaultText(facts), name: SETTINGS[key].kind === 'switch' ? `--${flagName(key)}` : name }
}

function describeIssue(issue: v.BaseIssue<unknown>, names: ReadonlyMap<string, string>): string {
  const key = v.getDotPath(issue)
  if (key !== null) return `${names.get(key) ?? key} ${issue.message}`
  return issue.message.replaceAll(/\{(\w+)\}/gu, (whole, name: string) => names.get(name) ?? whole)
}

/** The configuration without the values of secrets, for the log and for `doctor`. */
export function withoutSecrets(config: Config): Readonly<Record<SettingKey, string | number | boolean>> {
  const shown = SETTING_KEYS.map((key) => [key, isSecret(key) && config[key] !== '' ? '(set)' : config[key]] as const)
  return Object.fromEntries(shown) as Record<SettingKey, string | number | boolean>
}
