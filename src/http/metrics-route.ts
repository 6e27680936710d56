// GET /metrics: what the service counts of itself, for whoever has a key for that.
import { refuse } from './answer.ts'
import type { AppOptions } from './app-options.ts'
import { createAccessCheck } from './check-access.ts'
import type { RouteHandler } from './endpoint.ts'

export interface MetricsText {
  readonly contentType: string
  readonly text: string
}

export interface Metrics {
  /** Reads the metrics and nothing else; empty for none. */
  readonly key: string
  readonly read: () => Promise<MetricsText>
}

/** Opened by the key of the metrics, or by whatever opens the other routes. */
export function createServiceMetricsRoute({ access, metrics }: Pick<AppOptions, 'access' | 'metrics'>): RouteHandler {
  const checkAccess = createAccessCheck(access)
  const checkKey = metrics.key === '' ? null : createAccessCheck({ kind: 'key', key: metrics.key })
  return async function serviceMetrics(c) {
    const denied = checkAccess(c)
    if (denied !== null && (checkKey === null || checkKey(c) !== null)) return refuse(denied)
    const { contentType, text } = await metrics.read()
    return { status: 200, body: text, code: null, contentType }
  }
}
