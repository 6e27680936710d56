// Jobs whose service, or whose executors, are killed at random under load: none is lost, and each ends as its policy says.
import { describe, expect, test } from 'vitest'
import { crash } from '../support/job-crash.ts'
import type { EndedJob } from '../support/job-crash.ts'

const LIFE_MS = [200, 1_200] as const

const isDone = ({ status, output, token }: EndedJob): boolean =>
  status === 'COMPLETED' && JSON.stringify(output) === JSON.stringify({ done: token })

const report = (jobs: readonly EndedJob[], kills: number): string => {
  const count = (status: string): number => jobs.filter((job) => job.status === status).length
  const lost = jobs.filter(({ status }) => status !== 'COMPLETED' && status !== 'FAILED').length
  const more = jobs.filter(({ runs }) => runs > 1).length
  return `${kills} kills, ${jobs.length} jobs accepted: ${count('COMPLETED')} completed, ${count('FAILED')} failed, ${more} run more than once, lost ${lost}\n`
}

const SLOW = { tags: ['slow'], timeout: 180_000 }
const KILLS = [3, 20]

describe.each(KILLS)('a service that is killed %d times under 100 jobs a second', (kills) => {
  test(
    'has run each accepted job at most once, and says which ones it cannot vouch for',
    kills === 20 ? SLOW : { timeout: 90_000 },
    async () => {
      const jobs = await crash({ kills, lifeMs: LIFE_MS })
      process.stdout.write(`at most once: ${report(jobs, kills)}`)
      expect(jobs.length).toBeGreaterThan(kills)
      for (const job of jobs) {
        expect(job.runs, `${job.status} ${job.error}`).toBeLessThanOrEqual(1)
        if (job.status === 'FAILED') expect(job.error).toMatch(/^JOB_INTERRUPTED: /u)
        else expect([isDone(job), job.runs], JSON.stringify(job)).toEqual([true, 1])
      }
    },
  )

  test('has run each accepted job to its end where that is what its endpoint wants', SLOW, async () => {
    const jobs = await crash({ kills, lifeMs: LIFE_MS, env: { AT_LEAST_ONCE: '*' } })
    process.stdout.write(`at least once: ${report(jobs, kills)}`)
    expect(jobs.length).toBeGreaterThan(kills)
    expect(jobs.filter((job) => !isDone(job) || job.runs < 1)).toEqual([])
  })
})

test('jobs whose executors are killed end with a result or a code', { timeout: 60_000 }, async () => {
  const kills = 5
  const jobs = await crash({ kills, lifeMs: [200, 500], onlyExecutors: true })
  process.stdout.write(`executors: ${report(jobs, kills)}`)
  expect(jobs.some(isDone)).toBe(true)
  for (const job of jobs) {
    if (job.status === 'FAILED') expect(job.error).toMatch(/died before it answered/u)
    else expect(isDone(job), JSON.stringify(job)).toBe(true)
  }
})
