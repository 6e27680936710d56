// Archives and what is unpacked of them are on disk only while a deployment is loaded: they hold the source of a customer.
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ADMIN_KEY, AdminClient, packArtifact } from '../support/admin-client.ts'
import { artifactOf } from '../support/deployed-service.ts'
import type { Artifact } from '../support/deployed-service.ts'
import { ServiceProcess } from '../support/service-process.ts'

const versionOf = (version: number): Artifact =>
  artifactOf({ m: `export const f = () => ${version}` }, [{ name: 'f', module: 'm' }])

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name))
}

describe('a service that was given a tar', () => {
  let folder = ''
  let service: ServiceProcess
  let admin: AdminClient
  const left = '4194305-0123456789abcdef'
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'archives-'))
    await mkdir(join(folder, 'data/deployments/versions', `${left}.partial`), { recursive: true })
    await mkdir(join(folder, 'data/uploads'), { recursive: true })
    await writeFile(join(folder, 'data/uploads', `${left}.tar`), 'half an upload')
    await writeFile(join(folder, 'artifact.tar.gz'), await packArtifact(versionOf(1)))
    const env = {
      DEPLOYMENT: join(folder, 'artifact.tar.gz'),
      DATA_DIR: join(folder, 'data'),
      JOB_STORE: 'memory',
      ADMIN_KEY,
    }
    service = await ServiceProcess.start({ env })
    admin = new AdminClient(service.url)
  })
  afterAll(async () => {
    await service[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })
  const call = async (): Promise<unknown> => (await service.client.execute({ source: '', name: 'f' })).value

  test('has removed what one before it that was killed had left behind', async () => {
    expect(await readdir(join(folder, 'data/deployments/versions'))).toEqual([])
    expect(await readdir(join(folder, 'data/uploads'))).toEqual([])
  })

  test('serves it, keeps nothing of it on disk, and leaves the archive alone', async () => {
    expect(await call()).toBe(1)
    expect(await filesBelow(folder)).toEqual([join(folder, 'artifact.tar.gz')])
  })

  test('keeps of uploads only what is live for the next start, and can go back to a version of which there is no file', async () => {
    const { previous, version } = (await admin.deploy('default', versionOf(2))).body
    expect(await call()).toBe(2)
    const broken = artifactOf({ m: 'throw new Error("no")' }, [{ name: 'f', module: 'm' }])
    expect(await admin.deploy('default', broken)).toMatchObject({ status: 422 })
    expect(await admin.send({ method: 'PUT', path: '/default', body: 'no archive' })).toMatchObject({ status: 422 })
    const kept = join(folder, 'data/deployments/endpoints/endpoint-default')
    expect((await filesBelow(folder)).toSorted()).toEqual(
      [join(folder, 'artifact.tar.gz'), join(kept, `${String(version)}.archive`), join(kept, 'current')].toSorted(),
    )
    await rm(join(folder, 'artifact.tar.gz'))
    expect(await admin.restore('default', String(previous))).toMatchObject({ status: 200 })
    expect(await call()).toBe(1)
  })
})
