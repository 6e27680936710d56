// How deployed code reaches functions of other resources: composed from the configuration, or not at all.
import type { Config } from '../config.ts'
import type { Deployment } from '../core/deployment.ts'
import { parseHostRules, ruleOfUrl } from '../core/host-rule.ts'
import type { Invoke } from '../execution/execute.ts'
import type { BufferBudget } from '../http/buffer-budget.ts'
import type { RemoteBounds } from '../pool/remote-calls.ts'
import { createCallHere } from '../remote/call-here.ts'
import { createCallRemote } from '../remote/call-remote.ts'
import { EndpointMap } from '../remote/endpoint-map.ts'
import type { ResourceUrls } from '../remote/endpoint-map.ts'
import { createResourceClient } from '../remote/resource-client.ts'
import { parseResourceUrls } from '../remote/resource-urls.ts'
import { createLazyEgress } from './lazy-egress.ts'

export interface RemoteOptions {
  readonly config: Config
  /** The platform's variables may hold a key. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly buffers: BufferBudget
  readonly invoke: Invoke
  readonly readUrls: (deployment: Deployment) => Promise<ResourceUrls | null>
}

export interface Remote extends AsyncDisposable {
  /** Absent when the operator has switched such calls off. */
  readonly bounds?: RemoteBounds
}

/** Where the platform has its endpoints; its own key is made for them. */
const PLATFORM_HOSTS = parseHostRules('api.runpod.ai, *.api.runpod.ai') ?? []

/** Throws on settings that are not what their description says. */
export function createRemote({ config, env, buffers, invoke, readUrls }: RemoteOptions): Remote {
  const rules = parseHostRules(config.egressAllow)
  if (rules === null) throw new Error('EGRESS_ALLOW must be rules such as http://10.0.0.7:8000, divided by commas.')
  const given = parseResourceUrls(config.resourceUrls)
  if (given === null) throw new Error('RESOURCE_URLS must be name=URL, divided by commas, with plain URLs.')
  if (config.remoteCalls === 0) return { [Symbol.asyncDispose]: async () => undefined }
  // Who names the URL of a resource wants it to be asked.
  const listed = [...rules, ...[...given.values()].map((href) => ruleOfUrl(new URL(href)))]
  const egress = createLazyEgress(config.remoteCallsMax)
  const call = createCallRemote({
    ask: createResourceClient({
      openClients: egress.open,
      listed,
      apiKey: keyOf(config, env),
      keyHosts: isOnPlatform(env) ? PLATFORM_HOSTS : [],
    }),
    endpoints: new EndpointMap({ read: readUrls, given, now: () => performance.now() }),
    callHere: createCallHere(invoke),
    callsMax: config.remoteCallsMax,
    reserve: (bytes) => buffers.reserve(bytes),
    now: () => performance.now(),
  })
  return {
    bounds: { call, callsMax: config.remoteCalls, bytesMax: config.remoteBytes },
    [Symbol.asyncDispose]: async () => egress[Symbol.asyncDispose](),
  }
}

/** Without one of its own, a call carries the key that every caller of this service has shown, or the platform's. */
function keyOf({ remoteApiKey, apiKey }: Config, env: RemoteOptions['env']): string {
  if (remoteApiKey !== '') return remoteApiKey
  const platformKey = isOnPlatform(env) ? (env['RUNPOD_API_KEY'] ?? '') : ''
  return platformKey === '' ? apiKey : platformKey
}

function isOnPlatform(env: RemoteOptions['env']): boolean {
  return (env['RUNPOD_ENDPOINT_ID'] ?? '') !== ''
}
