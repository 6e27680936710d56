// The input of a job to the request that it is: the one rule for every door through which jobs come.
import type { Deployment } from '../core/deployment.ts'
import { queueTarget } from '../core/resolve-deployed.ts'
import { isJsonObject } from '../protocol/json.ts'
import { parseFunctionRequest } from '../protocol/parse.ts'
import type { ParsedRequest } from '../protocol/parse.ts'
import { isFunctionRequest, parsePlainRequest } from '../protocol/plain-request.ts'

/**
 * Where something is deployed, an input that neither brings code nor names what to call is keyword arguments.
 * @param mayHaveRareNumbers as `parseJson` said of the text that `input` comes from.
 */
export function parseInput(input: unknown, mayHaveRareNumbers: boolean, deployment: Deployment | null): ParsedRequest {
  if (deployment === null || !isJsonObject(input) || isFunctionRequest(input)) {
    return parseFunctionRequest(input, mayHaveRareNumbers)
  }
  const isClass = queueTarget(deployment)?.kind === 'class'
  return { ok: true, request: parsePlainRequest(input, { isClass, mayHaveRareNumbers }) }
}
