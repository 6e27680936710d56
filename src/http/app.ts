// The HTTP front: which route is answered by what.
import { Hono } from 'hono'
import { createAdminRoutes } from './admin-routes.ts'
import { INTERNAL } from './answer.ts'
import type { AppOptions } from './app-options.ts'
import { createAccessCheck } from './check-access.ts'
import type { HttpEnvironment } from './context.ts'
import { createEndpoint } from './endpoint.ts'
import type { Route } from './endpoint.ts'
import { createExecuteRoute } from './execute-route.ts'
import { createHealthRoute, createMetricsRoute, createPingRoute, createReadyRoute } from './health-routes.ts'
import { createJobClientRoutes } from './job-client-routes.ts'
import { createJobRoutes } from './job-routes.ts'
import { createLbRoute } from './lb/lb-route.ts'
import { createServiceMetricsRoute } from './metrics-route.ts'

/** At the root as the local API of runpod-python has them, and under the platform's prefix. */
const PREFIXES = ['', '/v2/:endpointId']

/**
 * Routes are registered for all methods and choose by themselves: two handlers on one path would put Hono's middleware
 * chain, with a promise per step, on every request.
 */
export function createApp(options: AppOptions): Hono<HttpEnvironment> {
  const app = new Hono<HttpEnvironment>()
  const checkAccess = createAccessCheck(options.access)
  const jobs = createJobRoutes(options)
  const clients = createJobClientRoutes(options)
  const health = createHealthRoute(options)

  const add = (route: Route): void => void app.all(route.route, createEndpoint(route, checkAccess, options))
  add({
    route: '/ping',
    methods: { GET: createPingRoute(options) },
    isOpen: options.access.kind === 'key',
  })
  add({
    route: '/ready',
    methods: { GET: createReadyRoute(options) },
    isOpen: options.access.kind === 'key',
  })
  add({ route: '/execute', methods: { POST: createExecuteRoute(options) } })
  for (const prefix of PREFIXES) {
    add({ route: `${prefix}/run`, methods: { POST: jobs.run } })
    add({ route: `${prefix}/runsync`, methods: { POST: jobs.runsync } })
    const { status, statusSync, stream, requests } = clients
    // runpod-python's local API has POST where the platform has GET (protocol.md §2.3).
    add({ route: `${prefix}/status/:id`, methods: { GET: status, POST: status } })
    add({ route: `${prefix}/status-sync/:id`, methods: { GET: statusSync, POST: statusSync } })
    add({ route: `${prefix}/stream/:id`, methods: { GET: stream, POST: stream } })
    add({ route: `${prefix}/cancel/:id`, methods: { POST: clients.cancel } })
    add({ route: `${prefix}/retry/:id`, methods: { POST: clients.retry } })
    add({ route: `${prefix}/purge-queue`, methods: { POST: clients.purgeQueue } })
    add({ route: `${prefix}/requests`, methods: { GET: requests } })
    add({ route: `${prefix}/health`, methods: { GET: health } })
  }
  add({ route: '/v2/:endpointId/metrics', methods: { GET: createMetricsRoute(options) } })
  add({ route: '/metrics', methods: { GET: createServiceMetricsRoute(options) }, isOpen: true })
  const admin = createAdminRoutes(options)
  add({ route: '/admin/deployments', methods: admin.deployments, isOpen: true })
  add({ route: '/admin/deployments/:endpointId', methods: admin.deployment, isOpen: true })
  add({ route: '/admin/deployments/:endpointId/restore', methods: admin.restore, isOpen: true })
  add({ route: '/admin/egress/explain', methods: admin.explainEgress, isOpen: true })
  app.notFound(createEndpoint({ route: '*', methods: createLbRoute(options) }, checkAccess, options))
  app.onError((error) => {
    options.onDefect(error)
    return new Response(INTERNAL.body, {
      status: INTERNAL.status,
      headers: { 'content-type': 'application/json' },
    })
  })
  return app
}
