// A process of Node.js for each request. It has all rights of its parent: a boundary of memory, not of rights.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { servePeer } from './serve-peer.ts'

const MEMORY_MB = 128
const entryPath = join(import.meta.dirname, 'child-entry.cjs')

servePeer((source, entry) => {
  const child = spawn(process.execPath, [`--max-old-space-size=${MEMORY_MB}`, entryPath], {
    env: {},
    // What a program prints is not what it answers.
    stdio: ['pipe', 'ignore', 'inherit', 'pipe'],
  })
  const [stdin, , , answers] = child.stdio as unknown as readonly [Writable, null, null, Readable]
  const lines = createInterface({ input: answers })[Symbol.asyncIterator]()
  stdin.write(`${JSON.stringify({ source, entry })}\n`)
  return {
    async call(args) {
      stdin.write(`${JSON.stringify(args)}\n`)
      const { value } = await lines.next()
      const message = JSON.parse(String(value)) as { readonly result?: unknown; readonly error?: string }
      if (message.error !== undefined) throw new Error(message.error)
      return message.result
    },
    close: () => void child.kill('SIGKILL'),
  }
})
