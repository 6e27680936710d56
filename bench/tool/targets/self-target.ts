// This service, started by its own command with its default settings.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { writeWarmArtifact } from '../../flash/warm-folder.ts'
import { killAtExit } from '../../support/kill-at-exit.ts'
import { descendantsOf } from '../../support/process-tree.ts'
import { PROJECT_ROOT } from '../../support/service-process.ts'
import type { LogLine } from '../../support/service-process.ts'
import { BENCH_ADMIN_KEY } from '../scenarios/flash-steps.ts'
import { medianPhases } from './log-phases.ts'
import type { RunningTarget, Target, Workload } from './target.ts'

const START_MS = 30_000
const POLL_MS = 20
const STOP_MS = 5_000
/** Executors in the log before the load starts: those that are kept and the spare one. */
const EXECUTORS = 2

/** Everything else is at its default. */
function settingsFor(workload: Workload, folder: string): Readonly<Record<string, string>> {
  switch (workload) {
    case 'flash-warm':
      writeWarmArtifact(folder)
      return { DEPLOYMENT: folder }
    case 'flash-cold':
      return { ADMIN_KEY: BENCH_ADMIN_KEY }
    case 'idle-instances':
      return { INSTANCES_MAX: '1000' }
    default:
      return {}
  }
}

async function start(workload: Workload): Promise<RunningTarget> {
  const folder = mkdtempSync(join(tmpdir(), 'worker-isolate-bench-'))
  const logPath = join(mkdtempSync(join(tmpdir(), 'worker-isolate-bench-log-')), 'log')
  const log = openSync(logPath, 'a')
  const child = spawn(process.execPath, [join(PROJECT_ROOT, 'bin', 'worker-isolate.mjs'), 'serve'], {
    cwd: tmpdir(),
    env: {
      PATH: process.env['PATH'] ?? '',
      PORT: '0',
      DATA_DIR: join(folder, 'data'),
      ...settingsFor(workload, folder),
    },
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  killAtExit(child)
  let frontPid: number | undefined
  // Only the launcher is a child of the bench: without it nobody would end the service.
  const killFront = (): void => {
    if (frontPid === undefined || !isRunning(child)) return
    try {
      process.kill(frontPid, 'SIGKILL')
    } catch {
      // It has ended, and its launcher is about to.
    }
  }
  process.once('exit', killFront)
  const cleanUp = async (): Promise<void> => {
    await stopLauncher(child, killFront)
    process.off('exit', killFront)
    rmSync(folder, { recursive: true, force: true })
    rmSync(join(logPath, '..'), { recursive: true, force: true })
  }
  const deadline = performance.now() + START_MS
  while (performance.now() < deadline && child.exitCode === null) {
    await setTimeout(POLL_MS)
    const lines = readLog(logPath)
    const url = lines.find((line) => typeof line['url'] === 'string')?.['url']
    const ready = lines.filter((line) => line['msg'] === 'executor ready').length
    // The launcher is not counted: the service is what it starts.
    frontPid ??= child.pid === undefined ? undefined : descendantsOf(child.pid)[0]
    if (typeof url !== 'string' || ready < EXECUTORS || frontPid === undefined) continue
    let seen = lines.length
    const readPhases = (): Readonly<Record<string, number>> | null => {
      const all = readLog(logPath)
      const phases = medianPhases(all.slice(seen))
      seen = all.length
      return phases
    }
    return { url, pid: frontPid, readPhases, [Symbol.asyncDispose]: cleanUp }
  }
  const said = readFileSync(logPath, 'utf8').slice(-2_000)
  await cleanUp()
  throw new Error(`the service did not start: ${said}`)
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null
}

/** The launcher passes the signal on and ends when the service has. */
async function stopLauncher(child: ChildProcess, killFront: () => void): Promise<void> {
  if (!isRunning(child)) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  await Promise.race([exited, setTimeout(STOP_MS, undefined, { ref: false })])
  killFront()
  await exited
}

/** The last line may be half written, so what follows the last line end is left out. */
function readLog(path: string): readonly LogLine[] {
  const text = readFileSync(path, 'utf8')
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as LogLine)
}

export const SELF_TARGET: Target = {
  name: 'self',
  title: 'worker-isolate',
  boundary: 'isolate, in a process that the kernel confines',
  dialect: 'service',
  refuses: () => null,
  check() {
    const { version } = JSON.parse(readFileSync(join(PROJECT_ROOT, 'package.json'), 'utf8')) as {
      readonly version: string
    }
    return { ok: true, version }
  },
  start,
}
