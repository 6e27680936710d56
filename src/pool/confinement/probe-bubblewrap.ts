// Starts Node.js once under bubblewrap, to know whether the kernel and the container let it make namespaces.
import { execFile } from 'node:child_process'
import type { BubblewrapSetup } from './bubblewrap.ts'
import { bubblewrapArguments } from './bubblewrap.ts'

const DEADLINE_MS = 3_000

/** Null when it works, else what bubblewrap says and what to do about it. */
export async function probeBubblewrap(setup: BubblewrapSetup, nodePath: string): Promise<string | null> {
  const args = bubblewrapArguments({ setup, nodePath, readPaths: [], dropsUser: setup.isRoot })
  const options = { timeout: DEADLINE_MS, killSignal: 'SIGKILL', env: {}, cwd: '/', encoding: 'utf8' } as const
  const result = await new Promise<string | null>((resolve) => {
    execFile(setup.path, [...args, '--', nodePath, '--version'], options, (error, _stdout, stderr) => {
      resolve(error === null ? null : stderr.trim() === '' ? error.message : stderr)
    })
  })
  return result === null ? null : describeBubblewrapFailure(result)
}

/** What a process that was started through bubblewrap wrote before it ended, as a sentence with advice. */
export function describeBubblewrapFailure(stderr: string): string {
  const line = stderr.split('\n').find((text) => text.startsWith('bwrap: ')) ?? stderr.trim().split('\n')[0] ?? ''
  const said = line.replace(/^bwrap: /u, '').slice(0, 200)
  const isRefused = /permission|not permitted|namespace|uid map/iu.test(said)
  return isRefused
    ? `bubblewrap may not make namespaces ("${said}"): allow unprivileged user namespaces, or CAP_SYS_ADMIN in a container`
    : `bubblewrap does not start ("${said}")`
}
