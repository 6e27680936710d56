// `worker-isolate dev`: a project is built and served, and built and served again whenever one of its files changes.
import { mkdtemp, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ServiceProcess, waitFor } from '../support/service-process.ts'

const SERVED_MS = 10_000

let folder = ''
let temporary = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dev-project-'))
  temporary = await mkdtemp(join(tmpdir(), 'dev-temporary-'))
  await mkdir(join(folder, 'src'))
  await write('package.json', '{"name":"tried","type":"module"}')
  await write('src/value.ts', 'export const VALUE: number = 1')
  await write('src/api.ts', "import { VALUE } from './value.ts'\nexport const value = (): number => VALUE")
})
afterEach(async () => {
  await Promise.all([folder, temporary].map((path) => rm(path, { recursive: true, force: true })))
})

const write = async (file: string, text: string): Promise<void> => writeFile(join(folder, file), text)

const develop = async (): Promise<ServiceProcess> =>
  ServiceProcess.start({ args: ['dev', folder], env: { TMPDIR: temporary } })

async function call(service: ServiceProcess): Promise<unknown> {
  return (await service.client.execute({ source: '', name: 'value' })).value
}

const untilServed = async (service: ServiceProcess, value: number): Promise<void> =>
  waitFor(async () => (await call(service)) === value, SERVED_MS, `${value} was never served`)

test('serves the project, and what it imports changes what is served', async () => {
  await using service = await develop()
  expect(service.printed).toContainEqual(expect.stringMatching(/^src\.api: value → bundles\//u))
  expect(await call(service)).toBe(1)
  await write('src/value.ts', 'export const VALUE: number = 2')
  await untilServed(service, 2)
})

test('a build that fails tells the file and the line, keeps what is served, and is followed by one that does not', async () => {
  await using service = await develop()
  await write('src/api.ts', 'export const value = (): number => 2 +')
  const isTold = (): boolean => service.printed.some((line) => line.startsWith('src/api.ts:1:'))
  await waitFor(isTold, SERVED_MS, 'the error was never told')
  expect(await call(service)).toBe(1)
  await write('src/api.ts', 'export const value = (): number => 3')
  await untilServed(service, 3)
})

test('a version whose top level throws is not served either, and the log says why', async () => {
  await using service = await develop()
  await write('src/value.ts', "export const VALUE: number = 2\nthrow new Error('at load')")
  const problem = (): unknown => service.log.find(({ msg }) => msg === 'the deployment was not replaced')?.['problem']
  await waitFor(() => problem() !== undefined, SERVED_MS, 'nothing was logged')
  expect(problem()).toContain("Module 'src.api' cannot be loaded: GUEST_THREW: at load")
  expect(await call(service)).toBe(1)
})

test('a project that cannot be built at first is not served, and a signal leaves nothing behind', async () => {
  await write('src/api.ts', 'export const value = (')
  await expect(develop()).rejects.toThrow(/the service ended with 1: src\/api\.ts:1:/u)
  await write('src/api.ts', 'export const value = () => 5')
  const service = await develop()
  expect(await call(service)).toBe(5)
  expect(await service.stop('SIGINT')).toEqual({ code: 0, signal: null })
  expect(await readdir(temporary)).toEqual([])
  expect(await readdir(folder)).toEqual(expect.not.arrayContaining(['dist-flash']))
})
