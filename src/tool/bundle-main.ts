// The bundler tool process: bundles one module at a time, of one root, until its parent ends it or is gone.
import { Socket } from 'node:net'
import { setPriority } from 'node:os'
import process from 'node:process'
import { transform } from 'esbuild'
import type {
  BundleRequestMessage,
  BundleToolArguments,
  FromBundleTool,
  SourceRequestMessage,
} from '../ipc/bundle-messages.ts'
import { encodeFrame, FrameReader } from '../ipc/frame.ts'
import type { Frame } from '../ipc/frame.ts'
import { bundle } from './bundle-run.ts'
import { bundleSource } from './source-run.ts'

const NICENESS = 10

/** Ends the bundler with this process: the parent made it the leader of a group of its own. */
function endProcess(): void {
  process.kill(-process.pid, 'SIGKILL')
}

async function answer(folders: readonly string[], { header, parts }: Frame): Promise<Buffer> {
  const request = header as BundleRequestMessage | SourceRequestMessage
  const { id } = request
  const [folder = null] = folders
  const result = request.type === 'bundle' ? await bundle(folders, request) : await bundleSource(folder, request, parts)
  switch (result.type) {
    case 'bundled': {
      const { kind, code, map } = result
      return encodeFrame({ type: 'bundled', id, kind }, map === null ? [code] : [code, map])
    }
    case 'untouched':
      return encodeFrame({ type: 'untouched', id } satisfies FromBundleTool)
    case 'rejected':
      return encodeFrame({ type: 'rejected', id, problems: result.problems } satisfies FromBundleTool)
    case 'too-large':
      return encodeFrame({ type: 'too-large', id, side: result.side, used: result.used } satisfies FromBundleTool)
    default:
      return result satisfies never
  }
}

async function main(): Promise<void> {
  const { uid, folders } = JSON.parse(process.argv[2] ?? '') as BundleToolArguments
  const socket = new Socket({ fd: 3 })
  socket.on('error', endProcess)
  socket.on('close', endProcess)
  setPriority(NICENESS)
  if (uid > 0) {
    process.setgroups?.([])
    process.setgid?.(uid)
    process.setuid?.(uid)
  }
  // esbuild is a program of its own that this process talks to. The first call starts it, and nothing starts after it.
  await transform('')
  process.permission.drop('child')

  const reader = new FrameReader(() => Number.MAX_SAFE_INTEGER)
  socket.on('data', (chunk: Buffer) => {
    // The parent sends the next request only after the answer, so that there is one at a time.
    for (const frame of reader.push(chunk)) {
      void answer(folders, frame).then((answered) => socket.write(answered), endProcess)
    }
  })
  socket.write(encodeFrame({ type: 'ready' } satisfies FromBundleTool))
}

await main()
