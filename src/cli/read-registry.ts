// Where packages come from on this machine: the setting, npm's variables and the user's npm configuration, in this order.
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { RegistrySettings } from '../ipc/install-messages.ts'

type Environment = Readonly<Record<string, string | undefined>>

export interface RegistryConfiguration {
  readonly registry: RegistrySettings
  /** PEM; empty when there are none beside the system's. */
  readonly certificates: string
}

const FILE_CHARACTERS_MAX = 1_048_576
const LINE = /^(?<key>[a-z-]+)\s*=\s*(?<value>.*)$/u

/**
 * Of the npm configuration five keys are read, and no credentials: a service that installs for whoever may send a request
 * gives nobody the operator's private packages.
 * @param setting the URL that the operator gave, or empty.
 */
export function readRegistry(setting: string, env: Environment): RegistryConfiguration {
  const file = readUserConfig(env)
  const find = (...names: readonly string[]): string | null => {
    const fromEnvironment = names.map((name) => env[`npm_config_${name.replaceAll('-', '_')}`])
    const found = [...fromEnvironment, ...names.map((name) => file.get(name))].find((value) => isGiven(value))
    return found ?? null
  }
  const first = (...values: readonly (string | null | undefined)[]): string | null =>
    values.find((value) => isGiven(value)) ?? null
  const registry = first(setting, find('registry'))
  const caFile = first(find('cafile'), env['NODE_EXTRA_CA_CERTS'])
  return {
    registry: {
      registry: registry === null ? null : registry.endsWith('/') ? registry : `${registry}/`,
      proxy: first(
        find('https-proxy', 'proxy'),
        env['HTTPS_PROXY'],
        env['https_proxy'],
        env['HTTP_PROXY'],
        env['http_proxy'],
      ),
      noProxy: first(find('noproxy'), env['NO_PROXY'], env['no_proxy']),
    },
    certificates: caFile === null ? '' : readText(caFile),
  }
}

function isGiven(value: string | null | undefined): value is string {
  return value !== undefined && value !== null && value !== '' && value !== 'null'
}

function readUserConfig(env: Environment): ReadonlyMap<string, string> {
  const entries = readText(env['npm_config_userconfig'] ?? join(homedir(), '.npmrc'))
    .split(/\r?\n/u)
    .map((line) => LINE.exec(line.trim())?.groups)
    .filter((groups) => groups !== undefined)
    // `${NAME}` is a variable there.
    .map(({ key = '', value = '' }): [string, string] => [
      key,
      value.replace(/^"(?<inner>.*)"$/u, '$<inner>').replaceAll(/\$\{(\w+)\}/gu, (_, name: string) => env[name] ?? ''),
    ])
  return new Map(entries)
}

/** Empty when it cannot be read: the machine then has no such configuration. */
function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8').slice(0, FILE_CHARACTERS_MAX)
  } catch {
    return ''
  }
}
