// Deno: a Worker without permissions for each request, and its own warm server.
import { chmodSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { checkPackage, packageFolder, PEERS } from './peer-packages.ts'
import { readPlainUrl, startProcess } from './start-process.ts'
import type { Availability, RunningTarget, Target } from './target.ts'

const PACKAGE = `@deno/${process.platform}-${process.arch}${process.platform === 'linux' ? '-glibc' : ''}`
const FILE = process.platform === 'win32' ? 'deno.exe' : 'deno'

const check = (): Availability => checkPackage(PACKAGE, FILE)

async function start(): Promise<RunningTarget> {
  const command = join(packageFolder(PACKAGE), FILE)
  // Its install script would do this.
  if ((statSync(command).mode & 0o100) === 0) chmodSync(command, 0o755)
  return startProcess({
    command,
    args: [
      'run',
      '--no-config',
      '--no-lock',
      '--no-check',
      '--no-remote',
      '--unstable-worker-options',
      '--allow-net=127.0.0.1',
      join(PEERS, 'deno.ts'),
    ],
    readUrl: readPlainUrl,
    urlOn: 1,
  })
}

export const DENO_TARGETS: readonly Target[] = [
  {
    name: 'deno-worker',
    title: 'Deno Worker',
    boundary: 'thread with an isolate, without permissions',
    dialect: 'peer',
    refuses: (workload) => (workload === 'flash-warm' ? 'deno-server is its warm server' : null),
    check,
    start,
  },
  {
    name: 'deno-server',
    title: 'Deno server',
    boundary: 'none: one program',
    dialect: 'peer',
    refuses: (workload) => (workload === 'flash-warm' ? null : 'runs no code that comes with the request'),
    check,
    start,
  },
]
