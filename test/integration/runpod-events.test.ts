// Chunks and progress of a job on their way to the platform: their order, how they hold the code back, and how they fail.
import { describe, expect, test } from 'vitest'
import type { ExecuteContext } from '../../src/execution/execute.ts'
import { PlatformHarness, returned, stopped, streamed } from '../support/platform-harness.ts'
import { waitFor } from '../support/service-process.ts'

async function give(context: ExecuteContext, value: unknown): Promise<void> {
  await context.onEvent?.({ type: 'chunk', value: JSON.stringify(value) })
}

async function progress(context: ExecuteContext, value: unknown): Promise<void> {
  await context.onEvent?.({ type: 'progress', value: JSON.stringify(value) })
}

function bodies(harness: PlatformHarness, id: string): readonly unknown[] {
  return harness.platform.told(id).map(({ body }) => JSON.parse(body) as unknown)
}

describe('chunks', () => {
  test('go one at a time and in order, however quickly the code gives them, and before the end', async () => {
    let open = 0
    let most = 0
    await using harness = await PlatformHarness.start({
      platform: {
        misbehave: (response, _asked, route) => {
          if (route !== 'job-stream') return false
          most = Math.max(most, (open += 1))
          setTimeout(() => {
            open -= 1
            response.writeHead(200).end()
          }, 10)
          return true
        },
      },
      scripts: {
        async count(context) {
          await Promise.all([0, 1, 2, 3, 4].map(async (index) => give(context, index)))
          return streamed()
        },
      },
    })
    harness.platform.give(harness.job('a', 'count'))
    await harness.platform.end('a')
    expect(bodies(harness, 'a')).toEqual([...[0, 1, 2, 3, 4].map((output) => ({ output })), { output: [] }])
    expect(most).toBe(1)
    expect(harness.contexts[0]).toMatchObject({ mayStream: true })
  })

  test('are taken when the platform has taken them: until then their promise waits', async () => {
    const held = Promise.withResolvers<void>()
    let hasTaken = false
    await using harness = await PlatformHarness.start({
      platform: {
        misbehave: (response, _asked, route) => {
          if (route !== 'job-stream') return false
          void held.promise.then(() => response.writeHead(200).end())
          return true
        },
      },
      scripts: {
        async one(context) {
          await give(context, 1)
          hasTaken = true
          return streamed()
        },
      },
    })
    harness.platform.give(harness.job('a', 'one'))
    await waitFor(() => harness.platform.requests('job-stream').length === 1, 5_000, 'the chunk was never posted')
    expect(hasTaken).toBe(false)
    held.resolve()
    expect(await harness.platform.end('a')).toEqual({ output: [] })
    expect(hasTaken).toBe(true)
  })

  test('that are an error end the stream and the code, and nothing behind them is posted', async () => {
    await using harness = await PlatformHarness.start({
      scripts: {
        async fail(context) {
          await give(context, 'first')
          await give(context, { error: { why: 'mine' }, more: 1 })
          await give(context, 'never')
          return stopped(context)
        },
      },
    })
    harness.platform.give(harness.job('a', 'fail'))
    expect(await harness.platform.end('a')).toEqual({ error: '{"why":"mine"}' })
    expect(bodies(harness, 'a')).toHaveLength(2)
  })

  test('over 1 MiB end the stream with the limit', async () => {
    await using harness = await PlatformHarness.start({
      scripts: {
        async big(context) {
          await give(context, 'x'.repeat(1_048_575))
          return stopped(context)
        },
      },
    })
    harness.platform.give(harness.job('a', 'big'))
    expect(await harness.platform.end('a')).toEqual({
      error: 'LIMIT_OUTPUT: A chunk is 1,048,577 bytes; the limit is 1,048,576 bytes.',
    })
    expect(harness.platform.requests('job-stream')).toEqual([])
    expect(harness.platform.requests('job-done')[0]?.path).toContain('isStream=true')
  })

  test.each([
    [413, 1, /^LIMIT_OUTPUT: A chunk of 1 bytes was refused by the platform \(status 413\)\.$/u],
    [500, 3, /^INTERNAL: A chunk of 1 bytes could not be posted\. The platform answers with status 500\.$/u],
  ])('that the platform answers with %i end the stream after %i attempts', async (status, attempts, error) => {
    await using harness = await PlatformHarness.start({
      platform: {
        misbehave: (response, _asked, route) => {
          if (route !== 'job-stream') return false
          response.writeHead(status).end()
          return true
        },
      },
      scripts: {
        async one(context) {
          await give(context, 1)
          return stopped(context)
        },
      },
    })
    harness.platform.give(harness.job('a', 'one'))
    expect(await harness.platform.end('a')).toEqual({ error: expect.stringMatching(error) })
    expect(harness.platform.requests('job-stream')).toHaveLength(attempts)
  })

  test('have no place where the platform has none, and the code may not stream', async () => {
    await using harness = await PlatformHarness.start({
      env: { RUNPOD_WEBHOOK_POST_STREAM: '' },
      scripts: { plain: () => returned('5') },
    })
    harness.platform.give(harness.job('a', 'plain'))
    await harness.platform.end('a')
    expect(harness.contexts[0]).toMatchObject({ mayStream: false })
  })
})

