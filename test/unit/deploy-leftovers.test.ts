// What a service that was killed left on disk is removed by the next start, and what a living one works on is not.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { clearLeftovers, newScratchName } from '../../src/deploy/leftovers.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'leftovers-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function endedPid(): Promise<number> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' })
  await once(child, 'exit')
  return child.pid ?? 0
}

const nameOf = (pid: number): string => newScratchName().replace(String(process.pid), String(pid))

test('folders, half-written folders and archives of ended processes go, with all that is in them', async () => {
  const pid = await endedPid()
  const [whole, partial, archive] = [nameOf(pid), `${nameOf(pid)}.partial`, `${nameOf(pid)}.tar`]
  await mkdir(join(folder, whole, 'deep'), { recursive: true })
  await mkdir(join(folder, partial))
  await writeFile(join(folder, whole, 'deep/a.js'), '')
  await writeFile(join(folder, archive), '')
  expect((await clearLeftovers(folder)).toSorted()).toEqual([whole, partial, archive].toSorted())
  expect(await readdir(folder)).toEqual([])
})

test('what has the name of this process is from one before it that had the same number', async () => {
  await mkdir(join(folder, newScratchName()))
  await clearLeftovers(folder)
  expect(await readdir(folder)).toEqual([])
})

test('what a living process works on stays, and so does what nobody of ours has named', async () => {
  const kept = [nameOf(process.ppid), 'notes.txt', '12-ab', `${await endedPid()}-0123456789abcdef.tar.bak`]
  await Promise.all(kept.map((name) => writeFile(join(folder, name), '')))
  expect(await clearLeftovers(folder)).toEqual([])
  expect((await readdir(folder)).toSorted()).toEqual(kept.toSorted())
})

test('a folder that is not there holds nothing', async () => {
  expect(await clearLeftovers(join(folder, 'none'))).toEqual([])
})

test('names do not repeat', () => {
  expect(new Set(Array.from({ length: 100 }, newScratchName)).size).toBe(100)
})
