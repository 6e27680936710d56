// The regression guard as a command: it finds a path that has become slower, with the real path and the committed baseline.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const main = join(import.meta.dirname, '..', '..', 'bench', 'guard', 'main.ts')
const run = (...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' })
  return { status, stdout, stderr }
}

// Twice as slow: found also while other tests keep the processors busy, and on a processor of another kind.
test(
  'a path that is slower than the baseline allows ends it with 1 and a text that says so',
  { tags: ['slow'], timeout: 180_000 },
  () => {
    const { status, stdout, stderr } = run('--paths', 'frames', '--slow', 'frames=2')
    expect(stderr).toBe('')
    expect(stdout).toMatch(/^frames +[\d.]+ +[\d.]+ +\+\d+\.\d % +±\d+ % +12 +slower$/mu)
    expect(stdout).toContain('FAILED: frames is slower.')
    expect(status).toBe(1)
  },
)

test('a path that does not exist is refused with a sentence', () => {
  expect(run('--paths', 'nothing')).toMatchObject({
    status: 1,
    stdout: '',
    stderr: expect.stringContaining('not a path'),
  })
})
