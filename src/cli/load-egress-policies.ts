// The rules that `EGRESS_POLICY` stands for.
import { readFile } from 'node:fs/promises'
import type { Config } from '../config.ts'
import { NO_POLICIES } from '../core/network-policies.ts'
import type { NetworkPolicies } from '../core/network-policies.ts'

/** A file of this name is `./public`. */
const PUBLIC = 'public'

/**
 * Rejects with a sentence for the operator.
 * @param env where the values of headers are; null when no request is made by these rules.
 */
export async function loadPolicies(
  { egressPolicy }: Pick<Config, 'egressPolicy'>,
  env: Readonly<Record<string, string | undefined>> | null,
): Promise<NetworkPolicies> {
  if (egressPolicy === '') return NO_POLICIES
  const { publicPolicy, readEgressPolicy } = await import('./read-egress-policy.ts')
  if (egressPolicy === PUBLIC) return publicPolicy()
  const read = readEgressPolicy(await readText(egressPolicy), env)
  if (read.ok) return read.policies
  throw new Error(`EGRESS_POLICY is ${egressPolicy}, where something is wrong. ${read.message}`)
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown'
    throw new Error(`EGRESS_POLICY is ${path}, which cannot be read (${code}).`, { cause: error })
  }
}
