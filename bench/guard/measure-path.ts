// Starts a process that measures one path, with a V8 that does the same in every run.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { killAtExit } from '../support/kill-at-exit.ts'
import type { PathName } from './all-paths.ts'

const ENTRY = join(import.meta.dirname, 'measure-main.ts')
const LIMIT_MS = 120_000

/**
 * Compiling and collecting are done by the thread that asks for it, and hashes are those of the last run. Maglev, V8's
 * compiler between the first and the best, is left out: what it makes of a function depends on the moment, and with it one
 * process in two was a tenth slower for as long as it lived.
 */
const NODE_FLAGS = ['--no-node-snapshot', '--single-threaded', '--hash-seed=1', '--random-seed=1', '--no-maglev']

/** Rejects when the path cannot be measured, or does not answer what it should. */
export async function measurePath(name: PathName, slowness: number): Promise<number> {
  const running = promisify(execFile)(process.execPath, [...NODE_FLAGS, ENTRY, name, String(slowness)], {
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
  })
  killAtExit(running.child)
  const { stdout } = await running
  const { ratio } = JSON.parse(stdout) as { readonly ratio: unknown }
  if (typeof ratio !== 'number' || !(ratio > 0)) throw new Error(`the path ${name} has no ratio: ${stdout}`)
  return ratio
}
