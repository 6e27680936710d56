// Starts the load generator for one order and waits for its report.
import { fork } from 'node:child_process'
import { join } from 'node:path'
import { killAtExit } from '../../support/kill-at-exit.ts'
import type { LoadOrder, LoadReply } from './load-main.ts'
import type { LoadReport } from './load-samples.ts'

/** Beyond warm-up and measurement: requests that are on their way may take their time, and then it is over. */
const GRACE_MS = 60_000
const COUNT_MS = 600_000

/** `onWarm` is called when the warm-up is over. Rejects when the generator could not work. */
export async function sendLoad(order: LoadOrder, onWarm: () => void): Promise<LoadReport> {
  const child = fork(join(import.meta.dirname, 'load-main.ts'), { serialization: 'advanced' })
  killAtExit(child)
  const limitMs = order.warmUpMs + order.durationMs + GRACE_MS + (order.shape.kind === 'count' ? COUNT_MS : 0)
  const timer = setTimeout(() => child.kill('SIGKILL'), limitMs)
  try {
    return await new Promise<LoadReport>((resolve, reject) => {
      child.on('message', (message: LoadReply | { readonly warm: true }) => {
        if ('warm' in message) onWarm()
        else if ('error' in message) reject(new Error(message.error))
        else resolve(message.report)
      })
      child.once('error', reject)
      child.once('exit', (code, signal) =>
        reject(new Error(`the load generator ended without a report (${signal ?? code})`)),
      )
      child.send(order)
    })
  } finally {
    clearTimeout(timer)
    if (child.exitCode === null) child.kill('SIGKILL')
  }
}
