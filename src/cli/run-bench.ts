// `worker-isolate bench`: the benchmark is a program of its own, which an installed copy may lack.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'

/** It strips types with what Node.js still calls an experiment. */
const FLAGS = ['--disable-warning=ExperimentalWarning']
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Where the package is: above `src/cli`, or above `dist/src/cli` in a build. */
const ROOTS = [join(import.meta.dirname, '..', '..'), join(import.meta.dirname, '..', '..', '..')]

/** @param args without the command. Resolves with the exit code; the program says everything else itself. */
export async function runBench(args: readonly string[], roots: readonly string[] = ROOTS): Promise<number> {
  const program = roots.map((root) => join(root, 'bench', 'tool', 'main.ts')).find((path) => existsSync(path))
  if (program === undefined) {
    process.stderr.write(
      'The benchmark is not in this copy of worker-isolate; it is in the folder bench of the source tree.\n',
    )
    return 1
  }
  const child = spawn(process.execPath, [...FLAGS, program, ...args], { stdio: 'inherit' })
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal)
  for (const signal of SIGNALS) process.on(signal, pass)
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
    return signal === null ? (code ?? 1) : 128 + constants.signals[signal]
  } finally {
    for (const signal of SIGNALS) process.off(signal, pass)
  }
}
