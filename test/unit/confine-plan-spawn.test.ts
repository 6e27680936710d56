// The command that starts an executor at each level of confinement.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BubblewrapSetup } from '../../src/pool/confinement/bubblewrap.ts'
import { withoutCovered } from '../../src/pool/confinement/bubblewrap.ts'
import type { SpawnOptions } from '../../src/pool/confinement/plan-spawn.ts'
import { planSpawn } from '../../src/pool/confinement/plan-spawn.ts'

const BUBBLEWRAP: BubblewrapSetup = {
  path: '/usr/bin/bwrap',
  isRoot: true,
  libraries: { paths: ['/usr/lib/x86_64-linux-gnu'], links: [{ path: '/lib', target: 'usr/lib' }] },
}

function plan(changes: Partial<SpawnOptions> = {}) {
  return planSpawn({
    level: 'self',
    nodePath: '/opt/node',
    entryPath: '/app/src/executor/main.ts',
    entryArgs: ['{"a":1}'],
    readPaths: ['/app/src/executor', '/app/node_modules/isolated-vm'],
    nodeFlags: ['--no-turbofan'],
    uid: 70_000,
    bubblewrap: BUBBLEWRAP,
    ...changes,
  })
}

/** The values that follow each occurrence of a flag. */
function following(args: readonly string[], flag: string, count: number): string[][] {
  return args.flatMap((value, index) => (value === flag ? [args.slice(index + 1, index + 1 + count)] : []))
}

describe('the start of an executor', () => {
  it('passes no variable of the environment, runs in the root folder, and ends with what the entry is told', () => {
    for (const level of ['bubblewrap', 'self', 'permission'] as const) {
      const { env, cwd, args } = plan({ level })
      expect(env).toEqual({})
      expect(cwd).toBe('/')
      expect(args.slice(-2)).toEqual(['/app/src/executor/main.ts', '{"a":1}'])
    }
  })

  it('always uses the permission model and lets the program read its own folders only', () => {
    for (const level of ['bubblewrap', 'self', 'permission'] as const) {
      const { args } = plan({ level })
      expect(args).toEqual(
        expect.arrayContaining(['--no-node-snapshot', '--permission', '--allow-addons', '--no-turbofan']),
      )
      expect(args.filter((arg) => arg.startsWith('--allow-'))).toEqual([
        '--allow-addons',
        ...(level === 'permission' ? [] : ['--allow-ffi']),
        '--allow-fs-read=/app/src/executor',
        '--allow-fs-read=/app/node_modules/isolated-vm',
      ])
    }
  })

  it('switches foreign functions off where nothing needs them', () => {
    expect(plan({ level: 'permission' }).args).toContain('--no-experimental-ffi')
    expect(plan({ level: 'self' }).args).not.toContain('--no-experimental-ffi')
  })

  it('lets the program read its entry when no folder covers it', () => {
    expect(plan({ readPaths: ['/app/node_modules/isolated-vm'] }).args).toContain(
      '--allow-fs-read=/app/src/executor/main.ts',
    )
  })

  it('starts Node.js itself without bubblewrap, and through bubblewrap with it', () => {
    expect(plan({ level: 'self' })).toMatchObject({ command: '/opt/node', needsPidLookup: false })
    const wrapped = plan({ level: 'bubblewrap' })
    expect(wrapped).toMatchObject({ command: '/usr/bin/bwrap', needsPidLookup: true })
    expect(wrapped.args[wrapped.args.indexOf('--') + 1]).toBe('/opt/node')
    expect(() => plan({ level: 'bubblewrap', bubblewrap: null })).toThrow('needs the setup of bubblewrap')
  })
})

describe('the bubblewrap around an executor', () => {
  it('shows Node.js, its libraries and the read paths, all read-only, and neither /proc nor /dev nor /etc', () => {
    const { args } = plan({ level: 'bubblewrap' })
    expect(following(args, '--ro-bind', 2).map(([from]) => from)).toEqual([
      '/opt/node',
      '/app/src/executor',
      '/usr/lib/x86_64-linux-gnu',
      '/app/node_modules/isolated-vm',
    ])
    expect(following(args, '--symlink', 2)).toEqual([['usr/lib', '/lib']])
    expect(args.filter((arg) => ['--bind', '--dev-bind', '--proc', '--dev', '--tmpfs'].includes(arg))).toEqual([])
    expect(following(args, '--remount-ro', 1)).toEqual([['/']])
  })

  it('shares no network, process, message or host name space, and dies with the service', () => {
    expect(plan({ level: 'bubblewrap' }).args).toEqual(
      expect.arrayContaining(['--unshare-net', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--die-with-parent']),
    )
  })

  it('keeps, for root, what the change of user needs, and nothing when the user stays', () => {
    const kept = following(plan({ level: 'bubblewrap' }).args, '--cap-add', 1).flat()
    expect(kept).toEqual(['CAP_SETUID', 'CAP_SETGID', 'CAP_DAC_READ_SEARCH'])
    expect(following(plan({ level: 'bubblewrap', uid: null }).args, '--cap-add', 1)).toEqual([])
    expect(following(plan({ level: 'bubblewrap' }).args, '--cap-drop', 1)).toEqual([['ALL']])
  })

  it('uses a user namespace only when the service is not root', () => {
    expect(plan({ level: 'bubblewrap' }).args).not.toContain('--unshare-user')
    const setup = { ...BUBBLEWRAP, isRoot: false }
    expect(plan({ level: 'bubblewrap', bubblewrap: setup, uid: null }).args).toContain('--unshare-user')
  })
})

describe('the list of paths without those inside others', () => {
  const path = fc
    .array(fc.constantFrom('a', 'ab', 'b'), { minLength: 1, maxLength: 4 })
    .map((parts) => `/${parts.join('/')}`)
  const covers = (folder: string, inner: string): boolean => inner === folder || inner.startsWith(`${folder}/`)

  it('still covers every path, and no path covers another', () => {
    fc.assert(
      fc.property(fc.array(path, { maxLength: 8 }), (paths) => {
        const kept = withoutCovered(paths)
        for (const each of paths) expect(kept.some((folder) => covers(folder, each))).toBe(true)
        for (const one of kept) expect(kept.filter((other) => covers(other, one))).toEqual([one])
      }),
    )
  })
})
