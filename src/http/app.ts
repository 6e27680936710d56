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
import { createJobRoutes } from './job-routes.ts'
import { createLbRoute } from './lb/lb-route.ts'

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
    add({ route: `${prefix}/status/:id`, methods: { GET: jobs.status, POST: jobs.status } })
    add({ route: `${prefix}/status-sync/:id`, methods: { GET: jobs.statusSync, POST: jobs.statusSync } })
    add({ route: `${prefix}/cancel/:id`, methods: { POST: jobs.cancel } })
    add({ route: `${prefix}/purge-queue`, methods: { POST: jobs.purgeQueue } })
    add({ route: `${prefix}/health`, methods: { GET: health } })
  }
  add({ route: '/v2/:endpointId/metrics', methods: { GET: createMetricsRoute(options) } })
  const admin = createAdminRoutes(options)
  add({ route: '/admin/deployments', methods: admin.deployments, isOpen: true })
  add({ route: '/admin/deployments/:endpointId', methods: admin.deployment, isOpen: true })
  add({ route: '/admin/deployments/:endpointId/restore', methods: admin.restore, isOpen: true })
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
