// Archives that a later start finds again.
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { KeptArchives } from '../../src/deploy/kept-archives.ts'

let folder = ''
let archives: KeptArchives
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kept-'))
  archives = new KeptArchives(join(folder, 'endpoints'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function keep(endpoint: string, version: string, older: readonly string[] = []): Promise<void> {
  const path = join(folder, 'upload')
  await writeFile(path, `${endpoint} ${version}`)
  await archives.keep({ endpoint, version, path }, older)
}

const currentTexts = async (): Promise<readonly string[]> =>
  Promise.all((await archives.list()).map(async ({ path }) => readFile(path, 'utf8')))

describe('archives of deployments', () => {
  test('are found by another start, the current version of each endpoint', async () => {
    await keep('b', 'v1')
    await keep('a', 'v1')
    await keep('a', 'v2', ['v1'])
    const later = await new KeptArchives(join(folder, 'endpoints')).list()
    expect(later.map(({ endpoint, version }) => `${endpoint} ${version}`)).toEqual(['a v2', 'b v1'])
    expect(await currentTexts()).toEqual(['a v2', 'b v1'])
    expect(await readdir(folder)).toEqual(['endpoints'])
  })

  test('go back to a version that is kept, and to no other', async () => {
    await keep('a', 'v1')
    await keep('a', 'v2', ['v1'])
    await archives.setCurrent('a', 'v1')
    expect(await currentTexts()).toEqual(['a v1'])
    await archives.setCurrent('a', 'v9')
    await archives.setCurrent('none', 'v1')
    expect(await currentTexts()).toEqual(['a v1'])
  })

  test('go when their version cannot come back any more, or their endpoint is removed', async () => {
    await keep('a', 'v1')
    await keep('a', 'v2', ['v1'])
    await keep('a', 'v3', ['v2'])
    await archives.setCurrent('a', 'v1')
    expect(await currentTexts()).toEqual(['a v3'])
    await archives.remove('a')
    expect(await archives.list()).toEqual([])
  })

  test.each(['..', '.', '...', 'default', '-'])('of the endpoint %s stay in their folder', async (endpoint) => {
    await keep(endpoint, 'v1')
    expect(await archives.list()).toMatchObject([{ endpoint, version: 'v1' }])
    expect((await readdir(folder)).toSorted()).toEqual(['endpoints'])
    await archives.remove(endpoint)
    expect(await readdir(join(folder, 'endpoints'))).toEqual([])
  })

  test('that a kill left without a current version, or with nonsense for one, are none', async () => {
    await keep('a', 'v1')
    await mkdir(join(folder, 'endpoints', 'endpoint-half'))
    await keep('b', 'v1')
    await writeFile(join(folder, 'endpoints', 'endpoint-b', 'current'), '../../a')
    expect((await archives.list()).map(({ endpoint }) => endpoint)).toEqual(['a'])
  })
})