describe('progress', () => {
  test('is never behind the result, however slowly the platform takes it', async () => {
    const order: string[] = []
    await using harness = await PlatformHarness.start({
      platform: {
        misbehave: (response, { body }, route) => {
          if (route !== 'job-done') return false
          const isProgress = body.includes('IN_PROGRESS')
          order.push(`asked ${isProgress ? 'progress' : 'result'}`)
          setTimeout(
            () => {
              order.push(`took ${isProgress ? 'progress' : 'result'}`)
              response.writeHead(200).end()
            },
            isProgress ? 150 : 0,
          )
          return true
        },
      },
      scripts: {
        hurry(context) {
          void progress(context, '50%')
          return returned('"done"')
        },
      },
    })
    harness.platform.give(harness.job('a', 'hurry'))
    await waitFor(() => order.length === 4, 5_000, 'the result never came')
    expect(order).toEqual(['asked progress', 'took progress', 'asked result', 'took result'])
    expect(bodies(harness, 'a')[0]).toEqual({ status: 'IN_PROGRESS', output: '50%' })
    expect(harness.platform.told('a')[0]?.path).toContain('isStream=false')
  })

  test('comes in order, and of a burst the newest', async () => {
    await using harness = await PlatformHarness.start({
      scripts: {
        async steps(context) {
          await progress(context, 1)
          await progress(context, 2)
          await Promise.all([3, 4, 5, 6].map(async (value) => progress(context, value)))
          return returned('null')
        },
      },
    })
    harness.platform.give(harness.job('a', 'steps'))
    await harness.platform.end('a')
    const outputs = bodies(harness, 'a').map((body) => (body as { output: unknown }).output)
    expect(outputs.slice(0, -1)).toEqual([1, 2, 6])
  })

  test('that the platform does not take is a line of the log and changes nothing else', async () => {
    await using harness = await PlatformHarness.start({
      platform: {
        misbehave: (response, { body }) => {
          if (!body.includes('IN_PROGRESS')) return false
          response.writeHead(500).end()
          return true
        },
      },
      scripts: {
        async one(context) {
          await progress(context, 1)
          return returned('5')
        },
      },
    })
    harness.platform.give(harness.job('a', 'one'))
    expect(await harness.platform.end('a')).toMatchObject({ output: { json_result: 5 } })
    expect(bodies(harness, 'a')).toHaveLength(2)
    expect(harness.logged('progress')).toMatchObject([{ level: 'warn', fields: { requestId: 'a' } }])
  })
})
