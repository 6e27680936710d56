// The kinds of settings: each is a record that says everything of one setting, its valibot schema included.
import * as v from 'valibot'

/** What the machine says, for defaults that depend on it. */
export interface Facts {
  /** Processors that this process may use. */
  readonly cores: number
}

export type Unit = 'ms' | 'bytes' | 'MB'

interface SettingBase<Value> {
  /** One sentence, without the bounds; `--help` and `docs/configuration.md` repeat it. */
  readonly description: string
  /** From the text that the operator wrote to the value; messages of issues go on after the name of the setting. */
  readonly schema: v.GenericSchema<string, Value>
  /** As the operator would write it; empty for a setting that is unset. */
  readonly defaultText: (facts: Facts) => string
  /** The default for readers when it depends on the machine or is empty. */
  readonly describedDefault?: string
  /** A setting whose value appears nowhere, and which has no flag because command lines are public on a machine. */
  readonly isSecret?: boolean
}

export interface IntegerSetting extends SettingBase<number> {
  readonly kind: 'integer'
  readonly min: number
  readonly max: number
  readonly unit?: Unit
  /** A value below `min` that switches off what the setting is about. */
  readonly off?: number
}

export interface SwitchSetting extends SettingBase<boolean> {
  readonly kind: 'switch'
}

export interface ChoiceSetting<Choice extends string> extends SettingBase<Choice> {
  readonly kind: 'choice'
  readonly choices: readonly Choice[]
}

export interface TextSetting extends SettingBase<string> {
  readonly kind: 'text'
  /** What may stand there, for readers. */
  readonly allowed: string
}

export type Setting = IntegerSetting | SwitchSetting | ChoiceSetting<string> | TextSetting

/** Rules of hosts, divided by commas. */
export const HOST_RULES = /^(?:(?:https?:\/\/)?[^\s,/?#@\\]+(?:, *(?:https?:\/\/)?[^\s,/?#@\\]+)*)?$/iu

/** More digits than any bound has; what is longer is no number worth comparing. */
const INTEGER = /^(?:0|-?[1-9]\d{0,14})$/u

type IntegerOptions = Omit<IntegerSetting, 'kind' | 'schema' | 'defaultText'> & {
  readonly default: number | ((facts: Facts) => number)
}

export function integer(options: IntegerOptions): IntegerSetting {
  const { default: fallback, ...rest } = options
  const { min, max, unit, off } = options
  const orOff = off === undefined ? '' : `, and ${off} switches it off`
  const schema = v.pipe(
    v.string(),
    v.regex(INTEGER, ({ input }) => {
      return `is ${echo(input)}; it must be a whole number${unit === undefined ? '' : ` of ${unit}`} in plain digits.`
    }),
    v.transform(Number),
    v.check(
      (value) => value >= min || value === off,
      ({ input }) => `is ${input}; the smallest allowed value is ${min}${orOff}.`,
    ),
    v.maxValue(max, ({ input }) => `is ${input}; the largest allowed value is ${max}.`),
  )
  const defaultText = (facts: Facts): string => String(typeof fallback === 'function' ? fallback(facts) : fallback)
  return { ...rest, kind: 'integer', schema, defaultText }
}

const SWITCHES: Readonly<Record<string, boolean>> = { true: true, '1': true, false: false, '0': false }

/** A flag without a value, or an environment variable that is `true`, `1`, `false` or `0`; off by default. */
export function onOff(options: { readonly description: string }): SwitchSetting {
  const schema = v.pipe(
    v.string(),
    v.check(
      (given) => Object.hasOwn(SWITCHES, given),
      ({ input }) => `is ${echo(input)}; the allowed values are true and false.`,
    ),
    v.transform((given) => SWITCHES[given] === true),
  )
  return { ...options, kind: 'switch', schema, defaultText: () => 'false' }
}

export function choice<const Choice extends string>(options: {
  readonly description: string
  readonly choices: readonly Choice[]
  readonly default: NoInfer<Choice>
}): ChoiceSetting<Choice> {
  const { default: fallback, ...rest } = options
  const { choices } = options
  const schema = v.pipe(
    v.string(),
    v.picklist(choices, ({ input }) => `is ${echo(input)}; the allowed values are ${choices.join(', ')}.`),
  )
  return { ...rest, kind: 'choice', schema, defaultText: () => fallback }
}

export function text(
  options: Omit<TextSetting, 'kind' | 'schema' | 'defaultText'> & {
    readonly default: string
    readonly pattern: RegExp
  },
): TextSetting {
  const { default: fallback, pattern, ...rest } = options
  const { allowed, isSecret } = options
  const schema = v.pipe(
    v.string(),
    v.regex(pattern, ({ input }) => {
      const given = isSecret === true ? 'has a value that cannot be used (it is not shown)' : `is ${echo(input)}`
      return `${given}; it must be ${allowed}.`
    }),
  )
  return { ...rest, kind: 'text', schema, defaultText: () => fallback }
}

const MAX_ECHO_CHARACTERS = 60

/** What the operator wrote, on one line and not too long. */
function echo(value: unknown): string {
  const written = typeof value === 'string' ? value : ''
  const clipped = written.length > MAX_ECHO_CHARACTERS ? `${written.slice(0, MAX_ECHO_CHARACTERS)}…` : written
  return /^[\u0021-\u007e]+$/u.test(clipped) ? clipped : JSON.stringify(clipped)
}
