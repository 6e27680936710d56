// A service in a folder that only its owner may enter, with secrets in it: executors start there and cannot read them.
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ConfinementLevel } from '../../src/pool/confinement/level.ts'
import { FIRST_UID, PROJECT, Probe, hasBubblewrap, hasLinux, isRoot } from './confinement-probe.ts'

const COPIED = [
  'src/executor',
  'test/fixtures/confined-probe.ts',
  'package.json',
  'node_modules/isolated-vm/package.json',
  `node_modules/isolated-vm/prebuilds/${process.platform}-${process.arch}`,
]
const OWNER_ONLY = 0o700
const SOMEBODY = 64_300
const levels: ConfinementLevel[] = hasBubblewrap() ? ['bubblewrap', 'self', 'permission'] : ['self', 'permission']

/** Makes a user the owner of everything in a folder, and the only one who may read it. */
function giveTo(uid: number, folder: string): void {
  for (const path of ['.', ...readdirSync(folder, { recursive: true, encoding: 'utf8' })]) {
    chownSync(join(folder, path), uid, uid)
    chmodSync(join(folder, path), OWNER_ONLY)
  }
}

describe.runIf(hasLinux).each(levels)('a service in a 0700 folder, at the level %s', (level) => {
  let project = ''

  beforeAll(() => {
    project = mkdtempSync(join(tmpdir(), 'confinement-'))
    for (const path of COPIED) cpSync(join(PROJECT, path), join(project, path), { recursive: true })
    mkdirSync(join(project, 'data'))
    writeFileSync(join(project, '.env'), 'API_KEY=planted')
    writeFileSync(join(project, 'data', 'jobs.db'), 'planted')
    chmodSync(project, OWNER_ONLY)
  })
  afterAll(() => rmSync(project, { recursive: true }))

  it('starts executors, which load their program and then run guests as another user', async () => {
    await using probe = new Probe({ level, uid: FIRST_UID, project })
    const { state } = await probe.ready()
    expect(state.uid).toBe(FIRST_UID ?? process.geteuid?.())
    const answer = await probe.ask({ do: 'guest', code: '6 * 7', memoryMb: 32, timeoutMs: 1_000 })
    expect(answer).toEqual({ ok: true, value: 42 })
  })

  it.runIf(isRoot)('starts them also when the folder belongs to neither root nor them', async () => {
    giveTo(SOMEBODY, project)
    await using probe = new Probe({ level, uid: FIRST_UID, project })
    const { state } = await probe.ready()
    expect(state.ownUser).toBe(true)
    giveTo(0, project)
  })

  it('has executors that cannot read its .env, its data or its own source', async () => {
    await using probe = new Probe({ level, uid: FIRST_UID, project })
    await probe.ready()
    for (const path of ['.env', 'data/jobs.db', 'package.json', 'src/executor/load-isolated-vm.ts']) {
      // oxlint-disable-next-line no-await-in-loop -- the probe answers in order
      const answer = await probe.ask({ do: 'read', path: join(project, path) })
      expect(answer, path).toMatchObject({ ok: false, message: expect.stringContaining('restricted') as string })
    }
  })

  it('has executors whose program could not read them while it was loading either', async () => {
    await using probe = new Probe({ level, uid: FIRST_UID, project, keepPermissions: true })
    await probe.ready()
    for (const path of ['.env', 'data/jobs.db']) {
      // oxlint-disable-next-line no-await-in-loop -- the probe answers in order
      const answer = await probe.ask({
        do: 'javascript',
        code: `process.permission.has('fs.read', '${join(project, path)}')`,
      })
      expect(answer, path).toEqual({ ok: true, value: false })
    }
  })

  it('has executors that find no variable of the service in their environment', async () => {
    await using probe = new Probe({ level, uid: FIRST_UID, project })
    await probe.ready()
    const answer = await probe.ask({ do: 'javascript', code: 'JSON.stringify(process.env) + process.cwd()' })
    expect(answer).toEqual({ ok: true, value: `${level === 'bubblewrap' ? '{"PWD":"/"}' : '{}'}/` })
  })
})
