// The tool process that installs packages: one installation, then its parent ends it. It runs no code of what it installs.
import { Socket } from 'node:net'
import { setPriority } from 'node:os'
import process from 'node:process'
import { encodeFrame, FrameReader } from '../ipc/frame.ts'
import type { FromInstallTool, InstallRequestMessage, InstallToolArguments } from '../ipc/install-messages.ts'
import { toEnding } from './install/install-error.ts'
import { runInstall } from './install/run-install.ts'

const NICENESS = 10

function endProcess(): void {
  process.kill(-process.pid, 'SIGKILL')
}

async function answer(
  place: InstallToolArguments,
  request: InstallRequestMessage,
  [lock = '', certificates = '']: readonly string[],
): Promise<Buffer> {
  const { id } = request
  try {
    return encodeFrame({ type: 'installed', id }, [await runInstall(place, request, lock, certificates)])
  } catch (error) {
    return encodeFrame({ ...toEnding(error), id } satisfies FromInstallTool)
  }
}

async function main(): Promise<void> {
  const place = JSON.parse(process.argv[2] ?? '') as InstallToolArguments
  const socket = new Socket({ fd: 3 })
  socket.on('error', endProcess)
  socket.on('close', endProcess)
  setPriority(NICENESS)
  // While the process is still the service's user: the other one need not be able to read what is loaded.
  if (!place.isLocked) await import('./install/resolve-tree.ts')
  // npm's resolver takes the folder that it starts in as real, and looks at none above it.
  process.chdir(place.folder)
  if (place.uid > 0) {
    process.setgroups?.([])
    process.setgid?.(place.uid)
    process.setuid?.(place.uid)
  }
  const reader = new FrameReader(() => Number.MAX_SAFE_INTEGER)
  socket.on('data', (chunk: Buffer) => {
    for (const { header, parts } of reader.push(chunk))
      void answer(place, header as InstallRequestMessage, parts).then((frame) => socket.write(frame), endProcess)
  })
  socket.write(encodeFrame({ type: 'ready' } satisfies FromInstallTool))
}

await main()
