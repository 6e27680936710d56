// Lists of jobs are bounded: in what they tell of each job, and in how many of them wait to be sent.
import { expect, test } from 'vitest'
import { failed } from '../support/fake-executor.ts'
import { createTestService } from '../support/test-service.ts'

const REQUEST = { function_name: 'f', function_code: 'x', args: [1], serialization_format: 'json' }
/** In JSON each character of it takes six. */
const LONG = '\u0001'.repeat(4_000)
const JOBS = 100
const BUFFERED_BYTES = 1_000_000

async function withFailedJobs() {
  const service = createTestService({
    behaviour: () => failed({ code: 'GUEST_THREW', message: LONG }),
    bufferedBytes: BUFFERED_BYTES,
  })
  for (let index = 0; index < JOBS; index++) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await service.post('/runsync', { input: REQUEST })
  }
  return service
}

test('a list has the beginning of each error, and the status of the job all of it', async () => {
  const service = await withFailedJobs()
  const { text, json } = await service.get(`/requests?limit=${JOBS}`)
  const { requests } = json as { readonly requests: readonly { readonly id: string; readonly error: string }[] }
  expect(requests).toHaveLength(JOBS)
  const [first] = requests
  expect(first?.error).toBe(`${LONG.slice(0, 512)}…`)
  expect(requests.every(({ error }) => error.length === 513)).toBe(true)
  expect(text.length).toBeLessThan(JOBS * 4_000)
  const status = await service.get(`/status/${first?.id}`)
  expect(status.json).toMatchObject({ error: expect.stringContaining(LONG) })
})

test('a list that has no room beside what waits to be sent is refused, and a short one is not', async () => {
  const service = await withFailedJobs()
  const others = service.buffers.reserve(BUFFERED_BYTES - 100_000)
  expect(await service.get(`/requests?limit=${JOBS}`)).toMatchObject({ status: 429, code: 'BUFFERS_FULL' })
  expect(await service.get('/requests?limit=3')).toMatchObject({ status: 200 })
  others?.release()
  expect(await service.get(`/requests?limit=${JOBS}`)).toMatchObject({ status: 200 })
  await expect.poll(() => service.buffers.usedBytes).toBe(0)
})
