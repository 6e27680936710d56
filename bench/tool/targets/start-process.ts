// Starts a program that says where it listens in its first line, and stops it again.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { killAtExit } from '../../support/kill-at-exit.ts'
import { stopService } from '../../support/service-process.ts'
import type { RunningTarget } from './target.ts'

export interface ProcessOptions {
  readonly command: string
  readonly args: readonly string[]
  readonly cwd?: string
  /** Takes the URL out of a line; null for a line that says something else. */
  readonly readUrl: (line: string) => string | null
  /** 3 for a program that says it on a descriptor of its own. */
  readonly urlOn: 1 | 3
  readonly cleanUp?: () => void
}

const START_MS = 20_000

/** Rejects with what the program printed when it does not listen in time. */
export async function startProcess(options: ProcessOptions): Promise<RunningTarget> {
  const { command, args, cwd, readUrl, urlOn, cleanUp } = options
  const child = spawn(command, args, {
    cwd,
    // Nothing of the environment of whoever runs the bench but where programs are.
    env: { PATH: process.env['PATH'] ?? '', NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  })
  killAtExit(child)
  const said: string[] = []
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`${command} ended with ${code}: ${said.join('\n')}`)))
    setTimeout(() => reject(new Error(`${command} did not listen: ${said.join('\n')}`)), START_MS).unref()
  })
  failed.catch(() => undefined)
  const url = new Promise<string>((resolve) => {
    for (const [descriptor, stream] of child.stdio.entries()) {
      if (stream === null || stream === undefined || descriptor === 0) continue
      createInterface({ input: stream as Readable }).on('line', (line) => {
        if (said.length < 20) said.push(line)
        const found = descriptor === urlOn ? readUrl(line) : null
        if (found !== null) resolve(found)
      })
    }
  })
  const dispose = async (): Promise<void> => {
    await stopService(child)
    cleanUp?.()
  }
  try {
    const at = await Promise.race([url, failed])
    const { pid } = child
    if (pid === undefined) throw new Error(`${command} has no process`)
    return { url: at, pid, readPhases: () => null, [Symbol.asyncDispose]: dispose }
  } catch (error) {
    if (child.pid !== undefined) await stopService(child)
    cleanUp?.()
    throw error
  }
}

export function readPlainUrl(line: string): string | null {
  return line.startsWith('http://') ? line : null
}
