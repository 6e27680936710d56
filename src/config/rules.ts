// Rules between settings. Their messages name a setting as {key}; loadConfig puts in the name that the operator used.
import * as v from 'valibot'
import type { Config } from './settings.ts'

interface Rule {
  /** The rule is judged when all of these are valid by themselves. */
  readonly keys: readonly (keyof Config)[]
  readonly holds: (config: Config) => boolean
  readonly describe: (config: Config) => string
}

const BYTE = '(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)'
const LOOPBACK = new RegExp(`^(?:localhost|(?:::ffff:)?127(?:\\.${BYTE}){3}|::1)$`, 'iu')

/** Whether programs on other machines cannot connect to this address. An unusual spelling of one counts as not. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host)
}

type NumberKey = { [Key in keyof Config]: Config[Key] extends number ? Key : never }[keyof Config]

function atMost(lower: NumberKey, upper: NumberKey): Rule {
  return {
    keys: [lower, upper],
    holds: (config) => config[lower] <= config[upper],
    describe: (config) =>
      `{${lower}} is ${config[lower]}; it must not be more than {${upper}}, which is ${config[upper]}.`,
  }
}

const RULES: readonly Rule[] = [
  atMost('wallMs', 'wallMsMax'),
  atMost('executorsMin', 'executorsMax'),
  // A request within its own limit could otherwise never be taken in.
  atMost('inputBytes', 'bufferedBytes'),
  atMost('runsyncInputBytes', 'bufferedBytes'),
  atMost('packagesBytes', 'packagesCacheBytes'),
  {
    keys: ['host', 'apiKey', 'insecure'],
    holds: ({ host, apiKey, insecure }) => isLoopback(host) || apiKey !== '' || insecure,
    describe: ({ host }) =>
      `{host} is ${host}, which other machines can reach; set {apiKey}, or accept requests without a key with {insecure}.`,
  },
  {
    keys: ['apiKey', 'adminKey'],
    holds: ({ apiKey, adminKey }) => adminKey === '' || adminKey !== apiKey,
    describe: () => '{adminKey} is the same as {apiKey}; whoever may run code must not be able to replace deployments.',
  },
]

/** Adds the issues of all broken rules to those of the single settings. */
export const checkRules = v.rawCheck<Config>(({ dataset, addIssue }) => {
  const given: Partial<Config> = dataset.value as Partial<Config>
  const invalid = new Set(dataset.issues?.map((issue) => v.getDotPath(issue)))
  for (const { keys, holds, describe } of RULES) {
    if (keys.some((key) => invalid.has(key))) continue
    const config = given as Config
    if (!holds(config)) addIssue({ message: describe(config) })
  }
})
