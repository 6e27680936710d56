// Runs its arguments with the Node.js that this project needs, whatever Node.js runs npm.
// Plain JavaScript for Node.js 18 and later: it must start on the very version that is too old for everything else.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

const NEEDED_MAJOR = 26
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2']
const packageRoot = dirname(dirname(fileURLToPath(import.meta.url)))

/** The Node.js binary to use, or a sentence that says what is missing. */
export function findNode() {
  const packaged = join(packageRoot, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node')
  if (existsSync(packaged)) return { path: packaged }
  if (Number.parseInt(process.versions.node, 10) >= NEEDED_MAJOR) return { path: process.execPath }
  return {
    missing:
      `worker-isolate needs Node.js ${NEEDED_MAJOR}: this is ${process.versions.node}, and the package ` +
      `node-${process.platform}-${process.arch} is not installed (run "npm ci", or install Node.js ${NEEDED_MAJOR}).`,
  }
}

/** Starts Node.js with `args` and makes this process end as that one ends. */
export function launch(args) {
  const node = findNode()
  if (node.missing !== undefined) {
    process.stderr.write(`${node.missing}\n`)
    process.exitCode = 1
    return
  }
  const path = `${dirname(node.path)}${delimiter}${process.env.PATH ?? ''}`
  // What is launched may want to end when this process is killed, which it can tell by its parent.
  const env = { ...process.env, PATH: path, WORKER_ISOLATE_LAUNCHER: String(process.pid) }
  const child = spawn(node.path, args, { stdio: 'inherit', env })
  for (const signal of SIGNALS) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    process.stderr.write(`worker-isolate could not start ${node.path}: ${error.message}\n`)
    process.exitCode = 1
  })
  child.on('exit', (code, signal) => {
    process.exitCode = signal === null ? (code ?? 1) : 128 + (constants.signals[signal] ?? 0)
  })
}

if (process.argv[1] !== undefined && fileURLToPath(import.meta.url) === process.argv[1]) {
  launch(process.argv.slice(2))
}
