// The program worker-isolate: everything but these lines loads from compiled code that an earlier start left.
import { enableCompileCache } from 'node:module'
import { extname, join } from 'node:path'

// In the package's own folder, never in one that others may write to: what is in it runs.
const dist =
  extname(import.meta.filename) === '.ts' ? join(import.meta.dirname, '..', 'dist') : join(import.meta.dirname, '..')
enableCompileCache(join(dist, 'compiled'))

const { runCommand } = await import('./cli/run-command.ts')
process.exitCode = await runCommand(process.argv.slice(2), process.env)
