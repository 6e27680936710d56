// The command `egress explain URL [--method M] [--endpoint ID] [--tenant T] [flags of serve]`, split; and what it prints.
import type { Config } from '../config.ts'
import { policyOf } from '../core/network-policies.ts'
import { DEFAULT_TENANT } from '../core/task.ts'
import { loadPolicies } from './load-egress-policies.ts'

export interface ExplainOptions {
  readonly url: string
  readonly method: string
  /** Null for code that comes with a request. */
  readonly endpoint: string | null
  readonly tenant: string
}

export type EgressCommand =
  | { readonly name: 'explain'; readonly explain: ExplainOptions; readonly rest: readonly string[] }
  | { readonly name: 'invalid'; readonly text: string }

const OWN = ['--method', '--endpoint', '--tenant']
const USAGE = 'egress explain URL [--method M] [--endpoint ID] [--tenant T]'

/** Null when the command is another one. */
export function readEgressCommand([name, ...args]: readonly string[]): EgressCommand | null {
  if (name !== 'egress' || args.includes('--help') || args.includes('-h')) return null
  const [verb, url, ...given] = args
  if (verb !== 'explain' || url === undefined || url.startsWith('-')) return invalid(`The command is ${USAGE}.`)
  const own = new Map<string, string>()
  const rest: string[] = []
  for (let at = 0; at < given.length; at++) {
    const [flag = '', inline] = (given[at] ?? '').split(/=(.*)/su, 2)
    if (!OWN.includes(flag)) {
      rest.push(given[at] ?? '')
      continue
    }
    const value = inline ?? given[(at += 1)] ?? ''
    if (value === '') return invalid(`${flag} needs a value.`)
    if (own.has(flag)) return invalid(`${flag} is given twice.`)
    own.set(flag, value)
  }
  const explain = {
    url,
    method: own.get('--method') ?? 'GET',
    endpoint: own.get('--endpoint') ?? null,
    tenant: own.get('--tenant') ?? DEFAULT_TENANT,
  }
  return { name: 'explain', explain, rest }
}

/** Resolves with the exit code: 0 when the request would be made. */
export async function explainOnConsole(
  config: Config,
  { url, method, endpoint, tenant }: ExplainOptions,
): Promise<number> {
  try {
    const policies = await loadPolicies(config, null)
    const { explainEgress } = await import('../egress/explain-egress.ts')
    const { isAllowed, sentences } = await explainEgress({
      policy: policyOf(policies, tenant, endpoint),
      declared: null,
      method,
      url,
    })
    const whose = endpoint === null ? 'code that comes with a request' : `functions of endpoint ${endpoint}`
    const narrowed =
      endpoint === null || !isAllowed ? [] : ['A function with a list egress may ask the hosts in it only.']
    process.stdout.write(`For ${whose}:\n${[...sentences, ...narrowed].map((line) => `${line}\n`).join('')}`)
    return isAllowed ? 0 : 1
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    return 2
  }
}

function invalid(sentence: string): EgressCommand {
  return { name: 'invalid', text: `${sentence}\n` }
}
