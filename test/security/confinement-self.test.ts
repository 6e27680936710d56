// An executor that confines itself: what the kernel refuses it, shown to succeed without, and what must go on working.
import { readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { isAlive } from '../support/processes.ts'
import { FIRST_UID, Probe, hasLinux, hasRoot, isRoot, startVictim, threadStatus } from './confinement-probe.ts'

const EPERM = 1
const EVERY_ATTEMPT = [
  'open a file',
  'create a file',
  'create memory files',
  'open a socket',
  'open a local socket',
  'connect to a port',
  'set up io_uring',
  'fork',
  'run a program',
  'signal another process',
  'open another process',
  'make a namespace',
  'become root',
  'trace another process',
]
/** These need root, so that their success cannot be shown to others. */
const NEEDS_ROOT = ['make a namespace', 'become root']

function all(names: readonly string[], errno: number): Record<string, number> {
  return Object.fromEntries(names.map((name) => [name, errno]))
}

describe.runIf(hasLinux)('an executor without confinement', () => {
  it('can do everything that a guest would want to do with it', async () => {
    await using victim = startVictim(null)
    await using probe = new Probe({ level: 'none' })
    await probe.ready()
    const errors = await probe.attemptEscapes(victim.pid ?? 0)
    const expected = EVERY_ATTEMPT.filter((name) => isRoot || !NEEDS_ROOT.includes(name))
    expect(errors).toMatchObject(all(expected, 0))
  })
})

const users: [title: string, uid: number | null][] = [['the user of the service', null]]
if (FIRST_UID !== null) users.push(['a user of its own', FIRST_UID])

describe.runIf(hasLinux).each(users)('an executor that confines itself, as %s', (_title, uid) => {
  it('is refused every one of these by the kernel', async () => {
    // A victim of the same user: what is refused is refused by the filter, not by the difference of users.
    await using victim = startVictim(uid)
    await using probe = new Probe({ level: 'self', uid, keepPermissions: true })
    await probe.ready()
    expect(await probe.attemptEscapes(victim.pid ?? 0)).toEqual(all(EVERY_ATTEMPT, EPERM))
    expect(isAlive(victim.pid ?? 0)).toBe(true)
  })

  it('has the filter and no new privileges on every thread, also on those that it started before', async () => {
    await using probe = new Probe({ level: 'self', uid })
    const { state } = await probe.ready()
    await probe.ask({ do: 'guest', code: '1', memoryMb: 32, timeoutMs: 1_000 })
    expect(state).toMatchObject({ seccomp: true, noNewPrivileges: true, problems: [] })
    const filters = threadStatus(probe.pid, 'Seccomp')
    expect(filters.length).toBeGreaterThan(4)
    expect(new Set(filters)).toEqual(new Set(['2']))
    expect(new Set(threadStatus(probe.pid, 'NoNewPrivs'))).toEqual(new Set(['1']))
  })
})

describe.runIf(hasRoot)('an executor with a user of its own', () => {
  it.each(['self', 'permission'] as const)('has left root on every thread, at the level %s', async (level) => {
    await using probe = new Probe({ level, uid: FIRST_UID })
    const { state } = await probe.ready()
    expect(state.ownUser).toBe(true)
    const ids = [FIRST_UID, FIRST_UID, FIRST_UID, FIRST_UID].join('\t')
    expect(new Set(threadStatus(probe.pid, 'Uid'))).toEqual(new Set([ids]))
    expect(new Set(threadStatus(probe.pid, 'Gid'))).toEqual(new Set([ids]))
    expect(new Set(threadStatus(probe.pid, 'Groups'))).toEqual(new Set(['']))
    for (const set of ['CapEff', 'CapPrm', 'CapInh', 'CapAmb']) {
      expect(new Set(threadStatus(probe.pid, set)), set).toEqual(new Set(['0000000000000000']))
    }
  })

  it('cannot signal an executor of another user, even without a filter', async () => {
    await using other = new Probe({ level: 'permission', uid: Number(FIRST_UID) + 1 })
    await using probe = new Probe({ level: 'permission', uid: FIRST_UID })
    await Promise.all([other.ready(), probe.ready()])
    const answer = await probe.ask({ do: 'javascript', code: `process.kill(${other.pid}, 'SIGKILL')` })
    expect(answer).toEqual({ ok: false, message: 'kill EPERM' })
    expect(isAlive(other.pid)).toBe(true)
  })

  it('holds no descriptor but its channels and its event loop', async () => {
    await using probe = new Probe({ level: 'self', uid: FIRST_UID })
    await probe.ready()
    const folder = `/proc/${probe.pid}/fd`
    const targets = readdirSync(folder).map((descriptor) => readlinkSync(`${folder}/${descriptor}`))
    const count = (kind: string): number => targets.filter((target) => target.startsWith(kind)).length
    // Node.js makes its pipes to a child from socket pairs: one is stderr, the other is the channel.
    expect(count('socket:')).toBe(2)
    const harmless = ['socket:', 'pipe:', 'anon_inode:', '/dev/null'].map(count)
    expect(harmless.reduce((sum, each) => sum + each, 0)).toBe(targets.length)
  })

  it('may not start more threads or open more descriptors than an executor needs', async () => {
    await using probe = new Probe({ level: 'self', uid: FIRST_UID })
    await probe.ready()
    const limits = readFileSync(`/proc/${probe.pid}/limits`, 'latin1')
    expect(limits).toMatch(/^Max processes +512 +512 /mu)
    expect(limits).toMatch(/^Max open files +256 +256 /mu)
    expect(limits).toMatch(/^Max file size +0 +0 /mu)
  })
})

describe.runIf(hasLinux)('a confined executor', () => {
  it('runs at a low priority with all of its threads', async () => {
    await using probe = new Probe({ level: 'self', uid: FIRST_UID })
    await probe.ready()
    const nice = readdirSync(`/proc/${probe.pid}/task`).map((thread) => {
      const stat = readFileSync(`/proc/${probe.pid}/task/${thread}/stat`, 'latin1')
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16])
    })
    expect(new Set(nice)).toEqual(new Set([10]))
  })

  it('has nothing left of the permission model', async () => {
    for (const level of ['self', 'permission'] as const) {
      // oxlint-disable-next-line no-await-in-loop -- one process at a time
      await using probe = new Probe({ level, uid: FIRST_UID })
      await probe.ready()
      expect(await probe.ask({ do: 'permissions' })).toEqual({ ok: true, value: [] })
    }
  })

  it('still runs isolates, ends them at their limits, and runs the next one', async () => {
    await using probe = new Probe({ level: 'self', uid: FIRST_UID })
    await probe.ready()
    const guest = async (code: string, timeoutMs = 5_000) => probe.ask({ do: 'guest', code, memoryMb: 32, timeoutMs })
    for (let round = 0; round < 3; round += 1) {
      // oxlint-disable no-await-in-loop -- one after the other, as an executor runs them
      expect(await guest('let s = 0; for (let i = 0; i < 3e6; i++) s += i % 7; s')).toEqual({
        ok: true,
        value: 8_999_994,
      })
      expect(await guest('for (;;);', 50)).toMatchObject({ ok: false, message: 'Script execution timed out.' })
      expect(await guest('const a = []; for (;;) a.push({ a: [1, 2, 3] })')).toMatchObject({
        ok: false,
        message: 'Isolate was disposed during execution due to memory limit',
      })
      // oxlint-enable no-await-in-loop
    }
  })

  it('shows the time zone of no machine to its guests', async () => {
    await using probe = new Probe({ level: 'self', uid: FIRST_UID })
    await probe.ready()
    const code = 'new Date(0).getTimezoneOffset() + Intl.DateTimeFormat().resolvedOptions().timeZone'
    expect(await probe.ask({ do: 'guest', code, memoryMb: 32, timeoutMs: 1_000 })).toEqual({ ok: true, value: '0UTC' })
  })

  it('still kills itself when V8 cannot go on', async () => {
    await using probe = new Probe({ level: 'self', uid: FIRST_UID })
    await probe.ready()
    probe.send({ do: 'catastrophe' })
    expect(await probe.exited).toEqual({ code: null, signal: 'SIGKILL' })
  })

  it('keeps its event loop: timers, signals, work on other threads and its socket', async () => {
    await using probe = new Probe({ level: 'self', uid: FIRST_UID })
    await probe.ready()
    const js = async (code: string) => probe.ask({ do: 'javascript', code })
    expect(await js('new Promise((resolve) => setTimeout(resolve, 20, "timer"))')).toEqual({ ok: true, value: 'timer' })
    const random =
      'new Promise((resolve) => process.getBuiltinModule("node:crypto").randomBytes(8, (_, b) => resolve(b.length)))'
    expect(await js(random)).toEqual({ ok: true, value: 8 })
    process.kill(probe.pid, 'SIGTERM')
    expect(await js('new Promise((resolve) => setTimeout(resolve, 20, "deaf"))')).toEqual({ ok: true, value: 'deaf' })
    expect(await js('"x".repeat(3e6).length + process.cpuUsage().user * 0')).toEqual({ ok: true, value: 3e6 })
  })
})
