// The service and its job database: results outlive it, and it does not start on a database that it may not use.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ServiceProcess, waitFor } from '../support/service-process.ts'

const BODY = JSON.stringify({
  input: { function_name: 'run', function_code: 'const run = () => 7', serialization_format: 'json' },
})

interface Status {
  readonly status: string
}

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jobs-service-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

const start = async (env: Readonly<Record<string, string>> = {}): Promise<ServiceProcess> =>
  ServiceProcess.start({ env: { DATA_DIR: folder, ...env } })

async function runJob(service: ServiceProcess): Promise<{ readonly id: string; readonly text: string }> {
  const { text } = await service.client.send('POST', '/runsync', BODY)
  return { id: (JSON.parse(text) as { id: string }).id, text }
}

describe('the service', () => {
  test.each(['SIGTERM', 'SIGKILL'] as const)(
    'gives after %s and a new start the results that it gave before',
    async (signal) => {
      let before: { readonly id: string; readonly text: string }
      {
        await using service = await start()
        before = await runJob(service)
        expect(JSON.parse(before.text)).toMatchObject({ status: 'COMPLETED' })
        await service.stop(signal)
      }
      await using service = await start()
      expect((await service.client.get(`/status/${before.id}`)).text).toBe(before.text)
    },
  )

  test('runs after SIGKILL and a new start the jobs that waited until then', { timeout: 60_000 }, async () => {
    const input = {
      function_name: 'run',
      function_code: 'const run = () => new Promise((r) => setTimeout(r, 1_500, 7))',
    }
    const body = JSON.stringify({ input: { ...input, serialization_format: 'json' } })
    const ids: string[] = []
    const statusesOf = async ({ client }: ServiceProcess): Promise<readonly string[]> =>
      Promise.all(ids.map(async (id) => (JSON.parse((await client.get(`/status/${id}`)).text) as Status).status))
    let before: readonly string[] = []
    {
      await using service = await start({ EXECUTORS_MAX: '2' })
      for (let index = 0; index < 6; index++) {
        ids.push((JSON.parse((await service.client.send('POST', '/run', body)).text) as { id: string }).id)
      }
      const running = async (): Promise<boolean> => {
        before = await statusesOf(service)
        return before.filter((status) => status === 'IN_PROGRESS').length === 2
      }
      await waitFor(running, 10_000, 'two jobs never ran at once')
      await service.stop('SIGKILL')
    }
    expect(before.filter((status) => status === 'IN_QUEUE')).toHaveLength(4)
    await using service = await start({ EXECUTORS_MAX: '2' })
    const over = async (): Promise<boolean> => (await statusesOf(service)).every((status) => !status.startsWith('IN_'))
    await waitFor(over, 20_000, 'the jobs never ended')
    const expected = before.map((status) => (status === 'IN_QUEUE' ? 'COMPLETED' : 'FAILED'))
    expect(await statusesOf(service)).toEqual(expected)
  })

  test('forgets them when it keeps jobs in memory, and writes nothing', async () => {
    let id: string
    {
      await using service = await start({ JOB_STORE: 'memory', DATA_DIR: join(folder, 'none') })
      ;({ id } = await runJob(service))
    }
    await using service = await start({ JOB_STORE: 'memory', DATA_DIR: join(folder, 'none') })
    expect((await service.client.get(`/status/${id}`)).status).toBe(404)
  })

  test('knows no endpoint whose id is longer than 128 characters, because its jobs would keep it', async () => {
    await using service = await start()
    const statusAt = async (id: string): Promise<number> =>
      (await service.client.send('POST', `/v2/${id}/runsync`, BODY)).status
    expect([await statusAt('e'.repeat(128)), await statusAt('e'.repeat(129))]).toEqual([200, 404])
  })

  test('does not start in the data folder of another, which goes on', async () => {
    await using service = await start()
    await expect(start()).rejects.toThrow(/ended with 1: .*jobs\.sqlite is in use by another service/u)
    expect(JSON.parse((await runJob(service)).text)).toMatchObject({ status: 'COMPLETED' })
  })

  test('does not start on a damaged database, and says what to do', async () => {
    await writeFile(join(folder, 'jobs.sqlite'), 'x'.repeat(5_000))
    await expect(start()).rejects.toThrow(/ended with 1: .*jobs\.sqlite is damaged .*move it away/u)
  })
})
