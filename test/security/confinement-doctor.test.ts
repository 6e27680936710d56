// The doctor: it starts real processes at every level and says what they could not do.
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { DoctorOptions } from '../../src/cli/doctor.ts'
import { runDoctor } from '../../src/cli/doctor.ts'
import { PROJECT, hasBubblewrap, hasLinux, isRoot } from './confinement-probe.ts'

function options(changes: Partial<DoctorOptions> = {}): DoctorOptions {
  return {
    choice: 'auto',
    nodePath: process.execPath,
    probePath: join(PROJECT, 'src/cli/doctor-probe.ts'),
    readPaths: ['src/executor', 'package.json', 'node_modules/isolated-vm'].map((path) => join(PROJECT, path)),
    uid: 64_200,
    checkSnapshot: async () => ({ ok: true, detail: 'fits this V8' }),
    ...changes,
  }
}

describe.runIf(hasLinux)('the doctor', () => {
  it('says without bubblewrap that it is missing, what to install, and that self is in use', async () => {
    const { ok, text } = await runDoctor(options({ bubblewrapPaths: [] }))
    expect(text).toContain('not available: bubblewrap is not installed (Debian: apt-get install bubblewrap)')
    expect(text).toContain('executors run at "self"')
    expect(text).toMatch(/the kernel refused to: open a file, .*run a program/u)
    expect(text).toContain('runs code inside a confined process')
    expect(text).not.toContain('IT COULD')
    expect(ok).toBe(true)
  })

  it('is not content with the permission model alone', async () => {
    const { ok, text } = await runDoctor(options({ choice: 'permission', bubblewrapPaths: [] }))
    expect(text).toMatch(/ BAD +In use .*native code gets around/u)
    expect(ok).toBe(false)
  })

  it('is not content when a demanded level does not work, or the snapshot does not fit', async () => {
    const demanded = await runDoctor(options({ choice: 'bubblewrap', bubblewrapPaths: [] }))
    expect(demanded.text).toContain('no level works: the service will not start')
    expect(demanded.ok).toBe(false)
    const checkSnapshot = async () => ({ ok: false, detail: 'made for another V8' })
    const damaged = await runDoctor(options({ checkSnapshot, bubblewrapPaths: [] }))
    expect(damaged.text).toMatch(/ BAD +Snapshot +made for another V8/u)
    expect(damaged.ok).toBe(false)
  })

  it('says whose user the executors are', async () => {
    const { text } = await runDoctor(options({ bubblewrapPaths: [] }))
    expect(text).toContain(isRoot ? 'a user of its own, from 64200 on' : 'its executors share that user')
  })

  it.runIf(isRoot)('warns of executors that stay root', async () => {
    const { text } = await runDoctor(options({ uid: 0, bubblewrapPaths: [] }))
    expect(text).toMatch(/ BAD +Users .*its executors stay root/u)
  })
})

describe.runIf(hasBubblewrap())('the doctor where bubblewrap is installed', () => {
  it('finds that it works, and that it is in use', async () => {
    const { ok, text } = await runDoctor(options())
    expect(text).toMatch(/ok +bubblewrap +ready in \d+ ms: bubblewrap, no_new_privs/u)
    expect(text).toContain('executors run at "bubblewrap"')
    expect(ok).toBe(true)
  })
})
