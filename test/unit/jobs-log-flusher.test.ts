// What writes the log of the database to the disk ahead of its checkpoints.
import { appendFileSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { LogFlusher } from '../../src/jobs/sqlite/log-flusher.ts'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'log-'))
  file = join(folder, 'jobs.sqlite')
})
afterEach(() => rmSync(folder, { recursive: true }))

/** Of this process, for that file. */
const descriptorsOf = (path: string): number =>
  readdirSync('/proc/self/fd').filter((name) => {
    try {
      return readlinkSync(join('/proc/self/fd', name)) === path
    } catch {
      return false
    }
  }).length

describe('the flusher of the log', () => {
  test('has one descriptor however many commits there are, and none before there are some', async () => {
    appendFileSync(`${file}-wal`, 'x')
    const log = new LogFlusher(file)
    log.committed()
    expect(descriptorsOf(`${file}-wal`)).toBe(0)
    await vi.waitFor(() => {
      for (let commit = 0; commit < 100; commit++) log.committed()
      expect(descriptorsOf(`${file}-wal`)).toBe(1)
    })
  })

  test('takes a log that is not there, or is there later, for nothing to do', () => {
    const log = new LogFlusher(file)
    for (let commit = 0; commit < 100; commit++) log.committed()
    appendFileSync(`${file}-wal`, 'x')
    for (let commit = 0; commit < 16; commit++) log.committed()
    expect(descriptorsOf(`${file}-wal`)).toBe(1)
  })
})
