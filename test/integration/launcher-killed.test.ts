// The launcher of the service is killed: nothing of the service is left.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { isAlive } from '../support/processes.ts'
import { descendantsOf, waitFor } from '../support/service-process.ts'

const root = join(import.meta.dirname, '..', '..')

test('a service whose launcher is killed ends with it, and its executors too', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'launcher-'))
  const launcher = spawn(process.execPath, [join(root, 'bin', 'worker-isolate.mjs'), 'serve'], {
    env: { PATH: process.env['PATH'] ?? '', PORT: '0', DATA_DIR: join(folder, 'data') },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let started: readonly number[] = []
  const closed = once(launcher, 'close')
  try {
    let isReady = false
    createInterface({ input: launcher.stdout }).on('line', (line) => (isReady ||= line.includes('"executor ready"')))
    await waitFor(() => isReady, 20_000, 'no executor became ready')
    started = descendantsOf(launcher.pid ?? 0)
    expect(started.length).toBeGreaterThanOrEqual(2)
    launcher.kill('SIGKILL')
    await waitFor(() => !started.some(isAlive), 5_000, 'a process was left')
    await closed
  } finally {
    for (const pid of started) if (isAlive(pid)) process.kill(pid, 'SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
})
