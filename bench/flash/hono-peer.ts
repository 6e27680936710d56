// The peer of warm calls and of jobs: plain routes of Hono in one process, which parse the same JSON and answer JSON like it.
// Prints its URL when it listens.
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'

interface SumBody {
  readonly x: number
  readonly y: number
}

interface ExecuteBody {
  readonly args: readonly [number, number]
}

const app = new Hono()
app.post('/sum', async (c) => {
  const { x, y } = await c.req.json<SumBody>()
  return c.json({ sum: x + y })
})
app.post('/echo', async (c) => c.json(await c.req.json<unknown>()))
app.post('/execute', async (c) => {
  const { args } = await c.req.json<ExecuteBody>()
  const [x, y] = args
  return c.json({
    success: true,
    result: null,
    json_result: x + y,
    error: null,
    stdout: '',
    instance_id: null,
    instance_info: null,
  })
})

serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ address, port }: AddressInfo) => {
  process.stdout.write(`http://${address}:${port}\n`)
})
