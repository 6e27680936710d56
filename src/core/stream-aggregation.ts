// Whether whoever takes the chunks of a stream is to have the list of all of them too, as its result.
import type { EncodedRequest } from '../protocol/parse.ts'
import type { PlainRequest } from '../protocol/plain-request.ts'
import type { Deployment } from './deployment.ts'
import { findInManifest, queueTarget } from './resolve-deployed.ts'

/**
 * What a request asks for with `return_aggregate_stream`, or the manifest for the function that the request means (upstream's
 * setting of that name, protocol.md §3.3). Code that the request brings has no manifest.
 */
export function isStreamAggregated(request: EncodedRequest | PlainRequest, deployment: Deployment | null): boolean {
  if ('shape' in request) return deployment !== null && queueTarget(deployment)?.isStreamAggregated === true
  if (request.return_aggregate_stream) return true
  if ((request.function_code ?? '') !== '' || (request.class_code ?? '') !== '') return false
  const name = request.execution_type === 'class' ? request.class_name : request.function_name
  const found = findInManifest(deployment, name ?? '')
  return found.ok && found.fn.isStreamAggregated === true
}
