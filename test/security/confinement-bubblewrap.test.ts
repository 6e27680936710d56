// An executor inside bubblewrap: what it sees, who it is, how it is found and ended from outside.
import { readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { findExecutorPid } from '../../src/pool/confinement/find-executor-pid.ts'
import { isAlive, statusOf } from '../support/processes.ts'
import { FIRST_UID, PROJECT, Probe, hasBubblewrap, startVictim, threadStatus } from './confinement-probe.ts'

const EPERM = 1
const GONE_MS = 1_000

async function waitUntilGone(pid: number): Promise<boolean> {
  const deadline = performance.now() + GONE_MS
  while (isAlive(pid) && performance.now() < deadline) {
    // oxlint-disable-next-line no-await-in-loop -- a poll with a deadline
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return !isAlive(pid)
}

describe.runIf(hasBubblewrap())('an executor inside bubblewrap', () => {
  it('shares no namespace with the service but the user namespace of root', async () => {
    await using probe = new Probe({ level: 'bubblewrap', uid: FIRST_UID })
    await probe.ready()
    for (const namespace of ['net', 'pid', 'mnt', 'ipc', 'uts']) {
      expect(readlinkSync(`/proc/${probe.pid}/ns/${namespace}`), namespace).not.toBe(
        readlinkSync(`/proc/self/ns/${namespace}`),
      )
    }
  })

  it('sees a read-only root folder with the program and its libraries, and nothing of the machine', async () => {
    await using probe = new Probe({ level: 'bubblewrap', uid: FIRST_UID })
    await probe.ready()
    const root = `/proc/${probe.pid}/root`
    const shown = [PROJECT, process.execPath]
    const hidden = ['/etc', '/proc', '/dev', '/home', '/root', '/var', '/tmp', '/usr/bin', '/run'].filter(
      (path) => !shown.some((other) => other.startsWith(`${path}/`)),
    )
    for (const path of hidden) {
      expect(() => readdirSync(root + path), path).toThrow('ENOENT')
    }
    const mounts = readFileSync(`/proc/${probe.pid}/mountinfo`, 'latin1').trim().split('\n')
    expect(mounts.length).toBeGreaterThan(3)
    expect(mounts.filter((line) => !line.split(' ')[5]?.split(',').includes('ro'))).toEqual([])
  })

  it('has all that an executor does to itself on top, as its own user and with no capability', async () => {
    await using victim = startVictim(FIRST_UID)
    await using probe = new Probe({ level: 'bubblewrap', uid: FIRST_UID, keepPermissions: true })
    const { state, layers } = await probe.ready()
    expect(state).toMatchObject({
      seccomp: true,
      noNewPrivileges: true,
      problems: [],
      uid: FIRST_UID ?? process.geteuid?.(),
    })
    expect(layers[0]).toBe('bubblewrap')
    expect(new Set(threadStatus(probe.pid, 'CapEff'))).toEqual(new Set(['0000000000000000']))
    expect(new Set(threadStatus(probe.pid, 'Seccomp'))).toEqual(new Set(['2']))
    const errors = await probe.attemptEscapes(victim.pid ?? 0)
    expect(new Set(Object.values(errors))).toEqual(new Set([EPERM]))
  })

  it('runs at a low priority with all of its threads', async () => {
    await using probe = new Probe({ level: 'bubblewrap', uid: FIRST_UID })
    await probe.ready()
    const nice = readdirSync(`/proc/${probe.pid}/task`).map((thread) => {
      const stat = readFileSync(`/proc/${probe.pid}/task/${thread}/stat`, 'latin1')
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16])
    })
    expect(new Set(nice)).toEqual(new Set([10]))
  })

  it('still runs isolates and kills itself when V8 cannot go on', async () => {
    await using probe = new Probe({ level: 'bubblewrap', uid: FIRST_UID })
    await probe.ready()
    const answer = await probe.ask({ do: 'guest', code: '6 * 7', memoryMb: 32, timeoutMs: 1_000 })
    expect(answer).toEqual({ ok: true, value: 42 })
    const { pid } = probe
    probe.send({ do: 'catastrophe' })
    // bubblewrap reports a signal as a shell does.
    expect(await probe.exited).toEqual({ code: 128 + 9, signal: null })
    expect(isAlive(pid)).toBe(false)
  })

  it('is found behind its wrappers, so that its own memory is watched and it can be killed alone', async () => {
    await using probe = new Probe({ level: 'bubblewrap', uid: FIRST_UID })
    await probe.ready()
    const { pid } = probe
    expect(statusOf(pid, 'Name')).toMatch(/^node/u)
    expect(statusOf(pid, 'NSpid').split(/\s+/u)).toEqual([String(pid), '2'])
    process.kill(pid, 'SIGKILL')
    expect(await probe.exited).toEqual({ code: 128 + 9, signal: null })
    expect(findExecutorPid(probe.child.pid ?? 0)).toBeNull()
  })

  it('ends when its wrapper is killed, also while a guest computes', async () => {
    await using probe = new Probe({ level: 'bubblewrap', uid: FIRST_UID })
    await probe.ready()
    const { pid } = probe
    probe.send({ do: 'javascript', code: 'for (;;);' })
    probe.child.kill('SIGKILL')
    expect(await waitUntilGone(pid)).toBe(true)
  })
})
