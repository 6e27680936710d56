// How the ends of jobs reach the webhooks of their clients: composed from the configuration.
import type { Config } from '../config.ts'
import { parseHostRules } from '../core/host-rule.ts'
import { createPostWebhook } from '../egress/post-webhook.ts'
import type { PostWebhook } from '../egress/post-webhook.ts'
import { createLazyEgress } from './lazy-egress.ts'

export interface Webhooks extends AsyncDisposable {
  readonly post: PostWebhook
}

/** All posts in progress; the deliverer makes fewer. */
const REQUESTS_MAX = 64

/** Throws on a setting that is not what its description says. */
export function createWebhooks({ webhookAllow }: Pick<Config, 'webhookAllow'>): Webhooks {
  const listed = parseHostRules(webhookAllow)
  if (listed === null) throw new Error('WEBHOOK_ALLOW must be rules such as http://10.0.0.7:8000, divided by commas.')
  const egress = createLazyEgress(REQUESTS_MAX)
  return {
    post: createPostWebhook({ openClients: egress.open, listed }),
    [Symbol.asyncDispose]: async () => egress[Symbol.asyncDispose](),
  }
}
