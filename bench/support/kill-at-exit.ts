// Every process that a bench starts ends with it, however it ends.
import type { ChildProcess } from 'node:child_process'

const running = new Set<ChildProcess>()

export function killAtExit(child: ChildProcess): void {
  running.add(child)
  child.once('exit', () => running.delete(child))
}

process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1))

/** Ends the bench after `limitMs`: nothing that it waits for may keep it. */
export function limitDuration(limitMs: number): void {
  setTimeout(() => {
    process.stderr.write(`The bench did not end within ${Math.round(limitMs / 1_000)} s.\n`)
    process.exit(1)
  }, limitMs).unref()
}
