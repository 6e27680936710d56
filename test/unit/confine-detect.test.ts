// What is found out about a machine before the first executor starts.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { detectConfinement } from '../../src/pool/confinement/detect.ts'
import { mappedLibraryFolders } from '../../src/pool/confinement/library-mounts.ts'
import { describeBubblewrapFailure } from '../../src/pool/confinement/probe-bubblewrap.ts'

const folder = mkdtempSync(join(tmpdir(), 'confine-detect-'))
const nodePath = process.execPath

afterAll(() => rmSync(folder, { recursive: true }))

function fakeBubblewrap(script: string): string {
  const path = join(folder, `bwrap-${Math.random()}`)
  writeFileSync(path, `#!/bin/sh\n${script}\n`)
  chmodSync(path, 0o755)
  return path
}

describe.runIf(process.platform === 'linux')('the detection of confinement', () => {
  it('offers self, then permission, where bubblewrap is not installed, and says what to install', async () => {
    const report = await detectConfinement({ choice: 'auto', nodePath, bubblewrapPaths: [] })
    expect(report.candidates).toEqual(['self', 'permission'])
    expect(report.unavailable.bubblewrap).toContain('apt-get install bubblewrap')
    expect(report.error).toBeNull()
  })

  it('offers bubblewrap first when it is there, without starting it', async () => {
    const path = fakeBubblewrap(`touch ${join(folder, 'started')}`)
    const report = await detectConfinement({ choice: 'auto', nodePath, bubblewrapPaths: ['/nowhere', path] })
    expect(report.candidates[0]).toBe('bubblewrap')
    expect(report.bubblewrap?.path).toBe(path)
    expect(() => writeFileSync(join(folder, 'started'), '', { flag: 'wx' })).not.toThrow()
  })

  it('refuses a demanded bubblewrap that does not work, in one sentence with the reason', async () => {
    const path = fakeBubblewrap('echo "bwrap: Creating new namespace failed: Operation not permitted" >&2; exit 1')
    const report = await detectConfinement({ choice: 'bubblewrap', nodePath, bubblewrapPaths: [path] })
    expect(report.candidates).toEqual([])
    expect(report.error).toMatch(
      /"bubblewrap" is demanded but cannot be had: .*Operation not permitted.*CAP_SYS_ADMIN/u,
    )
  })

  it('leaves bubblewrap out when a try shows that it does not work, and goes on with the next level', async () => {
    const path = fakeBubblewrap('exit 3')
    const report = await detectConfinement({ choice: 'auto', nodePath, bubblewrapPaths: [path], probe: true })
    expect(report.candidates).toEqual(['self', 'permission'])
    expect(report.unavailable.bubblewrap).toContain('does not start')
  })

  it('offers a demanded level alone', async () => {
    const report = await detectConfinement({ choice: 'self', nodePath })
    expect(report.candidates).toEqual(['self'])
  })
})

describe('the folders of mapped libraries', () => {
  it('are those of shared libraries, once each', () => {
    const maps = [
      '00400000-00452000 r-xp 00000000 08:02 173521   /opt/node/bin/node',
      '7f0000000000-7f0000001000 r-xp 00000000 08:02 1  /usr/lib/x86_64-linux-gnu/libc.so.6',
      '7f0000001000-7f0000002000 rw-p 00000000 08:02 1  /usr/lib/x86_64-linux-gnu/libc.so.6',
      '7f0000002000-7f0000003000 r-xp 00000000 08:02 2  /usr/lib64/ld-linux-x86-64.so.2',
      '7f0000003000-7f0000004000 rw-p 00000000 00:00 0',
      '7ffd00000000-7ffd00001000 rw-p 00000000 00:00 0  [stack]',
    ].join('\n')
    expect(mappedLibraryFolders(maps)).toEqual(['/usr/lib/x86_64-linux-gnu', '/usr/lib64'])
  })
})

describe('what bubblewrap says when it fails', () => {
  it('becomes advice when the kernel refuses namespaces, and is quoted otherwise', () => {
    expect(describeBubblewrapFailure('bwrap: setting up uid map: Permission denied\n')).toContain('unprivileged user')
    expect(describeBubblewrapFailure('bwrap: Unknown option --new\n')).toBe(
      'bubblewrap does not start ("Unknown option --new")',
    )
  })
})
