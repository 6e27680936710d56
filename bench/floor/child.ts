// What people use in place of isolates: a Node.js process for each request. Argument: the memory limit in MB.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { killAtExit } from '../support/kill-at-exit.ts'
import { serveRounds } from '../support/serve-rounds.ts'

const heapFlag = `--max-old-space-size=${process.argv[2]}`
const entryPath = join(import.meta.dirname, 'child-entry.cjs')

await serveRounds(async ({ code, name, args }) => {
  const child = spawn(process.execPath, [heapFlag, entryPath], { env: {}, stdio: ['pipe', 'pipe', 'inherit'] })
  killAtExit(child)
  const exited = once(child, 'exit')
  child.stdin.end(JSON.stringify({ code, name, args }))
  const [answer] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string]
  const result: unknown = JSON.parse(answer)
  return { result, cleanUp: async () => void (await exited) }
})
